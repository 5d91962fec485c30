//! The list of permission keys.

use std::fmt;

use crate::{events::EntityType, resources::resources};

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $key:expr, api_key: $api_key:literal;)+) => {
        /// Something that a user or an API key may do. Scopes, documents and front ends use its key (`accounts:read`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)+
        }

        impl Permission {
            /// Every permission, in the order of the permission matrix.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable key, `resource:action`.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Whether an API key may hold this permission as a scope. Only people may manage identities and settings.
            pub const fn allowed_to_api_keys(self) -> bool {
                match self { $(Self::$variant => $api_key,)+ }
            }
        }
    };
}

macro_rules! permissions_beside_resources {
    ($(
            $(#[doc = $doc:literal])+
            $kind:ident $id:ident $wire:literal $one:literal $plural:literal $an:literal $class:ident
                [$created:ident $updated:ident $deleted:ident $restored:ident $purged:ident]
                [$($action:ident $permission:ident),+];
        )+) => {
        permissions! {
            $($(
                #[doc = concat!("To ", stringify!($action), " ", $plural, ".")]
                $permission = concat!($plural, ":", stringify!($action)), api_key: true;
            )+)+
            /// See pipelines and stages.
            PipelinesRead = "pipelines:read", api_key: true;
            /// Create and change pipelines and stages.
            PipelinesWrite = "pipelines:write", api_key: true;
            /// Read the reports.
            ReportsRead = "reports:read", api_key: true;
            /// Read the change feed.
            ChangesRead = "changes:read", api_key: true;
            /// See the e-mail and role of users (id, name and active are for everybody).
            UsersRead = "users:read", api_key: false;
            /// Invite users, and resend or revoke invitations.
            UsersInvite = "users:invite", api_key: false;
            /// Change users: name, role, active; reset their password.
            UsersWrite = "users:write", api_key: false;
            /// Remove users.
            UsersRemove = "users:remove", api_key: false;
            /// Change the company and its settings.
            CompanyWrite = "company:write", api_key: false;
            /// See API keys.
            ApiKeysRead = "apiKeys:read", api_key: false;
            /// Make and revoke API keys.
            ApiKeysWrite = "apiKeys:write", api_key: false;
            /// See what everybody did, and what happens to users and settings.
            AuditRead = "audit:read", api_key: false;
            /// Manage what the company pays.
            BillingManage = "billing:manage", api_key: false;
        }

        impl Permission {
            /// The permission to do this with the records of a kind; `None` where there is none.
            pub const fn to(action: Action, entity: EntityType) -> Option<Self> {
                match (entity, action) {
                    $($((EntityType::$kind, action!($action)) => Some(Self::$permission),)+)+
                    _ => None,
                }
            }

            /// The action that it allows on records of a class; `None` if it is not about a resource.
            pub const fn on_records(self) -> Option<(Class, Action)> {
                match self {
                    $($(Self::$permission => Some((Class::$class, action!($action))),)+)+
                    _ => None,
                }
            }
        }
    };
}

macro_rules! action {
    (read) => {
        Action::Read
    };
    (write) => {
        Action::Write
    };
    (delete) => {
        Action::Delete
    };
    (export) => {
        Action::Export
    };
    (assign) => {
        Action::Assign
    };
}

resources!(permissions_beside_resources);

/// The classes of resources. Roles grant permissions by class, so that the row of a new resource gives it its
/// permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Whom the company sells to, and what.
    Sales,
}

/// What may be done with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// See them.
    Read,
    /// Create and change them.
    Write,
    /// Delete and restore them.
    Delete,
    /// Export them.
    Export,
    /// Make somebody else their owner.
    Assign,
}

impl Permission {
    /// The permission with this key, if there is one.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.key() == key)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// How far a permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extent {
    /// Only the records that the actor owns (or made, where a record has no owner).
    Own,
    /// Every record of the company.
    All,
}
