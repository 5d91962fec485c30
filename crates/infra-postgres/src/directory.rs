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
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    connections::{Connections, Lane},
    error::explain,
    row::{PgRow, row},
    sql::Sql,
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

row! {
    struct IdentityRow {
        company_id: Option<Uuid>,
        subject_id: Uuid,
        password_hash: String,
        may_sign_in: bool,
    }
}

#[async_trait]
impl Directory for PgDirectory {
    async fn find(&self, email: &Email) -> Result<Option<Identity>> {
        let mut connection = self.connections.lend(Lane::Read).await?;
        let mut sql =
            Sql::new("select company_id, subject_id, password_hash, may_sign_in from directory.find($1)");
        sql.bind(email.key());
        let row = connection
            .ask(sql.build())
            .await
            .and_then(|rows| rows.first().map(PgRow::read::<IdentityRow>).transpose());
        let row = row.map_err(explain("looking an e-mail up"))?;
        Ok(row.map(|IdentityRow { company_id, subject_id, password_hash, may_sign_in }| Identity {
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
        let mut sql = Sql::new("select directory.free_slug($1) as slug");
        sql.bind(wanted.as_str());
        let slug = connection
            .ask(sql.build())
            .await
            .and_then(|rows| rows.first().ok_or_else(|| DbErr::RecordNotFound("a slug".into()))?.get("slug"));
        slug.map(Slug::trusted).map_err(explain("finding a free slug"))
    }
}
