//! The values that events carry.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use crate::{ids::Id, values::Money};

/// One value of a record, in a form that every consumer of events can render.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldValue {
    /// No value.
    Null,
    /// Text, or a member of a closed set by its name.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// The id of another record.
    Reference(Uuid),
    /// An exact amount of money.
    Money(Money),
    /// A calendar day.
    Date(NaiveDate),
    /// A moment.
    Timestamp(DateTime<Utc>),
    /// Several texts.
    Texts(Vec<String>),
    /// The fields of a group, in order; events list each one separately.
    Group(Vec<FieldValue>),
}

/// A field that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field, as the API names it.
    pub field: &'static str,
    /// The value before.
    pub old: FieldValue,
    /// The value after.
    pub new: FieldValue,
}

impl From<&str> for FieldValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for FieldValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i64> for FieldValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for FieldValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl<K> From<Id<K>> for FieldValue {
    fn from(value: Id<K>) -> Self {
        Self::Reference(value.uuid())
    }
}

impl From<Money> for FieldValue {
    fn from(value: Money) -> Self {
        Self::Money(value)
    }
}

impl From<NaiveDate> for FieldValue {
    fn from(value: NaiveDate) -> Self {
        Self::Date(value)
    }
}

impl From<DateTime<Utc>> for FieldValue {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Timestamp(value)
    }
}

impl From<Vec<String>> for FieldValue {
    fn from(value: Vec<String>) -> Self {
        Self::Texts(value)
    }
}

impl<T: Into<FieldValue>> From<Option<T>> for FieldValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl FieldChange {
    /// Keeps the entries of `(field, old, new)` whose values differ.
    pub fn only_changed<const N: usize>(all: [(&'static str, FieldValue, FieldValue); N]) -> Vec<Self> {
        all.into_iter()
            .filter(|(_, old, new)| old != new)
            .map(|(field, old, new)| Self { field, old, new })
            .collect()
    }
}
