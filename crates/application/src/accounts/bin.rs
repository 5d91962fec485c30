//! Moving accounts to the bin and back, with the records that belong to them.

use cartera_domain::{
    Deletion,
    accounts::AccountFields,
    identity::Permission,
    ids::{AccountId, DeletionId},
};

use super::{AccountService, AccountUse};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome, Terms},
    opportunities,
    ports::{Owners, UnitOfWork},
    records::RecordView,
    security::{Actor, Grant},
};

/// The rights to delete, or restore, an account's contacts and its opportunities.
fn authorize_both(actor: &Actor) -> Result<[Grant; 2]> {
    Ok([actor.authorize(Permission::ContactsDelete)?, actor.authorize(Permission::OpportunitiesDelete)?])
}

/// Refuses somebody else's records when the caller may delete only their own.
fn require_reach(grants: &[Grant; 2], owners: [&Owners; 2]) -> Result<()> {
    let reach =
        |(grant, owners): (&Grant, &Owners)| owners.iter().try_for_each(|owner| grant.require_reach(*owner));
    grants.iter().zip(owners).try_for_each(reach)
}

impl AccountService {
    /// Moves an account to the bin, if no live contact or opportunity belongs to it.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's account when only one's own may be deleted,
    /// `version_mismatch`, `account_in_use` with the counts of live `contacts` and `opportunities`,
    /// `edit_conflict`.
    pub async fn delete(&self, actor: &Actor, id: AccountId, terms: impl Into<Terms>) -> Result<Outcome<()>> {
        let grant = actor.authorize(Permission::AccountsDelete)?;
        self.put_into_bin(&grant, None, id, terms.into()).await
    }

    /// Moves an account to the bin with its live contacts and the live opportunities that belong to it or only to
    /// those contacts. They share one deletion, and the caller must be allowed to delete every one of them.
    ///
    /// # Errors
    /// As [`Self::delete`], but for `account_in_use`.
    pub async fn delete_cascading(
        &self,
        actor: &Actor,
        id: AccountId,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let grant = actor.authorize(Permission::AccountsDelete)?;
        self.put_into_bin(&grant, Some(authorize_both(actor)?), id, terms.into()).await
    }

    async fn put_into_bin(
        &self,
        grant: &Grant,
        dependents: Option<[Grant; 2]>,
        id: AccountId,
        Terms { if_match, once }: Terms,
    ) -> Result<Outcome<()>> {
        let tx = self.ports().store.begin(grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let AccountUse { contacts, opportunities } = tx.account_uses().lock_and_count(id).await?;
            let mut account = tx.accounts().get(id).await?;
            grant.require_reach(account.record().owner_id)?;
            if_match.check(account.record().version)?;
            if dependents.is_none() && contacts + opportunities > 0 {
                let counts = [("contacts", contacts), ("opportunities", opportunities)];
                return Err(Error::refused_with(Code::AccountInUse, counts));
            }
            let deletion = self.deletion();
            account.delete(deletion);
            tx.accounts().update(&mut account).await?;
            match dependents {
                Some(grants) => delete_dependents(tx, &grants, id, deletion).await,
                None => Ok(()),
            }
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }

    /// Restores an account with what was deleted together with it; what was deleted separately before stays in the
    /// bin. The caller needs the right to delete each of these records. A single name or e-mail that is taken by now
    /// leaves all of them in the bin.
    ///
    /// # Errors
    /// `not_found`, `not_deleted`, `forbidden` for another's record when only one's own may be deleted,
    /// `account_name_taken`, `contact_email_taken`, `pipeline_deleted`, `edit_conflict`.
    pub async fn restore(&self, actor: &Actor, id: AccountId, once: &Once) -> Result<Outcome<RecordView>> {
        let grant = actor.authorize(Permission::AccountsDelete)?;
        let tx = self.ports().store.begin(&grant).await?;
        once.perform_of::<AccountFields>(tx, async |tx| {
            let mut account = tx.accounts().deleted(id).await?;
            grant.require_reach(account.record().owner_id)?;
            let deletion = account.record().deletion.ok_or_else(|| Error::refused(Code::NotDeleted))?;
            account.bring_back(self.ports().clock.now());
            tx.accounts().update(&mut account).await?;
            self.restore_dependents(actor, tx, deletion.id).await?;
            Ok(id)
        })
        .await
    }

    async fn restore_dependents(&self, actor: &Actor, tx: &dyn UnitOfWork, id: DeletionId) -> Result<()> {
        let now = self.ports().clock.now();
        let contacts = tx.contacts().lock_deletion(id).await?;
        let opportunities = tx.opportunities().lock_deletion(id).await?;
        if contacts.is_empty() && opportunities.is_empty() {
            return Ok(());
        }
        require_reach(&authorize_both(actor)?, [&contacts, &opportunities])?;
        if !contacts.is_empty() {
            tx.contacts().bring_back_deletion(id, now).await?;
        }
        if !opportunities.is_empty() {
            opportunities::bring_back_deletion(self.ports(), tx, actor.as_ref().user_id(), id, now).await?;
        }
        Ok(())
    }
}

async fn delete_dependents(
    tx: &dyn UnitOfWork,
    grants: &[Grant; 2],
    id: AccountId,
    deletion: Deletion,
) -> Result<()> {
    let contacts = tx.contacts().lock_of("accountId", id).await?;
    // Before the contacts are deleted, because opportunities that belong to nobody else are deleted with them.
    let opportunities = tx.opportunities().lock_of_account(id).await?;
    require_reach(grants, [&contacts, &opportunities])?;
    if !contacts.is_empty() {
        tx.contacts().delete_of("accountId", id, deletion).await?;
    }
    if !opportunities.is_empty() {
        tx.opportunities().delete_of_account(id, deletion).await?;
    }
    Ok(())
}
