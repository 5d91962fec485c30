//! Invitations, password resets and counted sign-ins.

use async_trait::async_trait;
use cartera_domain::{
    identity::{PasswordReset, PasswordResetRecord, SignInAttempts, Subject},
    ids::{InvitationId, PasswordResetId},
    invitations::{Invitation, InvitationRecord, InvitationStatus},
    values::Email,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    invitations::InvitationView,
    ports::{Invitations, PasswordResets, SignInCounts},
    security::PLATFORM,
};

impl MemoryUnitOfWork {
    fn pending_invitation(&self, email: &Email) -> Option<InvitationRecord> {
        let (company, key) = (self.company(), email.key());
        let wanted = |of: &(_, _), record: &InvitationRecord| {
            of.0 == company && record.email.key() == key && record.status == InvitationStatus::Pending
        };
        self.rows(|tables| &tables.invitations, wanted).pop()
    }

    /// Counts are of the whole deployment: nobody reaches them from within a company.
    fn require_platform(&self) -> Result<()> {
        if self.company() == PLATFORM {
            return Ok(());
        }
        Err(Error::Internal { what: "counting sign-ins from within a company", cause: None })
    }

    fn attempts(&self, email: &[u8; 32]) -> Option<SignInAttempts> {
        self.row(|tables| &tables.sign_in_attempts, email)
    }
}

#[async_trait]
impl Invitations for MemoryUnitOfWork {
    async fn get(&self, id: InvitationId) -> Result<Invitation> {
        let record = self.row(|tables| &tables.invitations, &(self.company(), id));
        record.map(Invitation::stored).ok_or_else(Error::not_found)
    }

    async fn get_locked(&self, id: InvitationId) -> Result<Invitation> {
        self.lock("invitation", id).await?;
        Invitations::get(self, id).await
    }

    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<Invitation>> {
        let company = self.company();
        let wanted = |of: &(_, _), record: &InvitationRecord| of.0 == company && record.token_hash == *hash;
        Ok(self.rows(|tables| &tables.invitations, wanted).pop().map(Invitation::stored))
    }

    async fn pending_of(&self, email: &Email) -> Result<Option<Invitation>> {
        let Some(found) = self.pending_invitation(email) else { return Ok(None) };
        self.lock("invitation", found.id).await?;
        // It may have been used or revoked while we waited.
        Ok(self.pending_invitation(email).map(Invitation::stored))
    }

    async fn insert(&self, invitation: &mut Invitation) -> Result<()> {
        let record = invitation.record().clone();
        self.lock("invited", record.email.key()).await?;
        if self.pending_invitation(&record.email).is_some() {
            return Err(Error::refused(Code::InvitationPending));
        }
        self.require_user(record.invited_by)?;
        self.written().invitations.insert((self.company(), record.id), record);
        self.record(invitation.take_events());
        Ok(())
    }

    async fn update(&self, invitation: &mut Invitation) -> Result<()> {
        let record = invitation.record().clone();
        let key = (self.company(), record.id);
        self.lock("invitation", record.id).await?;
        if self.row(|tables| &tables.invitations, &key).is_none() {
            return Err(Error::not_found());
        }
        self.written().invitations.insert(key, record);
        self.record(invitation.take_events());
        Ok(())
    }

    async fn view(&self, id: InvitationId, now: DateTime<Utc>) -> Result<InvitationView> {
        let record = self.row(|tables| &tables.invitations, &(self.company(), id));
        let InvitationRecord {
            id,
            email,
            role,
            link: _,
            token_hash: _,
            expires_at,
            status: _,
            invited_by,
            version,
            created_at,
            updated_at,
        } = record.ok_or_else(Error::not_found)?;
        Ok(InvitationView {
            id: id.uuid(),
            version,
            email: email.as_str().to_owned(),
            role: role.as_str().to_owned(),
            expired: expires_at <= now,
            expires_at,
            created_at,
            created_by: self.named_user(invited_by),
            updated_at,
        })
    }
}

#[async_trait]
impl PasswordResets for MemoryUnitOfWork {
    async fn get(&self, id: PasswordResetId) -> Result<PasswordReset> {
        let record = self.row(|tables| &tables.password_resets, &(self.company(), id));
        record.map(PasswordReset::stored).ok_or_else(Error::not_found)
    }

    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<PasswordReset>> {
        let company = self.company();
        let wanted =
            |of: &(_, _), record: &PasswordResetRecord| of.0 == company && record.token_hash == *hash;
        Ok(self.rows(|tables| &tables.password_resets, wanted).pop().map(PasswordReset::stored))
    }

    async fn insert(&self, reset: &mut PasswordReset) -> Result<()> {
        let record = reset.record().clone();
        self.require_user(record.requested_by)?;
        self.written().password_resets.insert((self.company(), record.id), record);
        self.record(reset.take_events());
        Ok(())
    }

    async fn use_all_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<()> {
        let company = self.company();
        let wanted = |of: &(_, _), record: &PasswordResetRecord| {
            of.0 == company && record.subject == subject && record.used_at.is_none()
        };
        for record in self.rows(|tables| &tables.password_resets, wanted) {
            let used = PasswordResetRecord { used_at: Some(now), ..record };
            self.written().password_resets.insert((company, used.id), used);
        }
        Ok(())
    }
}

#[async_trait]
impl SignInCounts for MemoryUnitOfWork {
    async fn find_locked(&self, email: &[u8; 32]) -> Result<Option<SignInAttempts>> {
        self.require_platform()?;
        self.lock("sign-in", hex::encode(email)).await?;
        Ok(self.attempts(email))
    }

    async fn open_locked(&self, email: &[u8; 32], _: DateTime<Utc>) -> Result<SignInAttempts> {
        Ok(self.find_locked(email).await?.unwrap_or_default())
    }

    async fn save(&self, email: &[u8; 32], attempts: &SignInAttempts, _: DateTime<Utc>) -> Result<()> {
        self.require_platform()?;
        self.written().sign_in_attempts.insert(*email, attempts.clone());
        Ok(())
    }
}
