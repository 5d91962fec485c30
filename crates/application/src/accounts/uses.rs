//! Which records refer to an account.

use async_trait::async_trait;
use cartera_domain::ids::AccountId;

use crate::error::Result;

/// How many live records of the company refer to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccountUse {
    /// Live contacts at it.
    pub contacts: i64,
    /// Live opportunities with it, or only with one of its contacts.
    pub opportunities: i64,
}

/// References to the company's accounts.
#[async_trait]
pub trait AccountUses: Send + Sync {
    /// Counts the records that refer to the account, after locking it against new references until the transaction
    /// ends.
    ///
    /// # Errors
    /// `not_found`.
    async fn lock_and_count(&self, id: AccountId) -> Result<AccountUse>;
}
