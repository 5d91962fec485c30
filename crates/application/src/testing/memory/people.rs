//! Users and platform administrators.

use async_trait::async_trait;
use cartera_domain::{
    events::{EntityRef, Event, EventKind},
    identity::{Handover, Subject, User, UserRecord},
    ids::UserId,
    opportunities::OpportunityRecord,
    record::Row,
    values::Email,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::{Administrator, Administrators, Users},
    records::RESOURCES,
    security::PLATFORM,
    users::{UserDetails, UserView},
};

impl MemoryUnitOfWork {
    /// Claims a sign-in e-mail, which is unique across the whole deployment.
    async fn claim(&self, email: &Email, subject: Subject) -> Result<()> {
        let key = email.key();
        self.held.exclusive(&format!("email/{key}")).await?;
        if self.row(|tables| &tables.identities, &key).flatten().is_some() {
            return Err(Error::refused(Code::EmailTaken));
        }
        self.written().identities.insert(key, Some((self.company(), subject)));
        Ok(())
    }

    /// A user who was not removed.
    fn present_user(&self, id: UserId) -> Option<UserRecord> {
        self.row(|tables| &tables.users, &(self.company(), id)).filter(|user| user.removed_at.is_none())
    }

    async fn replace_user(&self, user: &mut User) -> Result<()> {
        let record = user.record().clone();
        self.lock("user", record.id).await?;
        if self.present_user(record.id).is_none() {
            return Err(Error::not_found());
        }
        self.written().users.insert((self.company(), record.id), record);
        self.record(user.take_events());
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
        self.present_user(id).map(User::stored).ok_or_else(Error::not_found)
    }

    async fn is_active(&self, id: UserId) -> Result<bool> {
        // Whoever switches them off holds this lock alone.
        self.held.shared(&format!("{}/user/{id}", self.company())).await?;
        Ok(self.present_user(id).is_some_and(|user| user.active))
    }

    async fn has_active_owner_besides(&self, id: UserId) -> Result<bool> {
        let owners = self.rows(
            |tables| &tables.users,
            |(company, other), user| {
                *company == self.company() && *other != id && User::stored(user.clone()).is_active_owner()
            },
        );
        Ok(!owners.is_empty())
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

    async fn note(&self, user: &mut User) -> Result<()> {
        self.record(user.take_events());
        Ok(())
    }

    async fn update(&self, user: &mut User) -> Result<()> {
        self.replace_user(user).await
    }

    async fn remove(&self, user: &mut User) -> Result<()> {
        self.replace_user(user).await?;
        let key = user.record().email.key();
        self.held.exclusive(&format!("email/{key}")).await?;
        self.written().identities.insert(key, None);
        Ok(())
    }

    async fn hand_over(&self, handover: Handover) -> Result<()> {
        let Handover { from, to, at } = handover;
        self.require_user(to)?;
        let mut events = Vec::new();
        for table in RESOURCES.iter().map(|resource| resource.table) {
            let Some(owner) = table.owner() else { continue };
            for Row { id, .. } in self.rows_of(table) {
                self.lock(&Self::lock_name(table), id).await?;
                // Read again under the lock: whoever held it may have changed the row.
                let row = self.any_row(table, id);
                let Some(mut row) = row.filter(|row| row.values[owner] == from.into()) else { continue };
                row.values[owner] = to.into();
                (row.updated_at, row.version) = (at, row.version + 1);
                let record = EntityRef { entity_type: table.entity, id };
                events.push(handover.of(record).making(row.version));
                self.overwrite(table, row);
            }
        }
        let sales = self.rows(|tables| &tables.opportunities, |(c, _), _| *c == self.company());
        for OpportunityRecord { id, .. } in sales {
            self.lock("opportunity", id).await?;
            let row = self.row(|tables| &tables.opportunities, &(self.company(), id));
            let Some(mut row) = row.filter(|row| row.links.owner_id == Some(from)) else { continue };
            (row.links.owner_id, row.updated_at, row.version) = (to, at, row.version + 1);
            events.push(handover.of(EntityRef::opportunity(id)).making(row.version));
            self.written().opportunities.insert((self.company(), id), row);
        }
        self.record_quietly(events);
        Ok(())
    }

    async fn view(&self, id: UserId) -> Result<UserView> {
        let UserRecord {
            id,
            name,
            email,
            role,
            active,
            force_password_reset,
            password_hash: _,
            last_login_at,
            version,
            created_at,
            created_by,
            updated_at,
            removed_at: _,
        } = self.present_user(id).ok_or_else(Error::not_found)?;
        Ok(UserView {
            id: id.uuid(),
            version,
            name: name.into_string(),
            active,
            details: Some(UserDetails {
                email: email.as_str().to_owned(),
                role: role.as_str().to_owned(),
                force_password_reset,
                last_login_at,
                created_at,
                created_by: self.named_user(created_by),
                updated_at,
            }),
        })
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

    async fn note_locked(&self, id: UserId, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<()> {
        self.administrator(id)?;
        let event = Event::new(EventKind::UserLocked, EntityRef::user(id), now);
        self.record(vec![event.noting("until", until)]);
        Ok(())
    }
}
