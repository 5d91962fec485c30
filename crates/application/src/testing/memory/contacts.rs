//! Contacts.

use async_trait::async_trait;
use cartera_domain::{
    contacts::{Contact, ContactFields, ContactRecord},
    ids::{AccountId, ContactId},
    record::Fields,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Error, Result},
    ports::ContactUses,
};

impl MemoryUnitOfWork {
    /// The live contacts at an account.
    pub(super) fn contacts_at(&self, id: AccountId) -> Vec<ContactId> {
        let at = self.records(|row: &ContactRecord| row.account_id == Some(id) && row.deletion.is_none());
        at.into_iter().map(|row| row.id).collect()
    }
}

#[async_trait]
impl ContactUses for MemoryUnitOfWork {
    async fn lock_and_count(&self, id: ContactId) -> Result<i64> {
        self.held.exclusive(&self.existence_lock(ContactFields::TABLE, id.uuid())).await?;
        self.live::<ContactFields>(id).ok_or_else(Error::not_found)?;
        let alone = self.opportunities_where(|row| {
            row.links.contact_id == Some(id) && row.links.account_id.is_none() && row.deletion.is_none()
        });
        Ok(i64::try_from(alone.len()).unwrap_or(i64::MAX))
    }

    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>> {
        self.held.shared(&self.existence_lock(ContactFields::TABLE, id.uuid())).await?;
        Ok(self.live::<ContactFields>(id).map(|contact| contact.account_id))
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>> {
        let is_needed = |id: ContactId| {
            let alone = self.opportunities_where(|row| {
                row.links.contact_id == Some(id) && row.links.account_id.is_none()
            });
            !alone.is_empty()
        };
        let expired = self.records(|row: &ContactRecord| {
            row.deletion.is_some_and(|deletion| deletion.at < before) && !is_needed(row.id)
        });
        Ok(self.lock_free(expired, limit))
    }
}
