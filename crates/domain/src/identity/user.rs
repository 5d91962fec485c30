//! A person of exactly one company.

use chrono::{DateTime, Utc};

use super::Role;
use crate::{
    events::{EntityRef, Event, EventKind},
    ids::UserId,
    values::{Email, Line},
};

/// A person's name, as they write it.
pub type UserName = Line<120>;

/// What is stored of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The user's id.
    pub id: UserId,
    /// The name shown.
    pub name: UserName,
    /// The sign-in e-mail, unique across the whole deployment.
    pub email: Email,
    /// What they may do.
    pub role: Role,
    /// An inactive user can't sign in and has no rights.
    pub active: bool,
    /// The user must choose a new password before anything else.
    pub force_password_reset: bool,
    /// PHC string of the Argon2id hash.
    pub password_hash: String,
    /// When the user last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When the user came to be.
    pub created_at: DateTime<Utc>,
    /// Who made them: themselves on sign-up.
    pub created_by: Option<UserId>,
    /// When they last changed.
    pub updated_at: DateTime<Utc>,
}

/// A person of exactly one company.
#[derive(Debug, Clone)]
pub struct User {
    record: UserRecord,
    events: Vec<Event>,
}

impl User {
    /// A new user, active, at version 1.
    pub fn create(
        id: UserId,
        name: UserName,
        email: Email,
        role: Role,
        password_hash: String,
        created_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let record = UserRecord {
            id,
            name,
            email,
            role,
            active: true,
            force_password_reset: false,
            password_hash,
            last_login_at: None,
            version: 1,
            created_at: now,
            created_by,
            updated_at: now,
        };
        let event =
            Event::new(EventKind::UserCreated, EntityRef::user(id), now).noting("role", role.as_str());
        Self { record, events: vec![event] }
    }

    /// Takes a stored user.
    pub fn restore(record: UserRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// What is stored.
    pub fn record(&self) -> &UserRecord {
        &self.record
    }

    /// Hands out what happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Notes a successful sign-in. It is no change of the record: the version stays.
    pub fn signed_in(&mut self, now: DateTime<Utc>) {
        self.record.last_login_at = Some(now);
        self.events.push(Event::new(EventKind::UserSignedIn, EntityRef::user(self.record.id), now));
    }

    /// Takes a new password, which lifts a forced reset.
    pub fn change_password(&mut self, password_hash: String, now: DateTime<Utc>) {
        self.record.password_hash = password_hash;
        self.record.force_password_reset = false;
        self.record.updated_at = now;
        self.record.version += 1;
        self.events.push(Event::new(EventKind::UserPasswordChanged, EntityRef::user(self.record.id), now));
    }
}
