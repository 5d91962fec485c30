//! Invitations as they are read and listed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{lists::list_fields, views::NamedRef};

/// The roles in a query.
const ROLES: &[&str] = &["OWNER", "ADMIN", "MANAGER", "MEMBER", "VIEWER"];

list_fields! {
    /// What lists of invitations know.
    InvitationList of "invitations" {
        /// When it was made.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// Until when its link is valid.
        EXPIRES_AT = "expiresAt": Timestamp [filter, sort],
        /// Whom it is for.
        EMAIL = "email": Email [filter, sort],
        /// As what they shall join.
        ROLE = "role": OneOf(ROLES) [filter],
    }
    default_sort: Self::CREATED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: true,
}

/// An invitation as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    /// Its id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// Whom it is for.
    pub email: String,
    /// As what they shall join.
    pub role: String,
    /// Whether its link has expired: it can be sent again.
    pub expired: bool,
    /// Until when its link is valid.
    pub expires_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who invites; none for a platform administrator.
    pub created_by: Option<NamedRef>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}
