//! Read queries for invitations.

use async_trait::async_trait;
use cartera_application::{
    Result,
    invitations::{InvitationList, InvitationView},
    lists::{ListQuery, Listing},
    ports::InvitationQueries,
    security::Grant,
};
use cartera_domain::ids::InvitationId;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use uuid::Uuid;

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
    struct InvitationRow {
        id: Uuid,
        version: i32,
        email: String,
        role: String,
        expires_at: DateTime<Utc>,
        created_at: DateTime<Utc>,
        invited_by: Option<Uuid>,
        inviter_name: Option<String>,
        updated_at: DateTime<Utc>,
    }
}

impl InvitationRow {
    fn view(self, now: DateTime<Utc>) -> InvitationView {
        let Self { id, version, email, role, expires_at, created_at, invited_by, inviter_name, updated_at } =
            self;
        InvitationView {
            id,
            version,
            email,
            role,
            expired: expires_at <= now,
            expires_at,
            created_at,
            created_by: named(invited_by, inviter_name),
            updated_at,
        }
    }
}

const SELECT: &str = "select i.id, i.version, i.email, i.role, i.expires_at, i.created_at, i.invited_by, \
    u.name as inviter_name, i.updated_at";

const JOINS: &str =
    " from invitations i left join users u on u.company_id = i.company_id and u.id = i.invited_by";

const COLUMNS: Columns = &[
    (InvitationList::CREATED_AT, Column::sorted("i.created_at", KeyType::Timestamp)),
    (InvitationList::EXPIRES_AT, Column::sorted("i.expires_at", KeyType::Timestamp)),
    (InvitationList::EMAIL, Column::sorted_by("i.email_key", "i.email_fold", KeyType::Text)),
    (InvitationList::ROLE, Column::filtered("i.role")),
];

const LIST: ListSql = ListSql {
    page: PageSql {
        table: InvitationList::TABLE,
        base: " from invitations i",
        company: "i.company_id",
        always: " and i.status = 'PENDING'",
        id: "i.id",
        columns: list::complete(InvitationList::TABLE, COLUMNS),
        search: &|q| vec![Key::Begins("i.email_fold", q.to_owned())],
    },
    select: SELECT,
    joins: JOINS,
};

/// One invitation, whatever its status.
pub(super) async fn view(
    tx: &PgUnitOfWork,
    id: InvitationId,
    now: DateTime<Utc>,
) -> Result<Option<InvitationView>, DbErr> {
    let mut sql = Sql::new(SELECT);
    sql.push(JOINS).push(" where i.company_id = ").value(tx.company()).push(" and i.id = ").value(id.uuid());
    let row = tx.first(sql).await?;
    row.map(|row| Ok(row.read::<InvitationRow>()?.view(now))).transpose()
}

#[async_trait]
impl InvitationQueries for PgStore {
    async fn list(
        &self,
        grant: &Grant,
        query: &ListQuery,
        now: DateTime<Utc>,
    ) -> Result<Listing<InvitationView>> {
        let tx = self.choosing(grant).await?;
        let found =
            list::run::<InvitationRow>(&tx, &LIST, query).await.map_err(explain("listing invitations"))?;
        tx.finish().await?;
        Ok(found.map(|row| row.view(now)))
    }
}
