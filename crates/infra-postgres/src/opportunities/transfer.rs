//! Moves all opportunities of a stage: a handful of statements, however many there are, without loading rows.

use std::collections::HashSet;

use cartera_application::{Code, Error, Result, events::payload};
use cartera_domain::{
    ids::{Id, StageChangeId},
    opportunities::{Links, Placement, Standings, Transfer},
};
use uuid::Uuid;

use super::standings;
use crate::{
    drafts::{into_drafts, moment, related_of_opportunity},
    error::explain,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// Moves the opportunities with a stage change each, and adds the move to counters and events.
pub(super) async fn run(tx: &PgUnitOfWork, transfer: &Transfer, series: StageChangeId) -> Result<i64> {
    tx.begin_bulk().await?;
    let held = if transfer.counts_wins() { Some(hold_accounts(tx, transfer).await?) } else { None };
    let before = tx.last_position();
    let moved = draft(tx, transfer).await?;
    let counted = counted(tx, transfer).await?;
    // Another transaction has just changed an opportunity's account.
    if let Some(held) = held
        && !counted.iter().filter_map(|some| some.account_id).all(|account| held.contains(&account.uuid()))
    {
        return Err(Error::refused(Code::EditConflict));
    }
    // Stage changes come first: their foreign keys then find a single version of each opportunity, the unchanged one.
    insert_changes(tx, transfer, series, before).await?;
    place(tx, transfer).await?;
    for some in counted {
        let (before, after) = transfer.all_standings(some);
        tx.pending().counters.record_all(Some(&before), Some(&after));
    }
    Ok(moved)
}

/// Locks the accounts of the stage's opportunities, in the order of their ids and before any opportunity: the counters
/// of wins refer to them, and a transaction that deletes an account waits for its opportunities.
async fn hold_accounts(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<HashSet<Uuid>> {
    let mut sql = Sql::new("select id from accounts where company_id = ");
    sql.value(tx.company()).push(" and id in (select account_id from opportunities where company_id = ");
    sql.value(tx.company()).push(" and stage_id = ").value(transfer.from().id.uuid());
    sql.push(" and deleted_at is null) order by id for key share");
    let rows = tx.all(sql).await.map_err(explain("holding the accounts of a stage"))?;
    let ids = rows.iter().map(|row| row.get("id")).collect::<Result<_, _>>();
    ids.map_err(explain("reading the accounts of a stage"))
}

/// Locks the stage's opportunities in the order of their ids, and drafts an event for each. The stage is already
/// locked, so none can be added.
async fn draft(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<i64> {
    // The part that all events share; each row adds its id, its links and its closing time.
    let event = transfer.event_of(Id::new(Uuid::nil()), Links::default(), None);
    let changes = payload(&event).get("changes").cloned().unwrap_or_default();
    let mut sql = Sql::new(
        "with held as materialized (select id, account_id, contact_id, owner_id, closed_at, version \
         from opportunities where company_id = ",
    );
    sql.value(tx.company()).push(" and stage_id = ").value(transfer.from().id.uuid());
    sql.push(" and deleted_at is null order by id for no key update) ");
    sql.push(into_drafts!()).push("select ").value(tx.last_position());
    sql.push("::bigint + row_number() over (order by id), ").value(event.kind.as_str());
    sql.push(", ").value(event.entity.entity_type.as_str()).push(", id, ").value(transfer.at());
    sql.push("::timestamptz, jsonb_build_object('changes', ").value(changes.clone());
    sql.push("::jsonb || case when closed_at is null then '{}'::jsonb else jsonb_build_object('closedAt', ");
    sql.push("jsonb_build_object('old', ").push(moment!("closed_at")).push(", 'new', ").value(changes);
    sql.push("::jsonb #> '{closedAt,new}')) end, 'related', ").push(related_of_opportunity!());
    sql.push("), version + 1 from held");
    tx.draft(sql, "locking what stands in a stage").await
}

/// Sums the opportunities, by account only where wins are counted.
async fn counted(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<Vec<Standings>> {
    let mut sql = standings::select(tx, transfer.counts_wins());
    sql.push(" and stage_id = ").value(transfer.from().id.uuid()).push(" and deleted_at is null");
    standings::read(tx, sql, "counting what stands in a stage").await
}

async fn place(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<()> {
    let Placement { pipeline_id: _, stage_id, kind, closed_at } = transfer.placement();
    let mut sql = Sql::new("update opportunities set version = version + 1, stage_id = ");
    sql.value(stage_id.uuid()).push(", status = ").value(kind.as_str());
    sql.push(", closed_at = ").value(closed_at).push(", updated_at = ").value(transfer.at());
    sql.push(" where company_id = ").value(tx.company());
    sql.push(" and stage_id = ").value(transfer.from().id.uuid()).push(" and deleted_at is null");
    tx.run(sql).await.map_err(explain("moving what stands in a stage"))?;
    Ok(())
}

/// Inserts a stage change for each draft after a position.
async fn insert_changes(
    tx: &PgUnitOfWork,
    transfer: &Transfer,
    series: StageChangeId,
    before: i64,
) -> Result<()> {
    let mut sql = Sql::new(
        "insert into stage_changes (company_id, id, opportunity_id, from_stage_id, to_stage_id, reason, \
         changed_at, changed_by) select ",
    );
    sql.value(tx.company()).push("::uuid, (left(").value(series.uuid());
    sql.push("::uuid::text, 28) || lpad(to_hex(position - ").value(before);
    sql.push("::bigint), 8, '0'))::uuid, entity_id, ").value(transfer.from().id.uuid());
    sql.push("::uuid, ").value(transfer.placement().stage_id.uuid());
    sql.push("::uuid, ").value(transfer.reason().as_str()).push(", ").value(transfer.at());
    sql.push("::timestamptz, ").value(transfer.changed_by().map(Id::uuid));
    sql.push("::uuid from pg_temp.drafted_events where position > ").value(before);
    tx.run(sql).await.map_err(explain("storing stage changes"))?;
    Ok(())
}
