//! Read queries for dead jobs: those that used up their attempts.

use async_trait::async_trait;
use cartera_application::{
    Result,
    jobs::{DeadJobList, DeadJobView},
    lists::{ListQuery, Listing},
    ports::DeadJobQueries,
    security::Grant,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::explain,
    list::{self, Column, Columns, KeyType, ListSql, PageSql},
    row::row,
    store::PgStore,
};

row! {
    struct DeadJobRow {
        id: Uuid,
        name: String,
        company_id: Option<Uuid>,
        attempts: i32,
        last_error: String,
        created_at: DateTime<Utc>,
        failed_at: DateTime<Utc>,
    }
}

impl From<DeadJobRow> for DeadJobView {
    fn from(row: DeadJobRow) -> Self {
        let DeadJobRow { id, name, company_id, attempts, last_error, created_at, failed_at } = row;
        Self { id, name, company_id, attempts, last_error, created_at, failed_at }
    }
}

const COLUMNS: Columns = &[
    (DeadJobList::FAILED_AT, Column::sorted("d.failed_at", KeyType::Timestamp)),
    (DeadJobList::CREATED_AT, Column::sorted("d.created_at", KeyType::Timestamp)),
    // Filter values are folded, so the name is compared in the same form.
    (DeadJobList::NAME, Column::filtered("replace(d.name, '_', ' ')")),
    (DeadJobList::COMPANY_ID, Column::filtered("d.company_id")),
];

/// The function shows nothing outside the platform's realm, and names that realm in each row.
const LIST: ListSql = ListSql {
    page: PageSql {
        table: DeadJobList::TABLE,
        base: " from jobs.dead() d",
        company: "d.realm_id",
        always: "",
        id: "d.id",
        columns: list::complete(DeadJobList::TABLE, COLUMNS),
        // There is no `q`.
        search: &|_| Vec::new(),
    },
    select: "select d.id, d.name, d.company_id, d.attempts, d.last_error, d.created_at, d.failed_at",
    joins: " from jobs.dead() d",
};

#[async_trait]
impl DeadJobQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<DeadJobView>> {
        let tx = self.choosing(grant).await?;
        let found = list::run::<DeadJobRow>(&tx, &LIST, query).await.map_err(explain("listing dead jobs"))?;
        tx.finish().await?;
        Ok(found.map(DeadJobView::from))
    }
}
