//! Stage changes as they are read.

use cartera_application::{
    Result,
    lists::{ListQuery, Listing},
    opportunities::StageChangeField,
    views::{StageChangeView, StageRefView},
};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use crate::{
    accounts::named,
    error::explain,
    list::{self, Column, KeyType, ListSql},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// A stage change with its stages and its author named.
#[derive(FromQueryResult)]
pub(crate) struct StageChangeRow {
    pub(crate) id: Uuid,
    pub(crate) opportunity_id: Uuid,
    pub(crate) from_id: Option<Uuid>,
    pub(crate) from_name: Option<String>,
    pub(crate) from_kind: Option<String>,
    pub(crate) from_color: Option<String>,
    pub(crate) to_id: Uuid,
    pub(crate) to_name: String,
    pub(crate) to_kind: String,
    pub(crate) to_color: String,
    pub(crate) reason: Option<String>,
    pub(crate) changed_at: DateTime<Utc>,
    pub(crate) changed_by: Option<Uuid>,
    pub(crate) changer_name: Option<String>,
}

/// A stage whose columns are all there or all missing.
pub(crate) fn stage(
    id: Option<Uuid>,
    name: Option<String>,
    kind: Option<String>,
    color: Option<String>,
) -> Option<StageRefView> {
    Some(StageRefView { id: id?, name: name?, kind: kind?, color: color? })
}

impl From<StageChangeRow> for StageChangeView {
    fn from(row: StageChangeRow) -> Self {
        let StageChangeRow {
            id,
            opportunity_id,
            from_id,
            from_name,
            from_kind,
            from_color,
            to_id,
            to_name,
            to_kind,
            to_color,
            reason,
            changed_at,
            changed_by,
            changer_name,
        } = row;
        Self {
            id,
            opportunity_id,
            from_stage: stage(from_id, from_name, from_kind, from_color),
            new_stage: StageRefView { id: to_id, name: to_name, kind: to_kind, color: to_color },
            reason,
            changed_at,
            changed_by: named(changed_by, changer_name),
        }
    }
}

/// The columns of a [`StageChangeRow`]. Macros, because `concat!` takes literals: the report adds to both.
macro_rules! change_columns {
    () => {
        "select h.id, h.opportunity_id, f.id as from_id, f.name as from_name, f.kind as from_kind, \
         f.color as from_color, n.id as to_id, n.name as to_name, n.kind as to_kind, n.color as to_color, \
         h.reason, h.changed_at, h.changed_by, u.name as changer_name"
    };
}

/// The tables of those columns.
macro_rules! change_tables {
    () => {
        " from stage_changes h \
         join stages n on n.company_id = h.company_id and n.id = h.to_stage_id \
         left join stages f on f.company_id = h.company_id and f.id = h.from_stage_id \
         left join users u on u.company_id = h.company_id and u.id = h.changed_by"
    };
}

pub(crate) use {change_columns, change_tables};

const LIST: ListSql<StageChangeField> = ListSql {
    select: change_columns!(),
    joins: change_tables!(),
    base: " from stage_changes h",
    company: "h.company_id",
    always: "",
    id: "h.id",
    column,
    search: |_, _, _| {},
};

/// The columns of stage changes' fields.
pub(crate) fn column(field: StageChangeField) -> Column {
    match field {
        StageChangeField::ChangedAt => Column::sorted("h.changed_at", KeyType::Timestamp),
        StageChangeField::OpportunityId => Column::filtered("h.opportunity_id"),
        StageChangeField::NewStage => Column::filtered("h.to_stage_id"),
    }
}

/// The stage changes that the query asks for.
pub(super) async fn list(
    tx: &PgUnitOfWork,
    query: &ListQuery<StageChangeField>,
) -> Result<Listing<StageChangeView>> {
    let found =
        list::run::<_, StageChangeRow>(tx, &LIST, query).await.map_err(explain("listing stage changes"))?;
    Ok(found.map(StageChangeView::from))
}

/// One stage change as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<StageChangeView>> {
    let mut sql = Sql::new(change_columns!());
    sql.push(change_tables!());
    sql.push(" join opportunities o on o.company_id = h.company_id and o.id = h.opportunity_id");
    sql.push(" where h.company_id = ").value(tx.company());
    sql.push(" and h.id = ").value(id).push(" and o.deleted_at is null");
    let row = tx.query_one_raw(sql.build()).await.map_err(explain("reading a stage change"))?;
    let row = row.map(|row| StageChangeRow::from_query_result(&row, "")).transpose();
    Ok(row.map_err(explain("reading a stage change"))?.map(StageChangeView::from))
}
