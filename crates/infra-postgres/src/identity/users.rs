//! The users of the company.

use async_trait::async_trait;
use cartera_application::{Error, Result, ports::Users, users::UserView};
use cartera_domain::{
    identity::{Handover, Role, User, UserRecord},
    ids::{Id, UserId},
    values::{Email, Line, fold_key},
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select, Set, sea_query::LockType};
use uuid::Uuid;

use super::{handover, require_reached, user_entity as entity, user_queries};
use crate::{error::explain, unit_of_work::PgUnitOfWork};

#[async_trait]
impl Users for PgUnitOfWork {
    async fn get_locked(&self, id: UserId) -> Result<User> {
        // FOR NO KEY UPDATE is enough, and lets others write records that refer to the user meanwhile.
        let row = self
            .read_first::<entity::Model>(present(self, id).lock(LockType::NoKeyUpdate))
            .await
            .map_err(explain("reading a user"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn get(&self, id: UserId) -> Result<User> {
        let row =
            self.read_first::<entity::Model>(present(self, id)).await.map_err(explain("reading a user"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn is_active(&self, id: UserId) -> Result<bool> {
        // A shared lock, so that the user can't be deactivated before the records assigned to them are committed.
        let row = self
            .read_first::<entity::Model>(
                present(self, id).filter(entity::Column::Active.eq(true)).lock(LockType::Share),
            )
            .await
            .map_err(explain("looking a user up"))?;
        Ok(row.is_some())
    }

    async fn has_active_owner_besides(&self, id: UserId) -> Result<bool> {
        let another = entity::Entity::find()
            .select_only()
            .column(entity::Column::Id)
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::Role.eq(Role::Owner.as_str()))
            .filter(entity::Column::Active.eq(true))
            .filter(entity::Column::Id.ne(id.uuid()))
            .limit(1);
        let found = self.first(another).await.map_err(explain("looking for an owner"))?;
        Ok(found.is_some())
    }

    async fn insert(&self, user: &mut User) -> Result<()> {
        self.claim_email(&user.record().email, user.record().id).await?;
        self.later(entity::Entity::insert(row(self.company(), user.record())));
        self.record(user.take_events());
        Ok(())
    }

    async fn note(&self, user: &mut User) -> Result<()> {
        self.record(user.take_events());
        Ok(())
    }

    async fn update(&self, user: &mut User) -> Result<()> {
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(row(self.company(), user.record()))
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::Id.eq(user.record().id.uuid()))
                    .filter(entity::Column::RemovedAt.is_null()),
            )
            .await
            .map_err(explain("storing a user"))?;
        require_reached(done)?;
        self.record(user.take_events());
        Ok(())
    }

    async fn remove(&self, user: &mut User) -> Result<()> {
        Users::update(self, user).await?;
        self.release_email(&user.record().email, user.record().id).await
    }

    async fn hand_over(&self, handover: Handover) -> Result<()> {
        handover::all(self, handover).await
    }

    async fn view(&self, id: UserId) -> Result<UserView> {
        user_queries::view(self, id.uuid()).await?.ok_or_else(Error::not_found)
    }
}

/// One user who was not removed.
fn present(tx: &PgUnitOfWork, id: UserId) -> Select<entity::Entity> {
    entity::Entity::find_by_id((tx.company(), id.uuid())).filter(entity::Column::RemovedAt.is_null())
}

/// Reads a stored role; the table's CHECK allows no other.
pub(crate) fn stored_role(name: &str) -> Result<Role> {
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
        removed_at,
    } = record;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        name: Set(name.as_str().to_owned()),
        name_fold: Set(fold_key(name.as_str())),
        email: Set(email.as_str().to_owned()),
        email_key: Set(email.key()),
        email_fold: Set(Email::searched(email.as_str())),
        role: Set(role.as_str().to_owned()),
        active: Set(*active),
        force_password_reset: Set(*force_password_reset),
        password_hash: Set(password_hash.clone()),
        last_login_at: Set(*last_login_at),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.map(Id::uuid)),
        updated_at: Set(*updated_at),
        removed_at: Set(*removed_at),
    }
}

fn stored(row: entity::Model) -> Result<User> {
    let entity::Model {
        company_id: _,
        id,
        name,
        name_fold: _,
        email,
        email_key: _,
        email_fold: _,
        role,
        active,
        force_password_reset,
        password_hash,
        last_login_at,
        version,
        created_at,
        created_by,
        updated_at,
        removed_at,
    } = row;
    Ok(User::stored(UserRecord {
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
        removed_at,
    }))
}
