//! Counts failed sign-ins. See [`cartera_domain::identity::SignInAttempts`].

use cartera_domain::{
    identity::Subject,
    ids::{CompanyId, Id},
    values::{Email, trimmed},
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::IdentityService;
use crate::{
    error::{Code, Result},
    jobs::{Job, Notice},
    ports::Identity,
    security::{Actor, PLATFORM, Provenance},
};

/// The key under which an e-mail's failures are counted. Only a digest is stored, because people type passwords into
/// the wrong field.
pub(super) fn key(email: &Email) -> [u8; 32] {
    Sha256::digest(email.key()).into()
}

/// The same for text that is not an e-mail.
pub(super) fn key_of_text(text: &str) -> [u8; 32] {
    Sha256::digest(trimmed(text).to_lowercase()).into()
}

impl IdentityService {
    /// Decides whether a sign-in whose password was `right` may proceed, and counts it if it was wrong. While the
    /// sign-in is locked, both cases do the same work and are refused.
    pub(super) async fn admit(
        &self,
        key: &[u8; 32],
        right: bool,
        identity: Option<&Identity>,
        provenance: Provenance,
    ) -> Result<bool> {
        let grant = Actor::system(PLATFORM, provenance).authorize_system()?;
        let now = self.now();
        let tx = self.ports.store.begin(&grant).await?;
        let counts = tx.sign_in_counts();
        let mut attempts = if right {
            counts.find_locked(key).await?.unwrap_or_default()
        } else {
            counts.open_locked(key, now).await?
        };
        if attempts.is_locked(now) {
            tx.rollback().await;
            return Ok(false);
        }
        if right {
            if !attempts.is_clear() {
                attempts.clear();
                counts.save(key, &attempts, now).await?;
            }
        } else {
            let locked = attempts.fail(now);
            counts.save(key, &attempts, now).await?;
            if let Some((until, identity)) = locked.zip(identity) {
                // A job notifies the person's company, because this transaction is the platform's.
                tx.jobs().enqueue(note_lockout(identity, until)).await?;
            }
        }
        tx.commit().await?;
        Ok(right)
    }

    /// Deletes the failed sign-ins of an e-mail.
    pub(super) async fn unlock(&self, key: &[u8; 32], provenance: Provenance) -> Result<()> {
        let grant = Actor::system(PLATFORM, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        if let Some(mut attempts) = tx.sign_in_counts().find_locked(key).await?
            && !attempts.is_clear()
        {
            attempts.clear();
            tx.sign_in_counts().save(key, &attempts, self.now()).await?;
        }
        tx.commit().await
    }

    /// Records in the person's own realm that their sign-in is locked, and queues the mail about it. This is the work
    /// of [`Job::NoteLockout`].
    ///
    /// # Errors
    /// Those of the store; a person who has been removed meanwhile is ignored.
    pub async fn note_lockout(
        &self,
        company_id: CompanyId,
        user_id: Uuid,
        until: DateTime<Utc>,
        provenance: Provenance,
    ) -> Result<()> {
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        if company_id == PLATFORM {
            tx.administrators().note_locked(Id::new(user_id), until, self.now()).await?;
        } else {
            let mut user = match tx.users().get(Id::new(user_id)).await {
                Err(error) if error.is(Code::NotFound) => return Ok(()),
                read => read?,
            };
            user.locked(until, self.now());
            tx.users().note(&mut user).await?;
        }
        tx.jobs().enqueue(Job::SendNotice { notice: Notice::AccountLocked { user_id, until } }).await?;
        tx.commit().await
    }
}

fn note_lockout(identity: &Identity, until: DateTime<Utc>) -> Job {
    let Identity { company_id, subject, password_hash: _, may_sign_in: _ } = identity;
    let (Subject::User(id) | Subject::PlatformAdministrator(id)) = subject;
    Job::NoteLockout { company: company_id.uuid(), user_id: id.uuid(), until }
}
