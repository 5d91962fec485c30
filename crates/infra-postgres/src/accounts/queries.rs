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
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{
    error::explain,
    list::{self, Column, KeyType, ListSql, prefix_end},
    sql::Sql,
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
    owner_name: Option<String>,
    tags: Vec<String>,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    creator_name: Option<String>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

/// A reference and its name, which are both there or both missing.
pub(crate) fn named(id: Option<Uuid>, name: Option<String>) -> Option<NamedRef> {
    Some(NamedRef { id: id?, name: name? })
}

impl From<AccountRow> for AccountView {
    fn from(row: AccountRow) -> Self {
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
            owner_name,
            tags,
            created_at,
            created_by,
            creator_name,
            updated_at,
            deleted_at,
        } = row;
        Self {
            id,
            version,
            name,
            industry,
            address,
            employees,
            website,
            phone,
            description,
            owner: named(owner_id, owner_name),
            tags,
            created_at,
            created_by: named(created_by, creator_name),
            updated_at,
            deleted_at,
        }
    }
}

const SELECT: &str = "select a.id, a.version, a.name, a.industry, a.address, a.employees, a.website, a.phone, \
    a.description, a.owner_id, o.name as owner_name, a.tags, a.created_at, a.created_by, \
    c.name as creator_name, a.updated_at, a.deleted_at";

const JOINS: &str = " from accounts a \
    left join users o on o.company_id = a.company_id and o.id = a.owner_id \
    left join users c on c.company_id = a.company_id and c.id = a.created_by";

const LIST: ListSql<AccountField> = ListSql {
    select: SELECT,
    joins: JOINS,
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

fn search(sql: &mut Sql, _company: Uuid, q: &str) {
    sql.push(" and a.name_fold >= ").value(q).push(" and a.name_fold < ").value(prefix_end(q));
}

/// One live account as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<AccountView>> {
    let mut sql = Sql::new(SELECT);
    sql.push(JOINS).push(" where a.company_id = ").value(tx.company());
    sql.push(" and a.id = ").value(id).push(" and a.deleted_at is null");
    let row = tx.query_one_raw(sql.build()).await.map_err(explain("reading an account"))?;
    let row = row.map(|row| AccountRow::from_query_result(&row, "")).transpose();
    Ok(row.map_err(explain("reading an account"))?.map(AccountView::from))
}

#[async_trait]
impl AccountQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery<AccountField>) -> Result<Listing<AccountView>> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let list = if query.flag(DELETED) { &BIN } else { &LIST };
        let found =
            list::run::<_, AccountRow>(&tx, list, query).await.map_err(explain("listing accounts"))?;
        tx.finish().await?;
        Ok(found.map(AccountView::from))
    }
}
