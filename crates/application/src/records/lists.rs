//! Lists of records, by their table.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cartera_domain::{
    events::EntityType,
    record::{Field, Kind, Table},
};

use super::{RecordView, Recorded};
use crate::{
    error::Result,
    lists::{DELETED, FieldKind, FieldRef, FieldSpec, ListQuery, ListTable, Listed, Listing},
    security::Grant,
};

/// Lists of the records of a company, whatever their table. It is object-safe, as [`super::Rows`] is.
#[async_trait]
pub trait RecordLists: Send + Sync {
    /// The records that the query asks for: live ones, or those in the bin.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(
        &self,
        grant: &Grant,
        table: &'static Table,
        query: &ListQuery,
    ) -> Result<Listing<RecordView>>;
}

/// When a record was created.
pub const CREATED_AT: &str = "createdAt";
/// When it last changed.
pub const UPDATED_AT: &str = "updatedAt";
/// When it went to the bin.
pub const DELETED_AT: &str = "deletedAt";
/// Who created it. The bin of records without an owner asks for it; callers can't.
pub const CREATED_BY: FieldRef = FieldRef::to(&FieldSpec::new("createdBy", FieldKind::Person));
/// How it is called where others refer to it.
pub const NAME: &str = "name";

impl<F: Recorded> Listed for F {
    fn table() -> &'static ListTable {
        list_of(F::TABLE)
    }
}

/// What the lists of a table know. It is made once and stays.
pub fn list_of(table: &'static Table) -> &'static ListTable {
    static MADE: Mutex<Vec<&'static ListTable>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = made.iter().find(|known| known.name == table.plural) {
        return known;
    }
    let new: &'static ListTable = Box::leak(Box::new(make(table)));
    made.push(new);
    new
}

fn make(table: &'static Table) -> ListTable {
    let moment = |name| FieldSpec::new(name, FieldKind::Timestamp).filter().sort();
    let mut specs = vec![moment(CREATED_AT), moment(UPDATED_AT)];
    if !table.called.is_empty() {
        specs.push(FieldSpec::new(NAME, FieldKind::Text).filter().sort());
    }
    specs.extend(table.fields.iter().filter(|field| field.path != NAME).filter_map(spec_of));
    specs.push(moment(DELETED_AT));
    let fields: &'static [FieldSpec] = specs.leak();
    ListTable {
        name: table.plural,
        fields,
        flags: &[DELETED],
        default_sort: FieldRef::to(&fields[0]),
        in_bin_since: fields.last().map(FieldRef::to),
        searchable: table.fields.iter().any(|field| field.uses.search),
    }
}

/// What lists know of a field; none where they neither filter nor sort by it.
fn spec_of(field: &Field) -> Option<FieldSpec> {
    // Lists below a parent ask for it; callers can't.
    if !field.uses.filter && !field.uses.sort && !field.uses.parent {
        return None;
    }
    let kind = match field.kind {
        Kind::Email => FieldKind::Email,
        Kind::Integer { .. } => FieldKind::Integer,
        Kind::OneOf(names) => FieldKind::OneOf(names),
        Kind::Boolean => FieldKind::Boolean,
        Kind::Money => FieldKind::Amount,
        Kind::Date => FieldKind::Date,
        Kind::Reference(EntityType::User) => FieldKind::Person,
        Kind::Reference(_) => FieldKind::Id,
        Kind::Line { .. } | Kind::Prose { .. } | Kind::Phone | Kind::WebUrl | Kind::Social(_) => {
            FieldKind::Text
        }
        Kind::Tags | Kind::Group(_) | Kind::Color => return None,
    };
    let is_never_missing = field.required || matches!(field.kind, Kind::OneOf(_));
    let (filter, sort, nullable) = (field.uses.filter, field.uses.sort, !is_never_missing);
    Some(FieldSpec { name: field.path, kind, filter, sort, nullable })
}

#[cfg(test)]
mod tests {
    use cartera_domain::{accounts::AccountFields, contacts::ContactFields, record::Fields};

    use super::*;

    fn said(table: &'static Table) -> Vec<String> {
        let spec = |spec: &FieldSpec| {
            let FieldSpec { name, kind, filter, sort, nullable } = spec;
            format!("{name} {kind:?} {filter} {sort} {nullable}")
        };
        list_of(table).fields.iter().map(spec).collect()
    }

    #[test]
    fn lists_know_what_is_marked_beside_what_every_record_has() {
        let contacts = [
            "createdAt Timestamp true true false",
            "updatedAt Timestamp true true false",
            "name Text true true false",
            "email Email true true true",
            "accountId Id true false true",
            "ownerId Person true false true",
            "deletedAt Timestamp true true false",
        ];
        assert_eq!(said(ContactFields::TABLE), contacts);
        let accounts = [
            "createdAt Timestamp true true false",
            "updatedAt Timestamp true true false",
            "name Text true true false",
            "industry Text true false true",
            "ownerId Person true false true",
            "deletedAt Timestamp true true false",
        ];
        assert_eq!(said(AccountFields::TABLE), accounts);
        assert!(std::ptr::eq(list_of(AccountFields::TABLE), list_of(AccountFields::TABLE)), "made once");
    }
}
