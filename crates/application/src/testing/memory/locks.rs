//! Row locks, held by a unit of work until it ends.
//!
//! Without them the fake would report conflicts at other times than PostgreSQL, where the second writer of a row waits
//! for the first to end and only then learns whether it lost.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock},
    time::timeout,
};

use crate::error::{Error, Result};

/// Lock timeout, like PostgreSQL's `lock_timeout`: it turns a deadlock into an error.
const PATIENCE: Duration = Duration::from_secs(3);

/// One lock by its name, shared by all units of work.
type Shared = Arc<RwLock<()>>;

/// All locks of a store.
#[derive(Debug, Clone, Default)]
pub(super) struct Locks(Arc<Mutex<HashMap<String, Shared>>>);

impl Locks {
    fn named(&self, name: &str) -> Shared {
        let mut locks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(name.to_owned()).or_default())
    }
}

#[derive(Debug)]
enum Guard {
    Shared { _guard: OwnedRwLockReadGuard<()> },
    Exclusive { _guard: OwnedRwLockWriteGuard<()> },
}

/// The locks that one unit of work holds.
#[derive(Debug)]
pub(super) struct Held {
    locks: Locks,
    guards: Mutex<HashMap<String, Guard>>,
    /// Locks that are asked for at the same time are taken in the order in which they were asked for, as on one connection.
    turn: tokio::sync::Mutex<()>,
}

impl Held {
    pub(super) fn none(locks: Locks) -> Self {
        Self { locks, guards: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Whether it holds any lock.
    pub(super) fn anything(&self) -> bool {
        !self.guards.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Releases every lock.
    pub(super) fn release(&self) {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes an exclusive lock, waiting for its holders.
    pub(super) async fn exclusive(&self, name: &str) -> Result<()> {
        let _turn = self.turn.lock().await;
        match self.strength(name) {
            Some(true) => return Ok(()),
            // Its own shared lock must not block it.
            Some(false) => self.drop_guard(name),
            None => {}
        }
        let guard = timeout(PATIENCE, self.locks.named(name).write_owned()).await.map_err(timed_out)?;
        self.keep(name, Guard::Exclusive { _guard: guard });
        Ok(())
    }

    /// Takes a shared lock, waiting for an exclusive holder.
    pub(super) async fn shared(&self, name: &str) -> Result<()> {
        let _turn = self.turn.lock().await;
        if self.strength(name).is_some() {
            return Ok(());
        }
        let guard = timeout(PATIENCE, self.locks.named(name).read_owned()).await.map_err(timed_out)?;
        self.keep(name, Guard::Shared { _guard: guard });
        Ok(())
    }

    /// Takes an exclusive lock if nobody holds it.
    pub(super) fn try_exclusive(&self, name: &str) -> bool {
        if self.strength(name) == Some(true) {
            return true;
        }
        match self.locks.named(name).try_write_owned() {
            Ok(guard) => {
                self.keep(name, Guard::Exclusive { _guard: guard });
                true
            }
            Err(_busy) => false,
        }
    }

    /// Whether the lock is held here, and then whether exclusively.
    fn strength(&self, name: &str) -> Option<bool> {
        let guards = self.guards.lock().unwrap_or_else(PoisonError::into_inner);
        guards.get(name).map(|guard| matches!(guard, Guard::Exclusive { .. }))
    }

    fn drop_guard(&self, name: &str) {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    fn keep(&self, name: &str, guard: Guard) {
        self.guards.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), guard);
    }
}

fn timed_out(cause: tokio::time::error::Elapsed) -> Error {
    Error::unavailable("a row that another unit of work holds", cause)
}
