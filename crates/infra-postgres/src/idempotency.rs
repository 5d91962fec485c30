//! Stored responses of idempotent requests.

use async_trait::async_trait;
use cartera_application::{
    Result,
    ports::{Claim, IdempotencyKeys},
};
use cartera_domain::ids::Id;
use sea_orm::DbErr;
use serde_json::Value;
use uuid::Uuid;

use crate::{error::explain, identity::stored_hash, row::PgRow, sql::Sql, unit_of_work::PgUnitOfWork};

/// A fingerprint, an answer and what was written then.
type Remembered = (Vec<u8>, Value, Option<Uuid>);

impl PgUnitOfWork {
    fn key_owner(&self) -> (&'static str, Uuid) {
        let actor = self.grant.actor();
        (actor.kind(), actor.id().unwrap_or_else(Uuid::nil))
    }

    /// Takes the key's lock, unless another request has it.
    fn lock_of(&self, key: &str) -> Sql {
        let (kind, id) = self.key_owner();
        let mut sql = Sql::new("select pg_try_advisory_xact_lock(hashtextextended(");
        sql.value(format!("{}/{kind}/{id}/{key}", self.company()));
        sql.push(", 0)) as free");
        sql
    }

    /// What was remembered under the key.
    fn remembered_under(&self, key: &str) -> Sql {
        let (kind, id) = self.key_owner();
        let mut sql =
            Sql::new("select fingerprint, output, operation_id from idempotency_keys where company_id = ");
        sql.value(self.company()).push(" and actor_type = ").value(kind);
        sql.push(" and actor_id = ").value(id).push(" and key = ").value(key);
        sql.push(" and created_at > now() - interval '24 hours'");
        sql
    }

    async fn claimed(&self, key: &str) -> Result<Option<Option<Remembered>>, DbErr> {
        // The second sees what was committed before the first got the lock.
        let [lock, found] =
            self.together([self.lock_of(key).build(), self.remembered_under(key).build()]).await?;
        let lock = lock.first().ok_or_else(|| DbErr::RecordNotFound("an advisory lock's answer".into()))?;
        if !lock.get::<bool>("free")? {
            return Ok(None);
        }
        let read = |row: &PgRow| Ok((row.get("fingerprint")?, row.get("output")?, row.get("operation_id")?));
        found.first().map(read).transpose().map(Some)
    }
}

#[async_trait]
impl IdempotencyKeys for PgUnitOfWork {
    async fn claim(&self, key: &str) -> Result<Claim> {
        match self.claimed(key).await.map_err(explain("claiming an idempotency key"))? {
            None => Ok(Claim::Busy),
            Some(None) => Ok(Claim::New),
            Some(Some((fingerprint, output, operation))) => Ok(Claim::Used {
                fingerprint: stored_hash(fingerprint)?,
                output,
                operation: operation.map(Id::new),
            }),
        }
    }

    async fn remember(&self, key: &str, fingerprint: [u8; 32], output: Value) -> Result<()> {
        let (kind, id) = self.key_owner();
        let mut sql = Sql::new(
            "insert into idempotency_keys (company_id, actor_type, actor_id, key, fingerprint, output, \
             operation_id, created_at) values (",
        );
        sql.values([
            self.company().into(),
            kind.into(),
            id.into(),
            key.into(),
            fingerprint.to_vec().into(),
            output.into(),
            self.operation.uuid().into(),
        ]);
        sql.push(
            ", now()) on conflict (company_id, actor_type, actor_id, key) do update set \
             fingerprint = excluded.fingerprint, output = excluded.output, \
             operation_id = excluded.operation_id, created_at = excluded.created_at",
        );
        self.later(sql);
        Ok(())
    }
}
