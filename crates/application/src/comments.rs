//! The use cases of comments: those of every record that belongs to another.

use cartera_domain::{comments::CommentFields, identity::Permission, record::Fields};

use crate::records::{Recorded, Resource};

impl Recorded for CommentFields {
    const RESOURCE: &'static Resource = &Resource {
        table: Self::TABLE,
        read: Permission::CommentsRead,
        write: Permission::CommentsWrite,
        delete: Permission::CommentsDelete,
        assign: None,
        taken: None,
        deleted: None,
    };
}
