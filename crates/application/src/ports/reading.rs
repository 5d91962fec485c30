//! Lists and reports: reads that take a grant and open their own short transaction.

use async_trait::async_trait;
use cartera_domain::{
    attachments::AttachmentTarget,
    ids::{PipelineId, StageId},
};
use chrono::{DateTime, Utc};

use crate::{
    companies::CompanyView,
    error::Result,
    identity::ApiKeyView,
    jobs::DeadJobView,
    lists::{ListQuery, Listing},
    reports::{StageChangeReportRow, TopAccountRow, TopAccountsQuery},
    security::Grant,
    users::UserView,
    views::{AttachmentView, MoneyView, OpportunityView, StageChangeView, StageRefView},
};

/// One column of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardColumn {
    /// The stage.
    pub stage: StageRefView,
    /// How many opportunities stand in it; at least so many when the count is capped.
    pub count: i64,
    /// Whether more rows meet the board's conditions than were counted.
    pub count_capped: bool,
    /// How much they are worth, by currency; unknown when the count is capped.
    pub amounts: Option<Vec<MoneyView>>,
}

/// Count and amounts by stage, in the order of pipelines and stages.
pub type Board = Vec<BoardColumn>;

/// Lists of opportunities.
#[async_trait]
pub trait OpportunityQueries: Send + Sync {
    /// The opportunities that match the query: live ones, or those in the bin. Stages must have been resolved to ids.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<OpportunityView>>;

    /// Count and amounts by stage under the query's conditions, except those on stage and status.
    ///
    /// # Errors
    /// Those of the store.
    async fn board(&self, grant: &Grant, query: &ListQuery) -> Result<Board>;

    /// The stage changes of one live opportunity; the query already filters by it.
    ///
    /// # Errors
    /// Those of the store.
    async fn stage_changes(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<StageChangeView>>;
}

/// Lists of attachments.
#[async_trait]
pub trait AttachmentQueries: Send + Sync {
    /// The attachments of one live record that the query asks for.
    ///
    /// # Errors
    /// `not_found` when there is no such live record.
    async fn list(
        &self,
        grant: &Grant,
        target: AttachmentTarget,
        query: &ListQuery,
    ) -> Result<Listing<AttachmentView>>;
}

/// Lists of API keys.
#[async_trait]
pub trait ApiKeyQueries: Send + Sync {
    /// The keys that match the query; a grant that reaches only the actor's own shows only those.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<ApiKeyView>>;
}

/// Lists of companies.
#[async_trait]
pub trait CompanyQueries: Send + Sync {
    /// The companies that match the query. Only a grant of the platform's own realm shows any.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<CompanyView>>;
}

/// Lists of users.
#[async_trait]
pub trait UserQueries: Send + Sync {
    /// The users that match the query; removed ones are absent. `q` searches e-mails too if `emails` is set.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery, emails: bool) -> Result<Listing<UserView>>;
}

/// Lists of dead jobs.
#[async_trait]
pub trait DeadJobQueries: Send + Sync {
    /// The dead jobs that the query asks for, of every company; only in the platform's realm.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<DeadJobView>>;
}

/// Reports.
#[async_trait]
pub trait Reports: Send + Sync {
    /// The accounts with the most won opportunities.
    ///
    /// # Errors
    /// Those of the store.
    async fn top_accounts(&self, grant: &Grant, query: &TopAccountsQuery) -> Result<Vec<TopAccountRow>>;

    /// The changes to any of these stages within `[from, until)`, newest first.
    ///
    /// # Errors
    /// Those of the store.
    async fn stage_changes(
        &self,
        grant: &Grant,
        stages: &[StageId],
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        query: &ListQuery,
    ) -> Result<Listing<StageChangeReportRow>>;

    /// Count and amounts by stage of one pipeline, or of all.
    ///
    /// # Errors
    /// Those of the store.
    async fn pipeline(&self, grant: &Grant, pipeline: Option<PipelineId>) -> Result<Board>;
}
