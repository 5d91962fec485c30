//! The users of the company.

use async_trait::async_trait;
use cartera_application::{Error, Result, ports::Users};
use cartera_domain::{
    identity::{Role, User, UserRecord},
    ids::{Id, UserId},
    values::{Email, Line},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::{require_reached, user_entity as entity};
use crate::{error::explain, unit_of_work::PgUnitOfWork};

#[async_trait]
impl Users for PgUnitOfWork {
    async fn get_locked(&self, id: UserId) -> Result<User> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .lock_exclusive()
            .one(self)
            .await
            .map_err(explain("reading a user"))?;
        restore(row.ok_or_else(Error::not_found)?)
    }

    async fn get(&self, id: UserId) -> Result<User> {
        let row = entity::Entity::find_by_id((self.company(), id.uuid()))
            .one(self)
            .await
            .map_err(explain("reading a user"))?;
        restore(row.ok_or_else(Error::not_found)?)
    }

    async fn is_active(&self, id: UserId) -> Result<bool> {
        let count = entity::Entity::find_by_id((self.company(), id.uuid()))
            .filter(entity::Column::Active.eq(true))
            .count(self)
            .await
            .map_err(explain("looking a user up"))?;
        Ok(count > 0)
    }

    async fn insert(&self, user: &mut User) -> Result<()> {
        self.claim_email(&user.record().email, user.record().id).await?;
        entity::Entity::insert(row(self.company(), user.record()))
            .exec_without_returning(self)
            .await
            .map_err(explain("storing a user"))?;
        self.record(user.take_events());
        Ok(())
    }

    async fn update(&self, user: &mut User) -> Result<()> {
        let done = entity::Entity::update_many()
            .set(row(self.company(), user.record()))
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::Id.eq(user.record().id.uuid()))
            .exec(self)
            .await
            .map_err(explain("storing a user"))?;
        require_reached(done.rows_affected)?;
        self.record(user.take_events());
        Ok(())
    }
}

/// Reads a stored role; the table's CHECK allows no other.
pub(super) fn stored_role(name: &str) -> Result<Role> {
    Role::parse(name).ok_or(Error::Internal { what: "a stored role is unknown", cause: None })
}

fn row(company_id: Uuid, record: &UserRecord) -> entity::ActiveModel {
    let UserRecord {
        id,
        name,
        email,
        role,
        active,
        force_password_reset,
        password_hash,
        last_login_at,
        version,
        created_at,
        created_by,
        updated_at,
    } = record;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        email: Set(email.as_str().to_owned()),
        email_key: Set(email.key()),
        role: Set(role.as_str().to_owned()),
        active: Set(*active),
        force_password_reset: Set(*force_password_reset),
        password_hash: Set(password_hash.clone()),
        last_login_at: Set(*last_login_at),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.map(Id::uuid)),
        updated_at: Set(*updated_at),
    }
}

fn restore(row: entity::Model) -> Result<User> {
    let entity::Model {
        company_id: _,
        id,
        name,
        email,
        email_key: _,
        role,
        active,
        force_password_reset,
        password_hash,
        last_login_at,
        version,
        created_at,
        created_by,
        updated_at,
    } = row;
    Ok(User::restore(UserRecord {
        id: Id::new(id),
        name: Line::trusted(name),
        email: Email::trusted(email),
        role: stored_role(&role)?,
        active,
        force_password_reset,
        password_hash,
        last_login_at,
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
    }))
}
