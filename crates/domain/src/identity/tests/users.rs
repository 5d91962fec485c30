//! Users and roles.

use uuid::Uuid;

use super::at;
use crate::{
    events::EventKind,
    identity::{Role, User, UserRecord},
    ids::Id,
    values::{Email, Line},
};

fn user() -> User {
    let email = Email::trusted("ana@example.com".to_owned());
    let mut user = User::create(
        Id::new(Uuid::from_u128(1)),
        Line::trusted("Ana".to_owned()),
        email,
        Role::Member,
        "old".to_owned(),
        None,
        at(0),
    );
    let events = user.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::UserCreated));
    user
}

#[test]
fn a_new_user_is_active_and_free_to_work() {
    let UserRecord { active, force_password_reset, version, last_login_at, .. } = user().record().clone();
    assert!(active && !force_password_reset);
    assert_eq!((version, last_login_at), (1, None));
}

#[test]
fn signing_in_is_noted_without_a_new_version() {
    let mut user = user();
    user.signed_in(at(5));
    let UserRecord { last_login_at, version, updated_at, .. } = user.record().clone();
    assert_eq!((last_login_at, version, updated_at), (Some(at(5)), 1, at(0)));
    assert_eq!(user.take_events()[0].kind, EventKind::UserSignedIn);
}

#[test]
fn a_new_password_lifts_a_forced_reset_and_is_not_told() {
    let record = UserRecord { force_password_reset: true, ..user().record().clone() };
    let mut user = User::restore(record);
    user.change_password("new secret".to_owned(), at(5));
    let UserRecord { force_password_reset, version, updated_at, ref password_hash, .. } = *user.record();
    assert!(!force_password_reset);
    assert_eq!((version, updated_at, password_hash.as_str()), (2, at(5), "new secret"));
    let events = user.take_events();
    assert_eq!(events[0].kind, EventKind::UserPasswordChanged);
    assert!(!format!("{events:?}").contains("new secret"));
}

#[test]
fn roles_compare_by_power() {
    let mut by_power = Role::ALL.to_vec();
    by_power.sort();
    by_power.reverse();
    assert_eq!(by_power, Role::ALL);
    assert!(Role::Owner > Role::Admin && Role::Member > Role::Viewer);
    for name in ["", "owner", "PLATFORM_ADMIN", "GUEST"] {
        assert_eq!(Role::parse(name), None, "{name}");
    }
}
