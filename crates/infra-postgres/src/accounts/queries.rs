//! Accounts as they are read.

use async_trait::async_trait;
use cartera_application::{
    Result,
    accounts::AccountField,
    lists::{DELETED, ListQuery, Listing},
    ports::AccountQueries,
    security::Grant,
    views::{AccountView, NamedRef},
};
use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;
use uuid::Uuid;

use crate::{
    list::{self, Column, Key, KeyType, ListSql},
    named::Named,
    names::{Names, names_version},
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

#[derive(FromQueryResult)]
struct AccountRow {
    id: Uuid,
    version: i32,
    name: String,
    industry: Option<String>,
    address: Option<String>,
    employees: Option<i32>,
    website: Option<String>,
    phone: Option<String>,
    description: Option<String>,
    owner_id: Option<Uuid>,
    tags: Vec<String>,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    names_version: i64,
}

/// A reference and its name, which are both there or both missing.
pub(crate) fn named(id: Option<Uuid>, name: Option<String>) -> Option<NamedRef> {
    Some(NamedRef { id: id?, name: name? })
}

impl Named for AccountRow {
    type View = AccountView;

    fn names_version(&self) -> i64 {
        self.names_version
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        vec![self.owner_id, self.created_by]
    }

    fn view(self, names: &Names) -> Result<AccountView> {
        let AccountRow {
            id,
            version,
            name,
            industry,
            address,
            employees,
            website,
            phone,
            description,
            owner_id,
            tags,
            created_at,
            created_by,
            updated_at,
            deleted_at,
            names_version: _,
        } = self;
        Ok(AccountView {
            id,
            version,
            name,
            industry,
            address,
            employees,
            website,
            phone,
            description,
            owner: owner_id.and_then(|id| names.named(id)),
            tags,
            created_at,
            created_by: created_by.and_then(|id| names.named(id)),
            updated_at,
            deleted_at,
        })
    }
}

const SELECT: &str = concat!(
    "select a.id, a.version, a.name, a.industry, a.address, a.employees, a.website, a.phone, a.description, \
     a.owner_id, a.tags, a.created_at, a.created_by, a.updated_at, a.deleted_at",
    names_version!()
);

const LIST: ListSql<AccountField> = ListSql {
    select: SELECT,
    joins: " from accounts a",
    base: " from accounts a",
    company: "a.company_id",
    always: " and a.deleted_at is null",
    id: "a.id",
    column,
    search,
};

/// The same of the bin.
const BIN: ListSql<AccountField> = ListSql { always: " and a.deleted_at is not null", ..LIST };

fn column(field: AccountField) -> Column {
    match field {
        AccountField::CreatedAt => Column::sorted("a.created_at", KeyType::Timestamp),
        AccountField::UpdatedAt => Column::sorted("a.updated_at", KeyType::Timestamp),
        AccountField::Name => Column::sorted("a.name_fold", KeyType::Text),
        AccountField::Industry => Column::filtered("a.industry_fold"),
        AccountField::OwnerId => Column::filtered("a.owner_id"),
        AccountField::DeletedAt => Column::sorted("a.deleted_at", KeyType::Timestamp),
    }
}

fn search(q: &str) -> Vec<Key> {
    vec![Key::Begins("a.name_fold", q.to_owned())]
}

/// One live account as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<AccountView>> {
    list::show_one::<_, AccountRow>(tx, &LIST, id, "reading an account").await
}

#[async_trait]
impl AccountQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery<AccountField>) -> Result<Listing<AccountView>> {
        let tx = self.choosing(grant).await?;
        let list = if query.flag(DELETED) { &BIN } else { &LIST };
        let found = list::show::<_, AccountRow>(&tx, list, query, "listing accounts", |_, _| {}).await?;
        tx.finish().await?;
        Ok(found)
    }
}
