//! Many opportunities at once: into the bin, out of it, and away for good.

use cartera_application::Result;
use cartera_domain::{
    ids::{AccountId, ContactId, DeletionId, Id},
    opportunities::{Opportunity, OpportunityRecord, StageChange},
};
use chrono::{DateTime, Utc};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{entity, rows, stage_change_entity};
use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

/// Deletion, stage and contact; the rest of an opportunity is as it was.
const CHANGE: &str = "update opportunities o set version = v.version, updated_at = v.updated_at, \
    deleted_at = v.deleted_at, deletion_id = v.deletion_id, stage_id = v.stage_id, status = v.status, \
    closed_at = v.closed_at, contact_id = v.contact_id \
    from jsonb_to_recordset($2) as v \
    (id uuid, version integer, updated_at timestamptz, deleted_at timestamptz, deletion_id uuid, \
    stage_id uuid, status text, closed_at timestamptz, contact_id uuid) \
    where o.company_id = $1 and o.id = v.id and o.version = v.version - 1";

fn changed(record: &OpportunityRecord) -> Value {
    let placement = record.placement;
    json!({
        "id": record.id.uuid(),
        "version": record.version,
        "updated_at": record.updated_at,
        "deleted_at": record.deletion.map(|deletion| deletion.at),
        "deletion_id": record.deletion.map(|deletion| deletion.id.uuid()),
        "stage_id": placement.stage_id.uuid(),
        "status": placement.kind.as_str(),
        "closed_at": placement.closed_at,
        "contact_id": record.links.contact_id.map(Id::uuid),
    })
}

impl PgUnitOfWork {
    async fn found_opportunities(&self, sql: Sql, what: &'static str) -> Result<Vec<Opportunity>> {
        let rows = entity::Entity::find().from_raw_sql(sql.build()).all(self).await.map_err(explain(what))?;
        rows.into_iter().map(|row| Ok(Opportunity::restore(rows::record(row)?))).collect()
    }

    /// The conditions on account and contact stand twice: in the inner query for the indexes, and outside so
    /// that they are tested again on a row that somebody else has just changed.
    pub(super) async fn lock_opportunities_of_account(&self, id: AccountId) -> Result<Vec<Opportunity>> {
        let (company, id) = (self.company(), id.uuid());
        let mut sql = Sql::new("select o.* from opportunities o where o.company_id = ");
        sql.value(company).push(" and o.id in (select id from opportunities where company_id = ");
        sql.value(company).push(" and account_id = ").value(id).push(" and deleted_at is null");
        sql.push(
            " union all select s.id from contacts c join opportunities s \
             on s.company_id = c.company_id and s.contact_id = c.id where c.company_id = ",
        );
        sql.value(company).push(" and c.account_id = ").value(id);
        sql.push(
            " and c.deleted_at is null and s.account_id is null and s.deleted_at is null) \
             and o.deleted_at is null and (o.account_id = ",
        );
        sql.value(id).push(
            " or (o.account_id is null and o.contact_id in (select id from contacts where company_id = ",
        );
        sql.value(company).push(" and account_id = ").value(id);
        sql.push(" and deleted_at is null))) order by o.id for update of o");
        self.found_opportunities(sql, "locking an account's opportunities").await
    }

    pub(super) async fn lock_opportunities_of_contacts(&self, ids: &[ContactId]) -> Result<Vec<Opportunity>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let mut sql = Sql::new("select o.* from opportunities o where o.company_id = ");
        sql.value(self.company()).push(" and o.contact_id = any(").value(ids);
        sql.push(") order by o.id for update");
        self.found_opportunities(sql, "locking the opportunities of contacts").await
    }

    pub(super) async fn lock_opportunities_of_deletion(&self, id: DeletionId) -> Result<Vec<Opportunity>> {
        let mut sql = Sql::new("select o.* from opportunities o where o.company_id = ");
        sql.value(self.company()).push(" and o.deletion_id = ").value(id.uuid());
        sql.push(" and o.deleted_at is not null order by o.id for update");
        self.found_opportunities(sql, "locking deleted opportunities").await
    }

    pub(super) async fn change_opportunities(
        &self,
        opportunities: &mut [Opportunity],
        landings: &[StageChange],
    ) -> Result<()> {
        if opportunities.is_empty() {
            return Ok(());
        }
        let rows = opportunities.iter().map(|opportunity| changed(opportunity.record())).collect();
        self.change_rows(CHANGE, rows, "storing opportunities").await?;
        if !landings.is_empty() {
            let rows = landings.iter().map(|change| rows::stage_change_row(self.company(), change.record()));
            stage_change_entity::Entity::insert_many(rows)
                .exec_without_returning(self)
                .await
                .map_err(explain("storing stage changes"))?;
        }
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
        for opportunity in opportunities {
            self.count(opportunity);
        }
        Ok(())
    }
}
