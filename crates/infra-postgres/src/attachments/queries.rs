//! Read queries for attachments.

use async_trait::async_trait;
use cartera_application::{
    Result,
    attachments::AttachmentList,
    lists::{ListQuery, Listing},
    ports::AttachmentQueries,
    security::Grant,
    views::AttachmentView,
};
use cartera_domain::attachments::AttachmentTarget;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use uuid::Uuid;

use super::rows;
use crate::{
    error::explain,
    list::{self, Column, Columns, Key, KeyType, ListSql, PageSql},
    named::reference as named,
    row::row,
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

row! {
    struct AttachmentRow {
        id: Uuid,
        version: i32,
        account_id: Option<Uuid>,
        contact_id: Option<Uuid>,
        opportunity_id: Option<Uuid>,
        file_name: String,
        content_type: String,
        size: i64,
        sha256: Vec<u8>,
        status: String,
        created_at: DateTime<Utc>,
        created_by: Option<Uuid>,
        creator_name: Option<String>,
        updated_at: DateTime<Utc>,
    }
}

impl TryFrom<AttachmentRow> for AttachmentView {
    type Error = DbErr;

    fn try_from(row: AttachmentRow) -> Result<Self, DbErr> {
        let AttachmentRow {
            id,
            version,
            account_id,
            contact_id,
            opportunity_id,
            file_name,
            content_type,
            size,
            sha256,
            status,
            created_at,
            created_by,
            creator_name,
            updated_at,
        } = row;
        let target = rows::target(account_id, contact_id, opportunity_id)?;
        Ok(Self {
            id,
            version,
            entity_type: target.kind().as_str().to_owned(),
            entity_id: target.uuid(),
            file_name,
            content_type,
            size,
            sha256: rows::stored_sha256(sha256)?.to_string(),
            status,
            created_at,
            created_by: named(created_by, creator_name),
            updated_at,
        })
    }
}

const SELECT: &str = "select f.id, f.version, f.account_id, f.contact_id, f.opportunity_id, f.file_name, \
    f.content_type, f.size, f.sha256, f.status, f.created_at, f.created_by, c.name as creator_name, \
    f.updated_at";

const JOINS: &str = " from attachments f \
    left join users c on c.company_id = f.company_id and c.id = f.created_by";

const COLUMNS: Columns = &[
    (AttachmentList::CREATED_AT, Column::sorted("f.created_at", KeyType::Timestamp)),
    (AttachmentList::FILE_NAME, Column::sorted("f.name_fold", KeyType::Text)),
    (AttachmentList::SIZE, Column::sorted("f.size", KeyType::Integer)),
    (AttachmentList::STATUS, Column::filtered("f.status")),
];

const LIST: ListSql = ListSql {
    page: PageSql {
        table: AttachmentList::TABLE,
        base: " from attachments f",
        company: "f.company_id",
        always: " and f.deleted_at is null",
        id: "f.id",
        columns: list::complete(AttachmentList::TABLE, COLUMNS),
        search: &search,
    },
    select: SELECT,
    joins: JOINS,
};

/// Only attachments whose record is not in the bin.
pub(super) const OF_LIVE_RECORD: &str = " and (exists (select from accounts a \
    where a.company_id = f.company_id and a.id = f.account_id and a.deleted_at is null) \
    or exists (select from contacts k \
    where k.company_id = f.company_id and k.id = f.contact_id and k.deleted_at is null) \
    or exists (select from opportunities o \
    where o.company_id = f.company_id and o.id = f.opportunity_id and o.deleted_at is null))";

fn search(q: &str) -> Vec<Key> {
    vec![Key::Begins("f.name_fold", q.to_owned())]
}

/// One attachment as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<AttachmentView>> {
    let mut sql = Sql::new(SELECT);
    sql.push(JOINS).push(" where f.company_id = ").value(tx.company());
    sql.push(" and f.id = ").value(id).push(" and f.deleted_at is null").push(OF_LIVE_RECORD);
    let read = async || -> Result<_, DbErr> {
        let row = tx.first(sql).await?;
        row.map(|row| row.read::<AttachmentRow>()?.try_into()).transpose()
    };
    read().await.map_err(explain("reading an attachment"))
}

#[async_trait]
impl AttachmentQueries for PgStore {
    async fn list(
        &self,
        grant: &Grant,
        target: AttachmentTarget,
        query: &ListQuery,
    ) -> Result<Listing<AttachmentView>> {
        let parent = match target {
            AttachmentTarget::Account(_) => " and f.account_id = ",
            AttachmentTarget::Contact(_) => " and f.contact_id = ",
            AttachmentTarget::Opportunity(_) => " and f.opportunity_id = ",
        };
        let tx = self.choosing(grant).await?;
        let list = async || -> Result<_, DbErr> {
            let found = list::run_within::<AttachmentRow>(&tx, &LIST, query, |sql, _| {
                sql.push(parent).value(target.uuid());
            });
            let Listing { items, next, total } = found.await?;
            let items = items.into_iter().map(AttachmentView::try_from).collect::<Result<_, _>>()?;
            Ok(Listing { items, next, total })
        };
        let found = list().await.map_err(explain("listing attachments"))?;
        tx.finish().await?;
        Ok(found)
    }
}
