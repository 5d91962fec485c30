//! Operations on deleted records that the repositories of accounts, contacts and opportunities share.

use cartera_application::{Code, Error, Result};
use cartera_domain::{Deletion, events::EntityType, ids::Id};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{error::explain, row::PgRow, sql::Sql, unit_of_work::PgUnitOfWork};

/// The deletion that put a row into the bin. A row deleted before deletions had ids counts as deleted alone.
pub(crate) fn stored_deletion(
    id: Uuid,
    at: Option<DateTime<Utc>>,
    deletion_id: Option<Uuid>,
) -> Option<Deletion> {
    Some(Deletion { id: Id::new(deletion_id.unwrap_or(id)), at: at? })
}

/// Requires that the record is in the bin.
pub(crate) fn require_deleted<R>(
    found: Option<R>,
    deletion: impl FnOnce(&R) -> Option<Deletion>,
) -> Result<R> {
    let record = found.ok_or_else(Error::not_found)?;
    match deletion(&record) {
        Some(_) => Ok(record),
        None => Err(Error::refused(Code::NotDeleted)),
    }
}

impl PgUnitOfWork {
    /// Locks a live row against deletion or against new references, and returns it.
    pub(crate) async fn lock_row(
        &self,
        select: &'static str,
        id: Uuid,
        lock: &'static str,
    ) -> Result<Option<PgRow>, DbErr> {
        let mut sql = Sql::new(select);
        sql.push(" where company_id = ").value(self.company()).push(" and id = ").value(id);
        sql.push(" and deleted_at is null").push(lock);
        self.first(sql).await
    }

    /// Runs a statement that changes many rows of the company at once: `$1` is the company, `$2` a JSON array of the
    /// new rows. Fails with `EditConflict` unless every one of them was found.
    pub(crate) async fn change_rows(
        &self,
        update: &'static str,
        rows: Vec<Value>,
        what: &'static str,
    ) -> Result<()> {
        let wanted = rows.len();
        let mut sql = Sql::new(update);
        sql.bind(self.company()).bind(Value::Array(rows));
        let done = self.run(sql).await.map_err(explain(what))?;
        if usize::try_from(done).is_ok_and(|changed| changed == wanted) {
            Ok(())
        } else {
            Err(Error::refused(Code::EditConflict))
        }
    }

    /// Deletes rows permanently. `delete` is `delete from … where … = any(`; the ids complete it.
    pub(crate) async fn delete_rows(&self, delete: &'static str, ids: &[Uuid]) -> Result<(), DbErr> {
        let mut sql = Sql::new(delete);
        sql.value(ids.to_vec()).push(") and company_id = ").value(self.company());
        self.run(sql).await.map(|_| ())
    }

    /// Erases what users wrote from the events of records that are deleted permanently. What happened, and to which
    /// record, stays.
    pub(crate) async fn forget_changes(&self, entity: EntityType, ids: Vec<Uuid>) -> Result<(), DbErr> {
        let mut sql = Sql::new("update outbox set payload = payload || ");
        sql.value(json!({ "changes": {} })).push(" where company_id = ").value(self.company());
        sql.push(" and entity_id = any(").value(ids).push(") and entity_type = ").value(entity.as_str());
        self.run(sql).await.map(|_| ())
    }
}
