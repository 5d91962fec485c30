//! Users and platform administrators.

use async_trait::async_trait;
use cartera_domain::{
    events::{EntityRef, Event, EventKind},
    identity::{Subject, User},
    ids::UserId,
    values::Email,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::{Administrator, Administrators, Users},
    security::PLATFORM,
};

impl MemoryUnitOfWork {
    /// Claims a sign-in e-mail, which is unique across the whole deployment.
    async fn claim(&self, email: &Email, subject: Subject) -> Result<()> {
        let key = email.key();
        self.held.exclusive(&format!("email/{key}")).await?;
        if self.row(|tables| &tables.identities, &key).is_some() {
            return Err(Error::refused(Code::EmailTaken));
        }
        self.written().identities.insert(key, (self.company(), subject));
        Ok(())
    }

    fn administrator(&self, id: UserId) -> Result<Administrator> {
        if self.company() != PLATFORM {
            return Err(Error::not_found());
        }
        self.row(|tables| &tables.administrators, &id).ok_or_else(Error::not_found)
    }
}

#[async_trait]
impl Users for MemoryUnitOfWork {
    async fn get_locked(&self, id: UserId) -> Result<User> {
        self.lock("user", id).await?;
        Users::get(self, id).await
    }

    async fn get(&self, id: UserId) -> Result<User> {
        let record = self.row(|tables| &tables.users, &(self.company(), id));
        record.map(User::restore).ok_or_else(Error::not_found)
    }

    async fn is_active(&self, id: UserId) -> Result<bool> {
        Ok(self.row(|tables| &tables.users, &(self.company(), id)).is_some_and(|user| user.active))
    }

    async fn insert(&self, user: &mut User) -> Result<()> {
        let record = user.record().clone();
        if self.row(|tables| &tables.companies, &self.company()).is_none() {
            return Err(Error::Internal { what: "storing a user of no company", cause: None });
        }
        self.require_user(record.created_by)?;
        self.claim(&record.email, Subject::User(record.id)).await?;
        self.written().users.insert((self.company(), record.id), record);
        self.record(user.take_events());
        Ok(())
    }

    async fn update(&self, user: &mut User) -> Result<()> {
        let record = user.record().clone();
        let key = (self.company(), record.id);
        self.lock("user", record.id).await?;
        if self.row(|tables| &tables.users, &key).is_none() {
            return Err(Error::not_found());
        }
        self.written().users.insert(key, record);
        self.record(user.take_events());
        Ok(())
    }
}

#[async_trait]
impl Administrators for MemoryUnitOfWork {
    async fn get(&self, id: UserId) -> Result<Administrator> {
        self.administrator(id)
    }

    async fn get_locked(&self, id: UserId) -> Result<Administrator> {
        self.lock("administrator", id).await?;
        self.administrator(id)
    }

    async fn insert(&self, administrator: &Administrator, now: DateTime<Utc>) -> Result<()> {
        if self.company() != PLATFORM {
            return Err(Error::Internal {
                what: "storing an administrator from within a company",
                cause: None,
            });
        }
        self.claim(&administrator.email, Subject::PlatformAdministrator(administrator.id)).await?;
        self.written().administrators.insert(administrator.id, administrator.clone());
        self.record(vec![Event::new(EventKind::UserCreated, EntityRef::user(administrator.id), now)]);
        Ok(())
    }

    async fn change_password(&self, id: UserId, password_hash: &str, now: DateTime<Utc>) -> Result<()> {
        self.lock("administrator", id).await?;
        let password_hash = password_hash.to_owned();
        let changed = Administrator { password_hash, ..self.administrator(id)? };
        self.written().administrators.insert(id, changed);
        self.record(vec![Event::new(EventKind::UserPasswordChanged, EntityRef::user(id), now)]);
        Ok(())
    }
}
