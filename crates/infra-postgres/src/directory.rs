//! The directory, through its narrow database functions.

use async_trait::async_trait;
use cartera_application::{
    Result,
    ports::{Directory, Identity},
    security::PLATFORM,
};
use cartera_domain::{
    identity::Subject,
    ids::Id,
    values::{Email, Slug},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{error::explain_sqlx, store::PgStore};

/// Whose e-mail it is, and which slugs are taken.
#[derive(Clone)]
pub struct PgDirectory {
    pool: PgPool,
}

impl PgDirectory {
    /// The directory of the store's database.
    pub fn new(store: &PgStore) -> Self {
        Self { pool: store.pool().clone() }
    }
}

type IdentityRow = (Option<Uuid>, Uuid, String, bool);

#[async_trait]
impl Directory for PgDirectory {
    async fn find(&self, email: &Email) -> Result<Option<Identity>> {
        let row: Option<IdentityRow> = sqlx::query_as(
            "select company_id, subject_id, password_hash, may_sign_in from directory.find($1)",
        )
        .bind(email.key())
        .fetch_optional(&self.pool)
        .await
        .map_err(explain_sqlx("looking an e-mail up"))?;
        Ok(row.map(|(company_id, subject_id, password_hash, may_sign_in)| Identity {
            company_id: company_id.map_or(PLATFORM, Id::new),
            subject: match company_id {
                Some(_) => Subject::User(Id::new(subject_id)),
                None => Subject::PlatformAdministrator(Id::new(subject_id)),
            },
            password_hash,
            may_sign_in,
        }))
    }

    async fn free_slug(&self, wanted: &Slug) -> Result<Slug> {
        let slug: String = sqlx::query_scalar("select directory.free_slug($1)")
            .bind(wanted.as_str())
            .fetch_one(&self.pool)
            .await
            .map_err(explain_sqlx("finding a free slug"))?;
        Ok(Slug::trusted(slug))
    }
}
