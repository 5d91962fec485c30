//! Soft deletion: deleted records go to the bin.

use chrono::{DateTime, Utc};

use crate::ids::DeletionId;

/// One soft delete. All records that it moved to the bin share it, and are restored together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    /// The id of the deletion.
    pub id: DeletionId,
    /// When.
    pub at: DateTime<Utc>,
}
