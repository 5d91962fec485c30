//! Invitations on the wire.

use cartera_application::invitations::{AcceptCommand, InvitationView, Invited};
use cartera_domain::{input::Patch, invitations::InvitationInput};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{Reference, RoleName, Timestamp},
};

/// A pending invitation. Its link is in the mail and nowhere else.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000009001",
    "version": 1,
    "email": "leo@acme.example",
    "role": "MEMBER",
    "expired": false,
    "expiresAt": "2026-02-07T12:00:00.000000Z",
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z"
}))]
pub struct Invitation {
    /// The invitation's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Whom it is for.
    #[schema(format = Email)]
    pub email: String,
    /// As what they shall join.
    #[schema(value_type = RoleName)]
    pub role: String,
    /// Whether its link has expired: it can be sent again.
    pub expired: bool,
    /// Until when its link is valid.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who invites; null for a platform administrator.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<InvitationView> for Invitation {
    fn from(view: InvitationView) -> Self {
        let InvitationView {
            id,
            version,
            email,
            role,
            expired,
            expires_at,
            created_at,
            created_by,
            updated_at,
        } = view;
        Self {
            id,
            version,
            email,
            role,
            expired,
            expires_at: expires_at.into(),
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
        }
    }
}

/// A new invitation.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "leo@acme.example", "role": "MEMBER"}))]
pub struct CreateInvitation {
    /// Whom it is for: an e-mail that belongs to nobody yet.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = "idn-email", max_length = 254)]
    pub email: Patch<String>,
    /// As what they shall join; by default MEMBER. Nobody invites above their own role, and only a platform
    /// administrator invites an OWNER.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<RoleName>)]
    pub role: Patch<String>,
}

impl From<CreateInvitation> for InvitationInput {
    fn from(CreateInvitation { email, role }: CreateInvitation) -> Self {
        Self { email, role }
    }
}

/// The token of an invitation's link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"token": "civ_019a9f2e00007000800000000000b001.the-secret-of-the-link"}))]
pub struct PreviewInvitation {
    /// What stands behind `#token=` in the link.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, max_length = 200)]
    pub token: Patch<String>,
}

/// Joining a company by an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "token": "civ_019a9f2e00007000800000000000b001.the-secret-of-the-link",
    "name": "Leo Sosa", "password": "Password1"
}))]
pub struct AcceptInvitation {
    /// What stands behind `#token=` in the link.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, max_length = 200)]
    pub token: Patch<String>,
    /// One's own name.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 120)]
    pub name: Patch<String>,
    /// The password one wants: with an upper-case letter, a lower-case letter and a digit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    pub password: Patch<String>,
}

impl From<AcceptInvitation> for AcceptCommand {
    fn from(AcceptInvitation { token, name, password }: AcceptInvitation) -> Self {
        Self { token, name, password }
    }
}

/// What the link of an invitation leads to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "companyName": "Acme", "email": "leo@acme.example", "expiresAt": "2026-02-07T12:00:00.000000Z"
}))]
pub struct InvitationPreview {
    /// The company being joined.
    pub company_name: String,
    /// Whom the invitation is for: the e-mail to sign in with.
    #[schema(format = Email)]
    pub email: String,
    /// Until when the link is valid.
    pub expires_at: Timestamp,
}

impl From<Invited> for InvitationPreview {
    fn from(Invited { company_name, email, expires_at }: Invited) -> Self {
        Self { company_name, email, expires_at: expires_at.into() }
    }
}
