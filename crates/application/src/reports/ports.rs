//! Reports.

use async_trait::async_trait;
use cartera_domain::ids::{PipelineId, StageId};
use chrono::{DateTime, Utc};

use super::{StageChangeReportRow, TopAccountRow, TopAccountsQuery};
use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    opportunities::Board,
    security::Grant,
};

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
