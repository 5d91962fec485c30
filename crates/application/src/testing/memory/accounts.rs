//! Accounts.

use async_trait::async_trait;
use cartera_domain::{
    accounts::{Account, AccountFields, AccountRecord},
    ids::AccountId,
    values::name_key,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::{AccountUse, Accounts},
    views::AccountView,
};

impl MemoryUnitOfWork {
    /// An account, live or in the bin.
    fn any_account(&self, id: AccountId) -> Option<AccountRecord> {
        self.row(|tables| &tables.accounts, &(self.company(), id)).filter(|_| !self.is_removed(id.uuid()))
    }

    pub(super) fn live_account(&self, id: AccountId) -> Option<AccountRecord> {
        self.any_account(id).filter(|row| row.deletion.is_none())
    }

    /// Deleting takes this lock alone, referring shares it: so nothing new refers to what is being deleted.
    pub(super) fn existence_lock(&self, what: &str, id: Uuid) -> String {
        format!("{}/{what} existence/{id}", self.company())
    }

    async fn claim_account_name(&self, record: &AccountRecord) -> Result<()> {
        if record.deletion.is_some() {
            return Ok(());
        }
        let wanted = name_key(record.fields.name.as_str());
        self.lock("account name", &wanted).await?;
        let taken = self.rows(
            |tables| &tables.accounts,
            |(company, id), other| {
                *company == self.company()
                    && *id != record.id
                    && other.deletion.is_none()
                    && name_key(other.fields.name.as_str()) == wanted
            },
        );
        if taken.is_empty() { Ok(()) } else { Err(Error::refused(Code::AccountNameTaken)) }
    }
}

#[async_trait]
impl Accounts for MemoryUnitOfWork {
    async fn get(&self, id: AccountId) -> Result<Account> {
        self.live_account(id).map(Account::stored).ok_or_else(Error::not_found)
    }

    async fn lock_and_count_uses(&self, id: AccountId) -> Result<AccountUse> {
        self.held.exclusive(&self.existence_lock("account", id.uuid())).await?;
        self.live_account(id).ok_or_else(Error::not_found)?;
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        Ok(AccountUse {
            contacts: count(self.contacts_at(id).len()),
            opportunities: count(self.opportunities_with(id).len()),
        })
    }

    async fn can_be_referenced(&self, id: AccountId) -> Result<bool> {
        self.held.shared(&self.existence_lock("account", id.uuid())).await?;
        Ok(self.live_account(id).is_some())
    }

    async fn deleted(&self, id: AccountId) -> Result<Account> {
        let record = self.any_account(id).ok_or_else(Error::not_found)?;
        if record.deletion.is_none() {
            return Err(Error::refused(Code::NotDeleted));
        }
        Ok(Account::stored(record))
    }

    async fn insert(&self, account: &mut Account) -> Result<()> {
        let record = account.record().clone();
        self.require_user(record.owner_id)?;
        self.require_user(record.created_by)?;
        self.claim_account_name(&record).await?;
        self.written().accounts.insert((self.company(), record.id), record);
        self.record(account.take_events());
        Ok(())
    }

    async fn update(&self, account: &mut Account) -> Result<()> {
        let record = account.record().clone();
        let key = (self.company(), record.id);
        self.lock("account", record.id).await?;
        match self.any_account(record.id) {
            Some(stored) if stored.version == record.version - 1 => {}
            Some(_) | None => return Err(Error::refused(Code::EditConflict)),
        }
        self.require_user(record.owner_id)?;
        self.claim_account_name(&record).await?;
        self.written().accounts.insert(key, record);
        self.record(account.take_events());
        Ok(())
    }

    async fn view(&self, id: AccountId) -> Result<AccountView> {
        let record = self.live_account(id).ok_or_else(Error::not_found)?;
        let AccountRecord { id, fields, owner_id, version, created_at, created_by, updated_at, deletion } =
            record;
        let AccountFields { name, industry, address, employees, website, phone, description, tags } = fields;
        Ok(AccountView {
            id: id.uuid(),
            version,
            name: name.into_string(),
            industry: industry.map(|text| text.as_str().to_owned()),
            address: address.map(|text| text.as_str().to_owned()),
            employees,
            website: website.map(|url| url.as_str().to_owned()),
            phone: phone.map(|number| number.as_str().to_owned()),
            description: description.map(|text| text.as_str().to_owned()),
            owner: self.named_user(owner_id),
            tags: tags.as_strings(),
            created_at,
            created_by: self.named_user(created_by),
            updated_at,
            deleted_at: deletion.map(|deletion| deletion.at),
        })
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Account>> {
        let is_used = |id: AccountId| {
            let contacts = self.rows(
                |tables| &tables.contacts,
                |(company, _), row| *company == self.company() && row.account_id == Some(id),
            );
            let opportunities = self.rows(
                |tables| &tables.opportunities,
                |(company, _), row| *company == self.company() && row.links.account_id == Some(id),
            );
            contacts.iter().any(|row| !self.is_removed(row.id.uuid()))
                || opportunities.iter().any(|row| !self.is_removed(row.id.uuid()))
        };
        let expired = self.rows(
            |tables| &tables.accounts,
            |(company, _), row| {
                *company == self.company() && row.deletion.is_some_and(|deletion| deletion.at < before)
            },
        );
        let mut locked = Vec::new();
        for id in expired.into_iter().map(|row| row.id).filter(|id| !is_used(*id)) {
            let free = self.held.try_exclusive(&format!("{}/account/{id}", self.company()));
            let row = self.any_account(id).filter(|row| free && row.deletion.is_some());
            locked.extend(row.map(Account::stored));
        }
        locked.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(locked)
    }

    async fn remove(&self, accounts: &mut [Account]) -> Result<()> {
        for account in accounts {
            self.remove_row(account.record().id.uuid());
            self.record(account.take_events());
        }
        Ok(())
    }
}
