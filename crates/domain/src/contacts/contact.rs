//! The contact itself.

use chrono::{DateTime, Utc};

use super::ContactFields;
use crate::{
    Deletion,
    events::{EntityRef, Event, EventKind, FieldChange},
    ids::{AccountId, ContactId, UserId},
};

/// What is stored of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRecord {
    /// The contact's id.
    pub id: ContactId,
    /// What users write on it.
    pub fields: ContactFields,
    /// At which account, if at one.
    pub account_id: Option<AccountId>,
    /// Whose contact it is; none when that user was removed without a successor.
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

/// A person, usually at an account.
#[derive(Debug, Clone)]
pub struct Contact {
    record: ContactRecord,
    events: Vec<Event>,
}

impl Contact {
    /// A new contact, at version 1.
    pub fn create(
        id: ContactId,
        fields: ContactFields,
        account_id: Option<AccountId>,
        owner_id: Option<UserId>,
        created_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let record = ContactRecord {
            id,
            fields,
            account_id,
            owner_id,
            version: 1,
            created_at: now,
            created_by,
            updated_at: now,
            deletion: None,
        };
        let mut contact = Self { record, events: Vec::new() };
        let event = contact
            .named(EventKind::ContactCreated, now)
            .noting("accountId", account_id)
            .noting("ownerId", owner_id);
        contact.events.push(event);
        contact
    }

    /// Takes a stored contact.
    pub fn stored(record: ContactRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// What is stored.
    pub fn record(&self) -> &ContactRecord {
        &self.record
    }

    /// Hands out what happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes new fields, another account and another owner; answers whether anything differs. What does not
    /// differ leaves the version as it is.
    pub fn edit(
        &mut self,
        fields: ContactFields,
        account_id: Option<AccountId>,
        owner_id: Option<UserId>,
        now: DateTime<Utc>,
    ) -> bool {
        let mut changes = self.record.fields.changes(&fields);
        changes.extend(FieldChange::only_changed([
            ("accountId", self.record.account_id.into(), account_id.into()),
            ("ownerId", self.record.owner_id.into(), owner_id.into()),
        ]));
        if changes.is_empty() {
            return false;
        }
        let mut event = self.event(EventKind::ContactUpdated, now);
        self.record.fields = fields;
        self.record.account_id = account_id;
        self.record.owner_id = owner_id;
        self.touch(now);
        // The account and owner that it had are concerned as much as those that it has now.
        for entity in self.related() {
            if !event.related.contains(&entity) {
                event.related.push(entity);
            }
        }
        event.changes = changes;
        self.events.push(event);
        true
    }

    /// Puts the contact into the bin.
    pub fn delete(&mut self, deletion: Deletion) {
        self.record.deletion = Some(deletion);
        self.touch(deletion.at);
        let event = self.named(EventKind::ContactDeleted, deletion.at).noting("deletionId", deletion.id);
        self.events.push(event);
    }

    /// Takes the contact out of the bin, as it was.
    pub fn bring_back(&mut self, now: DateTime<Utc>) {
        self.record.deletion = None;
        self.touch(now);
        let event = self.named(EventKind::ContactRestored, now);
        self.events.push(event);
    }

    /// Notes that the contact is removed for good; the event keeps nothing of what was written on it.
    pub fn purge(&mut self, now: DateTime<Utc>) {
        self.events.push(Event::new(EventKind::ContactPurged, EntityRef::contact(self.record.id), now));
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }

    fn named(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        self.event(kind, now).noting("name", self.record.fields.full_name())
    }

    fn event(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        let mut event = Event::new(kind, EntityRef::contact(self.record.id), now);
        event.related = self.related();
        event
    }

    fn related(&self) -> Vec<EntityRef> {
        let account = self.record.account_id.map(EntityRef::account);
        account.into_iter().chain(self.record.owner_id.map(EntityRef::user)).collect()
    }
}
