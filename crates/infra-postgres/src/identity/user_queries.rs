//! Read queries for users.

use async_trait::async_trait;
use cartera_application::{
    Result,
    lists::{ListQuery, Listing},
    ports::UserQueries,
    security::Grant,
    users::{UserDetails, UserList, UserView},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::explain,
    list::{self, Column, Columns, Key, KeyType, ListSql, PageSql, nullable},
    named::reference as named,
    row::row,
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

row! {
    struct UserRow {
        id: Uuid,
        version: i32,
        name: String,
        email: String,
        role: String,
        active: bool,
        force_password_reset: bool,
        last_login_at: Option<DateTime<Utc>>,
        created_at: DateTime<Utc>,
        created_by: Option<Uuid>,
        creator_name: Option<String>,
        updated_at: DateTime<Utc>,
    }
}

impl From<UserRow> for UserView {
    fn from(row: UserRow) -> Self {
        let UserRow {
            id,
            version,
            name,
            email,
            role,
            active,
            force_password_reset,
            last_login_at,
            created_at,
            created_by,
            creator_name,
            updated_at,
        } = row;
        let details = UserDetails {
            email,
            role,
            force_password_reset,
            last_login_at,
            created_at,
            created_by: named(created_by, creator_name),
            updated_at,
        };
        Self { id, version, name, active, details: Some(details) }
    }
}

const SELECT: &str = "select u.id, u.version, u.name, u.email, u.role, u.active, u.force_password_reset, \
    u.last_login_at, u.created_at, u.created_by, c.name as creator_name, u.updated_at";

const JOINS: &str = " from users u left join users c on c.company_id = u.company_id and c.id = u.created_by";

const COLUMNS: Columns = &[
    (UserList::CREATED_AT, Column::sorted("u.created_at", KeyType::Timestamp)),
    (UserList::NAME, Column::sorted("u.name_fold", KeyType::Text)),
    (UserList::ACTIVE, Column::filtered("u.active::text")),
    (UserList::EMAIL, Column::sorted_by("u.email_key", "u.email_fold", KeyType::Text)),
    (UserList::ROLE, Column::filtered("u.role")),
    (UserList::FORCE_PASSWORD_RESET, Column::filtered("u.force_password_reset::text")),
    (
        UserList::LAST_LOGIN_AT,
        nullable!(Timestamp, "u.last_login_at", "'infinity'::timestamptz", "'-infinity'::timestamptz"),
    ),
];

/// The list for those who may see everything.
const LIST: ListSql = ListSql {
    page: PageSql {
        table: UserList::TABLE,
        base: " from users u",
        company: "u.company_id",
        always: " and u.removed_at is null",
        id: "u.id",
        columns: list::complete(UserList::TABLE, COLUMNS),
        search: &by_name_or_email,
    },
    select: SELECT,
    joins: JOINS,
};

/// The list for callers who may not see e-mails, and so must not find people by them.
const LIST_WITHOUT_EMAILS: ListSql = ListSql { page: PageSql { search: &by_name, ..LIST.page }, ..LIST };

fn by_name(q: &str) -> Vec<Key> {
    vec![Key::Begins("u.name_fold", q.to_owned())]
}

fn by_name_or_email(q: &str) -> Vec<Key> {
    vec![Key::Begins("u.name_fold", q.to_owned()), Key::Begins("u.email_fold", q.to_owned())]
}

/// One user as they are read, unless they were removed.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<UserView>> {
    let mut sql = Sql::new(SELECT);
    sql.push(JOINS).push(" where u.company_id = ").value(tx.company());
    sql.push(" and u.id = ").value(id).push(" and u.removed_at is null");
    let row = tx.first(sql).await.map_err(explain("reading a user"))?;
    let row = row.map(|row| row.read::<UserRow>()).transpose();
    Ok(row.map_err(explain("reading a user"))?.map(UserView::from))
}

#[async_trait]
impl UserQueries for PgStore {
    async fn list(&self, grant: &Grant, query: &ListQuery, emails: bool) -> Result<Listing<UserView>> {
        let list = if emails { LIST } else { LIST_WITHOUT_EMAILS };
        let tx = self.choosing(grant).await?;
        let found = list::run::<UserRow>(&tx, &list, query).await.map_err(explain("listing users"))?;
        tx.finish().await?;
        Ok(found.map(UserView::from))
    }
}
