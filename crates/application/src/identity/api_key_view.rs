//! API keys as they are read and listed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{lists::list_fields, views::NamedRef};

list_fields! {
    /// What lists of API keys know.
    ApiKeyList of "api_keys" {
        /// When it was made.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// What it is for.
        NAME = "name": Text [sort],
    }
    default_sort: Self::CREATED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: false,
}

/// A key as it is read: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyView {
    /// The key's id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// What it is for.
    pub name: String,
    /// The first characters of its value.
    pub prefix: String,
    /// The last four characters of its value.
    pub last_four: String,
    /// The permissions it may use at most.
    pub scopes: Vec<String>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to about a minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: Option<NamedRef>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
