//! API keys on the wire.

use cartera_application::identity::{self, ApiKeyView, CurrentApiKey};
use cartera_domain::{
    identity::ApiKeyInput,
    input::{Given as _, Patch, Violation, Violations},
    values::parse_moment,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::SessionCompany,
    edge::patch,
    wire::{ApiKeyScope, PermissionKey, Reference, Timestamp},
};

/// An API key. Its value is shown once, when it is made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000f001",
    "version": 1,
    "name": "Reports to the warehouse",
    "prefix": "cak_019a9f2e00007000800000000000c0de.VZaa",
    "lastFour": "x7Qk",
    "scopes": ["reports:read"],
    "expiresAt": null,
    "lastUsedAt": null,
    "revokedAt": null,
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z"
}))]
pub struct ApiKey {
    /// The key's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// What it is for.
    pub name: String,
    /// The first characters of its value, to recognise it by.
    pub prefix: String,
    /// The last four characters of its value.
    pub last_four: String,
    /// What it may do at most; it may do nothing that its creator may not.
    #[schema(value_type = Vec<PermissionKey>)]
    pub scopes: Vec<String>,
    /// From when on it is refused.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to about a minute.
    #[schema(required)]
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(required)]
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<ApiKeyView> for ApiKey {
    fn from(view: ApiKeyView) -> Self {
        let ApiKeyView {
            id,
            version,
            name,
            prefix,
            last_four,
            scopes,
            expires_at,
            last_used_at,
            revoked_at,
            created_at,
            created_by,
            updated_at,
        } = view;
        Self {
            id,
            version,
            name,
            prefix,
            last_four,
            scopes,
            expires_at: expires_at.map(Into::into),
            last_used_at: last_used_at.map(Into::into),
            revoked_at: revoked_at.map(Into::into),
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
        }
    }
}

/// An API key that was just made, with its value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000f001",
    "version": 1,
    "name": "Reports to the warehouse",
    "prefix": "cak_019a9f2e00007000800000000000c0de.VZaa",
    "lastFour": "x7Qk",
    "scopes": ["reports:read"],
    "expiresAt": null,
    "lastUsedAt": null,
    "revokedAt": null,
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z",
    "value": "cak_019a9f2e00007000800000000000b001.shown-once-then-only-its-hash-is-kept"
}))]
pub struct CreatedApiKey {
    /// The key as it is read later.
    #[serde(flatten)]
    pub key: ApiKey,
    /// Its value for `X-API-Key`, shown only now; null when the answer is a replay.
    #[schema(required)]
    pub value: Option<String>,
}

impl From<identity::CreatedApiKey> for CreatedApiKey {
    fn from(identity::CreatedApiKey { key, value }: identity::CreatedApiKey) -> Self {
        Self { key: key.into(), value: value.map(|token| token.expose()) }
    }
}

/// What an API key may know of itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000f001",
    "name": "Reports to the warehouse",
    "company": {"id": "019a9f2e-0000-7000-8000-00000000b001", "name": "Acme", "slug": "acme"},
    "scopes": ["reports:read"],
    "expiresAt": null,
    "limit": {"requests": 3000, "windowSeconds": 60}
}))]
pub struct CurrentKey {
    /// The key's id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The company it works in.
    pub company: SessionCompany,
    /// What it may do now: its scopes, less what its creator may not.
    #[schema(value_type = Vec<PermissionKey>)]
    pub scopes: Vec<&'static str>,
    /// From when on it is refused.
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    /// How many requests it may send; null when nothing limits it.
    #[schema(required)]
    pub limit: Option<RequestLimit>,
}

/// How many requests may be sent in a window of time.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"requests": 3000, "windowSeconds": 60}))]
pub struct RequestLimit {
    /// The requests.
    pub requests: u32,
    /// The window in seconds.
    pub window_seconds: u64,
}

impl CurrentKey {
    /// The key's view of itself, with its rate limit.
    pub fn new(current: CurrentApiKey, limit: Option<RequestLimit>) -> Self {
        let CurrentApiKey { id, name, company, scopes, expires_at } = current;
        Self { id, name, company: company.into(), scopes, expires_at: expires_at.map(Into::into), limit }
    }
}

/// A new API key.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"name": "Reports to the warehouse", "scopes": ["reports:read"]}))]
pub struct CreateApiKey {
    /// What it is for: unique in the company.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 100)]
    pub name: Patch<String>,
    /// What it may do at most, nothing that its creator may not; by default `reports:read`.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Vec<ApiKeyScope>>, min_items = 1)]
    pub scopes: Patch<Vec<String>>,
    /// From when on it shall be refused: a moment in the future, by default never.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Option<Timestamp>)]
    pub expires_at: Patch<String>,
}

impl TryFrom<CreateApiKey> for ApiKeyInput {
    type Error = Violations;

    fn try_from(body: CreateApiKey) -> Result<Self, Violations> {
        let CreateApiKey { name, scopes, expires_at } = body;
        let expires_at = match expires_at {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(raw) if raw.is_blank() => Patch::Null,
            Patch::Value(raw) => {
                Patch::Value(parse_moment(&raw).map_err(|rule| Violation::new("expiresAt", rule))?)
            }
        };
        Ok(Self { name, scopes, expires_at })
    }
}
