//! What is written last, in lock order: counters by key, then the outbox with its sequence.

use cartera_application::events::payload;
use cartera_domain::{events::Event, opportunities::CounterDeltas};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, DbErr};
use serde_json::json;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Adds the deltas to the counters, one statement a table. The deltas come in key order, and rows are
/// locked in the order in which they stand in the statement: so two transactions can't wait for each other.
pub(crate) async fn write_counters(tx: &PgUnitOfWork, deltas: &CounterDeltas) -> Result<(), DbErr> {
    let CounterDeltas { wins, won_amounts, stages } = deltas;
    let company = tx.company();
    if !wins.is_empty() {
        let mut sql = Sql::new("insert into account_wins (company_id, account_id, wins) values ");
        sql.rows(
            wins.iter().map(|(account, delta)| vec![company.into(), account.uuid().into(), (*delta).into()]),
        );
        sql.push(
            " on conflict (company_id, account_id, shard) \
             do update set wins = account_wins.wins + excluded.wins",
        );
        tx.execute_raw(sql.build()).await?;
    }
    if !won_amounts.is_empty() {
        let mut sql = Sql::new(
            "insert into account_won_amounts (company_id, account_id, currency, wins, amount) values ",
        );
        sql.rows(won_amounts.iter().map(|((account, currency), (wins, delta))| {
            vec![
                company.into(),
                account.uuid().into(),
                currency.clone().into(),
                (*wins).into(),
                amount(*delta).into(),
            ]
        }));
        sql.push(
            " on conflict (company_id, account_id, currency, shard) do update set \
             wins = account_won_amounts.wins + excluded.wins, \
             amount = account_won_amounts.amount + excluded.amount",
        );
        tx.execute_raw(sql.build()).await?;
    }
    if !stages.is_empty() {
        let mut sql =
            Sql::new("insert into stage_totals (company_id, stage_id, currency, count, amount) values ");
        sql.rows(stages.iter().map(|((stage, currency), (count, delta))| {
            vec![
                company.into(),
                stage.uuid().into(),
                currency.clone().into(),
                (*count).into(),
                amount(*delta).into(),
            ]
        }));
        sql.push(
            " on conflict (company_id, stage_id, currency, shard) do update set \
             count = stage_totals.count + excluded.count, amount = stage_totals.amount + excluded.amount",
        );
        tx.execute_raw(sql.build()).await?;
    }
    Ok(())
}

/// One request changes at most a few amounts of at most 10^16 minor units: far within 96 bits.
fn amount(delta: i128) -> Decimal {
    Decimal::from_i128_with_scale(delta, 0)
}

/// Numbers the events from the company's counter row and stores them, in one statement, the last before the
/// commit: the counter row is held as briefly as possible, and no number is ever left out.
pub(crate) async fn write_outbox(tx: &PgUnitOfWork, events: &[Event]) -> Result<(), DbErr> {
    if events.is_empty() {
        return Ok(());
    }
    let grant = &tx.grant;
    let (actor, actor_id) = (grant.actor().kind(), grant.actor().id());
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            json!({
                "type": event.kind.as_str(),
                "entity_type": event.entity.entity_type.as_str(),
                "entity_id": event.entity.id,
                "occurred_at": event.occurred_at,
                "payload": payload(event),
            })
        })
        .collect();
    let count = i64::try_from(rows.len()).map_err(|error| DbErr::Custom(error.to_string()))?;
    let mut sql = Sql::new(
        "with taken as ( \
         insert into company_sequences (company_id, name, value) \
         values ($1, 'outbox', $2) \
         on conflict (company_id, name) do update set value = company_sequences.value + excluded.value \
         returning value) \
         insert into outbox (company_id, sequence, type, entity_type, entity_id, actor_type, actor_id, \
         request_id, occurred_at, payload) \
         select $1, taken.value - $2 + event.position, event.row ->> 'type', event.row ->> 'entity_type', \
         (event.row ->> 'entity_id')::uuid, $4, $5, $6, (event.row ->> 'occurred_at')::timestamptz, \
         event.row -> 'payload' \
         from taken, jsonb_array_elements($3) with ordinality as event (row, position)",
    );
    sql.bind(tx.company());
    sql.bind(count);
    sql.bind(serde_json::Value::Array(rows));
    sql.bind(actor);
    sql.bind(actor_id);
    sql.bind(grant.request_id().as_str());
    tx.execute_raw(sql.build()).await?;
    Ok(())
}
