//! The last writes of a transaction, in lock order: counters by key, then the outbox with its sequence.

use cartera_application::events::payload;
use cartera_domain::{events::Event, opportunities::CounterDeltas};
use rust_decimal::Decimal;
use serde_json::json;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// The statements that add the deltas to the counters, one per table. Deltas come in key order and rows are locked in
/// the order of the arrays, so two transactions can't deadlock. Values are bound as arrays because a whole stage may be
/// counted at once and the statement's text must stay the same.
pub(crate) fn counters(tx: &PgUnitOfWork, deltas: &CounterDeltas) -> Vec<Sql> {
    let CounterDeltas { wins, won_amounts, stages } = deltas;
    let mut statements = Vec::new();
    if !wins.is_empty() {
        let mut sql = Sql::new(WINS);
        sql.bind(tx.company());
        sql.bind(wins.keys().map(|account| account.uuid()).collect::<Vec<_>>());
        sql.bind(wins.values().copied().collect::<Vec<i64>>());
        statements.push(sql);
    }
    if !won_amounts.is_empty() {
        let mut sql = Sql::new(WON_AMOUNTS);
        sql.bind(tx.company());
        sql.bind(won_amounts.keys().map(|(account, _)| account.uuid()).collect::<Vec<_>>());
        bind_sums(&mut sql, won_amounts.iter().map(|((_, currency), sums)| (currency, sums)));
        statements.push(sql);
    }
    if !stages.is_empty() {
        let mut sql = Sql::new(STAGE_TOTALS);
        sql.bind(tx.company());
        sql.bind(stages.keys().map(|(stage, _)| stage.uuid()).collect::<Vec<_>>());
        bind_sums(&mut sql, stages.iter().map(|((_, currency), sums)| (currency, sums)));
        statements.push(sql);
    }
    statements
}

const WINS: &str = "insert into account_wins (company_id, account_id, wins) \
    select $1, d.account_id, d.wins from unnest($2::uuid[], $3::bigint[]) as d (account_id, wins) \
    on conflict (company_id, account_id, shard) do update set wins = account_wins.wins + excluded.wins";

const WON_AMOUNTS: &str = "insert into account_won_amounts (company_id, account_id, currency, wins, amount) \
    select $1, d.account_id, d.currency, d.wins, d.amount \
    from unnest($2::uuid[], $3::text[], $4::bigint[], $5::numeric[]) as d (account_id, currency, wins, amount) \
    on conflict (company_id, account_id, currency, shard) do update set \
    wins = account_won_amounts.wins + excluded.wins, \
    amount = account_won_amounts.amount + excluded.amount";

const STAGE_TOTALS: &str = "insert into stage_totals (company_id, stage_id, currency, count, amount) \
    select $1, d.stage_id, d.currency, d.count, d.amount \
    from unnest($2::uuid[], $3::text[], $4::bigint[], $5::numeric[]) as d (stage_id, currency, count, amount) \
    on conflict (company_id, stage_id, currency, shard) do update set \
    count = stage_totals.count + excluded.count, amount = stage_totals.amount + excluded.amount";

/// Binds the currencies, counts and amounts of deltas.
fn bind_sums<'a>(sql: &mut Sql, deltas: impl Iterator<Item = (&'a String, &'a (i64, i128))>) {
    let (mut currencies, mut counts, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for (currency, (count, delta)) in deltas {
        currencies.push(currency.clone());
        counts.push(*count);
        amounts.push(amount(*delta));
    }
    sql.bind(currencies).bind(counts).bind(amounts);
}

/// Even a million amounts of at most 10^16 minor units are far within 96 bits.
fn amount(delta: i128) -> Decimal {
    Decimal::from_i128_with_scale(delta, 0)
}

/// Begins a statement that takes the next `$2` numbers of the company's outbox and stores events under them. The
/// columns of `event` follow, from the type on, then `from taken, … as event`, whose positions count from 1.
/// [`bind_events`] binds its values.
pub(crate) const NUMBER: &str = "with taken as ( \
    insert into company_sequences (company_id, name, value) values ($1, 'outbox', $2) \
    on conflict (company_id, name) do update set value = company_sequences.value + excluded.value \
    returning value) \
    insert into outbox (company_id, sequence, type, entity_type, entity_id, actor_type, actor_id, \
    request_id, operation_id, operation_kind, operation_size, occurred_at, payload, version) \
    select $1, taken.value - $2 + event.position, ";

/// Numbers the events from the company's counter row and stores them. This is one statement, the last before the
/// commit, so that the counter row is locked as briefly as possible; no number is ever skipped.
pub(crate) fn outbox(tx: &PgUnitOfWork, events: &[(i64, Event)]) -> Option<Sql> {
    let count = i64::try_from(events.len()).ok().filter(|count| *count > 0)?;
    let mut sql = Sql::new(NUMBER);
    sql.push(
        "event.row ->> 'type', event.row ->> 'entity_type', \
         (event.row ->> 'entity_id')::uuid, $4, $5, $6, $7, $8, case when event.position = 1 then $2 end, \
         (event.row ->> 'occurred_at')::timestamptz, event.row -> 'payload', \
         (event.row ->> 'version')::integer \
         from taken, jsonb_array_elements($3) with ordinality as event (row, position)",
    );
    bind_events(&mut sql, tx, events, count);
    Some(sql)
}

/// Binds the company, the number of events, the events in memory, the actor and the operation.
pub(crate) fn bind_events(sql: &mut Sql, tx: &PgUnitOfWork, events: &[(i64, Event)], count: i64) {
    let grant = &tx.grant;
    let rows = events.iter().map(|(position, event)| {
        json!({
            "position": position,
            "type": event.kind.as_str(),
            "entity_type": event.entity.entity_type.as_str(),
            "entity_id": event.entity.id,
            "occurred_at": event.occurred_at,
            "payload": payload(event),
            "version": event.version,
        })
    });
    sql.bind(tx.company());
    sql.bind(count);
    sql.bind(serde_json::Value::Array(rows.collect()));
    sql.bind(grant.actor().kind());
    sql.bind(grant.actor().id());
    sql.bind(grant.provenance().request_id());
    sql.bind(tx.operation.uuid());
    sql.bind(grant.provenance().kind().as_str());
}
