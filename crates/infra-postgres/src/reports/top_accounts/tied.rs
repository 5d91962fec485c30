//! Ranks accounts when many tie in wins with the last account shown.
//!
//! Fewer accounts than are shown have more wins than that one. The rest is chosen among the tied accounts by amount
//! and, where amounts tie too, by name. For each step PostgreSQL either walks the index of that order until it has
//! found enough tied accounts, or sorts them, whichever it expects to read less. So it never reads many: the more
//! accounts tie, the sooner it finds some.

use rust_decimal::Decimal;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    sql::Sql,
    unit_of_work::{FROM_HERE_ON_FIXED, PgUnitOfWork},
};

/// The ids of the best accounts, in any order.
pub(super) async fn best(tx: &PgUnitOfWork, limit: u32) -> Result<Vec<Uuid>, DbErr> {
    let most = most_wins(tx, usize::try_from(limit).unwrap_or(usize::MAX), false).await?;
    let Some((_, tied_wins)) = most.last().copied() else { return Ok(Vec::new()) };
    let ahead: Vec<Uuid> =
        most.iter().filter(|(_, wins)| *wins > tied_wins).map(|(account, _)| *account).collect();
    let wanted = most.len() - ahead.len();
    let richest = richest(tx, tied_wins, wanted + 1).await?;
    // Where amounts tie as well, names decide.
    let last = richest.get(wanted).map_or(Decimal::ZERO, |(_, amount)| *amount);
    let mut best = ahead;
    let richer = richest.iter().filter(|(_, amount)| *amount > last).map(|(account, _)| *account);
    best.extend(richer);
    let missing = most.len() - best.len();
    if missing > 0 {
        best.extend(first_by_name(tx, tied_wins, last, missing).await?);
    }
    Ok(best)
}

fn limit(sql: &mut Sql, rows: usize) {
    sql.push(" limit ").value(i64::try_from(rows).unwrap_or(i64::MAX));
}

/// The accounts with the most wins, at most `rows` of them; ties come in any order. `then_fixed` has later statements
/// planned generically.
pub(super) async fn most_wins(
    tx: &PgUnitOfWork,
    rows: usize,
    then_fixed: bool,
) -> Result<Vec<(Uuid, i64)>, DbErr> {
    let mut sql = Sql::new("select account_id, wins");
    if then_fixed {
        sql.push(", ").push(FROM_HERE_ON_FIXED);
    }
    sql.push(" from account_wins where company_id = ").value(tx.company());
    sql.push(" and wins > 0 order by wins desc");
    limit(&mut sql, rows);
    let rows = tx.all(sql).await?;
    rows.iter().map(|row| Ok((row.get("account_id")?, row.get("wins")?))).collect()
}

/// The tied accounts with the greatest amounts in the company's currency. Accounts that won nothing in that currency
/// are missing.
async fn richest(tx: &PgUnitOfWork, wins: i64, rows: usize) -> Result<Vec<(Uuid, Decimal)>, DbErr> {
    let mut sql = Sql::new(
        "select m.account_id, m.amount from account_won_amounts m \
         join account_wins w on w.company_id = $1 and w.account_id = m.account_id \
         where m.company_id = $1 and m.currency = (select c.currency from companies c where c.id = $1) \
         and m.wins > 0 and m.amount > 0 and w.wins = $2 order by m.amount desc",
    );
    sql.bind(tx.company()).bind(wins);
    limit(&mut sql, rows);
    let rows = tx.all(sql).await?;
    rows.iter().map(|row| Ok((row.get("account_id")?, row.get("amount")?))).collect()
}

/// The first by name among the accounts with exactly these wins and this amount in the company's currency.
async fn first_by_name(
    tx: &PgUnitOfWork,
    wins: i64,
    amount: Decimal,
    rows: usize,
) -> Result<Vec<Uuid>, DbErr> {
    let mut sql = Sql::new(
        "select a.id from accounts a join account_wins w on w.company_id = $1 and w.account_id = a.id \
         where a.company_id = $1 and a.deleted_at is null and w.wins = $2 \
         and coalesce((select m.amount from account_won_amounts m where m.company_id = $1 \
         and m.account_id = a.id and m.currency = (select c.currency from companies c where c.id = $1)), 0) = $3 \
         order by a.name_fold, a.id",
    );
    sql.bind(tx.company()).bind(wins).bind(amount);
    limit(&mut sql, rows);
    tx.all(sql).await?.iter().map(|row| row.get("id")).collect()
}
