//! The use cases of tags: those of every record.

use cartera_domain::{identity::Permission, record::Fields, tags::TagFields};

use crate::{
    error::Code,
    records::{Recorded, Resource},
};

impl Recorded for TagFields {
    const RESOURCE: &'static Resource = &Resource {
        table: Self::TABLE,
        read: Permission::TagsRead,
        write: Permission::TagsWrite,
        delete: Permission::TagsDelete,
        assign: None,
        taken: Some(Code::TagNameTaken),
        deleted: None,
    };
}
