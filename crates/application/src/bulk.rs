//! Bulk operations, whose cost grows with the company: deleting a stage, deleting or restoring an account with
//! everything that belongs to it, removing a user and reassigning their records. Each is one transaction, however many
//! records it changes, and may take minutes where there are hundreds of thousands.

use std::time::Duration;

/// Timeout of such a request and of each of its statements: 300,000 opportunities take a minute on two cores.
pub const PATIENCE: Duration = Duration::from_mins(10);
