//! A record as stores hold it: values by their place in the table.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Changed, Table};
use crate::{
    Deletion,
    events::{Event, FieldValue, Verb},
    ids::UserId,
    values::fold_key,
};

/// A record as any store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// In the order of the table.
    pub values: Vec<FieldValue>,
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

impl Row {
    /// Puts the record into the bin, and tells of it.
    pub fn delete(&mut self, table: &Table, deletion: Deletion) -> Event {
        self.deletion = Some(deletion);
        self.touch(deletion.at);
        let event = table.told(Verb::Deleted, self.id, &self.values, deletion.at);
        self.named(table, event).noting("deletionId", deletion.id)
    }

    /// Takes the record out of the bin as it was, and tells of it.
    pub fn bring_back(&mut self, table: &Table, now: DateTime<Utc>) -> Event {
        self.deletion = None;
        self.touch(now);
        self.named(table, table.told(Verb::Restored, self.id, &self.values, now))
    }

    /// Says how the record is called, where records have names.
    fn named(&self, table: &Table, event: Event) -> Event {
        if table.called.is_empty() { event } else { event.noting("name", self.called(table)) }
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.updated_at = now;
        self.version += 1;
    }

    /// How the record is called where others refer to it.
    pub fn called(&self, table: &Table) -> String {
        called(table, &self.values)
    }

    /// The forms by which stores compare and find rows (`name_key`, `email_fold`, `name_fold`), of changed fields.
    pub fn keys(&self, table: &'static Table, changed: Changed) -> Vec<(&'static str, FieldValue)> {
        let made = |value: &FieldValue, by: fn(&str) -> String| match value {
            FieldValue::Text(text) => FieldValue::Text(by(text)),
            _ => FieldValue::Null,
        };
        let mut keys = Vec::new();
        let mut is_called_otherwise = false;
        for (index, (field, value)) in table.fields.iter().zip(&self.values).enumerate() {
            if !changed.has(index) {
                continue;
            }
            is_called_otherwise |= table.called.contains(&field.path);
            if field.uses.unique {
                keys.push((field.key_column, made(value, field.key)));
            }
            if field.uses.fold {
                keys.push((field.fold_column, made(value, fold_key)));
            }
        }
        if is_called_otherwise {
            keys.push(("name_fold", FieldValue::Text(fold_key(&called(table, &self.values)))));
        }
        keys
    }
}

/// How a record is called where others refer to it.
pub(super) fn called(table: &Table, values: &[FieldValue]) -> String {
    let values = table.fields.iter().zip(values);
    let texts = values.filter_map(|(field, value)| match value {
        FieldValue::Text(text) if table.called.contains(&field.path) => Some(text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}
