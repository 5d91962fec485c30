//! Moving everything that stands in a stage: four statements, whatever the number.

use std::collections::HashSet;

use cartera_application::{Code, Error, Result, ports::NewIds};
use cartera_domain::{
    ids::Id,
    opportunities::{Links, Placement, Transfer, Transferred},
    values::Money,
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use super::rows::stored_currency;
use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    account_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    amount: i64,
    currency: String,
    closed_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Transferred {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let Row { id, account_id, contact_id, owner_id, amount, currency, closed_at } = row;
        Ok(Self {
            id: Id::new(id),
            links: Links {
                account_id: account_id.map(Id::new),
                contact_id: contact_id.map(Id::new),
                owner_id: owner_id.map(Id::new),
            },
            amount: Money::from_minor(amount, stored_currency(&currency)?),
            closed_at,
        })
    }
}

/// Moves them, with a stage change each, and notes what that means for counters and events.
pub(super) async fn run(tx: &PgUnitOfWork, transfer: &Transfer, new_ids: NewIds<'_>) -> Result<i64> {
    let held = hold_accounts(tx, transfer).await?;
    let moved = locked(tx, transfer).await?;
    // Somebody gave one of them another account just now.
    if !moved.iter().filter_map(|one| one.links.account_id).all(|account| held.contains(&account.uuid())) {
        return Err(Error::refused(Code::EditConflict));
    }
    place(tx, transfer).await?;
    insert_changes(tx, transfer, &moved, new_ids).await?;
    let mut events = Vec::with_capacity(moved.len());
    for one in &moved {
        let (before, after) = transfer.standings(one);
        tx.pending().counters.record(Some(&before), Some(&after));
        events.push(transfer.event(one));
    }
    tx.record(events);
    Ok(i64::try_from(moved.len()).unwrap_or(i64::MAX))
}

/// Holds the accounts of what stands in the stage, in the order of ids and before any opportunity: the counters
/// of wins refer to them, and whoever deletes an account waits for its opportunities.
async fn hold_accounts(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<HashSet<Uuid>> {
    let mut sql = Sql::new("select id from accounts where company_id = ");
    sql.value(tx.company()).push(" and id in (select account_id from opportunities where company_id = ");
    sql.value(tx.company()).push(" and stage_id = ").value(transfer.from().id.uuid());
    sql.push(" and deleted_at is null) order by id for key share");
    let rows = tx.query_all_raw(sql.build()).await.map_err(explain("holding the accounts of a stage"))?;
    let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>();
    ids.map_err(explain("reading the accounts of a stage"))
}

/// What stands in the stage, locked in the order of ids. The stage is locked already, so nothing joins it.
async fn locked(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<Vec<Transferred>> {
    let mut sql = Sql::new(
        "select id, account_id, contact_id, owner_id, amount, currency, closed_at from opportunities \
         where company_id = ",
    );
    sql.value(tx.company()).push(" and stage_id = ").value(transfer.from().id.uuid());
    sql.push(" and deleted_at is null order by id for no key update");
    let rows = tx.query_all_raw(sql.build()).await.map_err(explain("locking what stands in a stage"))?;
    let rows = rows.iter().map(|row| Row::from_query_result(row, "")).collect::<Result<Vec<_>, _>>();
    rows.map_err(explain("reading what stands in a stage"))?.into_iter().map(TryInto::try_into).collect()
}

async fn place(tx: &PgUnitOfWork, transfer: &Transfer) -> Result<()> {
    let Placement { pipeline_id: _, stage_id, kind, closed_at } = transfer.placement();
    let mut sql = Sql::new("update opportunities set version = version + 1, stage_id = ");
    sql.value(stage_id.uuid()).push(", status = ").value(kind.as_str());
    sql.push(", closed_at = ").value(closed_at).push(", updated_at = ").value(transfer.at());
    sql.push(" where company_id = ").value(tx.company());
    sql.push(" and stage_id = ").value(transfer.from().id.uuid()).push(" and deleted_at is null");
    tx.execute_raw(sql.build()).await.map_err(explain("moving what stands in a stage"))?;
    Ok(())
}

async fn insert_changes(
    tx: &PgUnitOfWork,
    transfer: &Transfer,
    moved: &[Transferred],
    new_ids: NewIds<'_>,
) -> Result<()> {
    let ids = moved.iter().map(|one| json!({ "id": new_ids().uuid(), "of": one.id.uuid() }));
    let mut sql = Sql::new(
        "insert into stage_changes (company_id, id, opportunity_id, from_stage_id, to_stage_id, reason, \
         changed_at, changed_by) select ",
    );
    sql.value(tx.company()).push(", moved.id, moved.of, ").value(transfer.from().id.uuid());
    sql.push(", ").value(transfer.placement().stage_id.uuid());
    sql.push(", ").value(transfer.reason().as_str()).push(", ").value(transfer.at());
    sql.push(", ").value(transfer.changed_by().map(Id::uuid));
    sql.push(" from jsonb_to_recordset(").value(serde_json::Value::Array(ids.collect()));
    sql.push(") as moved (id uuid, of uuid)");
    tx.execute_raw(sql.build()).await.map_err(explain("storing stage changes"))?;
    Ok(())
}
