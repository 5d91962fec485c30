//! What chores need of the store.

use async_trait::async_trait;
use cartera_domain::ids::CompanyId;
use chrono::{DateTime, Utc};

use crate::error::Result;

/// What keeps a company's rows in good order, within the unit of work. None of it is an event: it changes
/// nothing that anybody could see.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Forgets answers that were remembered before `before`, at most `limit`; answers how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_answers(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Forgets sessions that were over before `before`, ended or expired, with their refresh tokens, at most
    /// `limit`; answers how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_sessions(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Forgets links to choose a password that expired before `before`, and invitations that nobody can accept
    /// any more and that last changed before it, at most `limit` of each; answers how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_links(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Forgets wrong passwords that were last counted before `before`, at most `limit`; answers how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_attempts(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Recounts what the counters count; answers how many of them differ.
    ///
    /// # Errors
    /// Those of the store.
    async fn drifted_counters(&self) -> Result<u64>;
}

/// The roll of all companies: only the worker may read it.
#[async_trait]
pub trait CompanyRoll: Send + Sync {
    /// At most `limit` companies, in the order of their ids, after the given one.
    ///
    /// # Errors
    /// Those of the store.
    async fn companies(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyId>>;
}
