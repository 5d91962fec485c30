//! Accounts, and contacts as far as others refer to them.

use async_trait::async_trait;
use cartera_domain::{
    accounts::{Account, AccountFields, AccountRecord},
    ids::{AccountId, ContactId},
    values::name_key,
};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::{AccountUse, Accounts, Contacts},
    views::AccountView,
};

impl MemoryUnitOfWork {
    pub(super) fn live_account(&self, id: AccountId) -> Option<AccountRecord> {
        self.row(|tables| &tables.accounts, &(self.company(), id)).filter(|row| row.deleted_at.is_none())
    }

    /// Deleting takes this lock alone, referring shares it: so nothing new refers to what is being deleted.
    fn existence_lock(&self, id: AccountId) -> String {
        format!("{}/account existence/{id}", self.company())
    }

    async fn claim_account_name(&self, record: &AccountRecord) -> Result<()> {
        if record.deleted_at.is_some() {
            return Ok(());
        }
        let wanted = name_key(record.fields.name.as_str());
        self.lock("account name", &wanted).await?;
        let taken = self.rows(
            |tables| &tables.accounts,
            |(company, id), other| {
                *company == self.company()
                    && *id != record.id
                    && other.deleted_at.is_none()
                    && name_key(other.fields.name.as_str()) == wanted
            },
        );
        if taken.is_empty() { Ok(()) } else { Err(Error::refused(Code::AccountNameTaken)) }
    }
}

#[async_trait]
impl Accounts for MemoryUnitOfWork {
    async fn get(&self, id: AccountId) -> Result<Account> {
        self.live_account(id).map(Account::restore).ok_or_else(Error::not_found)
    }

    async fn lock_and_count_uses(&self, id: AccountId) -> Result<AccountUse> {
        self.held.exclusive(&self.existence_lock(id)).await?;
        self.live_account(id).ok_or_else(Error::not_found)?;
        let contacts = self.rows(
            |tables| &tables.contacts,
            |(company, _), row| {
                *company == self.company() && row.account_id == Some(id) && row.deleted_at.is_none()
            },
        );
        let opportunities = self.rows(
            |tables| &tables.opportunities,
            |(company, _), row| {
                *company == self.company() && row.links.account_id == Some(id) && row.deleted_at.is_none()
            },
        );
        let count = |rows: usize| i64::try_from(rows).unwrap_or(i64::MAX);
        Ok(AccountUse { contacts: count(contacts.len()), opportunities: count(opportunities.len()) })
    }

    async fn can_be_referenced(&self, id: AccountId) -> Result<bool> {
        self.held.shared(&self.existence_lock(id)).await?;
        Ok(self.live_account(id).is_some())
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
        match self.row(|tables| &tables.accounts, &key) {
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
        let AccountRecord {
            id,
            fields,
            owner_id,
            version,
            created_at,
            created_by,
            updated_at,
            deleted_at: _,
        } = record;
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
        })
    }
}

#[async_trait]
impl Contacts for MemoryUnitOfWork {
    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>> {
        let contact = self.row(|tables| &tables.contacts, &(self.company(), id));
        Ok(contact.filter(|contact| contact.deleted_at.is_none()).map(|contact| contact.account_id))
    }
}
