//! The version that a caller expects a record to have (optimistic locking).

use crate::error::{Code, Error, Result};

/// `If-Match`: the versions of which the caller has seen one; by default whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IfMatch(Option<Versions>);

/// Some versions, in a place of fixed size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Versions {
    /// No record has version 0.
    each: [i32; IfMatch::MOST],
}

impl IfMatch {
    /// The most versions of one condition.
    pub const MOST: usize = 16;

    /// The version the caller has seen, if given.
    pub const fn new(version: Option<i32>) -> Self {
        match version {
            Some(version) => {
                let mut each = [0; Self::MOST];
                each[0] = version;
                Self(Some(Versions { each }))
            }
            None => Self(None),
        }
    }

    /// Any of these versions; none at all is stale whatever it is. `None` when there are more than [`Self::MOST`].
    pub fn any_of(versions: &[i32]) -> Option<Self> {
        let mut each = [0; Self::MOST];
        each.get_mut(..versions.len())?.copy_from_slice(versions);
        Some(Self(Some(Versions { each })))
    }

    /// Refuses a stale version.
    ///
    /// # Errors
    /// `version_mismatch`.
    pub fn check(self, version: i32) -> Result<()> {
        match self.0 {
            Some(expected) if !expected.each.contains(&version) => Err(Error::refused(Code::VersionMismatch)),
            _ => Ok(()),
        }
    }

    /// Maps a conflict on saving: if the caller gave a version, it is stale now.
    pub fn explain(self, error: Error) -> Error {
        if self.0.is_some() && error.is(Code::EditConflict) {
            return Error::refused(Code::VersionMismatch);
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_the_versions_is_enough() {
        let any_of = |versions| IfMatch::any_of(versions).expect("not too many");
        for (condition, holds) in [
            (IfMatch::default(), true),
            (IfMatch::new(None), true),
            (IfMatch::new(Some(3)), true),
            (IfMatch::new(Some(2)), false),
            (any_of(&[2, 3]), true),
            (any_of(&[2, 4]), false),
            (any_of(&[]), false),
        ] {
            assert_eq!(condition.check(3).is_ok(), holds, "{condition:?}");
        }
        assert_eq!(IfMatch::any_of(&[1; IfMatch::MOST + 1]), None);
    }
}
