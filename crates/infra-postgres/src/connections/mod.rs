//! All connections of the API's and the worker's roles, and how they are shared out. Nothing else in this crate knows a
//! pool, or the client that speaks to PostgreSQL.

mod cause;
mod failure;
mod held;
mod ledger;
mod pool;
mod shares;
mod target;
#[cfg(test)]
mod tests;
mod wire;

use std::{sync::Arc, time::Duration};

use cartera_application::{Code, Error, Result, security::PLATFORM};
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

pub(crate) use self::{
    cause::cause,
    held::{End, Held},
    ledger::{Lane, Rule},
    wire::Answer,
};
use self::{
    ledger::Busy,
    pool::Pool,
    shares::{Share, Shares},
    target::Target,
};

/// Opens the job queue's probe. Its timeout frees the connection for the next probe.
const PROBE: &str = "BEGIN READ ONLY; SET LOCAL statement_timeout = '2s'";

/// The most connections of the job queue: jobs are taken, settled and listened for.
const QUEUE: u32 = 5;

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
#[derive(Clone)]
pub(crate) struct Connections {
    /// Of units of work.
    pool: Arc<Pool>,
    /// Of the job queue, which speaks through sqlx.
    queue: PgPool,
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
        let connecting = patience.max(CONNECTING);
        let pool = |size| PgPoolOptions::new().max_connections(size).acquire_timeout(connecting);
        Ok(Self {
            pool: Arc::new(Pool::new(Target::of(&target)?, connecting, careful)),
            queue: pool(QUEUE).test_before_acquire(careful).connect_lazy_with(target.clone()),
            probe: pool(1).connect_lazy_with(target),
            shares: Shares::new(size, patience, rule),
        })
    }

    /// The number of connections in use and of open ones.
    pub(crate) fn counts(&self) -> (u32, u32) {
        let (idle, open) = self.pool.counts();
        let queue = self.queue.size();
        let waiting = u32::try_from(self.queue.num_idle()).unwrap_or(queue);
        (open.saturating_sub(idle) + queue.saturating_sub(waiting), open + queue)
    }

    /// How many requests wait for a connection.
    pub(crate) fn waiting(&self) -> usize {
        self.shares.waiting()
    }

    /// The connections of the job queue, which belongs to no company.
    pub(crate) fn queue(&self) -> &PgPool {
        &self.queue
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
    pub(crate) async fn lend(&self, lane: Lane) -> Result<Held> {
        let share = self.share(PLATFORM.uuid(), lane).await?;
        Ok(Held::new(Arc::clone(&self.pool), share, lane, None))
    }

    /// A connection for one transaction of a company. `opening` enters the company, in one message with the beginning;
    /// it is sent along with the first statement.
    pub(crate) async fn open(&self, company: Uuid, lane: Lane, opening: String) -> Result<Held> {
        let share = self.share(company, lane).await?;
        Ok(Held::new(Arc::clone(&self.pool), share, lane, Some(opening)))
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
        self.queue.close().await;
        self.pool.close().await;
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
