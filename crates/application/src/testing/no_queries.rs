//! Lists and reports have no twin in memory: a second implementation of filters, orders and cursors would
//! be tested instead of the SQL that ships.

use async_trait::async_trait;
use cartera_domain::{
    attachments::AttachmentTarget,
    ids::{PipelineId, StageId},
};
use chrono::{DateTime, Utc};

use crate::{
    accounts::AccountField,
    attachments::AttachmentField,
    companies::{CompanyField, CompanyView},
    contacts::ContactField,
    error::{Error, Result},
    identity::{ApiKeyField, ApiKeyView},
    invitations::{InvitationField, InvitationView},
    jobs::{DeadJobField, DeadJobView},
    lists::{ListQuery, Listing},
    opportunities::{OpportunityField, StageChangeField},
    ports::{
        AccountQueries, ApiKeyQueries, AttachmentQueries, Board, CompanyQueries, ContactQueries,
        DeadJobQueries, InvitationQueries, OpportunityQueries, Reports, UserQueries,
    },
    reports::{StageChangeReportRow, TopAccountRow, TopAccountsQuery},
    security::Grant,
    users::{UserField, UserView},
    views::{AccountView, AttachmentView, ContactView, OpportunityView, StageChangeView},
};

/// Refuses every list and report, so that ports can be wired without a database.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoQueries;

fn refuse<T>() -> Result<T> {
    Err(Error::Internal { what: "lists and reports are tested on PostgreSQL", cause: None })
}

#[async_trait]
impl AccountQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<AccountField>) -> Result<Listing<AccountView>> {
        refuse()
    }
}

#[async_trait]
impl ContactQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<ContactField>) -> Result<Listing<ContactView>> {
        refuse()
    }
}

#[async_trait]
impl DeadJobQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<DeadJobField>) -> Result<Listing<DeadJobView>> {
        refuse()
    }
}

#[async_trait]
impl InvitationQueries for NoQueries {
    async fn list(
        &self,
        _: &Grant,
        _: &ListQuery<InvitationField>,
        _: DateTime<Utc>,
    ) -> Result<Listing<InvitationView>> {
        refuse()
    }
}

#[async_trait]
impl OpportunityQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<OpportunityField>) -> Result<Listing<OpportunityView>> {
        refuse()
    }

    async fn board(&self, _: &Grant, _: &ListQuery<OpportunityField>) -> Result<Board> {
        refuse()
    }

    async fn stage_changes(
        &self,
        _: &Grant,
        _: &ListQuery<StageChangeField>,
    ) -> Result<Listing<StageChangeView>> {
        refuse()
    }
}

#[async_trait]
impl AttachmentQueries for NoQueries {
    async fn list(
        &self,
        _: &Grant,
        _: AttachmentTarget,
        _: &ListQuery<AttachmentField>,
    ) -> Result<Listing<AttachmentView>> {
        refuse()
    }
}

#[async_trait]
impl ApiKeyQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<ApiKeyField>) -> Result<Listing<ApiKeyView>> {
        refuse()
    }
}

#[async_trait]
impl CompanyQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<CompanyField>) -> Result<Listing<CompanyView>> {
        refuse()
    }
}

#[async_trait]
impl UserQueries for NoQueries {
    async fn list(&self, _: &Grant, _: &ListQuery<UserField>, _: bool) -> Result<Listing<UserView>> {
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
        _: &ListQuery<StageChangeField>,
    ) -> Result<Listing<StageChangeReportRow>> {
        refuse()
    }

    async fn pipeline(&self, _: &Grant, _: Option<PipelineId>) -> Result<Board> {
        refuse()
    }
}
