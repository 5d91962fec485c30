//! The bin.

use chrono::{DateTime, Utc};

use crate::ids::DeletionId;

/// One act of deleting. Everything that went to the bin together has the same one, and comes back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// Which act it was.
    pub id: DeletionId,
    /// When.
    pub at: DateTime<Utc>,
}
