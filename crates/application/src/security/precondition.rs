//! The version that a caller expects a record to have (optimistic locking).

use crate::error::{Code, Error, Result};

/// `If-Match`: the version that the caller has seen; `None` accepts any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IfMatch(Option<i32>);

impl IfMatch {
    /// The version the caller has seen, if given.
    pub const fn new(version: Option<i32>) -> Self {
        Self(version)
    }

    /// Refuses a stale version.
    ///
    /// # Errors
    /// `version_mismatch`.
    pub fn check(self, version: i32) -> Result<()> {
        match self.0 {
            Some(expected) if expected != version => Err(Error::refused(Code::VersionMismatch)),
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
