//! The locks by which stages are stood in or deleted, never both.
//!
//! | who | locks |
//! | --- | --- |
//! | changes a pipeline or stage | the company's row, against others who do (references to the company go on) |
//! | moves or makes an opportunity | the stages that it leaves and reaches, `FOR KEY SHARE`, then the opportunity |
//! | deletes a stage | the company's row, the stage `FOR UPDATE`, then what stands in it, in the order of ids |
//!
//! A move holds both stages before its opportunity: its stage change refers to both, and PostgreSQL locks what
//! is referred to. So whoever deletes a stage waits for moves before it waits for opportunities, and never in
//! a circle.

use cartera_domain::ids::{Id, StageId};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Lets nobody else change the company's pipelines until the end.
pub(super) async fn of_structure(tx: &PgUnitOfWork) -> Result<(), DbErr> {
    let mut sql = Sql::new("select id from companies where id = ");
    sql.value(tx.company()).push(" for no key update");
    tx.query_one_raw(sql.build()).await.map(|_| ())
}

/// Those of the stages that are there, which then can't be deleted until the end.
pub(super) async fn held_stages(tx: &PgUnitOfWork, ids: &[StageId]) -> Result<Vec<StageId>, DbErr> {
    locked(tx, ids, " order by id for key share").await
}

/// Lets no opportunity come into the stages or leave them until the end.
pub(super) async fn lock_stages(tx: &PgUnitOfWork, ids: &[StageId]) -> Result<(), DbErr> {
    locked(tx, ids, " order by id for update").await.map(|_| ())
}

async fn locked(tx: &PgUnitOfWork, ids: &[StageId], lock: &'static str) -> Result<Vec<StageId>, DbErr> {
    let mut sql = Sql::new("select id from stages where company_id = ");
    sql.value(tx.company()).push(" and deleted_at is null and id = any(").value(uuids(ids)).push(")");
    sql.push(lock);
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| row.try_get::<Uuid>("", "id").map(Id::new)).collect()
}

/// How many live opportunities stand in the stages.
pub(super) async fn count_uses(tx: &PgUnitOfWork, ids: &[StageId]) -> Result<i64, DbErr> {
    let mut sql = Sql::new("select count(*) as count from opportunities where company_id = ");
    sql.value(tx.company()).push(" and deleted_at is null and stage_id = any(").value(uuids(ids)).push(")");
    let row = tx.query_one_raw(sql.build()).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.try_get("", "count")
}

fn uuids(ids: &[StageId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}
