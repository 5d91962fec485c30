//! The jobs that were given up, as they are read.

use async_trait::async_trait;
use cartera_application::{
    Result,
    jobs::{DeadJobField, DeadJobView},
    lists::{ListQuery, Listing},
    ports::DeadJobQueries,
    security::Grant,
};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{
    error::explain,
    list::{self, Column, KeyType, ListSql},
    store::PgStore,
};

#[derive(FromQueryResult)]
struct DeadJobRow {
    id: Uuid,
    name: String,
    company_id: Option<Uuid>,
    attempts: i32,
    last_error: String,
    created_at: DateTime<Utc>,
    failed_at: DateTime<Utc>,
}

impl From<DeadJobRow> for DeadJobView {
    fn from(row: DeadJobRow) -> Self {
        let DeadJobRow { id, name, company_id, attempts, last_error, created_at, failed_at } = row;
        Self { id, name, company_id, attempts, last_error, created_at, failed_at }
    }
}

/// The function shows nothing outside the platform's realm, and names that realm in each row.
const LIST: ListSql<DeadJobField> = ListSql {
    select: "select d.id, d.name, d.company_id, d.attempts, d.last_error, d.created_at, d.failed_at",
    joins: " from jobs.dead() d",
    base: " from jobs.dead() d",
    company: "d.realm_id",
    always: "",
    id: "d.id",
    column,
    // There is no `q`.
    search: |_| Vec::new(),
};

fn column(field: DeadJobField) -> Column {
    match field {
        DeadJobField::FailedAt => Column::sorted("d.failed_at", KeyType::Timestamp),
        DeadJobField::CreatedAt => Column::sorted("d.created_at", KeyType::Timestamp),
        // As names in queries are folded.
        DeadJobField::Name => Column::filtered("replace(d.name, '_', ' ')"),
        DeadJobField::CompanyId => Column::filtered("d.company_id"),
    }
}

#[async_trait]
impl DeadJobQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery<DeadJobField>) -> Result<Listing<DeadJobView>> {
        let tx = self.choosing(grant).await?;
        let found =
            list::run::<_, DeadJobRow>(&tx, &LIST, query).await.map_err(explain("listing dead jobs"))?;
        tx.finish().await?;
        Ok(found.map(DeadJobView::from))
    }
}
