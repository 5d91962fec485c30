//! Moving contacts to the bin.

use cartera_domain::{identity::Permission, ids::ContactId};

use super::ContactService;
use crate::{
    error::{Code, Error, Result},
    idempotency::{Outcome, Terms},
    ports::UnitOfWork,
    security::Actor,
};

impl ContactService {
    /// Moves a contact to the bin. Opportunities that also have an account stay, and show the contact again when it
    /// is restored.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's contact when only one's own may be deleted,
    /// `version_mismatch`, `contact_in_use` with the count of live `opportunities` that have no other party,
    /// `edit_conflict`.
    pub async fn delete(&self, actor: &Actor, id: ContactId, terms: impl Into<Terms>) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::ContactsDelete)?;
        let tx = self.ports().store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let opportunities = tx.contact_uses().lock_and_count(id).await?;
            let mut contact = tx.contacts().get(id).await?;
            grant.require_reach(contact.record().owner_id)?;
            if_match.check(contact.record().version)?;
            if opportunities > 0 {
                return Err(Error::refused_with(Code::ContactInUse, [("opportunities", opportunities)]));
            }
            contact.delete(self.deletion());
            tx.contacts().update(&mut contact).await
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }
}
