//! The board: count and amounts by stage.

use cartera_application::{
    Error, Result,
    lists::{Filter, ListQuery, Test, Value},
    opportunities::OpportunityField,
    ports::{Board, BoardColumn},
    views::{MoneyView, StageRefView},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{
    queries::{LIST, of_statuses},
    rows::stored_currency,
};
use crate::{error::explain, list::conditions, sql::Sql, unit_of_work::PgUnitOfWork};

/// One stage and currency; a stage in which nothing stands has one row without a currency.
#[derive(FromQueryResult)]
struct BoardRow {
    stage_id: Uuid,
    stage_name: String,
    stage_kind: String,
    stage_color: String,
    currency: Option<String>,
    count: Option<i64>,
    amount: Option<Decimal>,
}

/// Joins rows of one stage, which come one after the other, into columns.
fn board_of(rows: Vec<BoardRow>) -> Result<Board> {
    let mut board: Board = Vec::new();
    for BoardRow { stage_id, stage_name, stage_kind, stage_color, currency, count, amount } in rows {
        if board.last().is_none_or(|column| column.stage.id != stage_id) {
            let stage = StageRefView { id: stage_id, name: stage_name, kind: stage_kind, color: stage_color };
            board.push(BoardColumn { stage, count: 0, amounts: Vec::new() });
        }
        let (Some(column), Some(currency), Some(count)) =
            (board.last_mut(), currency, count.filter(|count| *count > 0))
        else {
            continue;
        };
        column.count += count;
        let sum = amount.unwrap_or_default().to_i128();
        let sum = sum.ok_or(Error::Internal { what: "a sum is out of range", cause: None })?;
        column.amounts.push(MoneyView::sum(sum, stored_currency(&currency)?));
    }
    Ok(board)
}

const STAGES: &str = "select s.id as stage_id, s.name as stage_name, s.kind as stage_kind, \
    s.color as stage_color, t.currency, t.count, t.amount \
    from stages s join pipelines p on p.company_id = s.company_id and p.id = s.pipeline_id ";

const ORDER: &str = " and s.deleted_at is null and p.deleted_at is null \
    order by p.is_default desc, p.name_fold, p.id, s.position, s.id, t.currency";

/// Count and amounts by stage, of some pipelines or of all, from the counters: as fast whatever the number of
/// rows.
pub(crate) async fn of_counters(tx: &PgUnitOfWork, pipelines: Option<Vec<Uuid>>) -> Result<Board> {
    let mut sql = Sql::new(STAGES);
    sql.push("left join stage_totals t on t.company_id = s.company_id and t.stage_id = s.id and t.count > 0");
    run(tx, sql, pipelines).await
}

/// Count and amounts by stage of the live opportunities under the query's conditions, those on stage and
/// status aside. A pipeline that is not asked for has no columns.
pub(super) async fn of_query(tx: &PgUnitOfWork, query: &ListQuery<OpportunityField>) -> Result<Board> {
    let apart = |filter: &Filter<OpportunityField>| {
        !matches!(filter.field, OpportunityField::Stage | OpportunityField::Status)
    };
    let mut query = query.clone();
    query.filters.retain(apart);
    let of_pipelines = |filter: &Filter<OpportunityField>| filter.field == OpportunityField::PipelineId;
    let pipelines = query.filters.iter().find(|filter| of_pipelines(filter)).map(ids);
    if query.q.is_none() && query.filters.iter().all(of_pipelines) {
        return of_counters(tx, pipelines).await;
    }
    let mut sql = Sql::new(STAGES);
    sql.push(
        "left join (select o.stage_id, o.currency, count(*) as count, sum(o.amount) as amount \
         from opportunities o",
    );
    conditions(&mut sql, tx, &LIST, &of_statuses(query));
    sql.push(" group by o.stage_id, o.currency) t on t.stage_id = s.id");
    run(tx, sql, pipelines).await
}

/// The ids that a filter names.
fn ids(filter: &Filter<OpportunityField>) -> Vec<Uuid> {
    let Test::AnyOf(values) = &filter.test else { return Vec::new() };
    let id = |value: &Value| if let Value::Id(id) = value { Some(*id) } else { None };
    values.iter().filter_map(id).collect()
}

async fn run(tx: &PgUnitOfWork, mut sql: Sql, pipelines: Option<Vec<Uuid>>) -> Result<Board> {
    sql.push(" where s.company_id = ").value(tx.company());
    if let Some(ids) = pipelines {
        sql.push(" and s.pipeline_id = any(").value(ids).push(")");
    }
    sql.push(ORDER);
    let rows = tx.query_all_raw(sql.build()).await.map_err(explain("totalling stages"))?;
    let rows = rows.iter().map(|row| BoardRow::from_query_result(row, "")).collect::<Result<_, _>>();
    board_of(rows.map_err(explain("totalling stages"))?)
}
