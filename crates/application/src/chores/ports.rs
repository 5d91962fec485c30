//! Scheduled maintenance of a company's rows.

use async_trait::async_trait;
use cartera_domain::ids::CompanyId;
use chrono::{DateTime, Utc};

use crate::error::Result;

/// Maintenance of a company's rows, within the unit of work. It records no events, because it changes nothing that
/// anybody could see.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Deletes responses stored before `before`, at most `limit`; returns how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_answers(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Deletes sessions that ended or expired before `before`, with their refresh tokens, at most `limit`; returns how
    /// many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_sessions(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Deletes password resets that expired before `before`, and closed invitations that last changed before it, at
    /// most `limit` of each; returns how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_links(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Deletes failed sign-ins that were last counted before `before`, at most `limit`; returns how many.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget_attempts(&self, before: DateTime<Utc>, limit: u32) -> Result<u64>;

    /// Recounts the counters; returns how many of them differ.
    ///
    /// # Errors
    /// Those of the store.
    async fn drifted_counters(&self) -> Result<u64>;
}

/// The list of all companies, which only the worker may read.
#[async_trait]
pub trait CompanyRoll: Send + Sync {
    /// At most `limit` companies, in the order of their ids, after the given one.
    ///
    /// # Errors
    /// Those of the store.
    async fn companies(&self, after: Option<CompanyId>, limit: u32) -> Result<Vec<CompanyId>>;
}
