//! Accounts, contacts, pipelines and opportunities.

use async_trait::async_trait;
use cartera_domain::{
    accounts::Account,
    ids::{AccountId, ContactId, OpportunityId, PipelineId, StageChangeId},
    opportunities::{Opportunity, StageChange},
    pipelines::Pipeline,
};

use crate::{
    error::Result,
    views::{AccountView, OpportunityView, StageChangeView},
};

/// What of the company's still uses an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountUse {
    /// Live contacts at it.
    pub contacts: i64,
    /// Live opportunities with it.
    pub opportunities: i64,
}

/// The company's accounts; deleted ones are absent.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// One account. It is not locked: `update` notices when somebody else was faster.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: AccountId) -> Result<Account>;

    /// Counts what uses the account, after locking it against new uses until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn lock_and_count_uses(&self, id: AccountId) -> Result<AccountUse>;

    /// Whether the account is there to be referred to; it can't be deleted until the end.
    ///
    /// # Errors
    /// Those of the store.
    async fn can_be_referenced(&self, id: AccountId) -> Result<bool>;

    /// Stores a new account.
    ///
    /// # Errors
    /// `account_name_taken`.
    async fn insert(&self, account: &mut Account) -> Result<()>;

    /// Stores a changed account whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another, `account_name_taken`.
    async fn update(&self, account: &mut Account) -> Result<()>;

    /// The account as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: AccountId) -> Result<AccountView>;
}

/// The company's contacts; deleted ones are absent.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// Whether the contact is there to be referred to, and at which account; it can't be deleted until the
    /// end.
    ///
    /// # Errors
    /// Those of the store.
    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>>;
}

/// The company's pipelines with their stages.
#[async_trait]
pub trait Pipelines: Send + Sync {
    /// All pipelines, the default first, then by name.
    ///
    /// # Errors
    /// Those of the store.
    async fn all(&self) -> Result<Vec<Pipeline>>;

    /// One pipeline.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: PipelineId) -> Result<Pipeline>;

    /// Stores a new pipeline with its stages.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()>;
}

/// The company's opportunities and their stage changes; deleted ones are absent.
#[async_trait]
pub trait Opportunities: Send + Sync {
    /// One opportunity. It is not locked: `update` notices when somebody else was faster.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: OpportunityId) -> Result<Opportunity>;

    /// Gives the opportunity the company's next number and stores it with its first stage change.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, opportunity: &mut Opportunity, first: &StageChange) -> Result<()>;

    /// Stores a changed opportunity whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn update(&self, opportunity: &mut Opportunity) -> Result<()>;

    /// Stores a move: the opportunity and the record of it, both or neither.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn record_move(&self, opportunity: &mut Opportunity, change: &StageChange) -> Result<()>;

    /// The opportunity as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: OpportunityId) -> Result<OpportunityView>;

    /// A stage change as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view_stage_change(&self, id: StageChangeId) -> Result<StageChangeView>;
}
