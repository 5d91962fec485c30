//! Tags: the labels that a company has agreed on.

use crate::{
    fields,
    record::Entity,
    values::{Color, TagName},
};

fields! {
    /// What users write on a tag.
    TagFields, TagInput of Tag in "tags" named ["name"] {
        /// The name, unique among the company's live tags whatever the case and the accents.
        name: TagName = [unique, search],
        /// Its colour.
        color: Option<Color>,
    }
}

/// A label that the company has agreed on.
pub type Tag = Entity<TagFields>;
