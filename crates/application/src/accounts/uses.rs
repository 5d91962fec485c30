//! What uses an account.

use async_trait::async_trait;
use cartera_domain::ids::AccountId;

use crate::error::Result;

/// What of the company's still uses an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountUse {
    /// Live contacts at it.
    pub contacts: i64,
    /// Live opportunities with it, or with nobody but its contacts.
    pub opportunities: i64,
}

/// What uses the company's accounts.
#[async_trait]
pub trait AccountUses: Send + Sync {
    /// Counts what uses the account, after locking it against new uses until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn lock_and_count(&self, id: AccountId) -> Result<AccountUse>;
}
