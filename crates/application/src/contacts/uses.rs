//! What uses a contact.

use async_trait::async_trait;
use cartera_domain::{
    contacts::Contact,
    ids::{AccountId, ContactId},
};
use chrono::{DateTime, Utc};

use crate::error::Result;

/// What uses the company's contacts.
#[async_trait]
pub trait ContactUses: Send + Sync {
    /// Counts the live opportunities that have no other party, after locking the contact against new uses
    /// until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn lock_and_count(&self, id: ContactId) -> Result<i64>;

    /// Whether the contact is there to be referred to, and at which account; it can't be deleted until the
    /// end.
    ///
    /// # Errors
    /// Those of the store.
    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>>;

    /// At most `limit` contacts that went to the bin before a moment and are nobody's only party, locked;
    /// those that somebody else holds are left out.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>>;
}
