//! Accounts, contacts, pipelines and opportunities.

use async_trait::async_trait;
use cartera_domain::{
    accounts::Account,
    contacts::Contact,
    ids::{AccountId, ContactId, DeletionId, OpportunityId, PipelineId, StageChangeId},
    opportunities::{Opportunity, StageChange},
    pipelines::Pipeline,
};

use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    views::{AccountView, ContactView, OpportunityView, StageChangeView},
};

/// What of the company's still uses an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountUse {
    /// Live contacts at it.
    pub contacts: i64,
    /// Live opportunities with it, or with nobody but its contacts.
    pub opportunities: i64,
}

/// The company's accounts. Deleted ones are absent, but for the methods that speak of the bin.
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

    /// One account that lies in the bin. It is not locked either.
    ///
    /// # Errors
    /// `not_found`, `not_deleted` for a live one.
    async fn deleted(&self, id: AccountId) -> Result<Account>;

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

    /// At most `limit` accounts that went to the bin before a moment and to which nothing refers any more,
    /// locked; those that somebody else holds are left out.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Account>>;

    /// Removes accounts for good, with their counters.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, accounts: &mut [Account]) -> Result<()>;
}

/// The company's contacts. Deleted ones are absent, but for the methods that speak of the bin.
///
/// Whoever needs locks on an account and on its contacts takes the account's first.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// One contact. It is not locked: `update` notices when somebody else was faster.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: ContactId) -> Result<Contact>;

    /// Counts the live opportunities that have no other party, after locking the contact against new uses
    /// until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn lock_and_count_uses(&self, id: ContactId) -> Result<i64>;

    /// Whether the contact is there to be referred to, and at which account; it can't be deleted until the
    /// end.
    ///
    /// # Errors
    /// Those of the store.
    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>>;

    /// Every contact at an account, in the order of their ids, locked against uses and changes until the end.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_account(&self, id: AccountId) -> Result<Vec<Contact>>;

    /// One contact that lies in the bin. It is not locked.
    ///
    /// # Errors
    /// `not_found`, `not_deleted` for a live one.
    async fn deleted(&self, id: ContactId) -> Result<Contact>;

    /// Everything of one deletion, in the order of their ids, locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_deletion(&self, id: DeletionId) -> Result<Vec<Contact>>;

    /// Stores a new contact.
    ///
    /// # Errors
    /// `contact_email_taken`.
    async fn insert(&self, contact: &mut Contact) -> Result<()>;

    /// Stores a changed contact whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another, `contact_email_taken`.
    async fn update(&self, contact: &mut Contact) -> Result<()>;

    /// Stores contacts that went to the bin or came out of it, all at once.
    ///
    /// # Errors
    /// `edit_conflict` when a stored version is another, `contact_email_taken`.
    async fn update_deletions(&self, contacts: &mut [Contact]) -> Result<()>;

    /// The contact as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: ContactId) -> Result<ContactView>;

    /// At most `limit` contacts that went to the bin before a moment and are nobody's only party, locked;
    /// those that somebody else holds are left out.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>>;

    /// Removes contacts for good.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, contacts: &mut [Contact]) -> Result<()>;
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

/// The company's opportunities and their stage changes. Deleted ones are absent, but for the methods that speak
/// of the bin.
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

    /// Every live opportunity with an account, or with nobody but a contact at it, in the order of their ids,
    /// locked until the end.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_account(&self, id: AccountId) -> Result<Vec<Opportunity>>;

    /// Every opportunity with one of these contacts, live or not, in the order of their ids, locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of_contacts(&self, ids: &[ContactId]) -> Result<Vec<Opportunity>>;

    /// One opportunity that lies in the bin. It is not locked.
    ///
    /// # Errors
    /// `not_found`, `not_deleted` for a live one.
    async fn deleted(&self, id: OpportunityId) -> Result<Opportunity>;

    /// Everything of one deletion, in the order of their ids, locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_deletion(&self, id: DeletionId) -> Result<Vec<Opportunity>>;

    /// Stores opportunities that went to the bin, came out of it (with the stage changes by which some of them
    /// landed elsewhere) or forgot their contact, all at once.
    ///
    /// # Errors
    /// `edit_conflict` when a stored version is another.
    async fn update_all(&self, opportunities: &mut [Opportunity], landings: &[StageChange]) -> Result<()>;

    /// At most `limit` opportunities that went to the bin before a moment, locked; those that somebody else
    /// holds are left out.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Opportunity>>;

    /// Removes opportunities for good, with their stage changes.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, opportunities: &mut [Opportunity]) -> Result<()>;

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
