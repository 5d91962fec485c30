//! The permission matrix, as use cases apply it: through `Actor::authorize`.

use cartera_application::{
    Code, Error, Lack,
    records::RESOURCES,
    security::{Actor, Grant, KeyAuthority, PLATFORM, PersonAuthority, Provenance},
};
use cartera_domain::{
    identity::{Extent, Permission, Role, Subject},
    ids::{CompanyId, Id, UserId},
};
use chrono::DateTime;
use uuid::Uuid;

use super::{lack, refusal};

const COMPANY: CompanyId = Id::new(Uuid::from_u128(1));
const PERSON: UserId = Id::new(Uuid::from_u128(2));

fn request() -> Provenance {
    Provenance::request("matrix")
}

fn person(role: Role, force_password_reset: bool) -> Actor {
    let authority = PersonAuthority {
        company_id: COMPANY,
        session_id: Id::new(Uuid::from_u128(3)),
        subject: Subject::User(PERSON),
        role: Some(role),
        force_password_reset,
        expires_at: DateTime::UNIX_EPOCH,
    };
    Actor::person(authority, request())
}

fn key(creator_role: Role, scopes: &[Permission]) -> Actor {
    let authority = KeyAuthority {
        company_id: COMPANY,
        key_id: Id::new(Uuid::from_u128(4)),
        creator_id: PERSON,
        creator_role,
        scopes: scopes.iter().copied().collect(),
        expires_at: None,
    };
    Actor::key(authority, request())
}

fn administrator() -> Actor {
    let authority = PersonAuthority {
        company_id: PLATFORM,
        session_id: Id::new(Uuid::from_u128(5)),
        subject: Subject::PlatformAdministrator(PERSON),
        role: None,
        force_password_reset: false,
        expires_at: DateTime::UNIX_EPOCH,
    };
    Actor::person(authority, request())
}

/// The expected matrix, written by hand and not derived from the rules: `A` all records, `O` the actor's own, `-` none.
/// The columns are OWNER, ADMIN, MANAGER, MEMBER, VIEWER. A resource has the permissions of its class.
const SALES: &[(&str, &str)] =
    &[("read", "AAAAA"), ("write", "AAAA-"), ("delete", "AAAO-"), ("export", "AAA--"), ("assign", "AAA--")];

/// Permissions that are not about a resource.
const OTHERS: &[(&str, &str)] = &[
    ("pipelines:read", "AAAAA"),
    ("pipelines:write", "AA---"),
    ("reports:read", "AAAAA"),
    ("changes:read", "AAAAA"),
    ("users:read", "AA---"),
    ("users:invite", "AA---"),
    ("users:write", "AA---"),
    ("users:remove", "A----"),
    ("company:write", "AA---"),
    ("apiKeys:read", "AAOO-"),
    ("apiKeys:write", "AAOO-"),
    ("audit:read", "AA---"),
    ("billing:manage", "A----"),
];

/// The row of a permission, and whether it is a resource's.
fn row(permission: Permission) -> (&'static str, bool) {
    let key = permission.key();
    let said = |rows: &'static [(&str, &str)], of: &str| rows.iter().find(|row| row.0 == of).map(|row| row.1);
    if let Some(row) = said(OTHERS, key) {
        return (row, false);
    }
    let (resource, action) = key.split_once(':').expect("a resource and what is done with it");
    let table = RESOURCES.iter().any(|known| known.table.plural == resource);
    assert!(table || resource == "opportunities", "no resource has the permission {key}");
    (said(SALES, action).expect("what may be done with records"), true)
}

#[test]
fn each_role_may_do_what_the_matrix_says_and_no_more() {
    let others: Vec<_> = OTHERS.iter().map(|(key, _)| *key).collect();
    let beside = Permission::ALL.iter().filter(|permission| !row(**permission).1);
    assert_eq!(beside.map(|permission| permission.key()).collect::<Vec<_>>(), others);
    for permission in Permission::ALL.iter().copied() {
        for (role, mark) in Role::ALL.iter().zip(row(permission).0.chars()) {
            let expected = match mark {
                'A' => Ok(Extent::All),
                'O' => Ok(Extent::Own),
                _ => Err(Code::Forbidden),
            };
            let actor = person(*role, false);
            let granted = actor.authorize(permission);
            let found = granted.as_ref().map(Grant::extent).map_err(Error::code);
            assert_eq!(found, expected, "{role} {permission}");
            let everywhere = actor.permissions().contains(&(permission, Extent::All));
            assert_eq!(everywhere, mark == 'A', "{role} {permission}");
        }
    }
}

#[test]
fn a_resource_takes_its_own_permissions() {
    for resource in RESOURCES {
        let [read, write, delete] = ["read", "write", "delete"].map(|action| {
            Permission::parse(&format!("{}:{action}", resource.table.plural)).expect("its row names it")
        });
        assert_eq!((resource.read, resource.write, resource.delete), (read, write, delete));
    }
}

#[test]
fn a_grant_says_who_was_authorized_and_where() {
    let grant = person(Role::Member, false).authorize(Permission::AccountsRead).expect("they may");
    assert_eq!((grant.company_id(), grant.user_id()), (COMPANY, Some(PERSON)));
    assert_eq!((grant.actor().kind(), grant.actor().id()), ("USER", Some(PERSON.uuid())));
    assert_eq!(grant.provenance().request_id(), "matrix");
    let key = key(Role::Member, &[Permission::AccountsRead]);
    let grant = key.authorize(Permission::AccountsRead).expect("it may");
    assert_eq!((grant.actor().kind(), grant.user_id()), ("API_KEY", Some(PERSON)));
}

#[test]
fn a_key_may_do_what_both_its_scopes_and_its_creator_may() {
    for permission in Permission::ALL.iter().copied() {
        let scoped = key(Role::Owner, &[permission]).authorize(permission);
        let unscoped = key(Role::Owner, &[]).authorize(permission);
        if permission.allowed_to_api_keys() {
            assert!(scoped.is_ok(), "{permission}");
            assert_eq!(refusal(unscoped), Code::Forbidden, "{permission}");
        } else {
            assert_eq!(refusal(scoped), Code::ApiKeyNotAllowed, "{permission}");
            assert_eq!(refusal(unscoped), Code::ApiKeyNotAllowed, "{permission}");
        }
        let of_viewer = key(Role::Viewer, &[permission]);
        let expected = Role::Viewer.extent(permission).filter(|_| permission.allowed_to_api_keys());
        assert_eq!(of_viewer.extent(permission), expected, "{permission}");
    }
    let of_member = key(Role::Member, &[Permission::AccountsDelete]);
    assert_eq!(of_member.extent(Permission::AccountsDelete), Some(Extent::Own));
}

#[test]
fn nobody_without_a_company_or_with_an_old_password_gets_a_grant() {
    for permission in Permission::ALL.iter().copied() {
        assert_eq!(refusal(administrator().authorize(permission)), Code::CompanyRequired);
        assert_eq!(refusal(person(Role::Owner, true).authorize(permission)), Code::PasswordResetRequired);
    }
    assert_eq!(refusal(administrator().authorize_member()), Code::CompanyRequired);
    assert_eq!(refusal(person(Role::Owner, true).authorize_member()), Code::PasswordResetRequired);
    assert!(administrator().permissions().is_empty());
}

#[test]
fn each_door_is_for_its_own_kind_of_caller() {
    let (member, key, system) =
        (person(Role::Viewer, false), key(Role::Owner, &[]), Actor::system(COMPANY, request()));
    assert!(member.authorize_member().is_ok());
    assert_eq!(refusal(key.authorize_member()), Code::ApiKeyNotAllowed);
    assert!(key.authorize_key().is_ok());
    assert_eq!(lack(member.authorize_key()), Some(Lack::ApiKey));
    assert_eq!(refusal(system.authorize_key()), Code::Forbidden);
    assert!(person(Role::Viewer, true).authorize_self().is_ok());
    assert!(administrator().authorize_self().is_ok());
    assert_eq!(refusal(key.authorize_self()), Code::ApiKeyNotAllowed);
    assert_eq!(refusal(system.authorize_self()), Code::Forbidden);
    assert!(system.authorize_system().is_ok());
    for other in [member, key, administrator()] {
        assert_eq!(refusal(other.authorize_system()), Code::Forbidden);
    }
}

#[test]
fn only_administrators_of_the_platform_enter_through_its_door() {
    let grant = administrator().authorize_platform().expect("they may");
    assert_eq!(grant.company_id(), PLATFORM);
    let grant = administrator().authorize_platform_in(COMPANY).expect("they may");
    assert_eq!((grant.company_id(), grant.extent()), (COMPANY, Extent::All));
    // What platform administrators do in a company is attributed to them, not to a user.
    let done_by = (grant.actor().kind(), grant.actor().id(), grant.user_id());
    assert_eq!(done_by, ("PLATFORM_ADMINISTRATOR", Some(PERSON.uuid()), None));
    for role in Role::ALL {
        assert_eq!(lack(person(*role, false).authorize_platform()), Some(Lack::Platform));
        assert_eq!(refusal(person(*role, false).authorize_platform_in(COMPANY)), Code::Forbidden);
        assert_eq!(refusal(person(*role, true).authorize_platform()), Code::PasswordResetRequired);
        assert_eq!(refusal(key(*role, Permission::ALL).authorize_platform()), Code::ApiKeyNotAllowed);
    }
    assert_eq!(refusal(Actor::system(PLATFORM, request()).authorize_platform()), Code::Forbidden);
}

#[test]
fn nobody_manages_a_person_above_their_own_role() {
    for own in Role::ALL {
        for other in Role::ALL {
            let may = person(*own, false).require_to_manage(*other).is_ok();
            assert_eq!(may, own >= other, "{own} over {other}");
            let refused = person(*own, false).require_to_manage(*other);
            assert!(may || lack(refused) == Some(Lack::Rank), "{own} over {other}");
            assert_eq!(refusal(key(*own, Permission::ALL).require_to_manage(*other)), Code::Forbidden);
        }
        assert!(administrator().require_to_manage(*own).is_ok());
        assert!(Actor::system(COMPANY, request()).require_to_manage(*own).is_ok());
    }
}

#[test]
fn a_grant_that_reaches_ones_own_reaches_nothing_else() {
    let own = person(Role::Member, false).authorize(Permission::AccountsDelete).expect("they may");
    assert!(own.require_reach(Some(PERSON)).is_ok());
    for owner in [None, Some(Id::new(Uuid::from_u128(9)))] {
        assert_eq!(lack(own.require_reach(owner)), Some(Lack::Reach(Permission::AccountsDelete)));
        let all = person(Role::Manager, false).authorize(Permission::AccountsDelete).expect("they may");
        assert!(all.require_reach(owner).is_ok());
    }
}
