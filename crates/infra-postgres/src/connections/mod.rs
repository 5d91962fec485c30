//! All connections of the API's and the worker's roles, and how they are shared out. Nothing else in this crate knows a
//! pool.

mod cause;
mod ledger;
mod shares;
#[cfg(test)]
mod tests;

use std::{
    future::Future,
    io,
    ops::{Deref, DerefMut},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use cartera_application::{Code, Error, Result, security::PLATFORM};
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::runtime::Handle;
use uuid::Uuid;

pub(crate) use self::{
    cause::cause,
    ledger::{Lane, Rule},
};
use self::{
    ledger::Busy,
    shares::{Share, Shares},
};
use crate::error::explain_sqlx;

/// Opens the job queue's probe. Its timeout frees the connection for the next probe.
const PROBE: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'";

/// Minimum timeout for opening a connection.
const CONNECTING: Duration = Duration::from_secs(3);

/// Size and timeout of the pool.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// The most connections, not counting the one for probes.
    pub size: u32,
    /// How long a request waits for a free one before it is refused and told to retry.
    pub patience: Duration,
}

/// The connections of a store. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    pool: PgPool,
    /// For liveness probes: a connection of their own, so that they get through whatever the others wait for.
    probe: PgPool,
    shares: Shares,
}

impl Connections {
    /// Connections that are opened on first use. `careful` tests each one before it is used.
    pub(crate) fn new(
        url: &str,
        options: PoolOptions,
        careful: bool,
        rule: Rule,
    ) -> Result<Self, sqlx::Error> {
        let PoolOptions { size, patience } = options;
        let target: PgConnectOptions = url.parse()?;
        let pool =
            |size| PgPoolOptions::new().max_connections(size).acquire_timeout(patience.max(CONNECTING));
        Ok(Self {
            pool: pool(size).test_before_acquire(careful).connect_lazy_with(target.clone()),
            probe: pool(1).connect_lazy_with(target),
            shares: Shares::new(size, patience, rule),
        })
    }

    /// The number of connections in use and of open ones.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let open = self.pool.size();
        (open.saturating_sub(u32::try_from(self.pool.num_idle()).unwrap_or(open)), open)
    }

    /// How many requests wait for a connection.
    pub(crate) fn waiting(&self) -> usize {
        self.shares.waiting()
    }

    /// The pool itself, for the job queue, which belongs to no company.
    pub(crate) fn queue(&self) -> &PgPool {
        &self.pool
    }

    /// The connection for questions to the database itself: liveness, role, migrations.
    pub(crate) fn probe(&self) -> &PgPool {
        &self.probe
    }

    /// Opens a short read-only transaction on the probe's connection.
    pub(crate) async fn probing(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        #[expect(clippy::disallowed_methods, reason = "a probe of the job queue is of no company")]
        self.probe.begin_with(PROBE).await
    }

    /// A connection for work that belongs to no company. It counts towards the platform's share.
    pub(crate) async fn lend(&self, lane: Lane) -> Result<Lent> {
        let share = self.share(PLATFORM.uuid(), lane).await?;
        let connection = self.acquire().await?;
        Ok(Lent { connection: Some(connection), share: Some(share) })
    }

    /// Opens a transaction of a company. `opening` enters the company in the same message.
    pub(crate) async fn open(&self, company: Uuid, lane: Lane, opening: String) -> Result<Held> {
        let mut share = self.share(company, lane).await?;
        let opening = AssertSqlSafe(opening).into_sql_str();
        let mut attempts = self.pool.size();
        loop {
            let connection = self.acquire().await?;
            let begun = begin(connection, opening.clone(), share).await;
            match begun {
                Ok(held) => return Ok(held),
                // A restarted database leaves dead connections in the pool. Nothing was done yet, and the pool has
                // dropped this one, so try the next.
                Err((error, back)) if attempts > 0 && is_dead_connection(&error) => {
                    attempts -= 1;
                    share = match back {
                        Some(share) => share,
                        None => self.share(company, lane).await?,
                    };
                }
                Err((error, _share)) => return Err(explain_sqlx("opening a transaction")(error)),
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "what is opened enters its company in the same message, and what is lent is of none"
    )]
    async fn acquire(&self) -> Result<PoolConnection<Postgres>> {
        match self.pool.acquire().await {
            Ok(connection) => Ok(connection),
            Err(error) => Err(explain_sqlx("taking a connection")(cause(&self.pool, error).await)),
        }
    }

    async fn share(&self, company: Uuid, lane: Lane) -> Result<Share> {
        self.shares.take(company, lane).await.map_err(|busy| match busy {
            Busy::Company if company != PLATFORM.uuid() => Error::refused(Code::CompanyBusy),
            Busy::Company | Busy::Everybody => Error::unavailable("the database", busy),
        })
    }

    /// Closes every connection.
    pub(crate) async fn close(&self) {
        self.probe.close().await;
        self.pool.close().await;
    }
}

/// Begins a transaction in a task of its own, which completes even when the request is cancelled. Otherwise the
/// connection would go back to the pool with a transaction open that sqlx has not counted yet, inside the company, and
/// its next user would go on there. The share comes back with an error.
async fn begin(
    connection: PoolConnection<Postgres>,
    opening: sqlx::SqlStr,
    share: Share,
) -> Result<Held, (sqlx::Error, Option<Share>)> {
    let begun = tokio::spawn(async move {
        match Transaction::begin(connection, Some(opening)).await {
            Ok(tx) => Ok(Held { tx: Some(tx), share: Some(share) }),
            Err(error) => Err((error, Some(share))),
        }
    });
    // The task is aborted only when the runtime ends, which closes the connection too.
    begun.await.unwrap_or_else(|error| Err((sqlx::Error::Io(io::Error::other(error)), None)))
}

/// An open transaction of a company, and the share that it takes until its connection is back in the pool: also when
/// its owner was dropped while the last statement still runs.
pub(crate) struct Held {
    tx: Option<Transaction<'static, Postgres>>,
    share: Option<Share>,
}

/// `tx` is `None` only after the end, and ending consumes the value.
const OPEN: &str = "the transaction is open";

impl Held {
    /// Commits. The commit completes even when the caller is cancelled.
    pub(crate) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let (Some(tx), share) = (self.tx.take(), self.share.take()) else { return Ok(()) };
        Ending { work: Some(Box::pin(tx.commit())), share }.await
    }

    /// Rolls back, and waits until that is done.
    pub(crate) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        let (Some(tx), share) = (self.tx.take(), self.share.take()) else { return Ok(()) };
        Ending { work: Some(Box::pin(tx.rollback())), share }.await
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &Self::Target {
        self.tx.as_ref().expect(OPEN)
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.tx.as_mut().expect(OPEN)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(tx) = self.tx.take() {
            drop(Ending { work: Some(Box::pin(tx.rollback())), share: self.share.take() });
        }
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send>>;

/// The end of a transaction, which completes whether or not anybody awaits it. Then the share is free.
struct Ending {
    work: Option<Work>,
    share: Option<Share>,
}

impl Future for Ending {
    type Output = Result<(), sqlx::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(work) = &mut self.work else { return Poll::Ready(Ok(())) };
        let done = std::task::ready!(work.as_mut().poll(context));
        self.work = None;
        self.share = None;
        Poll::Ready(done)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else { return };
        let share = self.share.take();
        // Without a runtime the connection can't be used any more, and is closed.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = work.await {
                    tracing::debug!(%error, "a transaction ended with its connection");
                }
                drop(share);
            });
        }
    }
}

/// A connection used outside any company, with the share that it takes until it is back in the pool.
pub(crate) struct Lent {
    connection: Option<PoolConnection<Postgres>>,
    share: Option<Share>,
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &Self::Target {
        self.connection.as_ref().expect("a connection until it is given back")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.as_mut().expect("a connection until it is given back")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        let share = self.share.take();
        if let Ok(runtime) = Handle::try_current() {
            // A cancelled statement may still run; the connection is back in the pool only after it.
            let back = connection.return_to_pool();
            runtime.spawn(async move {
                back.await;
                drop(share);
            });
        }
    }
}

/// Whether the connection was already closed when it was used.
pub(crate) fn is_dead_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // admin_shutdown, crash_shutdown.
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02")),
        _ => false,
    }
}
