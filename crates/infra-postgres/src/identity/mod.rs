//! Users, administrators, sessions and API keys.

mod administrators;
mod api_key_entity;
mod api_keys;
mod handover;
mod password_resets;
mod session_entity;
mod sessions;
mod sign_in_counts;
mod user_entity;
mod user_queries;
mod users;

pub(crate) use users::stored_role;

use cartera_application::{Code, Error, Result};
use cartera_domain::{ids::UserId, values::Email};
use sea_orm::DbErr;

use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    /// Claims a sign-in e-mail in the directory, where it must be unique across all companies.
    async fn claim_email(&self, email: &Email, subject: UserId) -> Result<()> {
        let mut sql = Sql::new("select directory.claim(");
        sql.value(email.key()).push(", ").value(subject.uuid()).push(") as claimed");
        let claim = async || -> Result<bool, DbErr> {
            let row = self.first(sql).await?;
            row.ok_or_else(|| DbErr::RecordNotFound("a claim".into()))?.get("claimed")
        };
        let claimed = claim().await.map_err(explain("claiming an e-mail"))?;
        claimed.then_some(()).ok_or_else(|| Error::refused(Code::EmailTaken))
    }

    /// Releases a sign-in e-mail in the directory.
    async fn release_email(&self, email: &Email, subject: UserId) -> Result<()> {
        let mut sql = Sql::new("select directory.release(");
        sql.value(email.key()).push(", ").value(subject.uuid()).push(")");
        self.first(sql).await.map_err(explain("giving an e-mail back"))?;
        Ok(())
    }
}

/// A stored SHA-256.
pub(crate) fn stored_hash(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes
        .try_into()
        .map_err(|_bytes: Vec<u8>| Error::Internal { what: "a stored hash is not a SHA-256", cause: None })
}

/// Fails when a write matched no row, so that it can't pass for a success: the record is absent or another company's.
pub(crate) fn require_reached(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::not_found()) } else { Ok(()) }
}
