//! Deletes and restores many opportunities at once, without loading rows.

use cartera_application::{Result, ports::Owners};
use cartera_domain::{
    Deletion,
    events::EventKind,
    ids::{AccountId, DeletionId, Id},
    opportunities::{Place, Return},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::standings;
use crate::{
    drafts::{into_drafts, moment, owners, related_of_opportunity},
    error::explain,
    pipelines::stage_kind,
    row::row,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// The conditions on account and contact appear twice: in the inner query for the indexes, and outside so that they are
/// checked again on a row that another transaction has just changed.
pub(super) async fn lock_of_account(tx: &PgUnitOfWork, id: AccountId) -> Result<Owners> {
    let (company, id) = (tx.company(), id.uuid());
    let mut sql =
        Sql::new("with held as materialized (select o.owner_id from opportunities o where o.company_id = ");
    sql.value(company).push(" and o.id in (select id from opportunities where company_id = ");
    sql.value(company).push(" and account_id = ").value(id).push(" and deleted_at is null");
    sql.push(
        " union all select s.id from contacts c join opportunities s \
         on s.company_id = c.company_id and s.contact_id = c.id where c.company_id = ",
    );
    sql.value(company).push(" and c.account_id = ").value(id);
    sql.push(
        " and c.deleted_at is null and s.account_id is null and s.deleted_at is null) \
         and o.deleted_at is null and (o.account_id = ",
    );
    sql.value(id)
        .push(" or (o.account_id is null and o.contact_id in (select id from contacts where company_id = ");
    sql.value(company).push(" and account_id = ").value(id);
    sql.push(" and deleted_at is null))) order by o.id for update of o) select distinct owner_id from held");
    owners(tx, sql, "locking an account's opportunities").await
}

pub(super) async fn delete_of_account(tx: &PgUnitOfWork, id: AccountId, deletion: Deletion) -> Result<()> {
    tx.begin_bulk().await?;
    let before = tx.last_position();
    let (company, id) = (tx.company(), id.uuid());
    let mut sql = draft_of_deletion(tx, deletion);
    sql.push(" and o.id in (select id from opportunities where company_id = ").value(company);
    sql.push(" and account_id = ").value(id).push(" and deleted_at is null");
    sql.push(
        " union all select s.id from contacts c join opportunities s \
         on s.company_id = c.company_id and s.contact_id = c.id where c.company_id = ",
    );
    sql.value(company).push(" and c.account_id = ").value(id);
    // Contacts that the same deletion has just put into the bin.
    sql.push(" and c.deletion_id = ").value(deletion.id.uuid());
    sql.push(" and s.account_id is null and s.deleted_at is null)");
    tx.draft(sql, "telling of deleted opportunities").await?;
    let mut sql = standings::select(tx, false);
    sql.push(" and id in (select entity_id from pg_temp.drafted_events where position > ").value(before);
    sql.push(")");
    for some in standings::read(tx, sql, "counting what is deleted").await? {
        tx.pending().counters.record_all(Some(&some), None);
    }
    let mut sql = Sql::new("update opportunities set version = version + 1, updated_at = ");
    sql.value(deletion.at).push(", deleted_at = ").value(deletion.at);
    sql.push(", deletion_id = ").value(deletion.id.uuid()).push(" where company_id = ").value(company);
    sql.push(" and id in (select entity_id from pg_temp.drafted_events where position > ").value(before);
    sql.push(")");
    tx.run(sql).await.map_err(explain("deleting an account's opportunities"))?;
    Ok(())
}

fn draft_of_deletion(tx: &PgUnitOfWork, deletion: Deletion) -> Sql {
    let changes = json!({ "deletionId": { "old": null, "new": deletion.id.uuid() } });
    let mut sql = Sql::new(into_drafts!());
    sql.push("select ").value(tx.last_position()).push("::bigint + row_number() over (order by id), ");
    sql.value(EventKind::OpportunityDeleted.as_str()).push(", 'OPPORTUNITY', id, ").value(deletion.at);
    sql.push("::timestamptz, jsonb_build_object('changes', ").value(changes);
    sql.push(
        "::jsonb || jsonb_build_object('title', jsonb_build_object('old', null, 'new', title)), 'related', ",
    );
    sql.push(related_of_opportunity!()).push("), version + 1 from opportunities o where o.company_id = ");
    sql.value(tx.company());
    sql
}

pub(super) async fn lock_deletion(tx: &PgUnitOfWork, id: DeletionId) -> Result<Owners> {
    let mut sql =
        Sql::new("with held as materialized (select owner_id from opportunities where company_id = ");
    sql.value(tx.company()).push(" and deletion_id = ").value(id.uuid());
    sql.push(" and deleted_at is not null order by id for update) select distinct owner_id from held");
    owners(tx, sql, "locking deleted opportunities").await
}

row! {
    struct PlaceRow {
        pipeline_id: Uuid,
        stage_id: Uuid,
        status: String,
    }
}

pub(super) async fn places_of_deletion(tx: &PgUnitOfWork, id: DeletionId) -> Result<Vec<Place>> {
    let mut sql =
        Sql::new("select distinct pipeline_id, stage_id, status from opportunities where company_id = ");
    sql.value(tx.company()).push(" and deletion_id = ").value(id.uuid());
    sql.push(" and deleted_at is not null order by stage_id");
    let what = "looking where deleted opportunities stood";
    let rows: Vec<PlaceRow> = tx.read(sql).await.map_err(explain(what))?;
    let place = |PlaceRow { pipeline_id, stage_id, status }| {
        let kind = stage_kind(&status)?;
        Ok(Place { pipeline_id: Id::new(pipeline_id), stage_id: Id::new(stage_id), kind })
    };
    rows.into_iter().map(place).collect()
}

/// The replacement stages of opportunities whose stage is gone, as a table to join.
const DETOURS: &str = "::jsonb) as d (left_id uuid, to_id uuid, to_kind text)";

fn detours(back: &Return) -> Value {
    let row = |detour: &cartera_domain::opportunities::Detour| {
        let (from, to) = (detour.from.uuid(), &detour.to);
        json!({ "left_id": from, "to_id": to.id.uuid(), "to_kind": to.kind.as_str() })
    };
    Value::Array(back.detours.iter().map(row).collect())
}

pub(super) async fn bring_back_deletion(tx: &PgUnitOfWork, back: &Return) -> Result<()> {
    tx.begin_bulk().await?;
    tell_of_return(tx, back).await?;
    let mut sql = standings::select(tx, false);
    sql.push(" and deletion_id = ").value(back.deletion_id.uuid()).push(" and deleted_at is not null");
    for some in standings::read(tx, sql, "counting what is restored").await? {
        tx.pending().counters.record_all(None, Some(&back.standings(some)));
    }
    if !back.detours.is_empty() {
        insert_landings(tx, back).await?;
        land(tx, back).await?;
    }
    let mut sql = Sql::new(
        "update opportunities set version = version + 1, deleted_at = null, deletion_id = null, updated_at = ",
    );
    sql.value(back.at).push(" where company_id = ").value(tx.company());
    sql.push(" and deletion_id = ").value(back.deletion_id.uuid()).push(" and deleted_at is not null");
    tx.run(sql).await.map_err(explain("restoring opportunities"))?;
    Ok(())
}

/// Drafts an event for each restored opportunity and, directly after it, one for its move where its stage is gone.
async fn tell_of_return(tx: &PgUnitOfWork, back: &Return) -> Result<()> {
    let reason = json!({ "reason": { "old": null, "new": back.reason.as_str() } });
    let base = tx.last_position();
    let mut sql = Sql::new(
        "with back as materialized (select o.id, o.title, o.version, o.stage_id, o.status, o.closed_at, d.to_id, d.to_kind, \
         case when d.to_kind <> 'OPEN' then coalesce(o.closed_at, ",
    );
    sql.value(back.at).push("::timestamptz) end as closes_at, ").push(related_of_opportunity!());
    sql.push(
        " as related, sum(case when d.to_id is null then 1 else 2 end) over (order by o.id) as last \
         from opportunities o left join jsonb_to_recordset(",
    );
    sql.value(detours(back)).push(DETOURS).push(" on d.left_id = o.stage_id where o.company_id = ");
    sql.value(tx.company()).push(" and o.deletion_id = ").value(back.deletion_id.uuid());
    sql.push(" and o.deleted_at is not null) ").push(into_drafts!()).push("select ").value(base);
    sql.push("::bigint + last - case when to_id is null then 0 else 1 end, ");
    sql.value(EventKind::OpportunityRestored.as_str()).push(", 'OPPORTUNITY', id, ").value(back.at);
    sql.push(
        "::timestamptz, jsonb_build_object('changes', jsonb_build_object('title', \
         jsonb_build_object('old', null, 'new', title)), 'related', related), version + 1 from back union all select ",
    );
    sql.value(base).push("::bigint + last, ").value(EventKind::OpportunityStageChanged.as_str());
    sql.push(", 'OPPORTUNITY', id, ").value(back.at);
    sql.push("::timestamptz, jsonb_build_object('changes', ").value(reason);
    sql.push(
        "::jsonb || jsonb_build_object('stageId', jsonb_build_object('old', stage_id, 'new', to_id), \
         'status', jsonb_build_object('old', status, 'new', to_kind), \
         'closedAt', jsonb_build_object('old', ",
    );
    sql.push(moment!("closed_at")).push(", 'new', ").push(moment!("closes_at"));
    sql.push(")), 'related', related), version + 1 from back where to_id is not null");
    tx.draft(sql, "telling of restored opportunities").await.map(|_| ())
}

async fn insert_landings(tx: &PgUnitOfWork, back: &Return) -> Result<()> {
    let mut sql = Sql::new(
        "insert into stage_changes (company_id, id, opportunity_id, from_stage_id, to_stage_id, reason, \
         changed_at, changed_by) select o.company_id, (left(",
    );
    sql.value(back.series.uuid());
    sql.push("::uuid::text, 28) || lpad(to_hex(row_number() over (order by o.id)), 8, '0'))::uuid, o.id, ");
    sql.push("d.left_id, d.to_id, ").value(back.reason.as_str()).push(", ").value(back.at);
    sql.push("::timestamptz, ").value(back.changed_by.map(Id::uuid));
    sql.push("::uuid from opportunities o join jsonb_to_recordset(").value(detours(back)).push(DETOURS);
    sql.push(" on d.left_id = o.stage_id where o.company_id = ").value(tx.company());
    sql.push(" and o.deletion_id = ").value(back.deletion_id.uuid()).push(" and o.deleted_at is not null");
    tx.run(sql).await.map_err(explain("storing stage changes"))?;
    Ok(())
}

/// Restores opportunities whose stage is gone into the stage that replaces it. They keep their closing time.
async fn land(tx: &PgUnitOfWork, back: &Return) -> Result<()> {
    let mut sql = Sql::new(
        "update opportunities o set version = o.version + 1, deleted_at = null, deletion_id = null, \
         stage_id = d.to_id, status = d.to_kind, \
         closed_at = case when d.to_kind <> 'OPEN' then coalesce(o.closed_at, ",
    );
    sql.value(back.at).push("::timestamptz) end, updated_at = ").value(back.at);
    sql.push(" from jsonb_to_recordset(").value(detours(back)).push(DETOURS);
    sql.push(" where o.company_id = ").value(tx.company()).push(" and d.left_id = o.stage_id");
    sql.push(" and o.deletion_id = ").value(back.deletion_id.uuid()).push(" and o.deleted_at is not null");
    tx.run(sql).await.map_err(explain("restoring opportunities elsewhere"))?;
    Ok(())
}
