//! The locks that keep a stage from being used and deleted at the same time.
//!
//! | who | locks |
//! | --- | --- |
//! | changes a pipeline or stage | the company's row, against other such changes (references to the company go on) |
//! | moves or creates an opportunity | the stages that it leaves and enters, `FOR KEY SHARE`, then the opportunity |
//! | deletes a stage | the company's row, the stage `FOR UPDATE`, then its opportunities in the order of their ids |
//!
//! A move locks both stages before its opportunity: its stage change refers to both, and PostgreSQL locks referenced
//! rows. So deleting a stage waits for moves before it waits for opportunities, which rules out a deadlock.

use cartera_domain::ids::{Id, StageId};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Locks the company's pipelines against changes by others until the transaction ends.
pub(super) async fn of_structure(tx: &PgUnitOfWork) -> Result<(), DbErr> {
    let mut sql = Sql::new("select id from companies where id = ");
    sql.value(tx.company()).push(" for no key update");
    tx.first(sql).await.map(|_| ())
}

/// Locks the stages that exist against deletion until the transaction ends, and returns their ids.
pub(super) async fn held_stages(tx: &PgUnitOfWork, ids: &[StageId]) -> Result<Vec<StageId>, DbErr> {
    locked(tx, ids, " order by id for key share").await
}

/// Keeps opportunities from entering or leaving the stages until the transaction ends.
pub(super) async fn lock_stages(tx: &PgUnitOfWork, ids: &[StageId]) -> Result<(), DbErr> {
    locked(tx, ids, " order by id for update").await.map(|_| ())
}

async fn locked(tx: &PgUnitOfWork, ids: &[StageId], lock: &'static str) -> Result<Vec<StageId>, DbErr> {
    let mut sql = Sql::new("select id from stages where company_id = ");
    sql.value(tx.company()).push(" and deleted_at is null and id = any(").value(uuids(ids)).push(")");
    sql.push(lock);
    let rows = tx.all(sql).await?;
    rows.iter().map(|row| row.get::<Uuid>("id").map(Id::new)).collect()
}

/// How many live opportunities are in the stages.
pub(super) async fn count_uses(tx: &PgUnitOfWork, ids: &[StageId]) -> Result<i64, DbErr> {
    let mut sql = Sql::new("select count(*) as count from opportunities where company_id = ");
    sql.value(tx.company()).push(" and deleted_at is null and stage_id = any(").value(uuids(ids)).push(")");
    let row = tx.first(sql).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.get("count")
}

fn uuids(ids: &[StageId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}
