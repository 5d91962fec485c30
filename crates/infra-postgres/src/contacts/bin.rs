//! Very many contacts at once, into the bin and out of it: no row comes here.

use cartera_application::{Result, ports::Owners};
use cartera_domain::{
    Deletion,
    events::EventKind,
    ids::{AccountId, DeletionId},
};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::{
    drafts::{into_drafts, owners},
    error::explain,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// Drafts an event of each: who they are, besides `changes`, and whom it concerns.
const DRAFT: &str = "::jsonb || jsonb_build_object('name', jsonb_build_object('old', null, 'new', \
    first_name || coalesce(' ' || last_name, ''))), 'related', \
    ('[' || concat_ws(',', '{\"entityType\":\"ACCOUNT\",\"entityId\":\"' || account_id || '\"}', \
    '{\"entityType\":\"USER\",\"entityId\":\"' || owner_id || '\"}') || ']')::jsonb) from contacts where company_id = ";

pub(super) async fn lock_of_account(tx: &PgUnitOfWork, id: AccountId) -> Result<Owners> {
    let mut sql = Sql::new("with held as materialized (select owner_id from contacts where company_id = ");
    sql.value(tx.company()).push(" and account_id = ").value(id.uuid());
    sql.push(" and deleted_at is null order by id for update) select distinct owner_id from held");
    owners(tx, sql, "locking an account's contacts").await
}

pub(super) async fn delete_of_account(tx: &PgUnitOfWork, id: AccountId, deletion: Deletion) -> Result<()> {
    tx.begin_bulk().await?;
    let changes = json!({ "deletionId": { "old": null, "new": deletion.id.uuid() } });
    let mut sql = draft(tx, EventKind::ContactDeleted, deletion.at, changes);
    sql.push(" and account_id = ").value(id.uuid()).push(" and deleted_at is null");
    tx.draft(sql, "telling of deleted contacts").await?;
    let mut sql = Sql::new("update contacts set version = version + 1, updated_at = ");
    sql.value(deletion.at).push(", deleted_at = ").value(deletion.at);
    sql.push(", deletion_id = ").value(deletion.id.uuid()).push(" where company_id = ").value(tx.company());
    sql.push(" and account_id = ").value(id.uuid()).push(" and deleted_at is null");
    tx.execute_raw(sql.build()).await.map_err(explain("deleting an account's contacts"))?;
    Ok(())
}

pub(super) async fn lock_deletion(tx: &PgUnitOfWork, id: DeletionId) -> Result<Owners> {
    let mut sql = Sql::new("with held as materialized (select owner_id from contacts where company_id = ");
    sql.value(tx.company()).push(" and deletion_id = ").value(id.uuid());
    sql.push(" and deleted_at is not null order by id for update) select distinct owner_id from held");
    owners(tx, sql, "locking deleted contacts").await
}

pub(super) async fn bring_back_deletion(tx: &PgUnitOfWork, id: DeletionId, at: DateTime<Utc>) -> Result<()> {
    tx.begin_bulk().await?;
    let mut sql = draft(tx, EventKind::ContactRestored, at, json!({}));
    sql.push(" and deletion_id = ").value(id.uuid()).push(" and deleted_at is not null");
    tx.draft(sql, "telling of restored contacts").await?;
    let mut sql = Sql::new(
        "update contacts set version = version + 1, deleted_at = null, deletion_id = null, updated_at = ",
    );
    sql.value(at).push(" where company_id = ").value(tx.company());
    sql.push(" and deletion_id = ").value(id.uuid()).push(" and deleted_at is not null");
    tx.execute_raw(sql.build()).await.map_err(explain("restoring contacts"))?;
    Ok(())
}

/// Begins the statement that drafts an event of each; the conditions of those that it tells of follow.
fn draft(tx: &PgUnitOfWork, kind: EventKind, at: DateTime<Utc>, changes: serde_json::Value) -> Sql {
    let mut sql = Sql::new(into_drafts!());
    sql.push("select ").value(tx.last_position()).push("::bigint + row_number() over (order by id), ");
    sql.value(kind.as_str()).push(", 'CONTACT', id, ").value(at);
    sql.push("::timestamptz, jsonb_build_object('changes', ").value(changes).push(DRAFT).value(tx.company());
    sql
}
