//! Comments: what users write to one another below a record.

use crate::{
    fields,
    ids::{AccountId, ContactId, OpportunityId},
    one_of,
    record::Entity,
    values::Prose,
};

one_of! {
    /// Whom a comment is meant for.
    CommentKind {
        /// Everybody who works on the record.
        Comment = "COMMENT",
        /// The company alone: never shown to customers.
        InternalNote = "INTERNAL_NOTE",
    }
}

fields! {
    /// What users write in a comment.
    CommentFields, CommentInput of Comment in "comments" named [] {
        /// The account that it is about.
        account_id: Option<AccountId> = [parent],
        /// The contact that it is about.
        contact_id: Option<ContactId> = [parent],
        /// The opportunity that it is about.
        opportunity_id: Option<OpportunityId> = [parent],
        /// A comment, or a note that never leaves the company.
        kind: CommentKind = [filter],
        /// Its text, in Markdown; it is kept and answered as text, never as HTML.
        body: Prose<10000>,
    }
}

/// What a user has written below a record.
pub type Comment = Entity<CommentFields>;
