//! What uses accounts.

use async_trait::async_trait;
use cartera_domain::{accounts::AccountFields, ids::AccountId, record::Fields};

use super::MemoryUnitOfWork;
use crate::{
    error::{Error, Result},
    ports::{AccountUse, AccountUses},
};

#[async_trait]
impl AccountUses for MemoryUnitOfWork {
    async fn lock_and_count(&self, id: AccountId) -> Result<AccountUse> {
        self.held.exclusive(&self.existence_lock(AccountFields::TABLE, id.uuid())).await?;
        self.live::<AccountFields>(id).ok_or_else(Error::not_found)?;
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        Ok(AccountUse {
            contacts: count(self.contacts_at(id).len()),
            opportunities: count(self.opportunities_with(id).len()),
        })
    }
}
