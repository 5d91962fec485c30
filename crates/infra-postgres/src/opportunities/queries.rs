//! Opportunities as they are read.

use async_trait::async_trait;
use cartera_application::{
    Result,
    lists::{DELETED, ListQuery, Listing, Test, Value},
    opportunities::{OpportunityField, StageChangeField},
    ports::{Board, OpportunityQueries},
    security::Grant,
    views::{MoneyView, NamedRef, OpportunityView, StageChangeView, StageRefView},
};
use cartera_domain::{pipelines::StageKind, values::Money};
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::{board, rows::stored_currency, stage_changes};
use crate::{
    accounts::named,
    error::explain,
    list::{self, Column, KeyType, ListSql, nullable, prefix_end},
    sql::Sql,
    store::PgStore,
    unit_of_work::PgUnitOfWork,
};

#[derive(FromQueryResult)]
struct OpportunityRow {
    id: Uuid,
    version: i32,
    number: i64,
    title: String,
    account_id: Option<Uuid>,
    account_name: Option<String>,
    contact_id: Option<Uuid>,
    contact_name: Option<String>,
    description: Option<String>,
    amount: i64,
    currency: String,
    pipeline_id: Uuid,
    pipeline_name: String,
    stage_id: Uuid,
    stage_name: String,
    stage_kind: String,
    stage_color: String,
    status: String,
    closed_at: Option<DateTime<Utc>>,
    expected_close_date: Option<NaiveDate>,
    owner_id: Option<Uuid>,
    owner_name: Option<String>,
    tags: Vec<String>,
    created_at: DateTime<Utc>,
    created_by: Option<Uuid>,
    creator_name: Option<String>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

fn view_of(row: OpportunityRow) -> Result<OpportunityView> {
    let OpportunityRow {
        id,
        version,
        number,
        title,
        account_id,
        account_name,
        contact_id,
        contact_name,
        description,
        amount,
        currency,
        pipeline_id,
        pipeline_name,
        stage_id,
        stage_name,
        stage_kind,
        stage_color,
        status,
        closed_at,
        expected_close_date,
        owner_id,
        owner_name,
        tags,
        created_at,
        created_by,
        creator_name,
        updated_at,
        deleted_at,
    } = row;
    Ok(OpportunityView {
        id,
        version,
        number,
        title,
        account: named(account_id, account_name),
        contact: named(contact_id, contact_name),
        description,
        amount: MoneyView::from(Money::from_minor(amount, stored_currency(&currency)?)),
        pipeline: NamedRef { id: pipeline_id, name: pipeline_name },
        stage: StageRefView { id: stage_id, name: stage_name, kind: stage_kind, color: stage_color },
        status,
        closed_at,
        expected_close_date,
        owner: named(owner_id, owner_name),
        tags,
        created_at,
        created_by: named(created_by, creator_name),
        updated_at,
        deleted_at,
    })
}

const SELECT: &str = "select o.id, o.version, o.number, o.title, o.account_id, a.name as account_name, \
    t.id as contact_id, concat_ws(' ', t.first_name, t.last_name) as contact_name, o.description, o.amount, \
    o.currency, o.pipeline_id, p.name as pipeline_name, o.stage_id, s.name as stage_name, \
    s.kind as stage_kind, s.color as stage_color, o.status, o.closed_at, o.expected_close_date, o.owner_id, \
    w.name as owner_name, o.tags, o.created_at, o.created_by, c.name as creator_name, o.updated_at, \
    o.deleted_at";

/// A contact in the bin is not shown with what is live, but kept: it may come back.
const JOINS: &str = " from opportunities o \
    join pipelines p on p.company_id = o.company_id and p.id = o.pipeline_id \
    join stages s on s.company_id = o.company_id and s.id = o.stage_id \
    left join accounts a on a.company_id = o.company_id and a.id = o.account_id \
    left join contacts t on t.company_id = o.company_id and t.id = o.contact_id \
    and (t.deleted_at is null or o.deleted_at is not null) \
    left join users w on w.company_id = o.company_id and w.id = o.owner_id \
    left join users c on c.company_id = o.company_id and c.id = o.created_by";

pub(super) const LIST: ListSql<OpportunityField> = ListSql {
    select: SELECT,
    joins: JOINS,
    base: " from opportunities o",
    company: "o.company_id",
    always: " and o.deleted_at is null",
    id: "o.id",
    column,
    search,
};

/// The same of the bin.
const BIN: ListSql<OpportunityField> =
    ListSql { always: " and o.deleted_at is not null", search: search_bin, ..LIST };

fn column(field: OpportunityField) -> Column {
    use OpportunityField as F;
    match field {
        F::CreatedAt => Column::sorted("o.created_at", KeyType::Timestamp),
        F::UpdatedAt => Column::sorted("o.updated_at", KeyType::Timestamp),
        F::Title => Column::sorted("o.title_fold", KeyType::Text),
        F::Number => Column::sorted("o.number", KeyType::Integer),
        F::Stage => Column::filtered("o.stage_id"),
        F::Status => Column::filtered("o.status"),
        F::AccountId => Column::filtered("o.account_id"),
        F::ContactId => Column::filtered("o.contact_id"),
        F::OwnerId => Column::filtered("o.owner_id"),
        F::PipelineId => Column::filtered("o.pipeline_id"),
        F::Amount => Column::sorted("o.amount", KeyType::Integer),
        F::Currency => Column::filtered("o.currency"),
        F::ExpectedCloseDate => {
            nullable!(Date, "o.expected_close_date", "'infinity'::date", "'-infinity'::date")
        }
        F::ClosedAt => {
            nullable!(Timestamp, "o.closed_at", "'infinity'::timestamptz", "'-infinity'::timestamptz")
        }
        F::DeletedAt => Column::sorted("o.deleted_at", KeyType::Timestamp),
    }
}

/// Names the statuses of a query that names neither these nor stages: the indexes lead with them.
pub(super) fn of_statuses(query: ListQuery<OpportunityField>) -> ListQuery<OpportunityField> {
    if query.filters_by(OpportunityField::Status) || query.filters_by(OpportunityField::Stage) {
        return query;
    }
    let all = StageKind::ALL.iter().map(|kind| Value::Text(kind.as_str().to_owned())).collect();
    query.with(OpportunityField::Status, Test::AnyOf(all))
}

/// A number matches the opportunity's number, or a title that begins with it. Each way has an index of its
/// own, which an OR between them would leave unused: 200,000 rows took 106 ms. Both before anything else, as an
/// array: a plan that expects many to be found would walk the list to look for them.
fn search(sql: &mut Sql, company: Uuid, q: &str) {
    let Ok(number) = q.parse::<i64>() else {
        sql.push(" and o.title_fold >= ").value(q).push(" and o.title_fold < ").value(prefix_end(q));
        return;
    };
    sql.push(" and o.id = any(array(select id from opportunities where company_id = ").value(company);
    sql.push(" and number = ").value(number);
    sql.push(" union all select id from opportunities where company_id = ").value(company);
    sql.push(" and deleted_at is null and status in (");
    sql.values(StageKind::ALL.iter().map(|kind| kind.as_str().into())).push(") and title_fold >= ").value(q);
    sql.push(" and title_fold < ").value(prefix_end(q)).push("))");
}

/// The bin is small enough to be looked through.
fn search_bin(sql: &mut Sql, _company: Uuid, q: &str) {
    sql.push(" and (o.title_fold >= ").value(q).push(" and o.title_fold < ").value(prefix_end(q));
    if let Ok(number) = q.parse::<i64>() {
        sql.push(" or o.number = ").value(number);
    }
    sql.push(")");
}

/// One live opportunity as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<OpportunityView>> {
    let mut sql = Sql::new(SELECT);
    sql.push(JOINS).push(" where o.company_id = ").value(tx.company());
    sql.push(" and o.id = ").value(id).push(" and o.deleted_at is null");
    let row = tx.query_one_raw(sql.build()).await.map_err(explain("reading an opportunity"))?;
    let row = row.map(|row| OpportunityRow::from_query_result(&row, "")).transpose();
    row.map_err(explain("reading an opportunity"))?.map(view_of).transpose()
}

#[async_trait]
impl OpportunityQueries for PgStore {
    async fn list(
        &self,
        grant: &Grant,
        query: &ListQuery<OpportunityField>,
    ) -> Result<Listing<OpportunityView>> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let (list, query) =
            if query.flag(DELETED) { (&BIN, query.clone()) } else { (&LIST, of_statuses(query.clone())) };
        let found = list::run::<_, OpportunityRow>(&tx, list, &query)
            .await
            .map_err(explain("listing opportunities"))?;
        tx.finish().await?;
        let Listing { items, next, total } = found;
        Ok(Listing { items: items.into_iter().map(view_of).collect::<Result<_>>()?, next, total })
    }

    async fn board(&self, grant: &Grant, query: &ListQuery<OpportunityField>) -> Result<Board> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let board = board::of_query(&tx, query).await?;
        tx.finish().await?;
        Ok(board)
    }

    async fn stage_changes(
        &self,
        grant: &Grant,
        query: &ListQuery<StageChangeField>,
    ) -> Result<Listing<StageChangeView>> {
        let tx = PgUnitOfWork::begin(self.pool(), grant).await?;
        let found = stage_changes::list(&tx, query).await?;
        tx.finish().await?;
        Ok(found)
    }
}
