//! The platform's list of companies.

use async_trait::async_trait;
use cartera_application::{
    Result,
    companies::{CompanyList, CompanyView},
    lists::{ListQuery, Listing},
    ports::CompanyQueries,
    security::Grant,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::explain,
    list::{self, Column, Columns, Key, KeyType, ListSql, PageSql, nullable},
    row::row,
    store::PgStore,
};

row! {
    struct CompanyRow {
        id: Uuid,
        version: i32,
        name: String,
        slug: String,
        address: Option<String>,
        website: Option<String>,
        logo_url: Option<String>,
        country: String,
        locale: String,
        timezone: String,
        currency: String,
        force_password_reset_after_invitation: bool,
        trash_days: i32,
        data_retention_days: i32,
        suspended_at: Option<DateTime<Utc>>,
        created_at: DateTime<Utc>,
        updated_at: DateTime<Utc>,
    }
}

impl From<CompanyRow> for CompanyView {
    fn from(row: CompanyRow) -> Self {
        let CompanyRow {
            id,
            version,
            name,
            slug,
            address,
            website,
            logo_url,
            country,
            locale,
            timezone,
            currency,
            force_password_reset_after_invitation,
            trash_days,
            data_retention_days,
            suspended_at,
            created_at,
            updated_at,
        } = row;
        Self {
            id,
            version,
            name,
            slug,
            address,
            website,
            logo_url,
            country,
            locale,
            timezone,
            currency,
            force_password_reset_after_invitation,
            trash_days,
            data_retention_days,
            suspended_at,
            created_at,
            updated_at,
        }
    }
}

const COLUMNS: Columns = &[
    (CompanyList::CREATED_AT, Column::sorted("c.created_at", KeyType::Timestamp)),
    (CompanyList::UPDATED_AT, Column::sorted("c.updated_at", KeyType::Timestamp)),
    (CompanyList::NAME, Column::sorted("c.name_fold", KeyType::Text)),
    // Filter values are folded, and folding turns a hyphen into a space.
    (CompanyList::SLUG, Column::sorted_by("replace(c.slug, '-', ' ')", "c.slug", KeyType::Text)),
    (
        CompanyList::SUSPENDED_AT,
        nullable!(Timestamp, "c.suspended_at", "'infinity'::timestamptz", "'-infinity'::timestamptz"),
    ),
];

const LIST: ListSql = ListSql {
    page: PageSql {
        table: CompanyList::TABLE,
        base: " from companies c",
        always: "",
        id: "c.id",
        columns: list::complete(CompanyList::TABLE, COLUMNS),
        search: &search,
        // Besides row-level security the statement itself requires the platform's realm: in any other it returns
        // nothing.
        company: "'00000000-0000-0000-0000-000000000000'::uuid",
    },
    select: "select c.id, c.version, c.name, c.slug, c.address, c.website, c.logo_url, c.country, c.locale, \
        c.timezone, c.currency, c.force_password_reset_after_invitation, c.trash_days, c.data_retention_days, \
        c.suspended_at, c.created_at, c.updated_at",
    joins: " from companies c",
};

fn search(q: &str) -> Vec<Key> {
    vec![Key::Begins("c.name_fold", q.to_owned())]
}

#[async_trait]
impl CompanyQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<CompanyView>> {
        let tx = self.choosing(grant).await?;
        let found = list::run::<CompanyRow>(&tx, &LIST, query).await.map_err(explain("listing companies"))?;
        tx.finish().await?;
        Ok(found.map(CompanyView::from))
    }
}
