//! Reports.

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    lists::{ListQuery, Listing, Test, Value},
    opportunities::StageChangeField,
    ports::{Board, Reports},
    reports::{StageChangeReportRow, TopAccountRow, TopAccountsQuery},
    security::Grant,
    views::{MoneyView, StageChangeView},
};
use cartera_domain::ids::{PipelineId, StageId};
use chrono::{DateTime, Utc};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use uuid::Uuid;

use crate::{
    error::explain,
    list::{self, ListSql},
    opportunities::{
        StageChangeRow, change_columns, change_tables, of_counters, stage_change_column, stored_currency,
    },
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

#[derive(FromQueryResult)]
struct TopRow {
    account_id: Uuid,
    account_name: String,
    wins: i64,
    currency: String,
    amount: Decimal,
}

/// The accounts with the most wins over all history, from the counters: the amount in the company's
/// currency decides between equals, then the name. Here follows the limit.
const BEST_OF_ALL_TIME: &str = "with top as ( \
    select w.company_id, w.account_id, a.name, a.name_fold, w.wins, coalesce(m.amount, 0) as own_amount \
    from account_wins w \
    join accounts a on a.company_id = w.company_id and a.id = w.account_id and a.deleted_at is null \
    join companies c on c.id = w.company_id \
    left join account_won_amounts m on m.company_id = w.company_id and m.account_id = w.account_id \
    and m.currency = c.currency \
    where w.company_id = $1 and w.wins > 0 \
    order by w.wins desc, own_amount desc, a.name_fold, a.id limit ";

const AMOUNTS_OF_BEST: &str = ") \
    select t.account_id, t.name as account_name, t.wins, m.currency, m.amount from top t \
    join account_won_amounts m on m.company_id = t.company_id and m.account_id = t.account_id \
    and m.wins > 0 order by t.wins desc, t.own_amount desc, t.name_fold, t.account_id, m.currency";

/// The same within a period, from the opportunities won in it: here follow the conditions on when.
const WON: &str = "with won as ( \
    select o.account_id, o.currency, count(*) as wins, sum(o.amount) as amount \
    from opportunities o \
    where o.company_id = $1 and o.deleted_at is null and o.status = 'WON' and o.account_id is not null";

/// What decides before the name, so that only the best are looked up. Here follows the limit.
const BEST_OF_WON: &str = " group by o.account_id, o.currency), \
    sums as ( \
    select w.account_id, sum(w.wins)::bigint as wins, \
    coalesce(sum(w.amount) filter (where w.currency = c.currency), 0) as own_amount \
    from won w join companies c on c.id = $1 group by w.account_id), \
    best as (select * from sums order by wins desc, own_amount desc fetch first ";

/// And the limit once more.
const NAMED_BEST: &str = " rows with ties), \
    top as ( \
    select b.account_id, b.wins, b.own_amount, a.name, a.name_fold from best b \
    join accounts a on a.company_id = $1 and a.id = b.account_id and a.deleted_at is null \
    order by b.wins desc, b.own_amount desc, a.name_fold, b.account_id limit ";

const AMOUNTS_OF_WON: &str = ") \
    select t.account_id, t.name as account_name, t.wins, w.currency, w.amount from top t \
    join won w on w.account_id = t.account_id \
    order by t.wins desc, t.own_amount desc, t.name_fold, t.account_id, w.currency";

/// The ranking's statement. The limit is written out, because for a bound one PostgreSQL expects a tenth of all
/// accounts, and reads them from end to end. A bound of the period that is missing is left out and not defaulted
/// by COALESCE, which is not taken to be leakproof and leaves the index unused.
fn ranking(company: Uuid, query: &TopAccountsQuery) -> Sql {
    let TopAccountsQuery { limit, from, until } = query;
    if from.is_none() && until.is_none() {
        let mut sql = Sql::new(BEST_OF_ALL_TIME);
        sql.bind(company).number(*limit).push(AMOUNTS_OF_BEST);
        return sql;
    }
    let mut sql = Sql::new(WON);
    sql.bind(company);
    if let Some(from) = *from {
        sql.push(" and o.closed_at >= ").value(from);
    }
    if let Some(until) = *until {
        sql.push(" and o.closed_at < ").value(until);
    }
    sql.push(BEST_OF_WON).number(*limit).push(NAMED_BEST).number(*limit).push(AMOUNTS_OF_WON);
    sql
}

struct ReportedChange {
    change: StageChangeRow,
    title: String,
    account_id: Option<Uuid>,
    account_name: Option<String>,
}

impl FromQueryResult for ReportedChange {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            change: StageChangeRow::from_query_result(row, prefix)?,
            title: row.try_get(prefix, "opportunity_title")?,
            account_id: row.try_get(prefix, "account_id")?,
            account_name: row.try_get(prefix, "account_name")?,
        })
    }
}

impl From<ReportedChange> for StageChangeReportRow {
    fn from(row: ReportedChange) -> Self {
        let ReportedChange { change, title, account_id, account_name } = row;
        let StageChangeView { id, opportunity_id, from_stage, new_stage, reason, changed_at, changed_by } =
            change.into();
        Self {
            id,
            opportunity_id,
            opportunity_title: title,
            account_id,
            account_name,
            from_stage,
            new_stage,
            changed_at,
            changed_by,
            reason,
        }
    }
}

/// Stage changes live and die with their opportunity: those of a deleted one are not shown.
const CHANGES: ListSql<StageChangeField> = ListSql {
    select: concat!(
        change_columns!(),
        ", o.title as opportunity_title, o.account_id, a.name as account_name"
    ),
    joins: concat!(
        change_tables!(),
        " join opportunities o on o.company_id = h.company_id and o.id = h.opportunity_id \
         left join accounts a on a.company_id = o.company_id and a.id = o.account_id"
    ),
    base: " from stage_changes h join opportunities o on o.company_id = h.company_id \
        and o.id = h.opportunity_id",
    company: "h.company_id",
    always: " and o.deleted_at is null",
    id: "h.id",
    column: stage_change_column,
    search: |_, _, _| {},
};

#[async_trait]
impl Reports for PgStore {
    async fn top_accounts(&self, grant: &Grant, query: &TopAccountsQuery) -> Result<Vec<TopAccountRow>> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let sql = ranking(tx.company(), query);
        let rows = tx.query_all_raw(sql.build()).await.map_err(explain("ranking accounts"))?;
        tx.finish().await?;
        let mut top: Vec<TopAccountRow> = Vec::new();
        for row in &rows {
            let TopRow { account_id, account_name, wins, currency, amount } =
                TopRow::from_query_result(row, "").map_err(explain("ranking accounts"))?;
            if top.last().is_none_or(|last| last.account_id != account_id) {
                top.push(TopAccountRow { account_id, account_name, wins, total_amount: Vec::new() });
            }
            let sum =
                amount.to_i128().ok_or(Error::Internal { what: "a sum is out of range", cause: None })?;
            if let Some(last) = top.last_mut() {
                last.total_amount.push(MoneyView::sum(sum, stored_currency(&currency)?));
            }
        }
        Ok(top)
    }

    async fn stage_changes(
        &self,
        grant: &Grant,
        stages: &[StageId],
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        query: &ListQuery<StageChangeField>,
    ) -> Result<Listing<StageChangeReportRow>> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let stages = stages.iter().map(|stage| Value::Id(stage.uuid())).collect();
        let query = query
            .clone()
            .with(StageChangeField::NewStage, Test::AnyOf(stages))
            .with(StageChangeField::ChangedAt, Test::AtLeast(Value::Timestamp(from)))
            .with(StageChangeField::ChangedAt, Test::LessThan(Value::Timestamp(until)));
        let found = list::run::<_, ReportedChange>(&tx, &CHANGES, &query)
            .await
            .map_err(explain("reporting stage changes"))?;
        tx.finish().await?;
        Ok(found.map(StageChangeReportRow::from))
    }

    async fn pipeline(&self, grant: &Grant, pipeline: Option<PipelineId>) -> Result<Board> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let board = of_counters(&tx, pipeline.map(|id| vec![id.uuid()])).await?;
        tx.finish().await?;
        Ok(board)
    }
}
