//! Users as they are read, and how they are listed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    lists::{FieldRef, list_fields},
    views::NamedRef,
};

/// The two values of a switch in a query.
const SWITCH: &[&str] = &["true", "false"];
/// The roles in a query.
const ROLES: &[&str] = &["OWNER", "ADMIN", "MANAGER", "MEMBER", "VIEWER"];

list_fields! {
    /// What lists of users know.
    UserList of "users" {
        /// When they came to be; ids tell it too, so it is nobody's secret.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// The name.
        NAME = "name": Text [filter, sort],
        /// Whether they can sign in.
        ACTIVE = "active": OneOf(SWITCH) [filter],
        /// The sign-in e-mail.
        EMAIL = "email": Email [filter, sort],
        /// The role.
        ROLE = "role": OneOf(ROLES) [filter],
        /// Whether they must choose a new password first.
        FORCE_PASSWORD_RESET = "forcePasswordReset": OneOf(SWITCH) [filter],
        /// When they last signed in.
        LAST_LOGIN_AT = "lastLoginAt": Timestamp [filter, sort, nullable],
    }
    default_sort: Self::CREATED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: true,
}

impl UserList {
    /// Whether reading a field needs `users:read`: then callers without it can't filter or sort by it either.
    pub fn is_confidential(field: FieldRef) -> bool {
        ![Self::CREATED_AT, Self::NAME, Self::ACTIVE].contains(&field)
    }
}

/// A user as they are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The user's id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// The name shown.
    pub name: String,
    /// Whether they can sign in.
    pub active: bool,
    /// The confidential part; `None` when the reader may not see it.
    pub details: Option<UserDetails>,
}

/// What only the user and callers with `users:read` may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserDetails {
    /// The sign-in e-mail.
    pub email: String,
    /// The role's name.
    pub role: String,
    /// Whether they must choose a new password first.
    pub force_password_reset: bool,
    /// When they last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// When they came to be.
    pub created_at: DateTime<Utc>,
    /// Who made them; nobody when they signed up.
    pub created_by: Option<NamedRef>,
    /// When they last changed.
    pub updated_at: DateTime<Utc>,
}

impl UserView {
    /// The same without the confidential part.
    #[must_use]
    pub fn in_brief(self) -> Self {
        Self { details: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use cartera_domain::identity::Role;

    use super::*;

    #[test]
    fn the_roles_in_queries_are_those_of_the_domain() {
        let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        assert_eq!(roles, ROLES);
    }
}
