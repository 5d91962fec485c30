//! The table of a resource, and what holds it when it is compiled.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Changed, Field, Kind};
use crate::events::{EntityRef, EntityType, Event, EventKind, FieldValue, Verb};

/// The whole table of one resource: everything that adapters need to know of it.
#[derive(Debug)]
pub struct Table {
    /// What kind of record it is.
    pub entity: EntityType,
    /// Its table and path.
    pub plural: &'static str,
    /// The fields by which it is called where others refer to it.
    pub called: &'static [&'static str],
    /// Its events, by [`Verb`].
    pub events: [EventKind; 5],
    /// Its fields.
    pub fields: &'static [Field],
}

impl Table {
    /// Where among the fields it stands whose record it is; none where records have no owner.
    pub fn owner(&self) -> Option<usize> {
        self.fields.iter().position(|field| field.uses.owner)
    }

    /// The fields that name what a record belongs to, with its kind; none where records belong to nothing.
    pub fn parents(&self) -> impl Iterator<Item = (usize, &'static Field, EntityType)> + use<> {
        let fields: &'static [Field] = self.fields;
        fields.iter().enumerate().filter_map(|(index, field)| match field.kind {
            Kind::Reference(entity) if field.uses.parent => Some((index, field, entity)),
            _ => None,
        })
    }

    /// What a record with these values belongs to.
    pub fn parent(&self, values: &[FieldValue]) -> Option<EntityRef> {
        self.parents().find_map(|(index, _, entity_type)| match values.get(index) {
            Some(FieldValue::Reference(id)) => Some(EntityRef { entity_type, id: *id }),
            _ => None,
        })
    }
}

impl Table {
    /// What is told of a record with these values: it is also about what they refer to.
    pub(super) fn told(&self, verb: Verb, id: Uuid, values: &[FieldValue], now: DateTime<Utc>) -> Event {
        let entity = EntityRef { entity_type: self.entity, id };
        Event { related: related(self, values), ..Event::new(self.events[verb as usize], entity, now) }
    }

    /// What is told of a record that is removed for good: nothing of what was written on it.
    pub fn purged(&self, id: Uuid, now: DateTime<Utc>) -> Event {
        Event::new(self.events[Verb::Purged as usize], EntityRef { entity_type: self.entity, id }, now)
    }

    /// The columns that `q` is looked for in: each keeps a folded form.
    pub fn search_keys(&self) -> impl Iterator<Item = &'static str> {
        let is_searched = |field: &&Field| field.uses.search;
        let called = self.fields.iter().filter(is_searched).any(|field| self.called.contains(&field.path));
        let folded = self.fields.iter().filter(is_searched).filter(|field| field.uses.fold);
        called.then_some("name_fold").into_iter().chain(folded.map(|field| field.fold_column))
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.entity == other.entity
    }
}

/// Holds what the type system can't: names are unique, groups stand below their field, marks fit kinds, and the
/// fields of its name exist. It runs when the table is compiled.
///
/// # Panics
/// The build fails where one of these does not hold.
pub const fn checked(fields: &'static [Field], called: &[&str]) -> &'static [Field] {
    assert!(fields.len() <= Changed::MOST, "a resource has at most 64 fields");
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        let is_text = matches!(field.kind, Kind::Line { .. } | Kind::Prose { .. } | Kind::Email);
        let is_listed = field.uses.filter || field.uses.sort;
        assert!(
            !is_listed || can_be_listed(field),
            "lists compare text by its `fold`, an e-mail by its `unique` form"
        );
        assert!(is_text || !field.uses.unique, "only text can be `unique`");
        assert!(is_text || !field.uses.fold, "only text can be `fold`ed");
        let is_reference = matches!(field.kind, Kind::Reference(_));
        assert!(is_reference || !field.uses.owner, "an `owner` is a reference");
        assert!(
            !field.uses.parent || is_reference && !field.required,
            "a `parent` is an `Option` of a reference: a record belongs to one of several"
        );
        let mut j = 0;
        while j < i {
            assert!(!same(fields[j].path, field.path, field.path.len()), "two fields have one name");
            j += 1;
        }
        if let Kind::Group(below) = field.kind {
            let mut j = 0;
            while j < below.len() {
                let is_below = same(below[j].path, field.path, field.path.len());
                assert!(is_below, "a group is declared `below` the name of its field");
                j += 1;
            }
        }
        i += 1;
    }
    let mut c = 0;
    while c < called.len() {
        let (mut i, mut known) = (0, false);
        while i < fields.len() {
            known |=
                fields[i].path.len() == called[c].len() && same(fields[i].path, called[c], called[c].len());
            i += 1;
        }
        assert!(known, "`named` says fields of the resource");
        c += 1;
    }
    fields
}

/// Whether there is a form by which lists compare the field. The name has one of its own.
const fn can_be_listed(field: &Field) -> bool {
    match field.kind {
        Kind::Line { .. } | Kind::Prose { .. } => field.uses.fold || same(field.path, "name", "name".len()),
        Kind::Email => field.uses.unique,
        Kind::Phone | Kind::WebUrl | Kind::Social(_) | Kind::Color | Kind::Tags | Kind::Group(_) => false,
        Kind::OneOf(_)
        | Kind::Integer { .. }
        | Kind::Boolean
        | Kind::Money
        | Kind::Date
        | Kind::Reference(_) => true,
    }
}

/// Whether both begin with the same `n` bytes, and (where `n` is the length of both) are the same.
const fn same(one: &str, other: &str, n: usize) -> bool {
    let (one, other, mut i) = (one.as_bytes(), other.as_bytes(), 0);
    if one.len() < n || other.len() < n || (one.len() > n && one[n] != b'.') {
        return false;
    }
    while i < n {
        if one[i] != other[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The records that values refer to.
pub(super) fn related(table: &Table, values: &[FieldValue]) -> Vec<EntityRef> {
    let values = table.fields.iter().zip(values);
    values
        .filter_map(|(field, value)| match (field.kind, value) {
            (Kind::Reference(entity_type), FieldValue::Reference(id)) => {
                Some(EntityRef { entity_type, id: *id })
            }
            _ => None,
        })
        .collect()
}
