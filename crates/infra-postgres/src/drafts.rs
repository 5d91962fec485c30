//! Events of bulk changes: the statement that changes the rows drafts them into a temporary table, and the commit
//! numbers them into the outbox.
//!
//! The domain says what a change means for one record. For a hundred thousand records this module says it again, in
//! SQL, because loading them all would cost too much memory and time; a test applies both to the same rows and
//! compares.
//!
//! Events are drafted before the company's sequence row is locked. Every writer of the company waits for that row, so
//! as little as possible is done while it is held: only copying the drafts (1.6 s of 60 for 300,000 events).

use cartera_application::{Result, bulk::PATIENCE, ports::Owners};
use cartera_domain::{events::Event, ids::Id};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    commit::{NUMBER, bind_events},
    error::explain,
    row::PgRow,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// Timeout for each lock. A bulk change has done and locked much by then, but the locks that it waits for are held
/// briefly.
const LOCK_PATIENCE: &str = "30s";

/// The records related to an opportunity's event, from the opportunity's columns.
macro_rules! related_of_opportunity {
    () => {
        "('[' || concat_ws(',', '{\"entityType\":\"ACCOUNT\",\"entityId\":\"' || account_id || '\"}', \
         '{\"entityType\":\"CONTACT\",\"entityId\":\"' || contact_id || '\"}', \
         '{\"entityType\":\"USER\",\"entityId\":\"' || owner_id || '\"}') || ']')::jsonb"
    };
}

/// A column's timestamp in the format of events: no more fractional digits than it needs.
macro_rules! moment {
    ($column:literal) => {
        concat!(
            "(to_char(",
            $column,
            " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || case \
             when date_trunc('second', ",
            $column,
            ") = ",
            $column,
            " then '' \
             when date_trunc('milliseconds', ",
            $column,
            ") = ",
            $column,
            " then to_char(",
            $column,
            ", '.MS') \
             else to_char(",
            $column,
            ", '.US') end || '+00:00')"
        )
    };
}

/// Begins a statement that drafts events: a `(select …)` with the columns of a draft follows.
macro_rules! into_drafts {
    () => {
        "insert into pg_temp.drafted_events (position, type, entity_type, entity_id, occurred_at, payload, version) "
    };
}

pub(crate) use {into_drafts, moment, related_of_opportunity};

impl PgUnitOfWork {
    /// Prepares for work that grows with the company: a longer statement timeout than requests have, and a table for
    /// drafts.
    pub(crate) async fn begin_bulk(&self) -> Result<()> {
        if self.pending().drafts {
            return Ok(());
        }
        let begin = format!(
            "set local statement_timeout = '{}s'; set local lock_timeout = '{LOCK_PATIENCE}'; \
             create temporary table drafted_events (position bigint not null, type text not null, \
             entity_type text not null, entity_id uuid not null, occurred_at timestamptz not null, \
             payload jsonb not null, version integer) on commit drop",
            PATIENCE.as_secs()
        );
        self.run_batch(&begin).await.map_err(explain("beginning much work"))?;
        self.pending().drafts = true;
        Ok(())
    }

    /// The position of the last event so far; drafts come after it.
    pub(crate) fn last_position(&self) -> i64 {
        self.pending().happened
    }

    /// Runs a statement that drafts an event for each row, from the next position on; returns how many.
    pub(crate) async fn draft(&self, sql: Sql, what: &'static str) -> Result<i64> {
        let done = self.run(sql).await.map_err(explain(what))?;
        let count = i64::try_from(done).unwrap_or(i64::MAX);
        self.pending().drafted(count);
        Ok(count)
    }

    /// The same for a statement that may have nothing to draft: it does not count as a write.
    pub(crate) async fn draft_quietly(&self, sql: Sql, what: &'static str) -> Result<()> {
        let done = self.run(sql).await.map_err(explain(what))?;
        self.pending().happened += i64::try_from(done).unwrap_or(i64::MAX);
        Ok(())
    }
}

/// Runs a statement that locks records and returns their owners.
pub(crate) async fn owners(tx: &PgUnitOfWork, sql: Sql, what: &'static str) -> Result<Owners> {
    let rows = tx.all(sql).await.map_err(explain(what))?;
    let owner = |row: &PgRow| row.get::<Option<Uuid>>("owner_id");
    let owners = rows.iter().map(owner).collect::<Result<Vec<_>, DbErr>>().map_err(explain(what))?;
    Ok(owners.into_iter().map(|owner| owner.map(Id::new)).collect())
}

/// As [`crate::commit::outbox`], including the drafted events.
pub(crate) fn outbox(tx: &PgUnitOfWork, events: &[(i64, Event)], count: i64) -> Option<Sql> {
    if count == 0 {
        return None;
    }
    let mut sql = Sql::new(NUMBER);
    sql.push(
        "event.type, event.entity_type, event.entity_id, \
         $4, $5, $6, $7, $8, case when event.position = 1 then $2 end, \
         event.occurred_at, event.payload, event.version from taken, ( \
         select (row ->> 'position')::bigint as position, row ->> 'type' as type, \
         row ->> 'entity_type' as entity_type, (row ->> 'entity_id')::uuid as entity_id, \
         (row ->> 'occurred_at')::timestamptz as occurred_at, row -> 'payload' as payload, \
         (row ->> 'version')::integer as version \
         from jsonb_array_elements($3) as row \
         union all select position, type, entity_type, entity_id, occurred_at, payload, version \
         from pg_temp.drafted_events) as event",
    );
    bind_events(&mut sql, tx, events, count);
    Some(sql)
}
