//! A record as stores hold it: values by their place in the table.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Changed, Field, Table};
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
        let event = table.told(Verb::Deleted, self.id, &self.values, deletion.at).making(self.version);
        self.named(table, event).noting("deletionId", deletion.id)
    }

    /// Takes the record out of the bin as it was, and tells of it.
    pub fn bring_back(&mut self, table: &Table, now: DateTime<Utc>) -> Event {
        self.deletion = None;
        self.touch(now);
        self.named(table, table.told(Verb::Restored, self.id, &self.values, now).making(self.version))
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
            if field.uses.fold && !leads(table, field) {
                keys.push((field.fold_column, made(value, field.fold)));
            }
        }
        if is_called_otherwise {
            keys.push(("name_fold", FieldValue::Text(fold_key(&called(table, &self.values)))));
            keys.extend(self.names_led_by_another(table));
        }
        keys
    }

    /// The name with another field in front: a person is searched as `Paz Ana` too, and in China and Japan always.
    fn names_led_by_another(&self, table: &'static Table) -> Vec<(&'static str, FieldValue)> {
        let fields = table.fields.iter().zip(&self.values);
        let leading = fields.filter(|(field, _)| field.uses.fold && leads(table, field));
        let led = leading.map(|(field, value)| {
            let FieldValue::Text(text) = value else { return (field.fold_column, FieldValue::Null) };
            let rest = table.fields.iter().zip(&self.values).filter(|(other, _)| other.path != field.path);
            let rest = rest.filter_map(|(other, value)| match value {
                FieldValue::Text(text) if table.called.contains(&other.path) => Some(text.as_str()),
                _ => None,
            });
            let name: Vec<_> = std::iter::once(text.as_str()).chain(rest).collect();
            (field.fold_column, FieldValue::Text(fold_key(&name.join(" "))))
        });
        led.collect()
    }
}

/// Whether the folded form of a field is the whole name with this field in front: a part of the name, but not the first.
fn leads(table: &Table, field: &Field) -> bool {
    table.called.iter().position(|called| *called == field.path).is_some_and(|place| place > 0)
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
