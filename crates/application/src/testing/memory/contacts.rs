//! Contacts.

use async_trait::async_trait;
use cartera_domain::{
    Deletion,
    contacts::{Contact, ContactFields, ContactRecord},
    ids::{AccountId, ContactId, DeletionId},
    values::{Line, Prose},
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::{Contacts, Owners},
    views::{ContactView, NamedRef},
};

impl MemoryUnitOfWork {
    /// A contact, live or in the bin.
    pub(super) fn any_contact(&self, id: ContactId) -> Option<ContactRecord> {
        self.row(|tables| &tables.contacts, &(self.company(), id)).filter(|_| !self.is_removed(id.uuid()))
    }

    fn live_contact(&self, id: ContactId) -> Option<ContactRecord> {
        self.any_contact(id).filter(|row| row.deletion.is_none())
    }

    /// The company's contacts that `wanted` picks, in the order of their ids.
    fn contacts_where(&self, wanted: impl Fn(&ContactRecord) -> bool) -> Vec<ContactId> {
        let found = self
            .rows(|tables| &tables.contacts, |(company, _), row| *company == self.company() && wanted(row));
        found.into_iter().map(|row| row.id).filter(|id| !self.is_removed(id.uuid())).collect()
    }

    /// The live contacts at an account.
    pub(super) fn contacts_at(&self, id: AccountId) -> Vec<ContactId> {
        self.contacts_where(|row| row.account_id == Some(id) && row.deletion.is_none())
    }

    /// Locks contacts one by one, and keeps those that are still wanted when they are locked.
    async fn locked_contacts(
        &self,
        ids: Vec<ContactId>,
        wanted: impl Fn(&ContactRecord) -> bool + Send + Sync,
    ) -> Result<Vec<Contact>> {
        let mut locked = Vec::new();
        for id in ids {
            self.held.exclusive(&self.existence_lock("contact", id.uuid())).await?;
            self.lock("contact", id).await?;
            locked.extend(self.any_contact(id).filter(|row| wanted(row)).map(Contact::stored));
        }
        Ok(locked)
    }

    /// Changes contacts that are locked, one after the other.
    async fn each_contact(
        &self,
        ids: Vec<ContactId>,
        change: impl Fn(&mut Contact) + Send + Sync,
    ) -> Result<()> {
        for id in ids {
            let record = self.any_contact(id).ok_or_else(Error::not_found)?;
            let mut contact = Contact::stored(record);
            change(&mut contact);
            Contacts::update(self, &mut contact).await?;
        }
        Ok(())
    }

    async fn claim_contact_email(&self, record: &ContactRecord) -> Result<()> {
        let Some(wanted) = record.fields.email.as_ref().filter(|_| record.deletion.is_none()) else {
            return Ok(());
        };
        let wanted = wanted.key();
        self.lock("contact email", &wanted).await?;
        let taken = self.contacts_where(|other| {
            other.id != record.id
                && other.deletion.is_none()
                && other.fields.email.as_ref().is_some_and(|email| email.key() == wanted)
        });
        if taken.is_empty() { Ok(()) } else { Err(Error::refused(Code::ContactEmailTaken)) }
    }

    /// What the composite foreign keys refuse: a row can't point across companies.
    fn require_own_account(&self, record: &ContactRecord) -> Result<()> {
        if record.account_id.is_some_and(|id| self.named_account(id).is_none()) {
            return Err(Error::Internal {
                what: "a reference to an account that is not of the company",
                cause: None,
            });
        }
        self.require_user(record.owner_id)
    }
}

fn owners(contacts: &[Contact]) -> Owners {
    contacts.iter().map(|contact| contact.record().owner_id).collect()
}

#[async_trait]
impl Contacts for MemoryUnitOfWork {
    async fn get(&self, id: ContactId) -> Result<Contact> {
        self.live_contact(id).map(Contact::stored).ok_or_else(Error::not_found)
    }

    async fn lock_and_count_uses(&self, id: ContactId) -> Result<i64> {
        self.held.exclusive(&self.existence_lock("contact", id.uuid())).await?;
        self.live_contact(id).ok_or_else(Error::not_found)?;
        let alone = self.opportunities_where(|row| {
            row.links.contact_id == Some(id) && row.links.account_id.is_none() && row.deletion.is_none()
        });
        Ok(i64::try_from(alone.len()).unwrap_or(i64::MAX))
    }

    async fn reference(&self, id: ContactId) -> Result<Option<Option<AccountId>>> {
        self.held.shared(&self.existence_lock("contact", id.uuid())).await?;
        Ok(self.live_contact(id).map(|contact| contact.account_id))
    }

    async fn lock_of_account(&self, id: AccountId) -> Result<Owners> {
        let at = self.contacts_at(id);
        let is_at = |row: &ContactRecord| row.account_id == Some(id) && row.deletion.is_none();
        Ok(owners(&self.locked_contacts(at, is_at).await?))
    }

    async fn delete_of_account(&self, id: AccountId, deletion: Deletion) -> Result<()> {
        self.each_contact(self.contacts_at(id), |contact| contact.delete(deletion)).await
    }

    async fn deleted(&self, id: ContactId) -> Result<Contact> {
        let record = self.any_contact(id).ok_or_else(Error::not_found)?;
        if record.deletion.is_none() {
            return Err(Error::refused(Code::NotDeleted));
        }
        Ok(Contact::stored(record))
    }

    async fn lock_deletion(&self, id: DeletionId) -> Result<Owners> {
        let is_of = |row: &ContactRecord| row.deletion.is_some_and(|deletion| deletion.id == id);
        Ok(owners(&self.locked_contacts(self.contacts_where(is_of), is_of).await?))
    }

    async fn bring_back_deletion(&self, id: DeletionId, at: DateTime<Utc>) -> Result<()> {
        let is_of = |row: &ContactRecord| row.deletion.is_some_and(|deletion| deletion.id == id);
        self.each_contact(self.contacts_where(is_of), |contact| contact.bring_back(at)).await
    }

    async fn insert(&self, contact: &mut Contact) -> Result<()> {
        let record = contact.record().clone();
        self.require_own_account(&record)?;
        self.require_user(record.created_by)?;
        self.claim_contact_email(&record).await?;
        self.written().contacts.insert((self.company(), record.id), record);
        self.record(contact.take_events());
        Ok(())
    }

    async fn update(&self, contact: &mut Contact) -> Result<()> {
        let record = contact.record().clone();
        self.lock("contact", record.id).await?;
        match self.any_contact(record.id) {
            Some(stored) if stored.version == record.version - 1 => {}
            Some(_) | None => return Err(Error::refused(Code::EditConflict)),
        }
        self.require_own_account(&record)?;
        self.claim_contact_email(&record).await?;
        self.written().contacts.insert((self.company(), record.id), record);
        self.record(contact.take_events());
        Ok(())
    }

    async fn view(&self, id: ContactId) -> Result<ContactView> {
        let ContactRecord {
            id,
            fields,
            account_id,
            owner_id,
            version,
            created_at,
            created_by,
            updated_at,
            deletion,
        } = self.live_contact(id).ok_or_else(Error::not_found)?;
        let ContactFields {
            first_name,
            last_name,
            position,
            email,
            phone,
            address,
            social_links,
            notes,
            tags,
        } = fields;
        Ok(ContactView {
            id: id.uuid(),
            version,
            first_name: first_name.into_string(),
            last_name: last_name.map(Line::into_string),
            position: position.map(Line::into_string),
            email: email.map(|email| email.as_str().to_owned()),
            phone: phone.map(|number| number.as_str().to_owned()),
            address: address.map(Prose::into_string),
            social_links: social_links.into(),
            notes: notes.map(Prose::into_string),
            account: account_id.and_then(|id| self.named_account(id)),
            owner: self.named_user(owner_id),
            tags: tags.as_strings(),
            created_at,
            created_by: self.named_user(created_by),
            updated_at,
            deleted_at: deletion.map(|deletion| deletion.at),
        })
    }

    async fn lock_expired(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Contact>> {
        let is_needed = |id: ContactId| {
            let alone = self.opportunities_where(|row| {
                row.links.contact_id == Some(id) && row.links.account_id.is_none()
            });
            !alone.is_empty()
        };
        let expired = self.contacts_where(|row| row.deletion.is_some_and(|deletion| deletion.at < before));
        let mut locked = Vec::new();
        for id in expired.into_iter().filter(|id| !is_needed(*id)) {
            let free = self.held.try_exclusive(&format!("{}/contact/{id}", self.company()));
            let row = self.any_contact(id).filter(|row| free && row.deletion.is_some());
            locked.extend(row.map(Contact::stored));
        }
        locked.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(locked)
    }

    async fn remove(&self, contacts: &mut [Contact]) -> Result<()> {
        for contact in contacts {
            self.remove_row(contact.record().id.uuid());
            self.record(contact.take_events());
        }
        Ok(())
    }
}

impl MemoryUnitOfWork {
    /// A contact by name, for those who read what refers to it.
    pub(super) fn named_contact(&self, id: ContactId) -> Option<NamedRef> {
        let row = self.any_contact(id)?;
        Some(NamedRef { id: id.uuid(), name: row.fields.full_name() })
    }
}
