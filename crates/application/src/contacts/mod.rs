//! The use cases of contacts.

mod bin;
mod fields;

use std::sync::Arc;

use cartera_domain::{
    contacts::{Contact, ContactFields, ContactInput},
    identity::Permission,
    ids::{AccountId, ContactId, Id},
    input::Patch,
};
use uuid::Uuid;

pub use fields::ContactField;

use crate::{
    accounts::{check_owner, company_country},
    error::{Error, Result},
    idempotency::{Once, Outcome},
    lists::{ListQuery, Page, Test, Value},
    ports::{Ports, UnitOfWork},
    security::{Actor, IfMatch},
    trash,
    views::ContactView,
};

/// What a caller gives to create or change a contact.
#[derive(Debug, Clone, Default)]
pub struct ContactCommand {
    /// The fields.
    pub input: ContactInput,
    /// At which account it shall be.
    pub account_id: Patch<Uuid>,
    /// Whose contact it shall be; on creation the creator's when nothing was said.
    pub owner_id: Patch<Uuid>,
}

/// The use cases of contacts.
#[derive(Clone)]
pub struct ContactService {
    ports: Arc<Ports>,
}

impl ContactService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Creates a contact.
    ///
    /// # Errors
    /// `validation_failed`, `invalid_reference`, `forbidden` to assign to somebody else,
    /// `contact_email_taken`.
    pub async fn create(
        &self,
        actor: &Actor,
        command: ContactCommand,
        once: &Once,
    ) -> Result<Outcome<ContactView>> {
        let grant = actor.authorize(Permission::ContactsWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let ContactCommand { input, account_id, owner_id } = command;
            let fields = ContactFields::read(input, &company_country(tx).await?)?;
            let account_id = wanted_account(tx, None, account_id).await?;
            let wanted = match owner_id {
                Patch::Absent => grant.user_id(),
                Patch::Null => None,
                Patch::Value(id) => Some(Id::new(id)),
            };
            let assign = Permission::ContactsAssign;
            let owner_id = check_owner(actor, assign, tx, grant.user_id(), wanted).await?;
            let id = Id::new(self.ports.randomness.id());
            let now = self.ports.clock.now();
            let mut contact = Contact::create(id, fields, account_id, owner_id, grant.user_id(), now);
            tx.contacts().insert(&mut contact).await?;
            tx.contacts().view(id).await
        })
        .await
    }

    /// Lists contacts, or with the flag `deleted` those in the bin.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor, query: ListQuery<ContactField>) -> Result<Page<ContactView>> {
        let (grant, query) = trash::authorize_list(
            actor,
            (Permission::ContactsRead, Permission::ContactsDelete),
            ContactField::OwnerId,
            query,
        )?;
        Ok(query.page(self.ports.contact_queries.list(&grant, &query).await?))
    }

    /// The contacts at one account.
    ///
    /// # Errors
    /// `not_found` for the account, and as [`Self::list`].
    pub async fn list_of_account(
        &self,
        actor: &Actor,
        account_id: AccountId,
        query: ListQuery<ContactField>,
    ) -> Result<Page<ContactView>> {
        let grant = actor.authorize(Permission::ContactsRead)?;
        actor.authorize(Permission::AccountsRead)?;
        {
            let tx = self.ports.store.read(&grant).await?;
            tx.accounts().get(account_id).await?;
            tx.commit().await?;
        }
        let parent = Test::AnyOf(vec![Value::Id(account_id.uuid())]);
        self.list(actor, query.with(ContactField::AccountId, parent)).await
    }

    /// Reads a contact.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, actor: &Actor, id: ContactId) -> Result<ContactView> {
        let grant = actor.authorize(Permission::ContactsRead)?;
        let tx = self.ports.store.read(&grant).await?;
        let view = tx.contacts().view(id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Changes a contact. Its opportunities keep the account they have.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `invalid_reference`, `forbidden` to assign to
    /// somebody else, `contact_email_taken`, `edit_conflict`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: ContactId,
        command: ContactCommand,
        if_match: IfMatch,
    ) -> Result<ContactView> {
        let grant = actor.authorize(Permission::ContactsWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut contact = tx.contacts().get(id).await?;
        if_match.check(contact.record().version)?;
        let ContactCommand { input, account_id, owner_id } = command;
        let fields = contact.record().fields.patched(input, &company_country(&*tx).await?)?;
        let account_id = wanted_account(&*tx, contact.record().account_id, account_id).await?;
        let current = contact.record().owner_id;
        let owner_id = match owner_id {
            Patch::Absent => current,
            wanted => {
                let wanted = wanted.into_value().map(Id::new);
                check_owner(actor, Permission::ContactsAssign, &*tx, current, wanted).await?
            }
        };
        if contact.edit(fields, account_id, owner_id, self.ports.clock.now()) {
            tx.contacts().update(&mut contact).await.map_err(|error| if_match.explain(error))?;
        }
        let view = tx.contacts().view(id).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// The account at which a contact shall be, held against its deletion until the end.
async fn wanted_account(
    tx: &dyn UnitOfWork,
    current: Option<AccountId>,
    wanted: Patch<Uuid>,
) -> Result<Option<AccountId>> {
    let id = match wanted {
        Patch::Absent => return Ok(current),
        Patch::Null => return Ok(None),
        Patch::Value(id) => Id::new(id),
    };
    if tx.accounts().can_be_referenced(id).await? {
        Ok(Some(id))
    } else {
        Err(Error::invalid_reference("accountId"))
    }
}
