//! The one list of permission keys.

use std::fmt;

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $key:literal, api_key: $api_key:literal;)+) => {
        /// Something that a person or a key may do. The key (`accounts:read`) is what scopes, documents and
        /// front ends use.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)+
        }

        impl Permission {
            /// Every permission, in the order in which the matrix shows them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable key, `resource:action`.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Whether an API key may hold this permission as a scope. Identity and settings are for people.
            pub const fn allowed_to_api_keys(self) -> bool {
                match self { $(Self::$variant => $api_key,)+ }
            }
        }
    };
}

permissions! {
    /// See accounts.
    AccountsRead = "accounts:read", api_key: true;
    /// Create and change accounts.
    AccountsWrite = "accounts:write", api_key: true;
    /// Delete accounts.
    AccountsDelete = "accounts:delete", api_key: true;
    /// Export accounts.
    AccountsExport = "accounts:export", api_key: true;
    /// Make somebody else the owner of an account.
    AccountsAssign = "accounts:assign", api_key: true;
    /// See contacts.
    ContactsRead = "contacts:read", api_key: true;
    /// Create and change contacts.
    ContactsWrite = "contacts:write", api_key: true;
    /// Delete contacts.
    ContactsDelete = "contacts:delete", api_key: true;
    /// Export contacts.
    ContactsExport = "contacts:export", api_key: true;
    /// Make somebody else the owner of a contact.
    ContactsAssign = "contacts:assign", api_key: true;
    /// See opportunities and their stage changes.
    OpportunitiesRead = "opportunities:read", api_key: true;
    /// Create and change opportunities, and move them between stages.
    OpportunitiesWrite = "opportunities:write", api_key: true;
    /// Delete opportunities.
    OpportunitiesDelete = "opportunities:delete", api_key: true;
    /// Export opportunities.
    OpportunitiesExport = "opportunities:export", api_key: true;
    /// Make somebody else the owner of an opportunity.
    OpportunitiesAssign = "opportunities:assign", api_key: true;
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
    /// Manage what the company pays.
    BillingManage = "billing:manage", api_key: false;
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
