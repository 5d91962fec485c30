//! Read queries for stage changes.

use cartera_application::{
    Result,
    lists::{ListQuery, Listing},
    opportunities::StageChangeList,
    views::StageChangeView,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    list::{self, Column, Columns, KeyType, ListSql, PageSql},
    named::{self, Named},
    names::{Names, names_version},
    row::row,
    unit_of_work::PgUnitOfWork,
};

row! {
    /// A stage change as it is stored.
    pub(crate) struct StageChangeRow {
        id: Uuid,
        opportunity_id: Uuid,
        from_stage_id: Option<Uuid>,
        to_stage_id: Uuid,
        reason: Option<String>,
        changed_at: DateTime<Utc>,
        changed_by: Option<Uuid>,
        names_version: i64,
    }
}

impl Named for StageChangeRow {
    type View = StageChangeView;

    fn names_version(&self) -> i64 {
        self.names_version
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        vec![self.from_stage_id, Some(self.to_stage_id), self.changed_by]
    }

    fn view(self, names: &Names) -> Result<StageChangeView> {
        let Self {
            id,
            opportunity_id,
            from_stage_id,
            to_stage_id,
            reason,
            changed_at,
            changed_by,
            names_version: _,
        } = self;
        Ok(StageChangeView {
            id,
            opportunity_id,
            from_stage: from_stage_id.and_then(|id| names.stage(id).cloned()),
            new_stage: names.stage(to_stage_id).cloned().ok_or_else(named::unknown)?,
            reason,
            changed_at,
            changed_by: changed_by.and_then(|id| names.named(id)),
        })
    }
}

/// The columns of a [`StageChangeRow`]. A macro, because `concat!` needs literals and the report adds to it.
macro_rules! change_columns {
    () => {
        concat!(
            "select h.id, h.opportunity_id, h.from_stage_id, h.to_stage_id, h.reason, h.changed_at, h.changed_by",
            names_version!()
        )
    };
}

pub(crate) use change_columns;

/// The columns of stage changes' fields.
pub(crate) const COLUMNS: Columns = &[
    (StageChangeList::CHANGED_AT, Column::sorted("h.changed_at", KeyType::Timestamp)),
    (StageChangeList::OPPORTUNITY_ID, Column::filtered("h.opportunity_id")),
    (StageChangeList::NEW_STAGE, Column::filtered("h.to_stage_id")),
];

const LIST: ListSql = ListSql {
    page: PageSql {
        table: StageChangeList::TABLE,
        base: " from stage_changes h",
        company: "h.company_id",
        always: "",
        id: "h.id",
        columns: list::complete(StageChangeList::TABLE, COLUMNS),
        search: &|_| Vec::new(),
    },
    select: change_columns!(),
    joins: " from stage_changes h",
};

/// The stage changes that the query asks for.
pub(super) async fn list(tx: &PgUnitOfWork, query: &ListQuery) -> Result<Listing<StageChangeView>> {
    list::show::<StageChangeRow>(tx, &LIST, query, "listing stage changes", |_, _| {}).await
}

/// Stage changes whose opportunity is not in the bin.
const LIVE: ListSql = ListSql {
    page: PageSql { always: " and o.deleted_at is null", ..LIST.page },
    joins: " from stage_changes h join opportunities o on o.company_id = h.company_id and o.id = h.opportunity_id",
    ..LIST
};

/// One stage change as it is read.
pub(super) async fn view(tx: &PgUnitOfWork, id: Uuid) -> Result<Option<StageChangeView>> {
    list::show_one::<StageChangeRow>(tx, &LIVE, id, "reading a stage change").await
}
