//! The record that every resource shares: fields, version, times, bin and events.

mod changed;
mod entity;
mod field;
mod fields;
mod row;
mod table;
mod types;

pub use changed::Changed;
pub use entity::{Entity, Record};
pub use field::{Draft, Field, FieldType, FormAt, Kind, Raw, Reading, Use, camel, camel_len, draft, merge};
pub use row::Row;
pub use table::{Table, checked};

use crate::{
    events::{FieldChange, FieldValue, Referable},
    input::{Form, Patch, Rule, Violations},
};
use row::called;

/// Checked fields.
pub trait FieldSet: Clone + PartialEq + Sized + Send + Sync + 'static {
    /// What they are.
    const FIELDS: &'static [Field];

    /// Their values, in order.
    fn values(&self) -> Vec<FieldValue>;

    /// Takes back what `values` told; none when storage holds something else.
    fn stored(values: Vec<FieldValue>) -> Option<Self>;

    /// Reads a draft onto nothing or onto what is there.
    fn merge(old: Option<&Self>, draft: Draft<Self>, with: &Reading, form: &mut Form) -> Option<Self>;
}

/// The checked fields of a resource.
pub trait Fields: FieldSet {
    /// Marks its ids.
    type Kind: Referable;
    /// Its table.
    const TABLE: &'static Table;

    /// Reads the draft of a new record.
    ///
    /// # Errors
    /// Every violation found.
    fn read(input: impl Into<Draft<Self>>, with: impl Into<Reading>) -> Result<Self, Violations> {
        let mut form = Form::default();
        let fields = Self::merge(None, input.into(), &with.into(), &mut form);
        form.finish(fields)
    }

    /// Reads a merge-patch onto these fields.
    ///
    /// # Errors
    /// Every violation found; the fields stay as they were.
    fn patched(&self, input: impl Into<Draft<Self>>, with: impl Into<Reading>) -> Result<Self, Violations> {
        let mut form = Form::default();
        let fields = Self::merge(Some(self), input.into(), &with.into(), &mut form);
        form.finish(fields)
    }

    /// What differs between these fields and `new`.
    fn changes(&self, new: &Self) -> Vec<FieldChange> {
        changes(Self::FIELDS, self.values(), new.values())
    }

    /// What a new record is told with: every field.
    fn told(&self) -> Vec<FieldChange> {
        changes(Self::FIELDS, vec![FieldValue::Null; Self::FIELDS.len()], self.values())
    }

    /// How the record is called where others refer to it.
    fn called(&self) -> String {
        called(Self::TABLE, &self.values())
    }
}

/// The values of a draft beside their fields.
pub fn given<S: FieldSet>(draft: Draft<S>) -> impl Iterator<Item = (&'static Field, Patch<Raw>)> {
    S::FIELDS.iter().zip(draft.into_values())
}

/// Reads a group onto what is there.
pub fn read_group<G: FieldSet>(raw: Raw, old: Option<&G>, with: &Reading, at: &mut FormAt<'_>) -> Option<G> {
    match raw {
        Raw::Group(given) => G::merge(old, Draft::new(given), with, at.form()),
        _ => at.reject(Rule::Malformed { expected: "an object" }),
    }
}

/// What differs, group by group.
fn changes(fields: &[Field], old: Vec<FieldValue>, new: Vec<FieldValue>) -> Vec<FieldChange> {
    let pairs = fields.iter().zip(old.into_iter().zip(new)).filter(|(_, (old, new))| old != new);
    let below = |value, n| match value {
        FieldValue::Group(values) => values,
        _ => vec![FieldValue::Null; n],
    };
    pairs
        .flat_map(|(field, (old, new))| match field.kind {
            Kind::Group(fields) => changes(fields, below(old, fields.len()), below(new, fields.len())),
            _ => vec![FieldChange { field: field.path, old, new }],
        })
        .collect()
}
