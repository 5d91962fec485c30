//! Contacts into the bin and out of it.

use cartera_domain::{
    Deletion,
    identity::Permission,
    ids::{ContactId, Id},
};

use super::ContactService;
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    security::{Actor, IfMatch},
    views::ContactView,
};

impl ContactService {
    /// Puts a contact into the bin. Opportunities that have an account besides stay, and get the contact back
    /// when it is restored.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's contact when only one's own may be deleted,
    /// `version_mismatch`, `contact_in_use` with the count of live `opportunities` that have no other party,
    /// `edit_conflict`.
    pub async fn delete(&self, actor: &Actor, id: ContactId, if_match: IfMatch) -> Result<()> {
        let grant = actor.authorize(Permission::ContactsDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        let opportunities = tx.contacts().lock_and_count_uses(id).await?;
        let mut contact = tx.contacts().get(id).await?;
        grant.require_reach(contact.record().owner_id)?;
        if_match.check(contact.record().version)?;
        if opportunities > 0 {
            return Err(Error::refused_with(Code::ContactInUse, [("opportunities", opportunities)]));
        }
        contact.delete(Deletion { id: Id::new(self.ports.randomness.id()), at: self.ports.clock.now() });
        tx.contacts().update(&mut contact).await.map_err(|error| if_match.explain(error))?;
        tx.commit().await
    }

    /// Takes a contact out of the bin. It takes the right to delete it.
    ///
    /// # Errors
    /// `not_found`, `not_deleted`, `forbidden` for another's contact when only one's own may be deleted,
    /// `account_deleted` while its account lies in the bin, `contact_email_taken`, `edit_conflict`.
    pub async fn restore(&self, actor: &Actor, id: ContactId, once: &Once) -> Result<Outcome<ContactView>> {
        let grant = actor.authorize(Permission::ContactsDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let mut contact = tx.contacts().deleted(id).await?;
            grant.require_reach(contact.record().owner_id)?;
            if let Some(account_id) = contact.record().account_id
                && !tx.accounts().can_be_referenced(account_id).await?
            {
                return Err(Error::refused(Code::AccountDeleted));
            }
            contact.bring_back(self.ports.clock.now());
            tx.contacts().update(&mut contact).await?;
            tx.contacts().view(id).await
        })
        .await
    }
}
