//! Contacts as they are read.

use async_trait::async_trait;
use cartera_application::{
    Result,
    contacts::ContactField,
    lists::{DELETED, ListQuery, Listing},
    ports::ContactQueries,
    security::Grant,
    views::ContactView,
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::Value;
use uuid::Uuid;

use super::rows::links_of_json;
use crate::{
    accounts::named,
    error::explain,
    list::{self, Column, KeyType, ListSql, nullable, prefix_end},
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

#[derive(FromQueryResult)]
struct ContactRow {
    id: Uuid,
    version: i32,
    first_name: String,
    last_name: Option<String>,
    position: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    address: Option<String>,
    social_links: Value,
    notes: Option<String>,
    account_id: Option<Uuid>,
    account_name: Option<String>,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    tags: Vec<String>,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    creator_name: Option<String>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

impl From<ContactRow> for ContactView {
    fn from(row: ContactRow) -> Self {
        let ContactRow {
            id,
            version,
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            account_id,
            account_name,
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
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links: links_of_json(&social_links).into(),
            notes,
            account: named(account_id, account_name),
            owner: named(owner_id, owner_name),
            tags,
            created_at,
            created_by: named(created_by, creator_name),
            updated_at,
            deleted_at,
        }
    }
}

const SELECT: &str = "select t.id, t.version, t.first_name, t.last_name, t.position, t.email, t.phone, \
    t.address, t.social_links, t.notes, t.account_id, a.name as account_name, t.owner_id, \
    o.name as owner_name, t.tags, t.created_at, t.created_by, c.name as creator_name, t.updated_at, \
    t.deleted_at";

const JOINS: &str = " from contacts t \
    left join accounts a on a.company_id = t.company_id and a.id = t.account_id \
    left join users o on o.company_id = t.company_id and o.id = t.owner_id \
    left join users c on c.company_id = t.company_id and c.id = t.created_by";

const LIST: ListSql<ContactField> = ListSql {
    select: SELECT,
    joins: JOINS,
    base: " from contacts t",
    company: "t.company_id",
    always: " and t.deleted_at is null",
    id: "t.id",
    column,
    search,
};

/// The same of the bin.
const BIN: ListSql<ContactField> =
    ListSql { always: " and t.deleted_at is not null", search: search_bin, ..LIST };

fn column(field: ContactField) -> Column {
    match field {
        ContactField::CreatedAt => Column::sorted("t.created_at", KeyType::Timestamp),
        ContactField::UpdatedAt => Column::sorted("t.updated_at", KeyType::Timestamp),
        ContactField::Name => Column::sorted("t.name_fold", KeyType::Text),
        ContactField::Email => nullable!(Text, "t.email_key", "U&'\\+10FFFF'", "''"),
        ContactField::AccountId => Column::filtered("t.account_id"),
        ContactField::OwnerId => Column::filtered("t.owner_id"),
        ContactField::DeletedAt => Column::sorted("t.deleted_at", KeyType::Timestamp),
    }
}

/// Each key by its own index, which an OR between them would leave unused; all before anything else, as an array:
/// a plan that expects many to be found would walk the list to look for them.
fn search(sql: &mut Sql, company: Uuid, q: &str) {
    let keys = [
        (
            " and t.id = any(array(select id from contacts where company_id = ",
            " and name_fold >= ",
            " and name_fold < ",
        ),
        (
            " union all select id from contacts where company_id = ",
            " and last_name_fold >= ",
            " and last_name_fold < ",
        ),
        (
            " union all select id from contacts where company_id = ",
            " and email_fold >= ",
            " and email_fold < ",
        ),
    ];
    for (select, from, until) in keys {
        sql.push(select).value(company).push(" and deleted_at is null");
        sql.push(from).value(q).push(until).value(prefix_end(q));
    }
    sql.push("))");
}

/// The bin is small enough to be looked through.
fn search_bin(sql: &mut Sql, _company: Uuid, q: &str) {
    let keys = [
        (" and (t.name_fold >= ", " and t.name_fold < "),
        (" or t.last_name_fold >= ", " and t.last_name_fold < "),
        (" or t.email_fold >= ", " and t.email_fold < "),
    ];
    for (from, until) in keys {
        sql.push(from).value(q).push(until).value(prefix_end(q));
    }
    sql.push(")");
}

/// One live contact as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<ContactView>> {
    let mut sql = Sql::new(SELECT);
    sql.push(JOINS).push(" where t.company_id = ").value(tx.company());
    sql.push(" and t.id = ").value(id).push(" and t.deleted_at is null");
    let row = tx.query_one_raw(sql.build()).await.map_err(explain("reading a contact"))?;
    let row = row.map(|row| ContactRow::from_query_result(&row, "")).transpose();
    Ok(row.map_err(explain("reading a contact"))?.map(ContactView::from))
}

#[async_trait]
impl ContactQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery<ContactField>) -> Result<Listing<ContactView>> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let list = if query.flag(DELETED) { &BIN } else { &LIST };
        let found =
            list::run::<_, ContactRow>(&tx, list, query).await.map_err(explain("listing contacts"))?;
        tx.finish().await?;
        Ok(found.map(ContactView::from))
    }
}
