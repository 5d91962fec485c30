//! Platform administrators, visible only in the platform's realm. They have no company, so besides row-level security
//! each statement requires the realm itself.

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    ports::{Administrator, Administrators},
};
use cartera_domain::{
    events::{EntityRef, Event, EventKind},
    ids::{Id, UserId},
    values::{Email, Line},
};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::require_reached;
use crate::{error::explain, row::PgRow, sql::Sql, unit_of_work::PgUnitOfWork};

fn stored(row: &PgRow) -> Result<Administrator, DbErr> {
    Ok(Administrator {
        id: Id::new(row.get("id")?),
        name: Line::trusted(row.get("name")?),
        email: Email::trusted(row.get("email")?),
        password_hash: row.get("password_hash")?,
        active: row.get("active")?,
    })
}

impl PgUnitOfWork {
    async fn administrator(&self, id: UserId, lock: &'static str) -> Result<Administrator> {
        let mut sql = Sql::new(
            "select id, name, email, password_hash, active from platform_administrators \
             where '00000000-0000-0000-0000-000000000000'::uuid = ",
        );
        sql.value(self.company()).push(" and id = ").value(id.uuid()).push(lock);
        let row = self.first(sql).await.map_err(explain("reading an administrator"))?;
        stored(&row.ok_or_else(Error::not_found)?).map_err(explain("reading an administrator"))
    }
}

#[async_trait]
impl Administrators for PgUnitOfWork {
    async fn get(&self, id: UserId) -> Result<Administrator> {
        self.administrator(id, "").await
    }

    async fn get_locked(&self, id: UserId) -> Result<Administrator> {
        self.administrator(id, " for update").await
    }

    async fn insert(&self, administrator: &Administrator, now: DateTime<Utc>) -> Result<()> {
        let Administrator { id, name, email, password_hash, active } = administrator;
        self.claim_email(email, *id).await?;
        let mut sql = Sql::new(
            "insert into platform_administrators \
             (id, name, email, email_key, active, password_hash, created_at, updated_at) values ",
        );
        sql.rows([vec![
            id.uuid().into(),
            name.as_str().into(),
            email.as_str().into(),
            email.key().into(),
            (*active).into(),
            password_hash.as_str().into(),
            now.into(),
            now.into(),
        ]]);
        self.run(sql).await.map_err(explain("storing an administrator"))?;
        self.record(vec![Event::new(EventKind::UserCreated, EntityRef::user(*id), now)]);
        Ok(())
    }

    async fn change_password(&self, id: UserId, password_hash: &str, now: DateTime<Utc>) -> Result<()> {
        let mut sql = Sql::new("update platform_administrators set password_hash = ");
        sql.value(password_hash).push(", updated_at = ").value(now).push(" where id = ").value(id.uuid());
        sql.push(" and '00000000-0000-0000-0000-000000000000'::uuid = ").value(self.company());
        let done = self.run(sql).await.map_err(explain("storing an administrator"))?;
        require_reached(done)?;
        self.record(vec![Event::new(EventKind::UserPasswordChanged, EntityRef::user(id), now)]);
        Ok(())
    }

    async fn note_locked(&self, id: UserId, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
        self.administrator(id, "").await?;
        let event = Event::new(EventKind::UserLocked, EntityRef::user(id), now);
        self.record(vec![event.noting("until", until)]);
        Ok(())
    }
}
