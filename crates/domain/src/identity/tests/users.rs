//! Users and roles.

use uuid::Uuid;

use super::at;
use crate::{
    events::{EntityRef, EventKind, FieldValue},
    identity::{Handover, Role, User, UserFields, UserInput, UserRecord},
    ids::{Id, UserId},
    input::Patch,
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
    let mut user = User::stored(record);
    user.change_password("new secret".to_owned(), at(5));
    let UserRecord { force_password_reset, version, updated_at, ref password_hash, .. } = *user.record();
    assert!(!force_password_reset);
    assert_eq!((version, updated_at, password_hash.as_str()), (2, at(5), "new secret"));
    let events = user.take_events();
    assert_eq!(events[0].kind, EventKind::UserPasswordChanged);
    assert!(!format!("{events:?}").contains("new secret"));
}

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

#[test]
fn a_merge_patch_of_a_user_names_everything_wrong_at_once() {
    let fields = user().patched(UserInput::default()).expect("nothing was asked");
    assert_eq!(fields, UserFields { name: user().record().name.clone(), role: Role::Member, active: true });
    let wrong = UserInput { name: Patch::Null, role: text("owner"), active: Patch::Null };
    let violations = user().patched(wrong).expect_err("all of it is wrong").0;
    let named: Vec<_> = violations.iter().map(|v| (v.field.as_str(), v.rule.code())).collect();
    assert_eq!(named, [("name", "required"), ("role", "not_allowed"), ("active", "required")]);
}

#[test]
fn changes_of_a_user_are_told_apart_from_switching_them_off_and_on() {
    let mut user = user();
    let input = |name: &str, role: &str, active| UserInput {
        name: text(name),
        role: text(role),
        active: Patch::Value(active),
    };
    for (name, role, active, expected) in [
        ("Ana", "MEMBER", true, vec![]),
        ("Ana", "ADMIN", true, vec![EventKind::UserUpdated]),
        ("Ana", "ADMIN", false, vec![EventKind::UserDeactivated]),
        ("Ana B", "VIEWER", true, vec![EventKind::UserUpdated, EventKind::UserReactivated]),
    ] {
        let before = user.record().version;
        let fields = user.patched(input(name, role, active)).expect("it is in order");
        assert_eq!(user.edit(fields, at(5)), !expected.is_empty());
        let events = user.take_events();
        assert_eq!(events.iter().map(|event| event.kind).collect::<Vec<_>>(), expected);
        assert_eq!(user.record().version, before + i32::from(!expected.is_empty()));
    }
    assert_eq!((user.record().role, user.record().active), (Role::Viewer, true));
}

#[test]
fn only_an_owner_who_can_sign_in_holds_the_company() {
    for (role, active, holds) in
        [(Role::Owner, true, true), (Role::Owner, false, false), (Role::Admin, true, false)]
    {
        let user = User::stored(UserRecord { role, active, ..user().record().clone() });
        assert_eq!(user.is_active_owner(), holds);
    }
}

#[test]
fn a_removed_user_keeps_the_name_and_loses_the_password() {
    let mut user = user();
    user.remove(at(9));
    let UserRecord { ref name, active, ref password_hash, removed_at, version, .. } = *user.record();
    assert_eq!((name.as_str(), active, password_hash.as_str()), ("Ana", false, ""));
    assert_eq!((removed_at, version), (Some(at(9)), 2));
    assert_eq!(user.take_events()[0].kind, EventKind::UserRemoved);
}

#[test]
fn each_record_that_goes_over_says_from_whom_and_to_whom() {
    let (from, to): (UserId, UserId) = (Id::new(Uuid::from_u128(1)), Id::new(Uuid::from_u128(2)));
    let handover = Handover { from, to: Some(to), at: at(3) };
    let id = Uuid::from_u128(7);
    for (event, kind) in [
        (handover.of(EntityRef::account(Id::new(id))), EventKind::AccountUpdated),
        (handover.of(EntityRef::contact(Id::new(id))), EventKind::ContactUpdated),
        (handover.of(EntityRef::opportunity(Id::new(id))), EventKind::OpportunityUpdated),
    ] {
        assert_eq!((event.kind, event.entity.id, event.occurred_at), (kind, id, at(3)));
        assert_eq!(event.related, [EntityRef::user(from), EntityRef::user(to)]);
        assert_eq!((event.changes.len(), event.changes[0].field), (1, "ownerId"));
        assert_eq!(event.changes[0].new, FieldValue::from(to));
    }
    let to_nobody = Handover { to: None, ..handover }.of(EntityRef::account(Id::new(id)));
    assert_eq!(to_nobody.related, [EntityRef::user(from)]);
    assert_eq!(to_nobody.changes[0].new, FieldValue::Null);
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
