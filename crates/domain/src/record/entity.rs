//! A record, and what happens to it.

use std::ops::Deref;

use chrono::{DateTime, Utc};

use super::{Changed, Fields, Row, table::related};
use crate::{
    Deletion,
    events::{Event, Verb},
    ids::{Id, UserId},
};

/// What is stored of a record, whatever its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<F: Fields> {
    /// Its id.
    pub id: Id<F::Kind>,
    /// What users write on it.
    pub fields: F,
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

impl<F: Fields> Deref for Record<F> {
    type Target = F;
    fn deref(&self) -> &F {
        &self.fields
    }
}

impl<F: Fields> Record<F> {
    /// As a store holds it.
    pub fn row(&self) -> Row {
        let Self { id, fields, version, created_at, created_by, updated_at, deletion } = self;
        let (id, values) = (id.uuid(), fields.values());
        let (version, created_at, created_by) = (*version, *created_at, *created_by);
        Row { id, values, version, created_at, created_by, updated_at: *updated_at, deletion: *deletion }
    }

    /// Takes back what `row` told; none when the store holds something else.
    pub fn of(row: Row) -> Option<Self> {
        let Row { id, values, version, created_at, created_by, updated_at, deletion } = row;
        let (id, fields) = (Id::new(id), F::stored(values)?);
        Some(Self { id, fields, version, created_at, created_by, updated_at, deletion })
    }
}

/// A record with what has happened to it since it was loaded.
#[derive(Debug, Clone)]
pub struct Entity<F: Fields> {
    record: Record<F>,
    changed: Changed,
    events: Vec<Event>,
}

impl<F: Fields> Entity<F> {
    /// A new record, at version 1; its event tells every field.
    pub fn new(id: Id<F::Kind>, fields: F, created_by: Option<UserId>, now: DateTime<Utc>) -> Self {
        let record =
            Record { id, fields, version: 1, created_at: now, created_by, updated_at: now, deletion: None };
        let mut made = Self { record, changed: Changed::ALL, events: Vec::new() };
        let mut event = made.event(Verb::Created, now).making(1);
        if F::TABLE.called.len() > 1 {
            event = event.noting("name", made.record.fields.called());
        }
        event.changes.extend(made.record.fields.told());
        made.events.push(event);
        made
    }

    /// Takes a stored record.
    pub fn stored(record: Record<F>) -> Self {
        Self { record, changed: Changed::default(), events: Vec::new() }
    }

    /// What is stored.
    pub fn record(&self) -> &Record<F> {
        &self.record
    }

    /// The fields that have changed since the record was loaded.
    pub fn changed(&self) -> Changed {
        self.changed
    }

    /// Hands out what happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Takes new fields by the name of what happened; answers whether anything differs. What does not differ
    /// leaves the version as it is.
    pub fn change(&mut self, verb: Verb, fields: F, now: DateTime<Utc>) -> bool {
        let changes = self.record.fields.changes(&fields);
        if changes.is_empty() {
            return false;
        }
        self.changed.add(Changed::between(&self.record.fields.values(), &fields.values()));
        let mut event = self.event(verb, now);
        self.record.fields = fields;
        self.touch(now);
        event.version = Some(self.record.version);
        // What it referred to is concerned as much as what it refers to now.
        for entity in related(F::TABLE, &self.record.fields.values()) {
            if !event.related.contains(&entity) {
                event.related.push(entity);
            }
        }
        event.changes = changes;
        self.events.push(event);
        true
    }

    /// Puts the record into the bin.
    pub fn delete(&mut self, deletion: Deletion) {
        self.lie(|row| row.delete(F::TABLE, deletion));
    }

    /// Takes the record out of the bin, as it was.
    pub fn bring_back(&mut self, now: DateTime<Utc>) {
        self.lie(|row| row.bring_back(F::TABLE, now));
    }

    /// Goes into the bin or out of it: the fields stay as they are.
    fn lie(&mut self, how: impl FnOnce(&mut Row) -> Event) {
        let mut row = self.record.row();
        self.events.push(how(&mut row));
        let Row { id: _, values: _, version, created_at: _, created_by: _, updated_at, deletion } = row;
        (self.record.version, self.record.updated_at, self.record.deletion) = (version, updated_at, deletion);
    }

    /// Notes that the record is removed for good; the event keeps nothing of what was written on it.
    pub fn purge(&mut self, now: DateTime<Utc>) {
        self.events.push(F::TABLE.purged(self.record.id.uuid(), now));
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }

    fn event(&self, verb: Verb, now: DateTime<Utc>) -> Event {
        F::TABLE.told(verb, self.record.id.uuid(), &self.record.fields.values(), now)
    }
}
