//! Shares out database connections among companies.
//!
//! No company may hold more connections than it leaves free: alone it gets half of them, two companies get a third
//! each, and however many are busy, something is left for the next one. Writes may wait for row locks, so they get only
//! part of a company's share and reads never queue behind them. A request that may not take a connection waits for a
//! while in its company's line, and the lines take turns.
//!
//! Taking and returning a connection hold one lock for a moment and allocate nothing; only waiting allocates. A
//! company's entry is removed as soon as it neither holds nor waits for anything.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use metrics::counter;
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

use super::ledger::{Busy, Lane, Ledger, Rule};

/// The shares of one pool. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    ledger: Arc<Mutex<Ledger>>,
    patience: Duration,
}

impl Shares {
    /// Shares of this many connections; `patience` is how long a request waits for one.
    pub(crate) fn new(connections: u32, patience: Duration, rule: Rule) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(connections, rule))), patience }
    }

    /// Takes the right to one connection, until the share is dropped.
    ///
    /// # Errors
    /// [`Busy`], after waiting in vain, or at once when too many wait already.
    pub(crate) async fn take(&self, company: Uuid, lane: Lane) -> Result<Share, Busy> {
        let taken = match self.ask(company, lane) {
            Ok(Asked::Taken(share)) => return Ok(share),
            Ok(Asked::Waits(place)) => place.wait(self.patience).await,
            Err(busy) => Err(busy),
        };
        if let Err(busy) = &taken {
            let (kind, held_by) = (lane.as_str(), busy.as_str());
            counter!("db_share_refusals_total", "kind" => kind, "held_by" => held_by).increment(1);
        }
        taken
    }

    fn ask(&self, company: Uuid, lane: Lane) -> Result<Asked, Busy> {
        let mut ledger = lock(&self.ledger);
        if ledger.is_next(company, lane) {
            ledger.enter(company, lane);
            return Ok(Asked::Taken(Share { ledger: Arc::clone(&self.ledger), company, lane }));
        }
        let (called, call) = oneshot::channel();
        let number = ledger.queue(company, lane, called)?;
        Ok(Asked::Waits(Place { ledger: Arc::clone(&self.ledger), company, lane, number, call: Some(call) }))
    }

    /// Whether no company holds or waits for a connection.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        lock(&self.ledger).is_idle()
    }

    /// How many are waiting.
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.ledger).waiting()
    }
}

enum Asked {
    Taken(Share),
    Waits(Place),
}

/// The right to one connection; it goes back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    ledger: Arc<Mutex<Ledger>>,
    company: Uuid,
    lane: Lane,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut ledger = lock(&self.ledger);
        ledger.leave(self.company, self.lane);
        ledger.call();
    }
}

/// A place in a company's line; dropping it leaves the line.
struct Place {
    ledger: Arc<Mutex<Ledger>>,
    company: Uuid,
    lane: Lane,
    number: u64,
    /// `None` once the call was answered.
    call: Option<oneshot::Receiver<()>>,
}

impl Place {
    async fn wait(mut self, patience: Duration) -> Result<Share, Busy> {
        if let Some(call) = &mut self.call
            && let Ok(Ok(())) = timeout(patience, call).await
        {
            return Ok(self.share());
        }
        let mut ledger = lock(&self.ledger);
        if ledger.withdraw(self.company, self.lane, self.number) {
            let busy = ledger.why(self.company);
            drop(ledger);
            self.call = None;
            return Err(busy);
        }
        drop(ledger);
        // Called at the very moment of the timeout.
        Ok(self.share())
    }

    fn share(&mut self) -> Share {
        self.call = None;
        Share { ledger: Arc::clone(&self.ledger), company: self.company, lane: self.lane }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.call.is_none() {
            return;
        }
        let withdrawn = lock(&self.ledger).withdraw(self.company, self.lane, self.number);
        if !withdrawn {
            // Called, but this waiter is gone: pass the turn on.
            drop(self.share());
        }
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
