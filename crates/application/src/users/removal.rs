//! Removing a user.

use cartera_domain::{
    identity::{Handover, Permission},
    ids::UserId,
};

use super::{UserService, shut_out};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Outcome, Terms},
    ports::UnitOfWork,
    security::Actor,
};

impl UserService {
    /// Removes a user permanently. Their sessions end and their API keys are revoked, at once on this process and
    /// within two seconds on others. Their e-mail becomes free. Their records go to `reassign_to`, or have no owner.
    /// Histories still show their name.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `invalid_reference` unless `reassign_to` is another active user,
    /// `last_owner`.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: UserId,
        reassign_to: Option<UserId>,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::UsersRemove)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            tx.companies().current_locked().await?;
            let mut user = tx.users().get_locked(id).await?;
            if_match.check(user.record().version)?;
            actor.require_to_manage(user.record().role)?;
            if let Some(heir) = reassign_to
                && (heir == id || !tx.users().is_active(heir).await?)
            {
                return Err(Error::invalid_reference("reassignTo"));
            }
            if user.is_active_owner() && !tx.users().has_active_owner_besides(id).await? {
                return Err(Error::refused(Code::LastOwner));
            }
            let now = self.ports.clock.now();
            shut_out(tx, id, now).await?;
            tx.users().hand_over(Handover { from: id, to: reassign_to, at: now }).await?;
            user.remove(now);
            tx.users().remove(&mut user).await
        };
        let done = once.perform(tx, work).await?;
        self.forget();
        Ok(done)
    }
}
