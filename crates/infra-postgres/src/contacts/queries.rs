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
use sea_orm::FromQueryResult;
use serde_json::Value;
use uuid::Uuid;

use super::rows::links_of_json;
use crate::{
    accounts::named,
    list::{self, Column, Key, KeyType, ListSql, nullable},
    named::Named,
    names::{Names, names_version},
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
    tags: Vec<String>,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
    names_version: i64,
}

impl Named for ContactRow {
    type View = ContactView;

    fn names_version(&self) -> i64 {
        self.names_version
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        vec![self.owner_id, self.created_by]
    }

    fn view(self, names: &Names) -> Result<ContactView> {
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
            tags,
            created_at,
            created_by,
            updated_at,
            deleted_at,
            names_version: _,
        } = self;
        Ok(ContactView {
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
    "select t.id, t.version, t.first_name, t.last_name, t.position, t.email, t.phone, t.address, \
     t.social_links, t.notes, t.account_id, a.name as account_name, t.owner_id, t.tags, t.created_at, \
     t.created_by, t.updated_at, t.deleted_at",
    names_version!()
);

const JOINS: &str =
    " from contacts t left join accounts a on a.company_id = t.company_id and a.id = t.account_id";

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
const BIN: ListSql<ContactField> = ListSql { always: " and t.deleted_at is not null", ..LIST };

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

fn search(q: &str) -> Vec<Key> {
    ["t.name_fold", "t.last_name_fold", "t.email_fold"].map(|column| Key::Begins(column, q.to_owned())).into()
}

/// One live contact as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<ContactView>> {
    list::show_one::<_, ContactRow>(tx, &LIST, id, "reading a contact").await
}

#[async_trait]
impl ContactQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery<ContactField>) -> Result<Listing<ContactView>> {
        let tx = self.choosing(grant).await?;
        let list = if query.flag(DELETED) { &BIN } else { &LIST };
        let found = list::show::<_, ContactRow>(&tx, list, query, "listing contacts", |_, _| {}).await?;
        tx.finish().await?;
        Ok(found)
    }
}
