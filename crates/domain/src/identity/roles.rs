//! Roles and their permissions. This file defines the permission matrix; a committed golden file shows it in full.

use std::fmt;

use super::{Action, Class, Extent, Permission};

/// A user's role in the company, in order from the least to the most powerful, so that roles compare by power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads and writes CRM data, deletes what they own.
    Member,
    /// Reads, writes, deletes, exports and assigns CRM data.
    Manager,
    /// Everything but removing users and billing.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: &[Self] = &[Self::Owner, Self::Admin, Self::Manager, Self::Member, Self::Viewer];

    /// The name on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::Manager => "MANAGER",
            Self::Member => "MEMBER",
            Self::Viewer => "VIEWER",
        }
    }

    /// The role with this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == name)
    }

    /// Whether a user with this role may invite, change, reset or remove a user with role `other`, or assign `other` to
    /// somebody: nobody manages a role above their own.
    pub fn may_manage(self, other: Self) -> bool {
        other <= self
    }

    /// Which records this role's `permission` covers; `None` if the role lacks it.
    pub fn extent(self, permission: Permission) -> Option<Extent> {
        match self {
            Self::Owner => Some(Extent::All),
            Self::Admin => admin(permission),
            Self::Manager => manager(permission),
            Self::Member => member(permission),
            Self::Viewer => viewer(permission),
        }
    }
}

fn admin(permission: Permission) -> Option<Extent> {
    use Permission as P;
    match permission {
        P::UsersRemove | P::BillingManage => None,
        _ => Some(Extent::All),
    }
}

fn manager(permission: Permission) -> Option<Extent> {
    match permission.on_records() {
        Some((Class::Sales, Action::Delete | Action::Export | Action::Assign)) => Some(Extent::All),
        _ => member(permission),
    }
}

fn member(permission: Permission) -> Option<Extent> {
    use Permission as P;
    match (permission.on_records(), permission) {
        (Some((Class::Sales, Action::Write)), _) => Some(Extent::All),
        (Some((Class::Sales, Action::Delete)), _) | (None, P::ApiKeysRead | P::ApiKeysWrite) => {
            Some(Extent::Own)
        }
        _ => viewer(permission),
    }
}

fn viewer(permission: Permission) -> Option<Extent> {
    use Permission as P;
    match (permission.on_records(), permission) {
        (Some((Class::Sales, Action::Read)), _)
        | (None, P::PipelinesRead | P::ReportsRead | P::ChangesRead) => Some(Extent::All),
        _ => None,
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_may_do_all_that_a_lower_one_may() {
        for pair in Role::ALL.windows(2) {
            for permission in Permission::ALL {
                assert!(
                    pair[0].extent(*permission) >= pair[1].extent(*permission),
                    "{} has less of {permission} than {}",
                    pair[0],
                    pair[1]
                );
            }
        }
    }

    #[test]
    fn only_the_owner_removes_users_and_manages_billing() {
        for permission in [Permission::UsersRemove, Permission::BillingManage] {
            let allowed: Vec<_> = Role::ALL.iter().filter(|role| role.extent(permission).is_some()).collect();
            assert_eq!(allowed, [&Role::Owner]);
        }
    }

    #[test]
    fn a_member_deletes_only_what_they_own_and_assigns_to_nobody() {
        assert_eq!(Role::Member.extent(Permission::AccountsDelete), Some(Extent::Own));
        assert_eq!(Role::Member.extent(Permission::OpportunitiesAssign), None);
    }

    #[test]
    fn nobody_reaches_above_their_own_role() {
        let mut managed: Vec<_> = Vec::new();
        for role in Role::ALL {
            managed.push(Role::ALL.iter().filter(|other| role.may_manage(**other)).count());
            assert!(role.may_manage(*role), "{role}");
        }
        assert_eq!(managed, [5, 4, 3, 2, 1]);
        assert!(!Role::Admin.may_manage(Role::Owner));
        assert!(Role::Admin.may_manage(Role::Viewer));
    }

    #[test]
    fn names_round_trip() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(*role));
        }
        for permission in Permission::ALL {
            assert_eq!(Permission::parse(permission.key()), Some(*permission));
        }
    }
}
