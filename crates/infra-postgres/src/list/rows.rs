//! Reads rows by their ids, for a list's page or a single record, with one fixed text per list.

use std::collections::HashMap;

use sea_orm::DbErr;
use uuid::Uuid;

use super::ListSql;
use crate::{
    row::{FromRow, PgRow},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

fn statement(tx: &PgUnitOfWork, list: &ListSql, ids: Vec<Uuid>) -> Sql {
    let mut sql = Sql::new(list.select);
    sql.bind(tx.company()).push(list.joins);
    sql.push(" where ")
        .push(list.page.company)
        .push(" = $1 and ")
        .push(list.page.id)
        .push(" = any(")
        .value(ids)
        .push(")");
    sql
}

/// The rows of these ids, in this order.
pub(super) async fn of<R: FromRow>(
    tx: &PgUnitOfWork,
    list: &ListSql,
    ids: Vec<Uuid>,
) -> Result<Vec<R>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.look_up(statement(tx, list, ids.clone())).await?;
    let by_id = rows.iter().map(|row| Ok((row.get("id")?, row)));
    let by_id: HashMap<Uuid, &PgRow> = by_id.collect::<Result<_, DbErr>>()?;
    ids.iter().filter_map(|id| by_id.get(id)).map(|row| row.read::<R>()).collect()
}

/// One record, if it meets the list's fixed conditions.
pub(super) async fn one<R: FromRow>(tx: &PgUnitOfWork, list: &ListSql, id: Uuid) -> Result<Option<R>, DbErr> {
    let mut sql = statement(tx, list, vec![id]);
    sql.push(list.page.always);
    let row = tx.first(sql).await?;
    row.map(|row| row.read::<R>()).transpose()
}
