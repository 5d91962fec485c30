//! API keys.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::at;
use crate::{
    events::EventKind,
    identity::{ApiKey, ApiKeyFields, ApiKeyInput, ApiKeyRecord, Permission, Role},
    ids::Id,
    input::{Patch, Violations},
    values::Line,
};

fn held_by(role: Role) -> BTreeSet<Permission> {
    Permission::ALL.iter().copied().filter(|permission| role.extent(*permission).is_some()).collect()
}

fn read(input: ApiKeyInput, role: Role) -> Result<ApiKeyFields, Violations> {
    ApiKeyFields::read(input, &held_by(role), at(100))
}

fn named(scopes: Patch<Vec<String>>) -> ApiKeyInput {
    ApiKeyInput { name: Patch::Value("Metrics".to_owned()), scopes, expires_at: Patch::Absent }
}

fn key(expires_at: Option<i64>) -> ApiKey {
    let mut key = ApiKey::create(ApiKeyRecord {
        id: Id::new(Uuid::from_u128(1)),
        name: Line::trusted("Metrics".to_owned()),
        secret_hash: [7; 32],
        prefix: "cak_".to_owned(),
        last_four: "wxyz".to_owned(),
        scopes: [Permission::ReportsRead].into(),
        expires_at: expires_at.map(at),
        last_used_at: None,
        revoked_at: None,
        created_by: Id::new(Uuid::from_u128(2)),
        created_at: at(0),
        updated_at: at(0),
        version: 1,
    });
    assert_eq!(key.take_events()[0].kind, EventKind::ApiKeyCreated);
    key
}

#[test]
fn a_key_reads_reports_when_nothing_was_said() {
    for scopes in [Patch::Absent, Patch::Null] {
        let fields = read(named(scopes), Role::Member).expect("it is in order");
        assert_eq!(fields.scopes, [Permission::ReportsRead].into());
        assert_eq!(fields.expires_at, None);
    }
}

/// A key gets a scope only if its creator has that permission and API keys may have it, whoever the creator is.
#[test]
fn scopes_are_what_the_creator_holds_and_keys_may_hold() {
    for role in Role::ALL {
        for permission in Permission::ALL {
            let wanted = Patch::Value(vec![permission.key().to_owned()]);
            let expected = permission.allowed_to_api_keys() && role.extent(*permission).is_some();
            let found = read(named(wanted), *role);
            assert_eq!(found.is_ok(), expected, "{role} {permission}");
            if let Err(violations) = found {
                assert_eq!(
                    (violations.0[0].field.as_str(), violations.0[0].rule.code()),
                    ("scopes.0", "not_allowed")
                );
            }
        }
    }
    let repeated = vec!["reports:read".to_owned(), "reports:read".to_owned()];
    let fields = read(named(Patch::Value(repeated)), Role::Owner).expect("twice is as good as once");
    assert_eq!(fields.scopes.len(), 1);
}

#[test]
fn every_violation_is_named_at_once() {
    let input = ApiKeyInput {
        name: Patch::Value("x".repeat(101)),
        scopes: Patch::Value(Vec::new()),
        expires_at: Patch::Value(at(100)),
    };
    let violations = read(input, Role::Owner).expect_err("three fields are wrong");
    let fields: BTreeSet<_> = violations.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["expiresAt", "name", "scopes"].into());
    let input = ApiKeyInput { expires_at: Patch::Value(at(101)), ..named(Patch::Absent) };
    assert_eq!(read(input, Role::Owner).map(|fields| fields.expires_at), Ok(Some(at(101))));
}

#[test]
fn a_key_lives_until_it_expires_or_is_revoked() {
    let mut key = key(Some(10));
    assert!(key.is_live(at(9)));
    assert!(!key.is_live(at(10)));
    key.revoke(at(5));
    assert!(!key.is_live(at(6)));
    let forever = self::key(None);
    assert!(forever.is_live(at(i64::from(u32::MAX))));
}

#[test]
fn revoking_twice_is_revoking_once() {
    let mut key = key(None);
    key.revoke(at(5));
    key.revoke(at(9));
    assert_eq!((key.record().revoked_at, key.record().version), (Some(at(5)), 2));
    let events = key.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::ApiKeyRevoked));
    assert!(!format!("{events:?}").contains("wxyz"));
}
