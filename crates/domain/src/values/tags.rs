//! The labels on a record.

use std::collections::HashSet;

use super::{Line, label_key, name_key};
use crate::input::{Rule, Violation, Violations};

/// The most tags of a record.
const MAX: usize = 20;

/// One tag.
type Tag = Line<40>;

/// Up to 20 labels of up to 40 characters, in the order given. Labels that differ only in case, accents or separators
/// count as one, and the first spelling is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Tags(Vec<Tag>);

impl Tags {
    /// Checks each label and drops duplicates.
    ///
    /// # Errors
    /// [`Rule::TooMany`] on `tags`, or the rule that each invalid label breaks, on `tags.0`, `tags.1`, …
    pub fn parse(raw: Vec<String>) -> Result<Self, Violations> {
        // Checked before duplicates are dropped: this is what a schema's `maxItems` means, and it bounds the work and
        // the number of violations.
        if raw.len() > MAX {
            return Err(Violation::new("tags", Rule::TooMany { max: MAX }).into());
        }
        let mut violations = Vec::new();
        let mut seen = HashSet::new();
        let mut tags = Vec::new();
        for (position, raw) in raw.into_iter().enumerate() {
            match Tag::parse(raw) {
                Ok(tag) if seen.insert(TagName::key(tag.as_str())) => tags.push(tag),
                Ok(_) => {}
                Err(rule) => violations.push(Violation::new(format!("tags.{position}"), rule)),
            }
        }
        if violations.is_empty() { Ok(Self(tags)) } else { Err(Violations(violations)) }
    }

    /// Wraps labels that [`Tags::parse`] accepted before; they are not checked again.
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

/// The name of a tag: one line of at most 40 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagName(Tag);

impl TagName {
    /// Checks the name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(raw: String) -> Result<Self, Rule> {
        Tag::parse(raw).map(Self)
    }

    /// Wraps a stored name; it is not checked again.
    pub fn trusted(raw: String) -> Self {
        Self(Tag::trusted(raw))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The key that must be unique: the name without case, accents and separators, unless it has nothing else.
    pub fn key(name: &str) -> String {
        let folded = label_key(name);
        if folded.is_empty() { name_key(name) } else { folded }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(raw: &[&str]) -> Result<Tags, Violations> {
        Tags::parse(raw.iter().map(|tag| (*tag).to_owned()).collect())
    }

    #[test]
    fn repetitions_are_dropped_and_the_order_kept() {
        let cases: [(&[&str], &[&str]); 9] = [
            (&[], &[]),
            (&[" VIP ", "nuevo"], &["VIP", "nuevo"]),
            (&["Café", "té", "CAFE", "café!"], &["Café", "té"]),
            (&["no_venta", "No Venta", "noventa"], &["no_venta", "noventa"]),
            (&["🔥", "🎉", "🔥"], &["🔥", "🎉"]),
            (&["C", "C++", "C#", ".NET", "NET", "c#"], &["C", "C++", "C#", ".NET", "NET"]),
            (&["दिल", "दाल", "कल", "काला"], &["दिल", "दाल", "कल", "काला"]),
            (&["バス", "パス", "ハス", "ﾊﾞｽ"], &["バス", "パス", "ハス"]),
            (&["กิน", "กัน", "ទូក", "ទឹក"], &["กิน", "กัน", "ទូក", "ទឹក"]),
        ];
        for (raw, expected) in cases {
            let tags = parse(raw).expect("every tag is valid");
            assert_eq!(tags.as_strings(), expected, "{raw:?}");
            assert_eq!(tags.is_empty(), expected.is_empty());
            assert_eq!(Tags::trusted(tags.as_strings()), tags);
        }
    }

    #[test]
    fn every_bad_tag_is_named() {
        let long = "x".repeat(41);
        let violations = parse(&["ok", " ", "ok", long.as_str(), "a\0b"]).expect_err("three tags are bad");
        let expected = [
            Violation::new("tags.1", Rule::Blank),
            Violation::new("tags.3", Rule::TooLong { max: 40 }),
            Violation::new("tags.4", Rule::ControlCharacter),
        ];
        assert_eq!(violations.0, expected);
    }

    #[test]
    fn twenty_tags_fit() {
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        assert!(Tags::parse(many[..20].to_vec()).is_ok());
        let too_many = Violation::new("tags", Rule::TooMany { max: 20 });
        assert_eq!(Tags::parse(many), Err(too_many.into()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn tags_read_back_as_themselves(raw in prop::collection::vec("[aAáÁ _🔥]{1,4}", 0..20)) {
            if let Ok(tags) = Tags::parse(raw) {
                prop_assert_eq!(Tags::parse(tags.as_strings()), Ok(tags));
            }
        }
    }
}
