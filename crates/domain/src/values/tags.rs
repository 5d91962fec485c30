//! The labels on a record.

use std::collections::HashSet;

use super::{Line, fold_key, name_key};
use crate::input::{Rule, Violation, Violations};

/// The most tags of a record.
const MAX: usize = 20;

/// One tag.
type Tag = Line<40>;

/// Up to 20 labels of up to 40 characters, in the order given. Labels that differ only in case, accents or
/// separators are one label, in its first spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Checks each label and drops repetitions.
    ///
    /// # Errors
    /// [`Rule::TooMany`] on `tags`, or what each bad label breaks, on `tags.0`, `tags.1`, …
    pub fn parse(raw: Vec<String>) -> Result<Self, Violations> {
        // Counted before repetitions are dropped: that is what a schema's `maxItems` says, and it bounds the
        // work and the number of violations.
        if raw.len() > MAX {
            return Err(Violation::new("tags", Rule::TooMany { max: MAX }).into());
        }
        let mut violations = Vec::new();
        let mut seen = HashSet::new();
        let mut tags = Vec::new();
        for (position, raw) in raw.into_iter().enumerate() {
            match Tag::parse(raw) {
                Ok(tag) if seen.insert(identity(&tag)) => tags.push(tag),
                Ok(_) => {}
                Err(rule) => violations.push(Violation::new(format!("tags.{position}"), rule)),
            }
        }
        if violations.is_empty() {
            Ok(Self(tags))
        } else {
            Err(Violations(violations))
        }
    }

    /// Takes back labels that [`Tags::parse`] once let in; they are not checked again.
    pub fn trusted(tags: Vec<String>) -> Self {
        Self(tags.into_iter().map(Tag::trusted).collect())
    }

    /// The labels as text, in order.
    pub fn as_strings(&self) -> Vec<String> {
        self.0.iter().map(|tag| tag.as_str().to_owned()).collect()
    }

    /// The labels, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Tag::as_str)
    }

    /// True when there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What makes two labels the same one. Labels of symbols only all fold to nothing, so they go by their name.
fn identity(tag: &Tag) -> (String, String) {
    let folded = fold_key(tag.as_str());
    let name = if folded.is_empty() {
        name_key(tag.as_str())
    } else {
        String::new()
    };
    (folded, name)
}
