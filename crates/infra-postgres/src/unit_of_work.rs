//! One transaction of one company.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use async_trait::async_trait;
use cartera_application::{Result, security::Grant};
use cartera_domain::{events::Event, opportunities::CounterDeltas};
use metrics::histogram;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    connections::{Connections, Held, Lane},
    error::explain_sqlx,
    names::NameCache,
};

/// What the commit writes, in lock order: counters by key, then the outbox.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Each event with its position in the unit of work, from 1.
    pub(crate) events: Vec<(i64, Event)>,
    pub(crate) counters: CounterDeltas,
    /// The number of events so far, including those drafted in the database.
    pub(crate) happened: i64,
    /// Whether the temporary table of drafts exists.
    pub(crate) drafts: bool,
    /// Whether a repository wrote.
    pub(crate) wrote: bool,
}

/// What a transaction is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To change records, or to read some by key.
    Write,
    /// To read: a read-only snapshot.
    Read,
    /// To choose a page: a read-only snapshot in which each statement is planned for its actual values. Which index is
    /// best depends on how many rows meet a condition, which a generic plan can't know.
    Choose,
}

/// A read-only snapshot. Mutation tests write to it, because their witness creates another company in the same
/// transaction.
const SNAPSHOT: &str = if cfg!(feature = "mutation") {
    "BEGIN ISOLATION LEVEL REPEATABLE READ"
} else {
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
};

/// Disables sequential scans: with a limit, PostgreSQL would scan the rows of all companies and hope to find some of
/// this one soon, wherever they lie.
const CHOOSING: &str = "; SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off";

impl Purpose {
    /// Reads never wait for row locks; writes may.
    const fn lane(self) -> Lane {
        match self {
            Self::Write => Lane::Write,
            Self::Read | Self::Choose => Lane::Read,
        }
    }

    /// The message that opens the transaction and enters the company. SET takes no parameters; a UUID's text can't
    /// contain a quote.
    fn opening(self, company: Uuid) -> String {
        let (begin, plans) = match self {
            Self::Write => ("BEGIN", ""),
            Self::Read => (SNAPSHOT, ""),
            Self::Choose => (SNAPSHOT, CHOOSING),
        };
        format!("{begin}{plans}; SET LOCAL app.company_id = '{company}'")
    }
}

/// A column for a statement that chooses rows: it switches to generic plans for the statements after it. Planning the
/// read of the chosen rows takes longer than the read, and a SET statement would take another round trip.
pub(crate) const FROM_HERE_ON_FIXED: &str =
    "(select set_config('plan_cache_mode', 'force_generic_plan', true)) as plans";

impl Pending {
    /// Adds events at the next positions.
    pub(crate) fn happen(&mut self, events: Vec<Event>) {
        for event in events {
            self.happened += 1;
            self.events.push((self.happened, event));
        }
    }

    /// Counts drafted events, at the next positions.
    pub(crate) fn drafted(&mut self, count: i64) {
        self.wrote = true;
        self.happened += count;
    }
}

/// One transaction of one company. Dropping it rolls back.
pub struct PgUnitOfWork {
    pub(crate) tx: tokio::sync::Mutex<Held>,
    pub(crate) grant: Grant,
    pending: Mutex<Pending>,
    pub(crate) name_cache: NameCache,
}

impl PgUnitOfWork {
    /// Opens the transaction and enters the grant's company, in one message. In a read-only one PostgreSQL refuses
    /// writes and locks.
    pub(crate) async fn begin(
        connections: &Connections,
        name_cache: &NameCache,
        grant: &Grant,
        purpose: Purpose,
    ) -> Result<Self> {
        let company = grant.company_id().uuid();
        let opening = purpose.opening(company);
        let started = Instant::now();
        let tx = connections.open(company, purpose.lane(), opening).await?;
        histogram!("db_query_duration_seconds", "kind" => "begin").record(started.elapsed());
        Ok(Self {
            tx: tokio::sync::Mutex::new(tx),
            grant: grant.clone(),
            pending: Mutex::default(),
            name_cache: name_cache.clone(),
        })
    }

    /// The company. Every query names it, besides row-level security.
    pub(crate) fn company(&self) -> Uuid {
        self.grant.company_id().uuid()
    }

    /// Takes a saved entity's events; the commit writes them.
    pub(crate) fn record(&self, events: Vec<Event>) {
        let mut pending = self.pending();
        pending.wrote = true;
        pending.happen(events);
    }

    /// What the commit will write.
    pub(crate) fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the connection, for one statement.
    #[cfg_attr(
        not(feature = "mutation"),
        expect(unused_variables, reason = "only a witness of statements looks at them")
    )]
    async fn turn(&self, statement: &Statement) -> tokio::sync::MutexGuard<'_, Held> {
        #[cfg_attr(
            not(feature = "mutation"),
            expect(unused_mut, reason = "only a witness uses the connection")
        )]
        let mut tx = self.tx.lock().await;
        #[cfg(feature = "mutation")]
        crate::witness::see(&mut tx, self.company(), statement).await;
        tx
    }

    /// Ends a transaction that only read.
    pub(crate) async fn finish(self) -> Result<()> {
        self.tx.into_inner().commit().await.map_err(explain_sqlx("ending a read"))
    }
}

/// Measures every statement. A test counts them, because the cost of a request must not grow with the number of rows.
fn measured(started: Instant) {
    histogram!("db_query_duration_seconds", "kind" => "statement").record(started.elapsed());
}

fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

fn arguments(statement: &Statement) -> SqlxValues {
    SqlxValues(statement.values.clone().unwrap_or_else(|| Values(Vec::new())))
}

#[async_trait]
impl ConnectionTrait for PgUnitOfWork {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        let started = Instant::now();
        let mut tx = self.turn(&statement).await;
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), arguments(&statement));
        let done = query.execute(&mut **tx).await.map_err(failed)?;
        measured(started);
        Ok(done.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        let started = Instant::now();
        let mut tx = self.tx.lock().await;
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **tx).await.map_err(failed)?;
        measured(started);
        Ok(done.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        let started = Instant::now();
        let mut tx = self.turn(&statement).await;
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), arguments(&statement));
        let row = query.fetch_optional(&mut **tx).await.map_err(failed)?;
        measured(started);
        Ok(row.map(QueryResult::from))
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        let started = Instant::now();
        let mut tx = self.turn(&statement).await;
        let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), arguments(&statement));
        let rows = query.fetch_all(&mut **tx).await.map_err(failed)?;
        measured(started);
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }
}
