//! Accounts into the bin and out of it, with what belongs to them.

use cartera_domain::{
    Deletion,
    identity::Permission,
    ids::{AccountId, DeletionId, Id},
};

use super::AccountService;
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    opportunities,
    ports::{AccountUse, Owners, UnitOfWork},
    security::{Actor, Grant, IfMatch},
    views::AccountView,
};

/// What deleting, or restoring, an account's contacts and opportunities takes.
struct Dependents {
    contacts: Grant,
    opportunities: Grant,
}

impl Dependents {
    fn authorize(actor: &Actor) -> Result<Self> {
        Ok(Self {
            contacts: actor.authorize(Permission::ContactsDelete)?,
            opportunities: actor.authorize(Permission::OpportunitiesDelete)?,
        })
    }

    fn require_reach(&self, contacts: &Owners, opportunities: &Owners) -> Result<()> {
        contacts.iter().try_for_each(|owner| self.contacts.require_reach(*owner))?;
        opportunities.iter().try_for_each(|owner| self.opportunities.require_reach(*owner))
    }
}

impl AccountService {
    /// Puts an account into the bin on which nothing hangs.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's account when only one's own may be deleted,
    /// `version_mismatch`, `account_in_use` with the counts of live `contacts` and `opportunities`,
    /// `edit_conflict`.
    pub async fn delete(&self, actor: &Actor, id: AccountId, if_match: IfMatch) -> Result<()> {
        let grant = actor.authorize(Permission::AccountsDelete)?;
        self.put_into_bin(&grant, None, id, if_match).await
    }

    /// Puts an account into the bin with its live contacts, and with the live opportunities that have it or
    /// nobody but those contacts: all under one deletion, by whoever may delete every one of them.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's record when only one's own may be deleted,
    /// `version_mismatch`, `edit_conflict`.
    pub async fn delete_cascading(&self, actor: &Actor, id: AccountId, if_match: IfMatch) -> Result<()> {
        let grant = actor.authorize(Permission::AccountsDelete)?;
        let dependents = Dependents::authorize(actor)?;
        self.put_into_bin(&grant, Some(dependents), id, if_match).await
    }

    async fn put_into_bin(
        &self,
        grant: &Grant,
        dependents: Option<Dependents>,
        id: AccountId,
        if_match: IfMatch,
    ) -> Result<()> {
        let tx = self.ports.store.begin(grant).await?;
        let uses = tx.accounts().lock_and_count_uses(id).await?;
        let mut account = tx.accounts().get(id).await?;
        grant.require_reach(account.record().owner_id)?;
        if_match.check(account.record().version)?;
        let AccountUse { contacts, opportunities } = uses;
        if dependents.is_none() && contacts + opportunities > 0 {
            let counts = [("contacts", contacts), ("opportunities", opportunities)];
            return Err(Error::refused_with(Code::AccountInUse, counts));
        }
        let deletion = Deletion { id: Id::new(self.ports.randomness.id()), at: self.ports.clock.now() };
        account.delete(deletion);
        tx.accounts().update(&mut account).await.map_err(|error| if_match.explain(error))?;
        if let Some(dependents) = dependents {
            delete_dependents(&*tx, &dependents, id, deletion).await?;
        }
        tx.commit().await
    }

    /// Takes an account out of the bin, with what was deleted together with it; what was deleted on its own
    /// before stays there. It takes the right to delete each of them. One name or e-mail that is taken by now
    /// leaves everything in the bin.
    ///
    /// # Errors
    /// `not_found`, `not_deleted`, `forbidden` for another's record when only one's own may be deleted,
    /// `account_name_taken`, `contact_email_taken`, `pipeline_deleted`, `edit_conflict`.
    pub async fn restore(&self, actor: &Actor, id: AccountId, once: &Once) -> Result<Outcome<AccountView>> {
        let grant = actor.authorize(Permission::AccountsDelete)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let mut account = tx.accounts().deleted(id).await?;
            grant.require_reach(account.record().owner_id)?;
            let deletion = account.record().deletion.ok_or_else(|| Error::refused(Code::NotDeleted))?;
            account.bring_back(self.ports.clock.now());
            tx.accounts().update(&mut account).await?;
            self.restore_dependents(actor, tx, deletion.id).await?;
            tx.accounts().view(id).await
        })
        .await
    }

    async fn restore_dependents(&self, actor: &Actor, tx: &dyn UnitOfWork, id: DeletionId) -> Result<()> {
        let now = self.ports.clock.now();
        let contacts = tx.contacts().lock_deletion(id).await?;
        let opportunities = tx.opportunities().lock_deletion(id).await?;
        if contacts.is_empty() && opportunities.is_empty() {
            return Ok(());
        }
        let grants = Dependents::authorize(actor)?;
        grants.require_reach(&contacts, &opportunities)?;
        if !contacts.is_empty() {
            tx.contacts().bring_back_deletion(id, now).await?;
        }
        if !opportunities.is_empty() {
            opportunities::bring_back_deletion(&self.ports, tx, actor.as_ref().user_id(), id, now).await?;
        }
        Ok(())
    }
}

async fn delete_dependents(
    tx: &dyn UnitOfWork,
    grants: &Dependents,
    id: AccountId,
    deletion: Deletion,
) -> Result<()> {
    let contacts = tx.contacts().lock_of_account(id).await?;
    // Before the contacts go: those that have nobody else go with them.
    let opportunities = tx.opportunities().lock_of_account(id).await?;
    grants.require_reach(&contacts, &opportunities)?;
    if !contacts.is_empty() {
        tx.contacts().delete_of_account(id, deletion).await?;
    }
    if !opportunities.is_empty() {
        tx.opportunities().delete_of_account(id, deletion).await?;
    }
    Ok(())
}
