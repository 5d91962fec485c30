//! The account itself.

use chrono::{DateTime, Utc};

use super::AccountFields;
use crate::{
    Deletion,
    events::{EntityRef, Event, EventKind, FieldChange},
    ids::{AccountId, UserId},
};

/// What is stored of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// The account's id.
    pub id: AccountId,
    /// What users write on it.
    pub fields: AccountFields,
    /// Whose account it is; none when that user was removed without a successor.
    pub owner_id: Option<UserId>,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it.
    pub created_by: Option<UserId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// How it went to the bin, if it lies there.
    pub deletion: Option<Deletion>,
}

/// An organisation that the company sells to, or hopes to.
#[derive(Debug, Clone)]
pub struct Account {
    record: AccountRecord,
    events: Vec<Event>,
}

impl Account {
    /// A new account, at version 1.
    pub fn create(
        id: AccountId,
        fields: AccountFields,
        owner_id: Option<UserId>,
        created_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut event = Event::new(EventKind::AccountCreated, EntityRef::account(id), now)
            .noting("name", fields.name.as_str());
        if let Some(owner_id) = owner_id {
            event = event.noting("ownerId", owner_id).about(EntityRef::user(owner_id));
        }
        let record = AccountRecord {
            id,
            fields,
            owner_id,
            version: 1,
            created_at: now,
            created_by,
            updated_at: now,
            deletion: None,
        };
        Self { record, events: vec![event] }
    }

    /// Takes a stored account.
    pub fn stored(record: AccountRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// What is stored.
    pub fn record(&self) -> &AccountRecord {
        &self.record
    }

    /// Hands out what happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes new fields and a new owner; answers whether anything differs. What does not differ leaves the
    /// version as it is.
    pub fn edit(&mut self, fields: AccountFields, owner_id: Option<UserId>, now: DateTime<Utc>) -> bool {
        let mut changes = self.record.fields.changes(&fields);
        changes.extend(FieldChange::only_changed([(
            "ownerId",
            self.record.owner_id.into(),
            owner_id.into(),
        )]));
        if changes.is_empty() {
            return false;
        }
        self.record.fields = fields;
        self.record.owner_id = owner_id;
        self.touch(now);
        let mut event = Event::new(EventKind::AccountUpdated, EntityRef::account(self.record.id), now);
        event.changes = changes;
        self.events.push(event);
        true
    }

    /// Puts the account into the bin.
    pub fn delete(&mut self, deletion: Deletion) {
        self.record.deletion = Some(deletion);
        self.touch(deletion.at);
        let event = self.named(EventKind::AccountDeleted, deletion.at).noting("deletionId", deletion.id);
        self.events.push(event);
    }

    /// Takes the account out of the bin, as it was.
    pub fn bring_back(&mut self, now: DateTime<Utc>) {
        self.record.deletion = None;
        self.touch(now);
        let event = self.named(EventKind::AccountRestored, now);
        self.events.push(event);
    }

    /// Notes that the account is removed for good; the event keeps nothing of what was written on it.
    pub fn purge(&mut self, now: DateTime<Utc>) {
        self.events.push(Event::new(EventKind::AccountPurged, EntityRef::account(self.record.id), now));
    }

    fn named(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        Event::new(kind, EntityRef::account(self.record.id), now)
            .noting("name", self.record.fields.name.as_str())
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }
}
