//! Users as they are read, and how they are listed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    lists::{FieldKind, FieldSpec, ListField},
    views::NamedRef,
};

/// The two values of a switch in a query.
const SWITCH: &[&str] = &["true", "false"];
/// The roles in a query.
const ROLES: &[&str] = &["OWNER", "ADMIN", "MANAGER", "MEMBER", "VIEWER"];

/// The list fields of users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserField {
    /// When they came to be; ids tell it too, so it is nobody's secret.
    CreatedAt,
    /// The name.
    Name,
    /// Whether they can sign in.
    Active,
    /// The sign-in e-mail.
    Email,
    /// The role.
    Role,
    /// Whether they must choose a new password first.
    ForcePasswordReset,
    /// When they last signed in.
    LastLoginAt,
}

impl UserField {
    /// Whether it takes `users:read`: not everybody's to see, hence not to filter or sort by either.
    pub const fn is_confidential(self) -> bool {
        match self {
            Self::CreatedAt | Self::Name | Self::Active => false,
            Self::Email | Self::Role | Self::ForcePasswordReset | Self::LastLoginAt => true,
        }
    }
}

impl ListField for UserField {
    const ALL: &'static [Self] = &[
        Self::CreatedAt,
        Self::Name,
        Self::Active,
        Self::Email,
        Self::Role,
        Self::ForcePasswordReset,
        Self::LastLoginAt,
    ];
    const FLAGS: &'static [&'static str] = &[];
    const DEFAULT_SORT: Self = Self::CreatedAt;
    const SEARCHABLE: bool = true;

    fn spec(self) -> FieldSpec {
        let (name, kind, sort, nullable) = match self {
            Self::CreatedAt => ("createdAt", FieldKind::Timestamp, true, false),
            Self::Name => ("name", FieldKind::Text, true, false),
            Self::Active => ("active", FieldKind::OneOf(SWITCH), false, false),
            Self::Email => ("email", FieldKind::Email, true, false),
            Self::Role => ("role", FieldKind::OneOf(ROLES), false, false),
            Self::ForcePasswordReset => ("forcePasswordReset", FieldKind::OneOf(SWITCH), false, false),
            Self::LastLoginAt => ("lastLoginAt", FieldKind::Timestamp, true, true),
        };
        FieldSpec { name, kind, filter: true, sort, nullable }
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
    /// What not everybody may know of them; none when the reader may not.
    pub details: Option<UserDetails>,
}

/// What only they themselves, and whoever has `users:read`, may know of a user.
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
    /// The same with only what everybody may know.
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
