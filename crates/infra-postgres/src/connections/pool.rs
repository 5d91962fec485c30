//! Open connections that nobody uses, and the opening of others. How many there may be is the ledger's decision.

use std::{
    cmp,
    collections::VecDeque,
    io::ErrorKind,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    time::{sleep, timeout_at},
};

use super::{target::Target, wire::Wire};

/// A connection is replaced after this time, with what its server process has collected meanwhile.
const LIFETIME: Duration = Duration::from_mins(30);

/// A connection that nobody has used for this long is closed.
const IDLE: Duration = Duration::from_mins(10);

/// First and longest wait before a server that is starting is tried again.
const RETRIES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(500));

/// The connections of units of work.
pub(super) struct Pool {
    target: Target,
    /// Where sockets are read and written: the runtime on which the store was made, and not that of requests, whose work
    /// would keep the answers of the database waiting.
    runtime: Option<Handle>,
    /// How long a connection may take to open.
    patience: Duration,
    /// Whether each connection is tried before it is used.
    careful: bool,
    /// The most recently used one is the last.
    idle: Mutex<VecDeque<(Wire, Instant)>>,
    open: AtomicU32,
    closed: AtomicBool,
}

impl Pool {
    pub(super) fn new(target: Target, patience: Duration, careful: bool) -> Self {
        let (idle, open, closed) = (Mutex::default(), AtomicU32::new(0), AtomicBool::new(false));
        Self { target, runtime: Handle::try_current().ok(), patience, careful, idle, open, closed }
    }

    /// The number of open connections that nobody uses, and of all.
    pub(super) fn counts(&self) -> (u32, u32) {
        let idle = u32::try_from(self.idle().len()).unwrap_or(u32::MAX);
        (idle, self.open.load(Ordering::Relaxed))
    }

    /// A connection: one that is open, else another one.
    ///
    /// # Errors
    /// The last error, when none could be opened in time.
    pub(super) async fn take(&self) -> Result<Wire, sqlx::Error> {
        if self.closed.load(Ordering::Acquire) {
            return Err(sqlx::Error::PoolClosed);
        }
        loop {
            // A statement of its own: the lock must not be held while a connection is tried.
            let idle = self.idle().pop_back();
            let Some((mut wire, _)) = idle else { return self.open().await };
            let usable = !wire.is_closed() && (!self.careful || wire.check().await.is_ok());
            if usable {
                return Ok(wire);
            }
            self.discard(wire);
        }
    }

    /// Takes a connection back. It is closed when it is old, unfit for the next one, or not needed any more.
    pub(super) fn put(&self, wire: Wire) {
        let fit = wire.is_settled() && !wire.is_closed() && wire.opened.elapsed() < LIFETIME;
        if !fit || self.closed.load(Ordering::Acquire) {
            return self.discard(wire);
        }
        let mut idle = self.idle();
        idle.push_back((wire, Instant::now()));
        let unused = idle.pop_front_if(|(_, since)| since.elapsed() > IDLE);
        drop(idle);
        if let Some((wire, _)) = unused {
            self.discard(wire);
        }
    }

    /// Closes a connection.
    pub(super) fn discard(&self, wire: Wire) {
        self.open.fetch_sub(1, Ordering::Relaxed);
        drop(wire);
    }

    /// Opens a connection. A server that is starting, or has no place at the moment, is tried again.
    async fn open(&self) -> Result<Wire, sqlx::Error> {
        let deadline = tokio::time::Instant::now() + self.patience;
        let (mut wait, longest) = RETRIES;
        let runtime = self.runtime.clone().unwrap_or_else(Handle::current);
        loop {
            let error = match timeout_at(deadline, Wire::open(&self.target, &runtime)).await {
                Ok(Ok(wire)) => {
                    self.open.fetch_add(1, Ordering::Relaxed);
                    return Ok(wire);
                }
                Ok(Err(error)) => error,
                Err(_elapsed) => return Err(sqlx::Error::Io(ErrorKind::TimedOut.into())),
            };
            if !is_passing(&error) || tokio::time::Instant::now() + wait >= deadline {
                return Err(error);
            }
            sleep(wait).await;
            wait = cmp::min(wait * 2, longest);
        }
    }

    /// Closes every connection that nobody uses; those in use are closed when they come back.
    pub(super) async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let idle: Vec<_> = self.idle().drain(..).collect();
        for (wire, _) in idle {
            self.open.fetch_sub(1, Ordering::Relaxed);
            wire.close().await;
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(Wire, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a server answers like this while it starts, or until a place is free (`too_many_connections`,
/// `cannot_connect_now`).
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("53300" | "57P03")),
        _ => false,
    }
}
