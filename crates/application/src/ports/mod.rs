//! The ports: what the use cases need from outside, as small traits named by need.
//!
//! All data of a company is accessed through [`Store::begin`], which takes a [`Grant`] and opens one transaction of
//! that company: a [`UnitOfWork`]. Lookups across companies (whose e-mail is this?) go through the narrow
//! [`Directory`]. A port stands with its feature; this module gathers them for adapters and the composition root.

mod environment;

use std::sync::Arc;

use async_trait::async_trait;
use cartera_domain::ids::OperationId;
use serde_json::Value;

pub use environment::{Clock, Randomness};

pub use crate::{
    accounts::{AccountUse, AccountUses},
    attachments::{
        AttachmentQueries, Attachments, BlobFacts, BlobKey, BlobStore, DownloadTicket, Removable, Upload,
        UploadTicket,
    },
    chores::{CompanyRoll, Upkeep},
    companies::{Companies, CompanyQueries},
    contacts::ContactUses,
    history::{History, HistoryQueries},
    identity::{
        AccessClaims, AccessTokens, Administrator, Administrators, ApiKeyQueries, ApiKeys, DerivedSecrets,
        Directory, FormerToken, Identity, PasswordHasher, PasswordResets, Sessions, SignInCounts,
    },
    invitations::{InvitationQueries, Invitations},
    jobs::{DeadJobQueries, JobQueue},
    notices::{Mail, MailContent, MailError, Mailer},
    opportunities::{Board, BoardColumn, Opportunities, OpportunityQueries},
    pipelines::Pipelines,
    records::{ManyRows, Owners, RecordLists, Rows},
    reports::Reports,
    users::{UserQueries, Users},
};
use crate::{
    error::Result,
    security::{Grant, Provenance},
};

/// Opens transactions, each in the company of a grant.
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins a unit of work in the grant's company.
    ///
    /// # Errors
    /// `unavailable` when the store can't be reached or has no free connection in time; `company_busy` when the company
    /// already holds its full share of connections.
    async fn begin(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>>;

    /// Begins a read-only unit of work: it takes no locks, so it waits for no locked row, and its connection is kept
    /// apart from those of writers, which may have to wait. Anything it writes is discarded.
    ///
    /// # Errors
    /// As [`Store::begin`].
    async fn read(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>>;
}

/// Waits for several look-ups of a unit of work that need nothing of one another. The store may send them together; it takes
/// their locks in the order in which they stand here. Ends with the first error.
macro_rules! at_once {
    ($tx:expr, $($asked:expr),+ $(,)?) => {{
        let _together = $crate::ports::Together::of($tx);
        tokio::try_join!(biased; $($asked),+)
    }};
}

pub(crate) use at_once;

/// Commits, and reads the answer as the last thing before: the store may send both together. It reads what was written
/// whether or not somebody else changes it right after.
///
/// # Errors
/// Those of the commit, after which nothing is stored, and of the answer.
pub(crate) async fn commit_and_read<T>(
    tx: &dyn UnitOfWork,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    let (answer, ()) = at_once!(tx, answer, tx.conclude())?;
    Ok(answer)
}

/// As long as it lives, what is asked of the unit of work is asked for at the same time.
pub(crate) struct Together<'a>(&'a dyn UnitOfWork);

impl<'a> Together<'a> {
    pub(crate) fn of(tx: &'a dyn UnitOfWork) -> Self {
        tx.gather(true);
        Self(tx)
    }
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        self.0.gather(false);
    }
}

/// One transaction of one company. Dropping it rolls back; [`UnitOfWork::commit`] stores everything, with the events of
/// every saved entity. Don't call mail, storage or HTTP inside one. What a write refuses (a value that is
/// taken, a version that somebody else has changed) is told at once or by whatever is asked for next, by the commit at the
/// latest.
#[async_trait]
pub trait UnitOfWork: Send + Sync {
    /// Tells that what is asked for from now on is asked for at the same time, or that this is over. Stores that gain nothing
    /// by it ignore it.
    fn gather(&self, _together: bool) {}
    /// What it works for.
    fn provenance(&self) -> &Provenance;
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
    /// Password resets.
    fn password_resets(&self) -> &dyn PasswordResets;
    /// Failed sign-ins by e-mail; only in the platform's own realm.
    fn sign_in_counts(&self) -> &dyn SignInCounts;
    /// API keys.
    fn api_keys(&self) -> &dyn ApiKeys;
    /// The same as sets: all records that belong to another, or that were deleted together.
    fn many_rows(&self) -> &dyn ManyRows;
    /// References to accounts.
    fn account_uses(&self) -> &dyn AccountUses;
    /// References to contacts.
    fn contact_uses(&self) -> &dyn ContactUses;
    /// Pipelines and stages.
    fn pipelines(&self) -> &dyn Pipelines;
    /// Opportunities and their stage changes.
    fn opportunities(&self) -> &dyn Opportunities;
    /// What happened to its records.
    fn history(&self) -> &dyn History;
    /// Attachments.
    fn attachments(&self) -> &dyn Attachments;
    /// Stored responses.
    fn idempotency_keys(&self) -> &dyn IdempotencyKeys;
    /// The queue of background jobs.
    fn jobs(&self) -> &dyn JobQueue;
    /// Scheduled maintenance of the company's rows.
    fn upkeep(&self) -> &dyn Upkeep;
    /// As [`Self::commit`], for what is asked for at the same time. Nothing can be written after it.
    ///
    /// # Errors
    /// As [`Self::commit`].
    async fn conclude(&self) -> Result<()>;
    /// Makes everything permanent at once: rows, counters, events.
    ///
    /// # Errors
    /// `unavailable` or `internal` when the store can't, and what a write refuses that was sent along with it; then nothing
    /// is stored.
    async fn commit(self: Box<Self>) -> Result<()> {
        self.conclude().await
    }
    /// Rolls back, as dropping does, and waits for it: its locks are free when this returns. It can't fail: if the
    /// connection is lost, nothing is stored.
    async fn rollback(self: Box<Self>);
}

/// The state of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is unused, or its response has expired; it is ours until the transaction ends.
    New,
    /// Another transaction is using it right now.
    Busy,
    /// It was used.
    Used {
        /// For which request.
        fingerprint: [u8; 32],
        /// With which output.
        output: Value,
        /// As which operation; unknown for requests of earlier releases.
        operation: Option<OperationId>,
    },
}

/// Stored responses, by the actor's own keys, for 24 hours.
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
    /// Lookups across companies.
    pub directory: Arc<dyn Directory>,
    /// Lists of companies.
    pub company_queries: Arc<dyn CompanyQueries>,
    /// Lists of users.
    pub user_queries: Arc<dyn UserQueries>,
    /// Lists of operations and events.
    pub history: Arc<dyn HistoryQueries>,
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
    /// The secrets of mailed links and refresh tokens.
    pub derived_secrets: Arc<dyn DerivedSecrets>,
}
