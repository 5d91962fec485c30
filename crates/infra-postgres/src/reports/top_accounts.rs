//! The accounts with the most wins: over all history from the counters, within a period from the opportunities won
//! in it. Ties are decided by the amount in the company's currency, then by the name, then by the id.

mod tied;

use cartera_application::{
    Error, Result,
    reports::{TopAccountRow, TopAccountsQuery},
    security::Grant,
    views::MoneyView,
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    error::explain,
    opportunities::stored_currency,
    row::{PgRow, row},
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

/// How many accounts are ranked at once. When more than that tie with the last account shown, they are ranked in the
/// order of an index instead (see `tied.rs`).
const CANDIDATES: usize = 200;

row! {
    /// One account and currency, ranked.
    struct TopRow {
        account_id: Uuid,
        account_name: String,
        wins: i64,
        currency: String,
        amount: Decimal,
    }
}

/// Ranks the accounts.
pub(super) async fn of(
    store: &PgStore,
    grant: &Grant,
    query: &TopAccountsQuery,
) -> Result<Vec<TopAccountRow>> {
    if query.from.is_some() || query.until.is_some() {
        let tx = store.reading(grant).await?;
        let rows = ranked(&tx, won_within(tx.company(), query)).await.map_err(explain("ranking accounts"))?;
        tx.finish().await?;
        return shown(rows);
    }
    let tx = store.choosing(grant).await?;
    let read = async || {
        let shown = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let mut candidates = tied::most_wins(&tx, CANDIDATES + 1, true).await?;
        if let Some((_, fewest)) = candidates.get(shown - 1).copied() {
            candidates.retain(|(_, wins)| *wins >= fewest);
        }
        if candidates.len() > CANDIDATES {
            return Ok(None);
        }
        let candidates = candidates.into_iter().map(|(account, _)| account).collect();
        ranked(&tx, best_of(tx.company(), candidates, query.limit)).await.map(Some)
    };
    let rows = read().await.map_err(explain("ranking accounts"))?;
    tx.finish().await?;
    match rows {
        Some(rows) => shown(rows),
        None => among_many_alike(store, grant, query.limit).await,
    }
}

async fn among_many_alike(store: &PgStore, grant: &Grant, limit: u32) -> Result<Vec<TopAccountRow>> {
    let tx = store.choosing(grant).await?;
    let read = async || {
        let best = tied::best(&tx, limit).await?;
        ranked(&tx, best_of(tx.company(), best, limit)).await
    };
    let rows = read().await.map_err(explain("ranking accounts"))?;
    tx.finish().await?;
    shown(rows)
}

async fn ranked(tx: &PgUnitOfWork, sql: Sql) -> Result<Vec<TopRow>, DbErr> {
    let rows = tx.look_up(sql).await?;
    rows.iter().map(PgRow::read).collect()
}

/// Groups the currencies of each account, whose rows are adjacent.
fn shown(rows: Vec<TopRow>) -> Result<Vec<TopAccountRow>> {
    let mut top: Vec<TopAccountRow> = Vec::new();
    for TopRow { account_id, account_name, wins, currency, amount } in rows {
        if top.last().is_none_or(|last| last.account_id != account_id) {
            top.push(TopAccountRow { account_id, account_name, wins, total_amount: Vec::new() });
        }
        let sum = amount.to_i128().ok_or(Error::Internal { what: "a sum is out of range", cause: None })?;
        if let Some(last) = top.last_mut() {
            last.total_amount.push(MoneyView::sum(sum, stored_currency(&currency)?));
        }
    }
    Ok(top)
}

/// The best of these accounts. A lateral lookup finds each by its id: for a join PostgreSQL would expect as many
/// accounts as a company has on average, and read all of them.
fn best_of(company: Uuid, accounts: Vec<Uuid>, limit: u32) -> Sql {
    let mut sql = Sql::new(
        "with top as ( \
         select a.id, a.name, a.name_fold, w.wins, coalesce(m.amount, 0) as own_amount \
         from unnest($2::uuid[]) as candidate (id) \
         cross join lateral (select id, name, name_fold from accounts \
         where company_id = $1 and id = candidate.id and deleted_at is null offset 0) a \
         cross join lateral (select wins from account_wins \
         where company_id = $1 and account_id = candidate.id offset 0) w \
         left join lateral (select amount from account_won_amounts \
         where company_id = $1 and account_id = candidate.id \
         and currency = (select c.currency from companies c where c.id = $1) offset 0) m on true \
         order by w.wins desc, own_amount desc, a.name_fold, a.id limit ",
    );
    sql.bind(company).bind(accounts).value(i64::from(limit)).push(
        ") select t.id as account_id, t.name as account_name, t.wins, m.currency, m.amount from top t \
         cross join lateral (select currency, amount from account_won_amounts \
         where company_id = $1 and account_id = t.id and wins > 0 offset 0) m \
         order by t.wins desc, t.own_amount desc, t.name_fold, t.id, m.currency",
    );
    sql
}

/// The opportunities won within a period. Conditions on the time follow.
const WON: &str = "with won as ( \
    select o.account_id, o.currency, count(*) as wins, sum(o.amount) as amount \
    from opportunities o \
    where o.company_id = $1 and o.deleted_at is null and o.status = 'WON' and o.account_id is not null";

/// Ranks by wins and amount before names are looked up, so that only the best accounts are read. The limit follows.
const BEST_OF_WON: &str = " group by o.account_id, o.currency), \
    sums as ( \
    select w.account_id, sum(w.wins)::bigint as wins, \
    coalesce(sum(w.amount) filter (where w.currency = c.currency), 0) as own_amount \
    from won w join companies c on c.id = $1 group by w.account_id), \
    best as (select * from sums order by wins desc, own_amount desc fetch first ";

/// Adds the names of the best accounts. The limit follows once more.
const NAMED_BEST: &str = " rows with ties), \
    top as ( \
    select b.account_id, b.wins, b.own_amount, a.name, a.name_fold from best b \
    join accounts a on a.company_id = $1 and a.id = b.account_id and a.deleted_at is null \
    order by b.wins desc, b.own_amount desc, a.name_fold, b.account_id limit ";

const AMOUNTS_OF_WON: &str = ") \
    select t.account_id, t.name as account_name, t.wins, w.currency, w.amount from top t \
    join won w on w.account_id = t.account_id \
    order by t.wins desc, t.own_amount desc, t.name_fold, t.account_id, w.currency";

/// The ranking within a period. A missing bound is left out rather than defaulted by COALESCE, which PostgreSQL does
/// not consider leakproof, so that the index would go unused.
fn won_within(company: Uuid, query: &TopAccountsQuery) -> Sql {
    let TopAccountsQuery { limit, from, until } = query;
    let mut sql = Sql::new(WON);
    sql.bind(company);
    if let Some(from) = *from {
        sql.push(" and o.closed_at >= ").value(from);
    }
    if let Some(until) = *until {
        sql.push(" and o.closed_at < ").value(until);
    }
    sql.push(BEST_OF_WON).number(*limit).push(NAMED_BEST).number(*limit).push(AMOUNTS_OF_WON);
    sql
}
