//! Who may take a database connection next.
//!
//! Each company holds at most as many connections as are left free: alone it gets half of them, two get a third each,
//! and however many are busy, something is left for the next one. What writes may wait for rows that others hold, so of
//! a company's share it gets a part only, and reads never queue behind it. Whoever may not take one waits for a while
//! in the line of its company, and the lines take turns.
//!
//! Taking and giving back cost a moment under one lock and allocate nothing: only whoever waits does. What is kept of a
//! company is gone as soon as it neither holds nor waits for anything.

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
    /// So many connections, for which people wait so long.
    pub(crate) fn new(connections: u32, patience: Duration, rule: Rule) -> Self {
        Self { ledger: Arc::new(Mutex::new(Ledger::new(connections, rule))), patience }
    }

    /// The right to one connection, for as long as the answer lives.
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

    /// Whether nothing is known of anybody.
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

/// A place in the line of a company; whoever gives up leaves it.
struct Place {
    ledger: Arc<Mutex<Ledger>>,
    company: Uuid,
    lane: Lane,
    number: u64,
    /// Taken once it was answered.
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
        // Called in this very moment.
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
            // Called, and nobody there to come: the next one's turn.
            drop(self.share());
        }
    }
}

fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
