//! The board: count and amounts by stage.

use cartera_application::{
    Error, Result,
    lists::{ListQuery, Predicate, TOTAL_CAP},
    opportunities::OpportunityList,
    ports::{Board, BoardColumn},
    views::{MoneyView, StageRefView},
};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use uuid::Uuid;

use super::{
    list::{LIST, ids, of_statuses},
    rows::stored_currency,
};
use crate::{
    error::explain,
    list,
    row::{PgRow, row},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

row! {
    /// One stage and currency. A stage without opportunities has one row without a currency.
    struct BoardRow {
        stage_id: Uuid,
        stage_name: String,
        stage_kind: String,
        stage_color: String,
        currency: Option<String>,
        count: Option<i64>,
        amount: Option<Decimal>,
        /// Whether the count stopped at the limit, which covers all stages together.
        capped: Option<bool>,
    }
}

/// Groups rows into columns, one per stage. The rows of a stage are adjacent.
fn board_of(rows: Vec<BoardRow>) -> Result<Board> {
    let mut board: Board = Vec::new();
    let count_capped = rows.iter().any(|row| row.capped == Some(true));
    for BoardRow { stage_id, stage_name, stage_kind, stage_color, currency, count, amount, capped: _ } in rows
    {
        if board.last().is_none_or(|column| column.stage.id != stage_id) {
            let stage = StageRefView { id: stage_id, name: stage_name, kind: stage_kind, color: stage_color };
            let amounts = (!count_capped).then(Vec::new);
            board.push(BoardColumn { stage, count: 0, count_capped, amounts });
        }
        let (Some(column), Some(currency), Some(count)) =
            (board.last_mut(), currency, count.filter(|count| *count > 0))
        else {
            continue;
        };
        column.count += count;
        let Some(amounts) = &mut column.amounts else { continue };
        let sum = amount.unwrap_or_default().to_i128();
        let sum = sum.ok_or(Error::Internal { what: "a sum is out of range", cause: None })?;
        amounts.push(MoneyView::sum(sum, stored_currency(&currency)?));
    }
    Ok(board)
}

const STAGES: &str = "select s.id as stage_id, s.name as stage_name, s.kind as stage_kind, \
    s.color as stage_color, t.currency, t.count, t.amount, t.capped \
    from stages s join pipelines p on p.company_id = s.company_id and p.id = s.pipeline_id left join ";

const ORDER: &str = " and s.deleted_at is null and p.deleted_at is null \
    order by p.is_default desc, p.name_fold, p.id, s.position, s.id, t.currency";

/// Count and amounts by stage of some pipelines or of all, from the counters: equally fast for any number of rows.
pub(crate) async fn of_counters(tx: &PgUnitOfWork, pipelines: Option<Vec<Uuid>>) -> Result<Board> {
    let mut sql = Sql::new(STAGES);
    sql.push(
        "lateral (select currency, count, amount, false as capped from stage_totals \
         where company_id = s.company_id and stage_id = s.id and count > 0) t on true",
    );
    run(tx, sql, pipelines).await
}

/// The conditions of a board: those of its list, except on stage and status.
pub(super) fn conditions_of(query: &ListQuery) -> ListQuery {
    query.asking(query.predicate.without(&[OpportunityList::STAGE, OpportunityList::STATUS]))
}

/// The pipelines that a condition names, if it is one on pipelines.
fn pipelines(condition: &Predicate) -> Option<Vec<Uuid>> {
    match condition {
        Predicate::Test(field, test) if *field == OpportunityList::PIPELINE_ID => Some(ids(test)),
        _ => None,
    }
}

/// Whether the counters can answer: they can be filtered by pipeline only.
pub(super) fn are_counted(query: &ListQuery) -> bool {
    query.q.is_none() && query.predicate.parts().into_iter().all(|part| pipelines(part).is_some())
}

/// Count and amounts by stage of the live opportunities that match a board's conditions. A pipeline that the query
/// excludes has no columns.
pub(super) async fn of_query(tx: &PgUnitOfWork, query: ListQuery) -> Result<Board> {
    let pipelines = query.predicate.parts().into_iter().find_map(pipelines);
    if are_counted(&query) {
        return of_counters(tx, pipelines).await;
    }
    let most = i64::from(TOTAL_CAP) + 1;
    let mut sql = Sql::new(STAGES);
    sql.push(
        "(select c.stage_id, c.currency, count(*) as count, sum(c.amount) as amount, \
         sum(count(*)) over () >= ",
    );
    sql.value(most).push(" as capped from (select * from (");
    list::some(
        &mut sql,
        tx,
        &LIST.page,
        &of_statuses(query),
        (", o.stage_id, o.currency, o.amount", most),
        &|_, _| {},
    )
    .map_err(explain("totalling stages"))?;
    sql.push(") every limit ").value(most);
    sql.push(") c group by c.stage_id, c.currency) t on t.stage_id = s.id");
    run(tx, sql, pipelines).await
}

async fn run(tx: &PgUnitOfWork, mut sql: Sql, pipelines: Option<Vec<Uuid>>) -> Result<Board> {
    sql.push(" where s.company_id = ").value(tx.company());
    if let Some(ids) = pipelines {
        sql.push(" and s.pipeline_id = any(").value(ids).push(")");
    }
    sql.push(ORDER);
    let rows = tx.look_up(sql).await.map_err(explain("totalling stages"))?;
    let rows = rows.iter().map(PgRow::read).collect::<Result<_, _>>();
    board_of(rows.map_err(explain("totalling stages"))?)
}
