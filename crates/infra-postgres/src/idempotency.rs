//! Stored responses of idempotent requests.

use async_trait::async_trait;
use cartera_application::{
    Result,
    ports::{Claim, IdempotencyKeys},
};
use sea_orm::DbErr;
use serde_json::Value;
use uuid::Uuid;

use crate::{error::explain, identity::stored_hash, sql::Sql, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    fn key_owner(&self) -> (&'static str, Uuid) {
        let actor = self.grant.actor();
        (actor.kind(), actor.id().unwrap_or_else(Uuid::nil))
    }

    async fn lock_key(&self, key: &str) -> Result<bool, DbErr> {
        let (kind, id) = self.key_owner();
        let mut sql = Sql::new("select pg_try_advisory_xact_lock(hashtextextended(");
        sql.value(format!("{}/{kind}/{id}/{key}", self.company()));
        sql.push(", 0)) as free");
        let row = self.first(sql).await?;
        row.ok_or_else(|| DbErr::RecordNotFound("an advisory lock's answer".into()))?.get("free")
    }
}

#[async_trait]
impl IdempotencyKeys for PgUnitOfWork {
    async fn claim(&self, key: &str) -> Result<Claim> {
        if !self.lock_key(key).await.map_err(explain("claiming an idempotency key"))? {
            return Ok(Claim::Busy);
        }
        let (kind, id) = self.key_owner();
        let mut sql = Sql::new("select fingerprint, output from idempotency_keys where company_id = ");
        sql.value(self.company()).push(" and actor_type = ").value(kind);
        sql.push(" and actor_id = ").value(id).push(" and key = ").value(key);
        sql.push(" and created_at > now() - interval '24 hours'");
        let row = self.first(sql).await.map_err(explain("reading an idempotency key"))?;
        let Some(row) = row else { return Ok(Claim::New) };
        let read =
            || -> Result<(Vec<u8>, Value), DbErr> { Ok((row.get("fingerprint")?, row.get("output")?)) };
        let (fingerprint, output) = read().map_err(explain("reading an idempotency key"))?;
        Ok(Claim::Used { fingerprint: stored_hash(fingerprint)?, output })
    }

    async fn remember(&self, key: &str, fingerprint: [u8; 32], output: Value) -> Result<()> {
        let (kind, id) = self.key_owner();
        let mut sql = Sql::new(
            "insert into idempotency_keys (company_id, actor_type, actor_id, key, fingerprint, output, \
             created_at) values (",
        );
        sql.values([
            self.company().into(),
            kind.into(),
            id.into(),
            key.into(),
            fingerprint.to_vec().into(),
            output.into(),
        ]);
        sql.push(
            ", now()) on conflict (company_id, actor_type, actor_id, key) do update set \
             fingerprint = excluded.fingerprint, output = excluded.output, created_at = excluded.created_at",
        );
        self.later(sql);
        Ok(())
    }
}
