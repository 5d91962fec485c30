//! Batches of opportunities: those that a purge deletes permanently, and those whose contact it deletes.

use cartera_application::Result;
use cartera_domain::{
    events::EntityType,
    ids::{ContactId, Id},
    opportunities::{Opportunity, OpportunityRecord},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{entity, rows};
use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

/// Changes the contact, version and time; the rest of an opportunity stays.
const CHANGE: &str = "update opportunities o set version = v.version, updated_at = v.updated_at, \
    contact_id = v.contact_id from jsonb_to_recordset($2) as v \
    (id uuid, version integer, updated_at timestamptz, contact_id uuid) \
    where o.company_id = $1 and o.id = v.id and o.version = v.version - 1";

fn changed(record: &OpportunityRecord) -> Value {
    json!({
        "id": record.id.uuid(),
        "version": record.version,
        "updated_at": record.updated_at,
        "contact_id": record.links.contact_id.map(Id::uuid),
    })
}

impl PgUnitOfWork {
    async fn found_opportunities(&self, sql: Sql, what: &'static str) -> Result<Vec<Opportunity>> {
        let rows = self.read::<entity::Model>(sql).await.map_err(explain(what))?;
        rows.into_iter().map(|row| Ok(Opportunity::stored(rows::record(row)?))).collect()
    }

    /// Locks at most this many opportunities of these contacts.
    pub(super) async fn lock_opportunities_of_contacts(
        &self,
        ids: &[ContactId],
        limit: u32,
    ) -> Result<Vec<Opportunity>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut sql = Sql::new("select o.* from opportunities o where o.company_id = ");
        sql.value(self.company()).push(" and o.contact_id = any(").value(ids);
        sql.push(") order by o.id limit ").value(i64::from(limit)).push(" for update");
        self.found_opportunities(sql, "locking the opportunities of contacts").await
    }

    pub(super) async fn change_opportunities(&self, opportunities: &mut [Opportunity]) -> Result<()> {
        if opportunities.is_empty() {
            return Ok(());
        }
        let rows = opportunities.iter().map(|opportunity| changed(opportunity.record())).collect();
        self.change_rows(CHANGE, rows, "storing opportunities").await?;
        for opportunity in opportunities {
            self.count(opportunity);
        }
        Ok(())
    }

    pub(super) async fn lock_expired_opportunities(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Opportunity>> {
        let mut sql = Sql::new("select o.* from opportunities o where o.company_id = ");
        sql.value(self.company()).push(" and o.deleted_at is not null and o.deleted_at < ").value(before);
        sql.push(" order by o.deleted_at, o.id limit ").value(i64::from(limit));
        sql.push(" for update skip locked");
        self.found_opportunities(sql, "looking for expired opportunities").await
    }

    pub(super) async fn remove_opportunities(&self, opportunities: &mut [Opportunity]) -> Result<()> {
        if opportunities.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = opportunities.iter().map(|opportunity| opportunity.record().id.uuid()).collect();
        for delete in [
            "delete from stage_changes where opportunity_id = any(",
            "delete from opportunities where id = any(",
        ] {
            self.delete_rows(delete, &ids).await.map_err(explain("removing opportunities"))?;
        }
        self.forget_changes(EntityType::Opportunity, ids)
            .await
            .map_err(explain("forgetting what was written on opportunities"))?;
        for opportunity in opportunities {
            self.count(opportunity);
        }
        Ok(())
    }
}
