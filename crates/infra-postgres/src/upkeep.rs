//! Cleanup within the unit of work, and the list of companies.

use async_trait::async_trait;
use cartera_application::{
    Result,
    ports::{CompanyRoll, Upkeep},
};
use cartera_domain::{
    identity::{ABSOLUTE_LIFETIME, IDLE_LIFETIME},
    ids::{CompanyId, Id},
    opportunities::CounterDeltas,
};
use chrono::{DateTime, Utc};
use metrics::counter;
use uuid::Uuid;

use crate::{audit, connections::Lane, error::explain, sql::Sql, store::PgStore, unit_of_work::PgUnitOfWork};

#[async_trait]
impl Upkeep for PgUnitOfWork {
    async fn forget_answers(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let mut sql = Sql::new("delete from idempotency_keys where company_id = ");
        sql.value(self.company());
        sql.push(
            " and (actor_type, actor_id, key) in (select actor_type, actor_id, key from idempotency_keys",
        );
        sql.push(" where company_id = ").value(self.company()).push(" and created_at < ").value(before);
        sql.push(" order by created_at limit ").value(i64::from(limit)).push(")");
        let done = self.run(sql).await.map_err(explain("forgetting answers"))?;
        Ok(done)
    }

    /// Their tokens are deleted with them, by the foreign key.
    async fn forget_sessions(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let mut sql = Sql::new("delete from sessions where company_id = ");
        sql.value(self.company()).push(" and id in (select id from sessions where company_id = ");
        sql.value(self.company()).push(" and (ended_at < ").value(before);
        sql.push(" or ended_at is null and (last_used_at < ").value(before - IDLE_LIFETIME);
        sql.push(" or created_at < ").value(before - ABSOLUTE_LIFETIME).push("))");
        sql.push(" limit ").value(i64::from(limit)).push(")");
        let done = self.run(sql).await.map_err(explain("forgetting sessions"))?;
        Ok(done)
    }

    async fn forget_links(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let mut forgotten = 0;
        for (delete, pick, stale) in [
            (
                "delete from password_resets where company_id = ",
                " and id in (select id from password_resets where company_id = ",
                " and expires_at < ",
            ),
            (
                "delete from invitations where company_id = ",
                " and id in (select id from invitations where company_id = ",
                " and status <> 'PENDING' and updated_at < ",
            ),
        ] {
            let mut sql = Sql::new(delete);
            sql.value(self.company()).push(pick).value(self.company()).push(stale).value(before);
            sql.push(" limit ").value(i64::from(limit)).push(")");
            let done = self.run(sql).await.map_err(explain("forgetting links"))?;
            // The greater of both counts, so that a full batch of either asks for another round.
            forgotten = done.max(forgotten);
        }
        Ok(forgotten)
    }

    async fn forget_attempts(&self, before: DateTime<Utc>, limit: u32) -> Result<u64> {
        let mut sql = Sql::new("delete from sign_in_attempts where company_id = ");
        sql.value(self.company()).push(" and email_hash in (select email_hash from sign_in_attempts");
        sql.push(" where company_id = ").value(self.company()).push(" and updated_at < ").value(before);
        sql.push(" limit ").value(i64::from(limit)).push(")");
        let done = self.run(sql).await.map_err(explain("forgetting wrong passwords"))?;
        Ok(done)
    }

    async fn drifted_counters(&self) -> Result<u64> {
        let CounterDeltas { wins, won_amounts, stages } =
            audit::drift(self).await.map_err(explain("recounting"))?;
        let drifted = (wins.len() + won_amounts.len() + stages.len()) as u64;
        counter!("counters_drifted_total").increment(drifted);
        Ok(drifted)
    }
}

#[async_trait]
impl CompanyRoll for PgStore {
    async fn companies(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyId>> {
        let mut connection = self.connections().lend(Lane::Read).await?;
        let mut sql = Sql::new("select directory.companies($1, $2) as id");
        sql.bind(after.map(Id::uuid)).bind(i32::try_from(limit).unwrap_or(i32::MAX));
        let rows = connection
            .ask(sql.build())
            .await
            .and_then(|rows| rows.iter().map(|row| row.get::<Uuid>("id").map(Id::new)).collect());
        rows.map_err(explain("reading the roll of companies"))
    }
}
