//! Whether the database accepts writes. With a full disk, or after it has become a replica, it still answers every
//! query. That it is read-only it reports when asked; other causes show only when a write fails.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// SQLSTATEs that mean that no write can succeed for now: a full disk, out of memory, a disk error. A read-only
/// transaction (25006) means nothing here, as most of ours are.
const REFUSALS: &[&str] = &["53100", "53200", "58030"];

/// How long a refusal counts when no write is tried again.
const STALE: Duration = Duration::from_mins(5);

/// What a reachable database can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads and, as far as it knows, writes.
    Full,
    /// Reads only: it is a replica, or its transactions are read-only by default.
    ReadOnly,
}

/// The last refusal in this process since a write succeeded.
static LAST: Mutex<Option<Refusal>> = Mutex::new(None);

/// A write that the database refused for a reason that affects all writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, as an SQLSTATE.
    pub sqlstate: String,
    at: Instant,
}

/// The last refusal, until a write succeeds or five minutes pass without another.
pub fn refused_writes() -> Option<Refusal> {
    last().clone().filter(|refusal| refusal.at.elapsed() < STALE)
}

/// Records a database error.
pub(crate) fn note_failure(sqlstate: &str) {
    if REFUSALS.contains(&sqlstate) {
        *last() = Some(Refusal { sqlstate: sqlstate.to_owned(), at: Instant::now() });
    }
}

/// Records a successful write.
pub(crate) fn note_success() {
    *last() = None;
}

fn last() -> MutexGuard<'static, Option<Refusal>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}
