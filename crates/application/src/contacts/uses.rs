//! Which records refer to a contact.

use async_trait::async_trait;
use cartera_domain::{
    contacts::Contact,
    ids::{AccountId, ContactId},
};
use chrono::{DateTime, Utc};

use crate::error::Result;

/// References to the company's contacts.
#[async_trait]
pub trait ContactUses: Send + Sync {
    /// Counts the live opportunities that have no other party, after locking the contact against new references until
    /// the transaction ends.
    ///
    /// # Errors
    /// `not_found`.
    async fn lock_and_count(&self, id: ContactId) -> Result<i64>;

    /// Whether the contact exists and may be referred to, and its account. Locks it against deletion until the
    /// transaction ends.
    ///
    /// # Errors
    /// Those of the store.
    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>>;

    /// Locks and returns at most `limit` contacts that were deleted before a time and are nobody's only party, skipping
    /// those that another transaction has locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>>;
}
