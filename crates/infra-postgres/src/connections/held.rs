//! A connection in somebody's hands.

use std::{mem, sync::Arc};

use sea_orm::{DbErr, Statement};
use sqlx::Error;
use tokio::runtime::Handle;

use super::{
    is_dead_connection,
    ledger::Lane,
    pool::Pool,
    shares::Share,
    wire::{Answer, Bound, Wire},
};
use crate::{error::failed, row::PgRow};

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With everything that it wrote.
    Commit,
}

impl End {
    const fn text(self) -> &'static str {
        match self {
            Self::Commit => "COMMIT",
        }
    }
}

/// The right to a connection, and the connection from the first statement on. What is sent belongs to one transaction,
/// which begins with the first statement; after its end the next statement begins another one. Dropping it rolls back,
/// and its share is free when the connection is back: also when its owner was dropped while a statement still runs.
pub(crate) struct Held {
    pool: Arc<Pool>,
    wire: Option<Wire>,
    /// Begins a transaction in a company. Without it, each statement stands alone, in none.
    opening: Option<Arc<str>>,
    lane: Lane,
    share: Option<Share>,
}

impl Held {
    pub(super) fn new(pool: Arc<Pool>, share: Share, lane: Lane, opening: Option<String>) -> Self {
        let opening = opening.map(Arc::from);
        Self { pool, wire: None, opening, lane, share: Some(share) }
    }

    /// Sends statements together, with the beginning of their transaction unless it has begun, and with its end if they
    /// are the last ones.
    ///
    /// # Errors
    /// The first one of the database.
    pub(crate) async fn fly(
        &mut self,
        statements: Vec<Statement>,
        end: Option<End>,
    ) -> Result<Vec<Answer>, Error> {
        let statements: Vec<_> = statements.into_iter().map(Bound::from).collect();
        let begins = !self.is_open();
        // A commit may have happened although its answer was lost.
        let repeatable = begins && (end.is_none() || self.lane == Lane::Read);
        let opening = self.opening.clone().filter(|_| begins);
        let mut attempts = None;
        loop {
            match self.wire().await?.fly(opening.as_deref(), &statements, end.map(End::text)).await {
                // A restarted database leaves dead connections behind. Nothing was done yet, so try another one.
                Err(error) if repeatable && is_dead_connection(&error) => {
                    let left = attempts.unwrap_or_else(|| self.pool.counts().1);
                    if left == 0 {
                        return Err(error);
                    }
                    attempts = Some(left - 1);
                    self.discard();
                }
                answers => return answers,
            }
        }
    }

    /// Sends one statement.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn ask(&mut self, statement: Statement) -> Result<Vec<PgRow>, DbErr> {
        let mut answers = self.fly(vec![statement], None).await.map_err(failed)?;
        Ok(answers.pop().unwrap_or_default().rows)
    }

    /// Sends statements without values.
    ///
    /// # Errors
    /// The first one of the database.
    pub(crate) async fn batch(&mut self, text: &str) -> Result<(), Error> {
        let opening = if self.is_open() { None } else { self.opening.clone() };
        self.wire().await?.batch(opening.as_deref(), text).await
    }

    /// Commits, if anything has begun. The commit completes even when the caller is cancelled.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn commit(&mut self) -> Result<(), Error> {
        if self.is_open() { self.fly(Vec::new(), Some(End::Commit)).await.map(|_| ()) } else { Ok(()) }
    }

    /// Rolls back, and waits until that is done.
    ///
    /// # Errors
    /// Those of the connection, which ended together with everything uncommitted.
    pub(crate) async fn rollback(&mut self) -> Result<(), Error> {
        match &mut self.wire {
            Some(wire) => wire.settle().await,
            None => Ok(()),
        }
    }

    /// Whether a transaction has begun and not ended.
    pub(crate) fn is_open(&self) -> bool {
        self.wire.as_ref().is_some_and(Wire::is_open)
    }

    async fn wire(&mut self) -> Result<&mut Wire, Error> {
        let wire = match self.wire.take() {
            Some(wire) => wire,
            None => self.pool.take().await?,
        };
        Ok(self.wire.insert(wire))
    }

    fn discard(&mut self) {
        if let Some(wire) = self.wire.take() {
            self.pool.discard(wire);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut wire) = self.wire.take() else { return };
        if wire.is_settled() || wire.is_closed() {
            return self.pool.put(wire);
        }
        // Without a runtime nothing can be awaited.
        let Ok(runtime) = Handle::try_current() else { return self.pool.discard(wire) };
        let (pool, share) = (Arc::clone(&self.pool), mem::take(&mut self.share));
        runtime.spawn(async move {
            // BEGIN on an open transaction would go on there, in the company of the next one: the connection goes back
            // only after its transaction has ended.
            match wire.settle().await {
                Ok(()) => pool.put(wire),
                Err(error) => {
                    tracing::debug!(%error, "a transaction ended with its connection");
                    pool.discard(wire);
                }
            }
            drop(share);
        });
    }
}
