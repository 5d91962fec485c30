//! Reports.

mod top_accounts;

use async_trait::async_trait;
use cartera_application::{
    Result,
    lists::{ListQuery, Listing, Test, Value},
    opportunities::StageChangeList,
    ports::{Board, Reports},
    reports::{StageChangeReportRow, TopAccountRow, TopAccountsQuery},
    security::Grant,
    views::StageChangeView,
};
use cartera_domain::ids::{PipelineId, StageId};
use chrono::{DateTime, Utc};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    list::{self, ListSql, PageSql},
    named::Named,
    names::{Names, names_version},
    opportunities::{STAGE_CHANGE_COLUMNS, StageChangeRow, change_columns, of_counters},
    row::{FromRow, PgRow},
    store::PgStore,
};

struct ReportedChange {
    change: StageChangeRow,
    title: String,
    account_id: Option<Uuid>,
    account_name: Option<String>,
}

impl FromRow for ReportedChange {
    fn from_row(row: &PgRow) -> Result<Self, DbErr> {
        Ok(Self {
            change: row.read()?,
            title: row.get("opportunity_title")?,
            account_id: row.get("account_id")?,
            account_name: row.get("account_name")?,
        })
    }
}

impl Named for ReportedChange {
    type View = StageChangeReportRow;

    fn names_version(&self) -> i64 {
        self.change.names_version()
    }

    fn references(&self) -> Vec<Option<Uuid>> {
        self.change.references()
    }

    fn view(self, names: &Names) -> Result<StageChangeReportRow> {
        let Self { change, title, account_id, account_name } = self;
        let StageChangeView { id, opportunity_id, from_stage, new_stage, reason, changed_at, changed_by } =
            change.view(names)?;
        Ok(StageChangeReportRow {
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
        })
    }
}

/// Stage changes are shown only while their opportunity is not deleted.
const CHANGES: ListSql = ListSql {
    page: PageSql {
        table: StageChangeList::TABLE,
        base: " from stage_changes h join opportunities o on o.company_id = h.company_id \
        and o.id = h.opportunity_id",
        company: "h.company_id",
        always: " and o.deleted_at is null",
        id: "h.id",
        columns: list::complete(StageChangeList::TABLE, STAGE_CHANGE_COLUMNS),
        search: &|_| Vec::new(),
    },
    select: concat!(
        change_columns!(),
        ", o.title as opportunity_title, o.account_id, a.name as account_name"
    ),
    joins: " from stage_changes h \
        join opportunities o on o.company_id = h.company_id and o.id = h.opportunity_id \
        left join accounts a on a.company_id = o.company_id and a.id = o.account_id",
};

#[async_trait]
impl Reports for PgStore {
    async fn top_accounts(&self, grant: &Grant, query: &TopAccountsQuery) -> Result<Vec<TopAccountRow>> {
        top_accounts::of(self, grant, query).await
    }

    async fn stage_changes(
        &self,
        grant: &Grant,
        stages: &[StageId],
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        query: &ListQuery,
    ) -> Result<Listing<StageChangeReportRow>> {
        let tx = self.choosing(grant).await?;
        let stages = stages.iter().map(|stage| Value::Id(stage.uuid())).collect();
        let query = query
            .clone()
            .with(StageChangeList::NEW_STAGE, Test::AnyOf(stages))
            .with(StageChangeList::CHANGED_AT, Test::AtLeast(Value::Timestamp(from)))
            .with(StageChangeList::CHANGED_AT, Test::LessThan(Value::Timestamp(until)));
        let found =
            list::show::<ReportedChange>(&tx, &CHANGES, &query, "reporting stage changes", |_, _| {}).await?;
        tx.finish().await?;
        Ok(found)
    }

    async fn pipeline(&self, grant: &Grant, pipeline: Option<PipelineId>) -> Result<Board> {
        let tx = self.reading(grant).await?;
        let board = of_counters(&tx, pipeline.map(|id| vec![id.uuid()])).await?;
        tx.finish().await?;
        Ok(board)
    }
}
