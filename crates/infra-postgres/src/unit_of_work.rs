//! One transaction of one company.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use cartera_application::{Result, security::Grant};
use cartera_domain::{
    events::Event,
    ids::{Id, OperationId},
    opportunities::CounterDeltas,
};
use metrics::{counter, histogram};
use sea_orm::{DbBackend, DbErr, QueryTrait, Statement};
use uuid::Uuid;

use crate::{
    connections::{Answer, Connections, End, Held, Lane},
    error::{explain_sqlx, failed},
    names::NameCache,
    queue::{Batch, Queue, no_answer, until_others_have_asked},
    row::{FromRow, PgRow},
    sql::Sql,
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

/// What can be sent: SQL of our own, and what sea-orm builds.
pub(crate) trait IntoStatement {
    /// The statement.
    fn into_statement(self) -> Statement;
}

impl IntoStatement for Sql {
    fn into_statement(self) -> Statement {
        self.build()
    }
}

impl<Q: QueryTrait> IntoStatement for Q {
    fn into_statement(self) -> Statement {
        self.build(DbBackend::Postgres)
    }
}

/// One transaction of one company. It begins with its first statement; dropping it rolls back.
pub struct PgUnitOfWork {
    held: tokio::sync::Mutex<Held>,
    pub(crate) grant: Grant,
    /// What its events are, together.
    pub(crate) operation: OperationId,
    purpose: Purpose,
    pending: Mutex<Pending>,
    /// What is not sent yet.
    queue: Queue,
    /// Whether several things are asked for at the same time.
    pub(crate) gathers: AtomicBool,
    pub(crate) name_cache: NameCache,
}

impl PgUnitOfWork {
    /// A transaction in the grant's company: the message that begins it also enters the company. In a read-only one
    /// PostgreSQL refuses writes and locks.
    pub(crate) async fn begin(
        connections: &Connections,
        name_cache: &NameCache,
        grant: &Grant,
        purpose: Purpose,
    ) -> Result<Self> {
        let company = grant.company_id().uuid();
        let held = connections.open(company, purpose.lane(), purpose.opening(company)).await?;
        Ok(Self {
            held: tokio::sync::Mutex::new(held),
            grant: grant.clone(),
            operation: Id::new(Uuid::now_v7()),
            purpose,
            pending: Mutex::default(),
            queue: Queue::default(),
            gathers: AtomicBool::new(false),
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

    /// The rows that a statement finds.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn all(&self, statement: impl IntoStatement) -> Result<Vec<PgRow>, DbErr> {
        Ok(self.ask(statement.into_statement(), false).await?.rows)
    }

    /// The rows that a statement finds which needs no other one beside it. A transaction that only reads ends with it:
    /// its end is sent along, and saves a round trip. A later statement would begin another one.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn look_up(&self, statement: impl IntoStatement) -> Result<Vec<PgRow>, DbErr> {
        Ok(self.ask(statement.into_statement(), true).await?.rows)
    }

    /// What statements find that need nothing of one another. They are sent together.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn together<const N: usize>(
        &self,
        statements: [Statement; N],
    ) -> Result<[Vec<PgRow>; N], DbErr> {
        Ok(self.ask_all(statements, false).await?.map(|answer| answer.rows))
    }

    /// As [`Self::together`], for statements that are all that is [looked up](Self::look_up).
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn look_up_together<const N: usize>(
        &self,
        statements: [Statement; N],
    ) -> Result<[Vec<PgRow>; N], DbErr> {
        Ok(self.ask_all(statements, true).await?.map(|answer| answer.rows))
    }

    /// The row that a statement [looks up](Self::look_up).
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn first(&self, statement: impl IntoStatement) -> Result<Option<PgRow>, DbErr> {
        Ok(self.look_up(statement).await?.into_iter().next())
    }

    /// What a statement finds, as values of this type.
    ///
    /// # Errors
    /// Those of the database, and rows of another shape.
    pub(crate) async fn read<R: FromRow>(&self, statement: impl IntoStatement) -> Result<Vec<R>, DbErr> {
        self.all(statement).await?.iter().map(PgRow::read).collect()
    }

    /// What a statement [looks up](Self::look_up), as a value of this type.
    ///
    /// # Errors
    /// Those of the database, and a row of another shape.
    pub(crate) async fn read_first<R: FromRow>(
        &self,
        statement: impl IntoStatement,
    ) -> Result<Option<R>, DbErr> {
        self.first(statement).await?.as_ref().map(PgRow::read).transpose()
    }

    /// Runs a statement; returns how many rows it changed.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn run(&self, statement: impl IntoStatement) -> Result<u64, DbErr> {
        Ok(self.ask(statement.into_statement(), false).await?.changed)
    }

    /// Sends a statement along with the next one, or with the commit at the latest: for writes whose answer nobody needs.
    /// Its error is that of whatever it flies with.
    pub(crate) fn later(&self, statement: impl IntoStatement) {
        self.queue.add(statement.into_statement());
    }

    /// Sends the change of one row along, as [`Self::later`] does. When the row is not found, because somebody else has
    /// changed it, everything that it flies with fails with `edit_conflict`.
    pub(crate) fn change_later(&self, statement: impl IntoStatement) {
        let mut statement = statement.into_statement();
        statement.sql = format!(
            "with changed as ({} returning 1) select public.expect_one_row((select count(*) from changed))",
            statement.sql
        );
        self.queue.add(statement);
    }

    /// Runs several statements that take no values.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn run_batch(&self, text: &str) -> Result<(), DbErr> {
        if !self.queue.is_empty() {
            self.send(None).await?;
        }
        let started = Instant::now();
        self.held.lock().await.batch(text).await.map_err(failed)?;
        measured(started, 1);
        Ok(())
    }

    async fn ask(&self, statement: Statement, may_end: bool) -> Result<Answer, DbErr> {
        let [answer] = self.ask_all([statement], may_end).await?;
        Ok(answer)
    }

    /// Asks for several answers at once. What others ask for at the same time flies along: a use case that needs several
    /// things only has to wait for them together.
    async fn ask_all<const N: usize>(
        &self,
        statements: [Statement; N],
        may_end: bool,
    ) -> Result<[Answer; N], DbErr> {
        let awaited = statements.map(|statement| self.queue.ask(statement, may_end));
        // Only then: letting others come first is a turn of the scheduler, which is long when the machine is busy.
        if self.gathers.load(Ordering::Relaxed) {
            until_others_have_asked().await;
        }
        self.send(None).await?;
        let mut answers = Vec::with_capacity(N);
        for answer in awaited {
            answers.push(answer.await.map_err(|_gone| no_answer())??);
        }
        answers.try_into().map_err(|_| no_answer())
    }

    /// Sends everything that waits, in order, and hands out the answers. It may have flown along with another one's.
    async fn send(&self, end: Option<End>) -> Result<(), DbErr> {
        let mut held = self.held.lock().await;
        let Batch { statements, askers, may_end } = self.queue.take();
        if statements.is_empty() && end.is_none() {
            return Ok(());
        }
        let reads = self.purpose != Purpose::Write;
        let end = end.or_else(|| (reads && may_end).then_some(End::Commit));
        #[cfg(feature = "mutation")]
        let answers = crate::witness::fly(&mut held, self.company(), statements, end).await;
        #[cfg(not(feature = "mutation"))]
        let answers = {
            let (started, sent) = (Instant::now(), statements.len());
            let answers = held.fly(statements, end).await.map_err(failed);
            measured(started, sent);
            answers
        };
        askers.answer(answers)
    }

    /// Ends a transaction that only read.
    pub(crate) async fn finish(self) -> Result<()> {
        self.held.into_inner().commit().await.map_err(explain_sqlx("ending a read"))
    }

    /// Sends the last statements, and the commit along with them.
    pub(crate) async fn end(&self, last: Vec<Sql>) -> std::result::Result<(), DbErr> {
        for statement in last {
            self.queue.add(statement.build());
        }
        if self.queue.is_empty() {
            return self.held.lock().await.commit().await.map_err(failed);
        }
        self.send(Some(End::Commit)).await
    }

    /// Rolls back, and waits until that is done.
    pub(crate) async fn undo(self) -> std::result::Result<(), sqlx::Error> {
        self.held.into_inner().rollback().await
    }
}

/// Measures every flight, and counts its statements: a test watches both, because the cost of a request must not grow with
/// the number of rows.
fn measured(started: Instant, statements: usize) {
    histogram!("db_query_duration_seconds").record(started.elapsed());
    counter!("db_statements_total").increment(statements as u64);
}
