//! What the use cases need from the world, as small traits named by need.
//!
//! Everything of a company goes through [`Store::begin`], which takes a [`Grant`] and opens one transaction
//! of that company: a [`UnitOfWork`]. Work that belongs to no company (finding whose e-mail it is) goes
//! through the narrow [`Directory`].

mod attachments;
mod files;
mod identity;
mod outbound;
mod people;
mod reading;
mod sales;
mod upkeep;
mod world;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

pub use attachments::{Attachments, Removable};
pub use files::{BlobFacts, BlobKey, BlobStore, DownloadTicket, Upload, UploadTicket};
pub use identity::{Administrator, Administrators, ApiKeys, Companies, Directory, Identity, Sessions, Users};
pub use outbound::{JobQueue, Mail, MailContent, MailError, Mailer};
pub use people::{InvitationQueries, Invitations, PasswordResets, SignInCounts};
pub use reading::{
    ApiKeyQueries, AttachmentQueries, Board, BoardColumn, CompanyQueries, DeadJobQueries, OpportunityQueries,
    Reports, UserQueries,
};
pub use sales::{Opportunities, Pipelines};
pub use upkeep::{CompanyRoll, Upkeep};
pub use world::{AccessClaims, AccessTokens, Clock, LinkSecrets, PasswordHasher, Randomness};

pub use crate::{
    accounts::{AccountUse, AccountUses},
    contacts::ContactUses,
    records::{ManyRows, Owners, RecordLists, Rows},
};
use crate::{error::Result, security::Grant};

/// Opens transactions, each in the company of a grant.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit of work in the grant's company.
    ///
    /// # Errors
    /// `unavailable` when the store can't be reached or has no connection free in time; `company_busy` when the
    /// company's own work has all that it may hold at once.
    async fn begin(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>>;

    /// Begins a unit of work that only reads: it takes no locks, so it waits for no row that somebody else holds,
    /// and it is kept apart from those that write and may have to wait. What it writes all the same is not kept.
    ///
    /// # Errors
    /// As [`Store::begin`].
    async fn read(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>>;
}

/// One transaction of one company. Dropping it undoes everything; [`UnitOfWork::commit`] keeps everything,
/// with the events of every entity that was saved. No call to mail, storage or HTTP belongs inside one.
#[async_trait]
pub trait UnitOfWork: Send + Sync {
    /// The rows of its records.
    fn rows(&self) -> &dyn Rows;
    /// The company itself.
    fn companies(&self) -> &dyn Companies;
    /// Its users.
    fn users(&self) -> &dyn Users;
    /// The platform's administrators; only in the platform's own realm.
    fn administrators(&self) -> &dyn Administrators;
    /// Sessions and their refresh tokens.
    fn sessions(&self) -> &dyn Sessions;
    /// Invitations.
    fn invitations(&self) -> &dyn Invitations;
    /// Permissions to choose a new password.
    fn password_resets(&self) -> &dyn PasswordResets;
    /// Wrong passwords by e-mail; only in the platform's own realm.
    fn sign_in_counts(&self) -> &dyn SignInCounts;
    /// API keys.
    fn api_keys(&self) -> &dyn ApiKeys;
    /// The same as sets: what belongs to a record, what went to the bin together.
    fn many_rows(&self) -> &dyn ManyRows;
    /// What uses accounts.
    fn account_uses(&self) -> &dyn AccountUses;
    /// What uses contacts.
    fn contact_uses(&self) -> &dyn ContactUses;
    /// Pipelines and stages.
    fn pipelines(&self) -> &dyn Pipelines;
    /// Opportunities and their stage changes.
    fn opportunities(&self) -> &dyn Opportunities;
    /// Attachments.
    fn attachments(&self) -> &dyn Attachments;
    /// Remembered answers.
    fn idempotency_keys(&self) -> &dyn IdempotencyKeys;
    /// The queue of background work.
    fn jobs(&self) -> &dyn JobQueue;
    /// What keeps the company's rows in good order.
    fn upkeep(&self) -> &dyn Upkeep;
    /// Makes everything permanent at once: rows, counters, events.
    ///
    /// # Errors
    /// `unavailable` or `internal` when the store can't; then nothing was kept.
    async fn commit(self: Box<Self>) -> Result<()>;
    /// Undoes everything, as dropping does, and waits until it is undone: what it locked is free when this
    /// returns. It can't fail: what can't be reached any more has kept nothing.
    async fn rollback(self: Box<Self>);
}

/// What is known of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It was never used, or too long ago; it is ours until the transaction ends.
    New,
    /// Another transaction is using it right now.
    Busy,
    /// It was used.
    Used {
        /// For which request.
        fingerprint: [u8; 32],
        /// With which output.
        output: Value,
    },
}

/// Remembered answers, by the actor's own keys, for 24 hours.
#[async_trait]
pub trait IdempotencyKeys: Send + Sync {
    /// Claims a key until the transaction ends.
    ///
    /// # Errors
    /// Those of the store.
    async fn claim(&self, key: &str) -> Result<Claim>;

    /// Stores an answer under a claimed key.
    ///
    /// # Errors
    /// Those of the store.
    async fn remember(&self, key: &str, fingerprint: [u8; 32], output: Value) -> Result<()>;
}

/// The ports, as the composition root wires them.
#[derive(Clone)]
pub struct Ports {
    /// Transactions of one company.
    pub store: Arc<dyn Store>,
    /// Whose e-mail it is.
    pub directory: Arc<dyn Directory>,
    /// Lists of companies.
    pub company_queries: Arc<dyn CompanyQueries>,
    /// Lists of users.
    pub user_queries: Arc<dyn UserQueries>,
    /// Lists of records.
    pub record_lists: Arc<dyn RecordLists>,
    /// Lists of opportunities and stage changes, and the board.
    pub opportunity_queries: Arc<dyn OpportunityQueries>,
    /// Lists of invitations.
    pub invitation_queries: Arc<dyn InvitationQueries>,
    /// Lists of attachments.
    pub attachment_queries: Arc<dyn AttachmentQueries>,
    /// Lists of API keys.
    pub api_key_queries: Arc<dyn ApiKeyQueries>,
    /// Lists of dead jobs.
    pub dead_job_queries: Arc<dyn DeadJobQueries>,
    /// Reports.
    pub reports: Arc<dyn Reports>,
    /// The files of attachments.
    pub blobs: Arc<dyn BlobStore>,
    /// Password hashes.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// Outgoing mail.
    pub mailer: Arc<dyn Mailer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub randomness: Arc<dyn Randomness>,
    /// The secrets of mailed links.
    pub link_secrets: Arc<dyn LinkSecrets>,
}
