//! Invitations into a company: their rows and lists.

use async_trait::async_trait;
use cartera_domain::{ids::InvitationId, invitations::Invitation, values::Email};
use chrono::{DateTime, Utc};

use super::InvitationView;
use crate::{
    error::Result,
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
