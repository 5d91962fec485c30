//! What use cases, routes and documents decide by, besides the fields.

use cartera_domain::{
    identity::Permission,
    record::{Fields, Table},
};

use crate::error::Code;

/// A resource: its table of fields, who may do what with it, and what callers are told when it can't be done.
#[derive(Debug)]
pub struct Resource {
    /// Its fields.
    pub table: &'static Table,
    /// What reading takes.
    pub read: Permission,
    /// What creating and changing take.
    pub write: Permission,
    /// What deleting and restoring take.
    pub delete: Permission,
    /// What giving a record to somebody else takes, where records have an owner.
    pub assign: Option<Permission>,
    /// Another live record has the value of a unique field.
    pub taken: Option<Code>,
    /// A record that is referred to is deleted.
    pub deleted: Option<Code>,
}

/// The fields of a resource that has use cases.
pub trait Recorded: Fields {
    /// The resource.
    const RESOURCE: &'static Resource;
}
