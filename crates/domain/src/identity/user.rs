//! A person who belongs to exactly one company.

use chrono::{DateTime, Utc};

use super::Role;
use crate::{
    events::{EntityRef, Event, EventKind, FieldChange},
    ids::UserId,
    input::{Form, Patch, Rule, Violations, one_of},
    values::{Email, Line},
};

/// A person's name, as they write it.
pub type UserName = Line<120>;

/// The stored state of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The user's id.
    pub id: UserId,
    /// The name shown.
    pub name: UserName,
    /// The sign-in e-mail, unique across the whole deployment.
    pub email: Email,
    /// The role.
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
    /// When the user was created.
    pub created_at: DateTime<Utc>,
    /// Who created them; on sign-up, they themselves.
    pub created_by: Option<UserId>,
    /// When they last changed.
    pub updated_at: DateTime<Utc>,
    /// When they were removed. The row stays, so that histories can still show their name.
    pub removed_at: Option<DateTime<Utc>>,
}

/// The requested fields of a user, unchecked: an absent one keeps its value.
#[derive(Debug, Clone, Default)]
pub struct UserInput {
    /// The name shown.
    pub name: Patch<String>,
    /// The role.
    pub role: Patch<String>,
    /// Whether they can sign in.
    pub active: Patch<bool>,
}

/// The fields of a user that somebody else may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFields {
    /// The name shown.
    pub name: UserName,
    /// The role.
    pub role: Role,
    /// Whether they can sign in.
    pub active: bool,
}

/// A person who belongs to exactly one company.
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
            removed_at: None,
        };
        let event = Event::new(EventKind::UserCreated, EntityRef::user(id), now)
            .making(record.version)
            .noting("role", role.as_str());
        Self { record, events: vec![event] }
    }

    /// Wraps a stored user.
    pub fn stored(record: UserRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &UserRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Records a successful sign-in. This is not a change of the record, so the version stays.
    pub fn signed_in(&mut self, now: DateTime<Utc>) {
        self.record.last_login_at = Some(now);
        self.events.push(Event::new(EventKind::UserSignedIn, EntityRef::user(self.record.id), now));
    }

    /// Requires the user to choose a new password before anything else, for instance after an invitation.
    #[must_use]
    pub fn with_forced_password_reset(mut self, forced: bool) -> Self {
        self.record.force_password_reset = forced;
        self
    }

    /// Requires a new password before anything else. The current one still works for signing in to change it.
    pub fn demand_new_password(&mut self, now: DateTime<Utc>) {
        self.record.force_password_reset = true;
        self.change(EventKind::UserPasswordResetDemanded, now);
    }

    /// Records that too many wrong passwords locked the sign-in. This is not a change of the record.
    pub fn locked(&mut self, until: DateTime<Utc>, now: DateTime<Utc>) {
        let event = Event::new(EventKind::UserLocked, EntityRef::user(self.record.id), now);
        self.events.push(event.noting("until", until));
    }

    /// Sets a new password, and clears a forced reset.
    pub fn change_password(&mut self, password_hash: String, now: DateTime<Utc>) {
        self.take_password(password_hash, EventKind::UserPasswordChanged, now);
    }

    /// Sets a password that was chosen with a mailed link, and clears a forced reset.
    pub fn reset_password(&mut self, password_hash: String, now: DateTime<Utc>) {
        self.take_password(password_hash, EventKind::UserPasswordReset, now);
    }

    fn take_password(&mut self, password_hash: String, kind: EventKind, now: DateTime<Utc>) {
        self.record.password_hash = password_hash;
        self.record.force_password_reset = false;
        self.change(kind, now);
    }

    fn change(&mut self, kind: EventKind, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
        self.events.push(self.event(kind, now));
    }

    /// An event of a change that has been made.
    fn event(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        Event::new(kind, EntityRef::user(self.record.id), now).making(self.record.version)
    }

    /// Whether they are an OWNER who can sign in.
    pub fn is_active_owner(&self) -> bool {
        self.record.active && self.record.role == Role::Owner
    }

    /// The fields with a merge-patch applied.
    ///
    /// # Errors
    /// Every violation found.
    pub fn patched(&self, input: UserInput) -> Result<UserFields, Violations> {
        let UserInput { name, role, active } = input;
        let mut form = Form::default();
        let name = form.required("name", name, Some(self.record.name.clone()), UserName::parse);
        let role = form.required("role", role, Some(self.record.role), parse_role);
        let active = form.required("active", active, Some(self.record.active), Ok::<_, Rule>);
        let fields = match (name, role, active) {
            (Some(name), Some(role), Some(active)) => Some(UserFields { name, role, active }),
            _ => None,
        };
        form.finish(fields)
    }

    /// Sets new fields; returns whether anything changed.
    pub fn edit(&mut self, fields: UserFields, now: DateTime<Utc>) -> bool {
        let UserFields { name, role, active } = fields;
        let changes = FieldChange::only_changed([
            ("name", self.record.name.as_str().into(), name.as_str().into()),
            ("role", self.record.role.as_str().into(), role.as_str().into()),
        ]);
        let turned = active != self.record.active;
        if changes.is_empty() && !turned {
            return false;
        }
        self.record.name = name;
        self.record.role = role;
        self.record.active = active;
        self.touch(now);
        if !changes.is_empty() {
            let mut event = self.event(EventKind::UserUpdated, now);
            event.changes = changes;
            self.events.push(event);
        }
        if turned {
            let kind = if active { EventKind::UserReactivated } else { EventKind::UserDeactivated };
            self.events.push(self.event(kind, now));
        }
        true
    }

    /// Removes them from the company permanently: they can no longer sign in. Name and e-mail stay for histories.
    pub fn remove(&mut self, now: DateTime<Utc>) {
        self.record.active = false;
        self.record.password_hash.clear();
        self.record.removed_at = Some(now);
        self.touch(now);
        let event = self.event(EventKind::UserRemoved, now);
        self.events.push(event.noting("name", self.record.name.as_str()));
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }
}

#[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
fn parse_role(raw: String) -> Result<Role, Rule> {
    one_of(&raw, Role::ALL, Role::as_str)
}
