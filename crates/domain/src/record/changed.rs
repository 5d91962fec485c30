//! Which fields of a record have changed.

use crate::events::FieldValue;

/// Which fields of a table have changed, by their place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changed(u64);

impl Changed {
    /// Every field.
    pub const ALL: Self = Self(u64::MAX);
    /// The most fields that a table may have.
    pub const MOST: usize = 64;

    /// Adds those of another.
    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Those whose values differ.
    pub(super) fn between(old: &[FieldValue], new: &[FieldValue]) -> Self {
        let differs =
            |(index, (old, new)): (usize, (&FieldValue, &FieldValue))| u64::from(old != new) << index;
        Self(old.iter().zip(new).enumerate().map(differs).fold(0, |all, one| all | one))
    }

    /// Whether this field has.
    pub fn has(self, index: usize) -> bool {
        index < Self::MOST && self.0 >> index & 1 == 1
    }
}
