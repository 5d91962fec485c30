//! Password reset tokens.

use async_trait::async_trait;
use cartera_application::{Error, Result, ports::PasswordResets};
use cartera_domain::{
    identity::{PasswordReset, PasswordResetRecord, Subject},
    ids::{Id, PasswordResetId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::stored_hash;
use crate::{
    error::explain,
    row::{PgRow, row},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

const SELECT: &str = "select id, subject_id, token_hash, requested_by, created_at, expires_at, used_at \
    from password_resets where company_id = ";

row! {
    struct ResetRow {
        id: Uuid,
        subject_id: Uuid,
        token_hash: Vec<u8>,
        requested_by: Option<Uuid>,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        used_at: Option<DateTime<Utc>>,
    }
}

impl PgUnitOfWork {
    fn stored_reset(&self, row: &PgRow) -> Result<PasswordReset> {
        let ResetRow { id, subject_id, token_hash, requested_by, created_at, expires_at, used_at } =
            row.read::<ResetRow>().map_err(explain("reading a password reset"))?;
        Ok(PasswordReset::stored(PasswordResetRecord {
            id: Id::new(id),
            subject: self.subject(subject_id),
            token_hash: stored_hash(token_hash)?,
            requested_by: requested_by.map(Id::new),
            created_at,
            expires_at,
            used_at,
        }))
    }
}

#[async_trait]
impl PasswordResets for PgUnitOfWork {
    async fn get(&self, id: PasswordResetId) -> Result<PasswordReset> {
        let mut sql = Sql::new(SELECT);
        sql.value(self.company()).push(" and id = ").value(id.uuid());
        let row = self.first(sql).await.map_err(explain("reading a password reset"))?;
        self.stored_reset(&row.ok_or_else(Error::not_found)?)
    }

    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<PasswordReset>> {
        let mut sql = Sql::new(SELECT);
        sql.value(self.company()).push(" and token_hash = ").value(hash.to_vec());
        let row = self.first(sql).await.map_err(explain("reading a password reset"))?;
        row.map(|row| self.stored_reset(&row)).transpose()
    }

    async fn insert(&self, reset: &mut PasswordReset) -> Result<()> {
        let PasswordResetRecord { id, subject, token_hash, requested_by, created_at, expires_at, used_at } =
            reset.record();
        let mut sql = Sql::new(
            "insert into password_resets (company_id, id, subject_id, token_hash, requested_by, created_at, \
             expires_at, used_at) values ",
        );
        sql.rows([vec![
            self.company().into(),
            id.uuid().into(),
            subject.id().uuid().into(),
            token_hash.to_vec().into(),
            requested_by.map(Id::uuid).into(),
            (*created_at).into(),
            (*expires_at).into(),
            (*used_at).into(),
        ]]);
        self.run(sql).await.map_err(explain("storing a password reset"))?;
        self.record(reset.take_events());
        Ok(())
    }

    async fn use_all_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<()> {
        let mut sql = Sql::new("update password_resets set used_at = ");
        sql.value(now).push(" where company_id = ").value(self.company());
        sql.push(" and subject_id = ").value(subject.id().uuid()).push(" and used_at is null");
        self.run(sql).await.map_err(explain("using up password resets"))?;
        Ok(())
    }
}
