//! The checks of `cartera doctor`: tenant isolation in the system catalogue, and counters against a recount.

mod records;

use cartera_application::{Result, security::Grant};
use cartera_domain::{
    ids::{CompanyId, Id},
    opportunities::CounterDeltas,
};
use cartera_migrations::{
    catalogue::{Check, GLOBAL_UNIQUE_INDEXES, snapshot},
    roles::LOOKUP,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::DbErr;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

pub use self::records::records;
use crate::{commit, error::explain, row::PgRow, sql::Sql, store::PgStore, unit_of_work::PgUnitOfWork};

/// A problem that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub what: &'static str,
    /// Where.
    pub subject: String,
}

/// Checks tenant isolation in a database's system catalogue (row-level security, policies, keys), as its owner.
///
/// # Errors
/// Those of the database.
pub async fn walls(owner_url: &str, checks: &[Check]) -> Result<Vec<Finding>, sqlx::Error> {
    let mut connection = PgConnection::connect(owner_url).await?;
    let mut findings = Vec::new();
    for Check { finding, sql } in checks {
        let subjects: Vec<String> =
            sqlx::query_scalar(*sql).bind(GLOBAL_UNIQUE_INDEXES).fetch_all(&mut connection).await?;
        findings.extend(subjects.into_iter().map(|subject| Finding { what: finding, subject }));
    }
    connection.close().await?;
    Ok(findings)
}

/// Compares the whole catalogue of a database with that of a fresh one.
///
/// # Errors
/// Those of the database.
pub async fn catalogue(owner_url: &str) -> Result<Vec<Finding>, sqlx::Error> {
    let mut connection = PgConnection::connect(owner_url).await?;
    let living = snapshot::read(&mut connection).await?;
    connection.close().await?;
    let differences = snapshot::differences(&living).into_iter();
    Ok(differences.map(|snapshot::Difference { what, subject }| Finding { what, subject }).collect())
}

/// The ids of all companies, read as the role that owns the directory: row-level security hides them from
/// everybody else, the owner included.
///
/// # Errors
/// Those of the database.
pub async fn companies(owner_url: &str) -> Result<Vec<CompanyId>, sqlx::Error> {
    let mut connection = PgConnection::connect(owner_url).await?;
    sqlx::query(AssertSqlSafe(format!("set role {LOOKUP}"))).execute(&mut connection).await?;
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select id from companies order by id").fetch_all(&mut connection).await?;
    connection.close().await?;
    Ok(ids.into_iter().map(Id::new).collect())
}

const RECOUNT_WINS: &str = "select coalesce(n.account_id, w.account_id) as account_id, \
    coalesce(n.currency, w.currency) as currency, \
    coalesce(n.wins, 0) - coalesce(w.wins, 0) as wins, coalesce(n.amount, 0) - coalesce(w.amount, 0) as amount \
    from (select account_id, currency, count(*) as wins, sum(amount) as amount from opportunities \
    where company_id = $1 and deleted_at is null and status = 'WON' and account_id is not null \
    group by account_id, currency) n \
    full join (select account_id, currency, wins, amount from account_won_amounts where company_id = $1) w \
    on w.account_id = n.account_id and w.currency = n.currency \
    where coalesce(n.wins, 0) <> coalesce(w.wins, 0) or coalesce(n.amount, 0) <> coalesce(w.amount, 0)";

const RECOUNT_TOTAL_WINS: &str = "select coalesce(n.account_id, w.account_id) as account_id, \
    coalesce(n.wins, 0) - coalesce(w.wins, 0) as wins \
    from (select account_id, count(*) as wins from opportunities where company_id = $1 \
    and deleted_at is null and status = 'WON' and account_id is not null group by account_id) n \
    full join (select account_id, wins from account_wins where company_id = $1) w \
    on w.account_id = n.account_id where coalesce(n.wins, 0) <> coalesce(w.wins, 0)";

const RECOUNT_STAGES: &str = "select coalesce(n.stage_id, t.stage_id) as stage_id, \
    coalesce(n.currency, t.currency) as currency, \
    coalesce(n.count, 0) - coalesce(t.count, 0) as count, \
    coalesce(n.amount, 0) - coalesce(t.amount, 0) as amount \
    from (select stage_id, currency, count(*) as count, sum(amount) as amount from opportunities \
    where company_id = $1 and deleted_at is null group by stage_id, currency) n \
    full join (select stage_id, currency, count, amount from stage_totals where company_id = $1) t \
    on t.stage_id = n.stage_id and t.currency = n.currency \
    where coalesce(n.count, 0) <> coalesce(t.count, 0) or coalesce(n.amount, 0) <> coalesce(t.amount, 0)";

impl PgStore {
    /// Recounts one company and returns how far each counter is off. `fix` adds the differences to the counters, which
    /// is correct even while others write.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counter_drift(&self, grant: &Grant, fix: bool) -> Result<CounterDeltas> {
        let tx = if fix { self.writing(grant).await? } else { self.reading(grant).await? };
        let drift = drift(&tx).await.map_err(explain("recounting"))?;
        if fix {
            for statement in commit::counters(&tx, &drift) {
                tx.run(statement).await.map_err(explain("mending counters"))?;
            }
        }
        tx.finish().await?;
        Ok(drift)
    }
}

pub(crate) async fn drift(tx: &PgUnitOfWork) -> Result<CounterDeltas, DbErr> {
    let mut drift = CounterDeltas::default();
    for row in recount(tx, RECOUNT_TOTAL_WINS).await? {
        drift.wins.insert(Id::new(row.get("account_id")?), row.get("wins")?);
    }
    for row in recount(tx, RECOUNT_WINS).await? {
        let key = (Id::new(row.get("account_id")?), row.get("currency")?);
        drift.won_amounts.insert(key, (row.get("wins")?, amount(&row)?));
    }
    for row in recount(tx, RECOUNT_STAGES).await? {
        let key = (Id::new(row.get("stage_id")?), row.get("currency")?);
        drift.stages.insert(key, (row.get("count")?, amount(&row)?));
    }
    Ok(drift)
}

async fn recount(tx: &PgUnitOfWork, text: &'static str) -> Result<Vec<PgRow>, DbErr> {
    let mut sql = Sql::new(text);
    sql.bind(tx.company());
    tx.all(sql).await
}

fn amount(row: &PgRow) -> Result<i128, DbErr> {
    let amount: Decimal = row.get("amount")?;
    amount.to_i128().ok_or_else(|| DbErr::Custom("a sum is out of range".into()))
}
