//! Ports for joining and signing in: invitations, password resets, failed sign-ins.

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
    /// One invitation, whatever its status.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: InvitationId) -> Result<Invitation>;

    /// One invitation, whatever its status, locked until the transaction ends.
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

/// Password resets. A request for an unknown e-mail stores one too, in the platform's realm and for nobody, so that it
/// takes the same work.
#[async_trait]
pub trait PasswordResets: Send + Sync {
    /// One reset.
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: PasswordResetId) -> Result<PasswordReset>;

    /// The reset whose link has a token with this hash.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<PasswordReset>>;

    /// Stores a new reset.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, reset: &mut PasswordReset) -> Result<()>;

    /// Marks every unused reset of a person as used, because a password was chosen.
    ///
    /// # Errors
    /// Those of the store.
    async fn use_all_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<()>;
}

/// Failed sign-ins by e-mail, in the platform's realm: e-mails are unique across the deployment, and failures are
/// counted whether or not somebody has the e-mail. Only a digest of it is stored.
#[async_trait]
pub trait SignInCounts: Send + Sync {
    /// The failures stored for an e-mail, locked until the transaction ends, if there are any.
    ///
    /// # Errors
    /// Those of the store.
    async fn find_locked(&self, email: &[u8; 32]) -> Result<Option<SignInAttempts>>;

    /// The same for a sign-in that will be counted: concurrent ones wait for one another.
    ///
    /// # Errors
    /// Those of the store.
    async fn open_locked(&self, email: &[u8; 32], now: DateTime<Utc>) -> Result<SignInAttempts>;

    /// Stores the failures of an e-mail.
    ///
    /// # Errors
    /// Those of the store.
    async fn save(&self, email: &[u8; 32], attempts: &SignInAttempts, now: DateTime<Utc>) -> Result<()>;
}
