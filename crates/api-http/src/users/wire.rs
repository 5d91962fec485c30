//! Users on the wire.

use cartera_application::users::{UserDetails, UserView};
use cartera_domain::{identity::UserInput, input::Patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{Reference, RoleName, Timestamp},
};

/// A person of the company. Everybody sees `id`, `name` and `active`; the rest is there for the user
/// themselves and for whoever has `users:read`, and absent for others.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000a001",
    "version": 1,
    "name": "Ana Paz",
    "active": true,
    "email": "ana@acme.example",
    "role": "OWNER",
    "forcePasswordReset": false,
    "lastLoginAt": "2026-01-31T12:00:00.000000Z",
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": null,
    "updatedAt": "2026-01-31T12:00:00.000000Z"
}))]
pub struct User {
    /// The user's id.
    pub id: Uuid,
    /// The name shown.
    pub name: String,
    /// Whether they can sign in.
    pub active: bool,
    /// Counts the changes, from 1; also in `ETag`. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i32, required = false, minimum = 1)]
    pub version: Option<i32>,
    /// The sign-in e-mail. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, format = "email")]
    pub email: Option<String>,
    /// The role. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = RoleName, required = false)]
    pub role: Option<String>,
    /// Whether they must choose a new password before anything else. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub force_password_reset: Option<bool>,
    /// When they last signed in; null when they never did. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>, required = false)]
    pub last_login_at: Option<Option<Timestamp>>,
    /// When they came to be. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    pub created_at: Option<Timestamp>,
    /// Who made them; null for whoever signed the company up. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Reference>, required = false)]
    pub created_by: Option<Option<Reference>>,
    /// When they last changed. With `users:read`, or of oneself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Timestamp, required = false)]
    pub updated_at: Option<Timestamp>,
}

impl From<UserView> for User {
    fn from(view: UserView) -> Self {
        let UserView { id, version, name, active, details } = view;
        let Some(details) = details else {
            return Self {
                id,
                name,
                active,
                version: None,
                email: None,
                role: None,
                force_password_reset: None,
                last_login_at: None,
                created_at: None,
                created_by: None,
                updated_at: None,
            };
        };
        let UserDetails {
            email,
            role,
            force_password_reset,
            last_login_at,
            created_at,
            created_by,
            updated_at,
        } = details;
        Self {
            id,
            name,
            active,
            version: Some(version),
            email: Some(email),
            role: Some(role),
            force_password_reset: Some(force_password_reset),
            last_login_at: Some(last_login_at.map(Into::into)),
            created_at: Some(created_at.into()),
            created_by: Some(created_by.map(Into::into)),
            updated_at: Some(updated_at.into()),
        }
    }
}

/// A merge-patch of a user: what is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"role": "MANAGER"}))]
pub struct UpdateUser {
    /// The name shown.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 120)]
    pub name: Patch<String>,
    /// The role; none above one's own.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = RoleName, required = false)]
    pub role: Patch<String>,
    /// Whether they can sign in; switched off, they lose their sessions and API keys.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = bool, required = false)]
    pub active: Patch<bool>,
}

impl From<UpdateUser> for UserInput {
    fn from(body: UpdateUser) -> Self {
        let UpdateUser { name, role, active } = body;
        Self { name, role, active }
    }
}

/// A merge-patch of oneself.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Ana Paz"}))]
pub struct UpdateMe {
    /// The name shown.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 120)]
    pub name: Patch<String>,
}
