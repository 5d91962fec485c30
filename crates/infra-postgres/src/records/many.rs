//! Very many records at once, into the bin and out of it: no row comes here.

use async_trait::async_trait;
use cartera_application::{Result, ports::Owners, records::ManyRows};
use cartera_domain::{
    Deletion,
    events::Verb,
    ids::DeletionId,
    record::{Field, Kind, Table},
};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::json;
use uuid::Uuid;

use crate::{
    drafts::{into_drafts, owners},
    error::explain,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// Begins the statement that locks rows and answers whose they are; the conditions follow, and then [`LOCKED`].
fn lock(tx: &PgUnitOfWork, table: &'static Table) -> Sql {
    let owner = table.owner().map_or("created_by", |index| table.fields[index].column);
    let mut sql = Sql::new("with held as materialized (select ");
    sql.push(owner).push(" as owner_id from ").push(table.plural);
    sql.push(" where company_id = ").value(tx.company());
    sql
}

const LOCKED: &str = " order by id for update) select distinct owner_id from held";

/// Begins the statement that drafts an event of each: how it is called, besides `changes`, and what it refers to. The
/// conditions of those that it tells of follow.
fn draft(
    tx: &PgUnitOfWork,
    table: &'static Table,
    verb: Verb,
    at: DateTime<Utc>,
    changes: serde_json::Value,
) -> Sql {
    let mut sql = Sql::new(into_drafts!());
    sql.push("select ").value(tx.last_position()).push("::bigint + row_number() over (order by id), ");
    sql.value(table.events[verb as usize].as_str()).push(", ").value(table.entity.as_str());
    sql.push(", id, ").value(at).push("::timestamptz, jsonb_build_object('changes', ").value(changes);
    sql.push("::jsonb || jsonb_build_object('name', jsonb_build_object('old', null, 'new', concat_ws(' '");
    for field in table.fields.iter().filter(|field| table.called.contains(&field.path)) {
        sql.push(", ").push(field.column);
    }
    sql.push("))), 'related', ('[' || concat_ws(','");
    for field in table.fields {
        if let Kind::Reference(entity) = field.kind {
            sql.push(", '{\"entityType\":\"").push(entity.as_str()).push("\",\"entityId\":\"' || ");
            sql.push(field.column).push(" || '\"}'");
        }
    }
    sql.push(") || ']')::jsonb), version + 1 from ")
        .push(table.plural)
        .push(" where company_id = ")
        .value(tx.company());
    sql
}

impl PgUnitOfWork {
    async fn delete_rows_of(
        &self,
        table: &'static Table,
        field: &'static Field,
        parent: Uuid,
        deletion: Deletion,
    ) -> Result<(), DbErr> {
        let mut sql = Sql::new("update ");
        sql.push(table.plural).push(" set version = version + 1, updated_at = ").value(deletion.at);
        sql.push(", deleted_at = ").value(deletion.at).push(", deletion_id = ").value(deletion.id.uuid());
        sql.push(" where company_id = ").value(self.company());
        sql.push(" and ").push(field.column).push(" = ").value(parent).push(" and deleted_at is null");
        self.run(sql).await.map(|_| ())
    }

    async fn bring_rows_back(
        &self,
        table: &'static Table,
        id: DeletionId,
        at: DateTime<Utc>,
    ) -> Result<(), DbErr> {
        let mut sql = Sql::new("update ");
        sql.push(table.plural).push(" set version = version + 1, deleted_at = null, deletion_id = null");
        sql.push(", updated_at = ").value(at).push(" where company_id = ").value(self.company());
        sql.push(" and deletion_id = ").value(id.uuid()).push(" and deleted_at is not null");
        self.run(sql).await.map(|_| ())
    }
}

#[async_trait]
impl ManyRows for PgUnitOfWork {
    async fn lock_of(&self, table: &'static Table, field: &'static Field, parent: Uuid) -> Result<Owners> {
        let mut sql = lock(self, table);
        sql.push(" and ").push(field.column).push(" = ").value(parent).push(" and deleted_at is null");
        sql.push(LOCKED);
        owners(self, sql, "locking what belongs to a record").await
    }

    async fn delete_of(
        &self,
        table: &'static Table,
        field: &'static Field,
        parent: Uuid,
        deletion: Deletion,
    ) -> Result<()> {
        self.begin_bulk().await?;
        let changes = json!({ "deletionId": { "old": null, "new": deletion.id.uuid() } });
        let mut sql = draft(self, table, Verb::Deleted, deletion.at, changes);
        sql.push(" and ").push(field.column).push(" = ").value(parent).push(" and deleted_at is null");
        self.draft(sql, "telling of deleted records").await?;
        let done = self.delete_rows_of(table, field, parent, deletion).await;
        done.map_err(explain("deleting what belongs to a record"))
    }

    async fn lock_children(
        &self,
        table: &'static Table,
        field: &'static Field,
        parents: &[Uuid],
        limit: u32,
    ) -> Result<Vec<Uuid>> {
        let mut sql = Sql::new("select id from ");
        sql.push(table.plural).push(" where company_id = ").value(self.company());
        sql.push(" and ").push(field.column).push(" = any(").value(parents.to_vec()).push(")");
        sql.push(" order by id limit ").value(i64::from(limit)).push(" for update");
        let rows = self.all(sql).await;
        let ids = rows.and_then(|rows| rows.iter().map(|row| row.get("id")).collect());
        ids.map_err(explain("locking what belongs to records"))
    }

    async fn lock_deletion(&self, table: &'static Table, id: DeletionId) -> Result<Owners> {
        let mut sql = lock(self, table);
        sql.push(" and deletion_id = ").value(id.uuid()).push(" and deleted_at is not null").push(LOCKED);
        owners(self, sql, "locking deleted records").await
    }

    async fn bring_back_deletion(
        &self,
        table: &'static Table,
        id: DeletionId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.begin_bulk().await?;
        let mut sql = draft(self, table, Verb::Restored, at, json!({}));
        sql.push(" and deletion_id = ").value(id.uuid()).push(" and deleted_at is not null");
        self.draft(sql, "telling of restored records").await?;
        self.bring_rows_back(table, id, at).await.map_err(explain("restoring records"))
    }
}
