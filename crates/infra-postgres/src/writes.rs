//! Whether the database takes writes: with a full disk, or after it has become a replica, it answers every question
//! all the same. That it is read only it says when it is asked; the rest shows when somebody writes.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What says that no write can succeed for now: a full disk, no memory, an error of the disk. That a transaction is read
/// only (25006) says nothing: most of ours are.
const REFUSALS: &[&str] = &["53100", "53200", "58030"];

/// How long a refusal counts while nobody tries again.
const STALE: Duration = Duration::from_mins(5);

/// What a database that answers can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To read and to write, as far as it knows.
    Full,
    /// To read: it is a replica, or its transactions are read only unless they say otherwise.
    ReadOnly,
}

/// The last refusal in this process since something was written.
static LAST: Mutex<Option<Refusal>> = Mutex::new(None);

/// A write that the database refused for a reason that refuses all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, as an SQLSTATE.
    pub sqlstate: String,
    at: Instant,
}

/// The last refusal, until something is written or nobody has tried for five minutes.
pub fn refused_writes() -> Option<Refusal> {
    last().clone().filter(|refusal| refusal.at.elapsed() < STALE)
}

/// Notes what the database failed with.
pub(crate) fn note_failure(sqlstate: &str) {
    if REFUSALS.contains(&sqlstate) {
        *last() = Some(Refusal { sqlstate: sqlstate.to_owned(), at: Instant::now() });
    }
}

/// Notes that something was written.
pub(crate) fn note_success() {
    *last() = None;
}

fn last() -> MutexGuard<'static, Option<Refusal>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}
