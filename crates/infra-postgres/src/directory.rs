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
use uuid::Uuid;

use crate::{
    connections::{Connections, Lane},
    error::explain_sqlx,
    store::PgStore,
};

/// Looks up e-mails and slugs across companies.
#[derive(Clone)]
pub struct PgDirectory {
    connections: Connections,
}

impl PgDirectory {
    /// The directory of the store's database.
    pub fn new(store: &PgStore) -> Self {
        Self { connections: store.connections().clone() }
    }
}

type IdentityRow = (Option<Uuid>, Uuid, String, bool);

#[async_trait]
impl Directory for PgDirectory {
    async fn find(&self, email: &Email) -> Result<Option<Identity>> {
        let mut connection = self.connections.lend(Lane::Read).await?;
        let row: Option<IdentityRow> = sqlx::query_as(
            "select company_id, subject_id, password_hash, may_sign_in from directory.find($1)",
        )
        .bind(email.key())
        .fetch_optional(&mut *connection)
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
        let mut connection = self.connections.lend(Lane::Read).await?;
        let slug: String = sqlx::query_scalar("select directory.free_slug($1)")
            .bind(wanted.as_str())
            .fetch_one(&mut *connection)
            .await
            .map_err(explain_sqlx("finding a free slug"))?;
        Ok(Slug::trusted(slug))
    }
}
