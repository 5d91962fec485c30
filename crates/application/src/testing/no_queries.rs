//! Reports, and lists of resources without a table of fields, have no implementation in memory: tests would exercise a
//! second implementation of filters, orders and cursors instead of the SQL in production.

use async_trait::async_trait;
use cartera_domain::{
    attachments::AttachmentTarget,
    ids::{PipelineId, StageId},
};
use chrono::{DateTime, Utc};

use crate::{
    companies::CompanyView,
    error::{Error, Result},
    identity::ApiKeyView,
    invitations::InvitationView,
    jobs::DeadJobView,
    lists::{ListQuery, Listing},
    ports::{
        ApiKeyQueries, AttachmentQueries, Board, CompanyQueries, DeadJobQueries, InvitationQueries,
        OpportunityQueries, Reports, UserQueries,
    },
    reports::{StageChangeReportRow, TopAccountRow, TopAccountsQuery},
    security::Grant,
    users::UserView,
    views::{AttachmentView, OpportunityView, StageChangeView},
};

/// Refuses every list and report, so that ports can be wired without a database.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQueries;

fn refuse<T>() -> Result<T> {
    Err(Error::Internal { what: "lists and reports are tested on PostgreSQL", cause: None })
}

#[async_trait]
impl DeadJobQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery) -> Result<Listing<DeadJobView>> {
        refuse()
    }
}

#[async_trait]
impl InvitationQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery, _: DateTime<Utc>) -> Result<Listing<InvitationView>> {
        refuse()
    }
}

#[async_trait]
impl OpportunityQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery) -> Result<Listing<OpportunityView>> {
        refuse()
    }

    async fn board(&self, _: &Grant, _: &ListQuery) -> Result<Board> {
        refuse()
    }

    async fn stage_changes(&self, _: &Grant, _: &ListQuery) -> Result<Listing<StageChangeView>> {
        refuse()
    }
}

#[async_trait]
impl AttachmentQueries for NoQueries {
    async fn list(&self, _: &Grant, _: AttachmentTarget, _: &ListQuery) -> Result<Listing<AttachmentView>> {
        refuse()
    }
}

#[async_trait]
impl ApiKeyQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery) -> Result<Listing<ApiKeyView>> {
        refuse()
    }
}

#[async_trait]
impl CompanyQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery) -> Result<Listing<CompanyView>> {
        refuse()
    }
}

#[async_trait]
impl UserQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery, _: bool) -> Result<Listing<UserView>> {
        refuse()
    }
}

#[async_trait]
impl Reports for NoQueries {
    async fn top_accounts(&self, _: &Grant, _: &TopAccountsQuery) -> Result<Vec<TopAccountRow>> {
        refuse()
    }

    async fn stage_changes(
        &self,
        _: &Grant,
        _: &[StageId],
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: &ListQuery,
    ) -> Result<Listing<StageChangeReportRow>> {
        refuse()
    }

    async fn pipeline(&self, _: &Grant, _: Option<PipelineId>) -> Result<Board> {
        refuse()
    }
}
