//! How people come in, and come back in: invitations, password resets, counted sign-ins.

use async_trait::async_trait;
use cartera_domain::{
    identity::{PasswordReset, SignInAttempts, Subject},
    ids::{InvitationId, PasswordResetId},
    invitations::Invitation,
    values::Email,
};
use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    invitations::InvitationView,
    lists::{ListQuery, Listing},
    security::Grant,
};

/// Invitations into the company.
#[async_trait]
pub trait Invitations: Send + Sync {
    /// One invitation, whatever became of it.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: InvitationId) -> Result<Invitation>;

    /// One invitation, whatever became of it, locked until the end.
    ///
    /// # Errors
    /// `not_found`.
    async fn get_locked(&self, id: InvitationId) -> Result<Invitation>;

    /// The invitation whose last link has a token with this hash.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<Invitation>>;

    /// The pending invitation of this e-mail, expired or not, locked until the end.
    ///
    /// # Errors
    /// Those of the store.
    async fn pending_of(&self, email: &Email) -> Result<Option<Invitation>>;

    /// Stores a new invitation.
    ///
    /// # Errors
    /// `invitation_pending` when the e-mail has one.
    async fn insert(&self, invitation: &mut Invitation) -> Result<()>;

    /// Stores a changed invitation.
    ///
    /// # Errors
    /// `not_found`.
    async fn update(&self, invitation: &mut Invitation) -> Result<()>;

    /// The invitation as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: InvitationId, now: DateTime<Utc>) -> Result<InvitationView>;
}

/// Lists of invitations.
#[async_trait]
pub trait InvitationQueries: Send + Sync {
    /// The pending invitations that the query asks for, expired ones too.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(
        &self,
        grant: &Grant,
        query: &ListQuery,
        now: DateTime<Utc>,
    ) -> Result<Listing<InvitationView>>;
}

/// Permissions to choose a new password. A request for an e-mail that nobody has leaves one too, of nobody,
/// in the platform's realm: so that it is the same work.
#[async_trait]
pub trait PasswordResets: Send + Sync {
    /// One permission.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: PasswordResetId) -> Result<PasswordReset>;

    /// The permission whose link has a token with this hash.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<PasswordReset>>;

    /// Stores a new permission.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, reset: &mut PasswordReset) -> Result<()>;

    /// Marks every unused permission of a person as used: a password was chosen.
    ///
    /// # Errors
    /// Those of the store.
    async fn use_all_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<()>;
}

/// Wrong passwords by e-mail, in the platform's realm: an e-mail is of the whole deployment, and counted
/// whether anybody has it or not. Only a digest of it is kept.
#[async_trait]
pub trait SignInCounts: Send + Sync {
    /// What is remembered of an e-mail, locked until the end; nothing when there is nothing to remember.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_locked(&self, email: &[u8; 32]) -> Result<Option<SignInAttempts>>;

    /// The same for somebody who is going to be counted: of several at once each waits for the one before.
    ///
    /// # Errors
    /// Those of the store.
    async fn open_locked(&self, email: &[u8; 32], now: DateTime<Utc>) -> Result<SignInAttempts>;

    /// Stores what is to be remembered.
    ///
    /// # Errors
    /// Those of the store.
    async fn save(&self, email: &[u8; 32], attempts: &SignInAttempts, now: DateTime<Utc>) -> Result<()>;
}
