//! What every resource shares: rows, answers, use cases and decisions over its table of fields.
//!
//! It is a library of defaults. What a resource has of its own (a cascade, a counter) is written in its own module, beside
//! the parts that it takes from here.

mod below;
mod can;
mod history;
mod lists;
mod many;
mod parents;
mod resource;
mod rows;
mod service;
mod typed;
mod view;

use cartera_domain::{
    events::EntityType,
    record::{Field, Kind, Table},
};

pub use can::Can;
pub use lists::{CREATED_AT, CREATED_BY, DELETED_AT, NAME, RecordLists, UPDATED_AT, list_of};
pub use many::{ManyRows, Owners};
pub use resource::{Recorded, Resource};
pub use rows::Rows;
pub use service::RecordService;
pub use typed::Records;
pub use view::{ENTITY_ID, ENTITY_TYPE, RecordView, Shown};

pub(crate) use parents::remove_children;
pub(crate) use service::{check_owner, service_of};

use crate::error::{Error, Result};

/// Hands the fields of every resource to a macro, after what else it is given in brackets. They stand in the order in which
/// their rows are locked: what is referred to comes first.
#[macro_export]
macro_rules! every_resource {
    ($take:ident $(, $given:tt)*) => {
        $take! {
            [$($given)*]
            ::cartera_domain::accounts::AccountFields,
            ::cartera_domain::contacts::ContactFields,
            ::cartera_domain::comments::CommentFields,
            ::cartera_domain::tags::TagFields,
        }
    };
}

macro_rules! resources {
    ([] $($fields:ty,)+) => { &[$(<$fields>::RESOURCE),+] };
}

/// Every resource, in the order in which their rows are locked.
pub static RESOURCES: &[&Resource] = every_resource!(resources);

/// Tables and columns beside the resources that refer to records, and by which these are still needed.
pub static OTHER_REFERENCES: &[(EntityType, &str, &str)] =
    &[(EntityType::Account, "opportunities", "account_id")];

fn fields_to(entity: EntityType) -> impl Iterator<Item = (&'static Table, &'static Field)> {
    let all = RESOURCES
        .iter()
        .flat_map(|resource| resource.table.fields.iter().map(|field| (resource.table, field)));
    all.filter(move |(_, field)| matches!(field.kind, Kind::Reference(to) if to == entity))
}

/// The fields of other records that refer to a kind of record, and so keep it from being purged.
pub fn references_to(entity: EntityType) -> impl Iterator<Item = (&'static Table, &'static Field)> {
    fields_to(entity).filter(|(_, field)| !field.uses.parent)
}

/// The fields by which other records belong to a kind of record, and are purged with it.
pub fn children_of(entity: EntityType) -> impl Iterator<Item = (&'static Table, &'static Field)> {
    fields_to(entity).filter(|(_, field)| field.uses.parent)
}

/// The resource of a kind of record.
///
/// # Errors
/// `internal` when it has no table of fields.
pub fn resource_of(entity: EntityType) -> Result<&'static Resource> {
    let found = RESOURCES.iter().copied().find(|resource| resource.table.entity == entity);
    found.ok_or(Error::Internal { what: "a reference to a kind of record without a table", cause: None })
}
