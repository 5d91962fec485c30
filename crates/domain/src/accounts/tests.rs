//! The rules of accounts.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Account, AccountFields, AccountInput, AccountRecord};
use crate::{
    Deletion,
    events::{EntityRef, EventKind, FieldValue, Verb},
    ids::{AccountId, Id, UserId},
    input::{Patch, Rule, Violations},
    record::Fields,
    values::Country,
};

const ACCOUNT: AccountId = Id::new(Uuid::from_u128(1));
const ANA: UserId = Id::new(Uuid::from_u128(2));
const BEA: UserId = Id::new(Uuid::from_u128(3));

fn uruguay() -> Country {
    Country::parse("UY").expect("a country")
}

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn full() -> AccountInput {
    AccountInput {
        name: text("Globex"),
        industry: text("Foundry"),
        address: text("Rambla 1\nMontevideo"),
        employees: Patch::Value(12),
        website: text("https://example.com/"),
        phone: text("2900 1234"),
        description: text("A client"),
        tags: Patch::Value(vec!["one".to_owned(), "two".to_owned()]),
        owner_id: Patch::Absent,
    }
}

fn fields(input: AccountInput) -> AccountFields {
    AccountFields::read(input, &uruguay()).expect("the fields are in order")
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn later() -> DateTime<Utc> {
    now() + TimeDelta::minutes(1)
}

fn of(owner_id: Option<UserId>) -> AccountFields {
    AccountFields { owner_id, ..fields(full()) }
}

fn account(owner: Option<UserId>) -> Account {
    let mut account = Account::new(ACCOUNT, of(owner), Some(ANA), now());
    account.take_events();
    account
}

fn codes(violations: &Violations) -> Vec<(&str, &'static str)> {
    violations.0.iter().map(|v| (v.field.as_str(), v.rule.code())).collect()
}

#[test]
fn only_the_name_is_mandatory() {
    let bare = fields(AccountInput { name: text("  Globex  "), ..AccountInput::default() });
    assert_eq!(bare.name.as_str(), "Globex");
    assert_eq!((bare.industry, bare.employees, bare.phone, bare.tags.is_empty()), (None, None, None, true));
    let whole = fields(full());
    assert_eq!(whole.phone.map(|phone| phone.as_str().to_owned()), Some("+59829001234".to_owned()));
    assert_eq!(whole.employees, Some(12));
}

/// A change to valid input, the field that it makes invalid, and the rule it breaks.
type Case = (fn(&mut AccountInput), &'static str, &'static str);

#[test]
fn each_field_keeps_its_rule() {
    let with = |change: fn(&mut AccountInput)| {
        let mut input = full();
        change(&mut input);
        AccountFields::read(input, &uruguay())
    };
    let cases: [Case; 13] = [
        (|input| input.name = Patch::Absent, "name", "required"),
        (|input| input.name = Patch::Null, "name", "required"),
        (|input| input.name = text(" "), "name", "blank"),
        (|input| input.name = text(&"x".repeat(201)), "name", "too_long"),
        (|input| input.name = text("a\0b"), "name", "control_character"),
        (|input| input.industry = text(&"x".repeat(101)), "industry", "too_long"),
        (|input| input.address = text(&"x".repeat(501)), "address", "too_long"),
        (|input| input.employees = Patch::Value(-1), "employees", "out_of_range"),
        (|input| input.employees = Patch::Value(2_147_483_648), "employees", "out_of_range"),
        (|input| input.website = text("ftp://example.com"), "website", "malformed"),
        (|input| input.phone = text("123"), "phone", "malformed"),
        (|input| input.description = text(&"x".repeat(5001)), "description", "too_long"),
        (|input| input.tags = Patch::Value(vec!["x".repeat(41)]), "tags.0", "too_long"),
    ];
    for (change, field, code) in cases {
        let violations = with(change).expect_err(field);
        assert_eq!(codes(&violations), [(field, code)]);
    }
    assert!(with(|input| input.name = text(&"ñ".repeat(200))).is_ok(), "characters count, not bytes");
    assert!(with(|input| input.employees = Patch::Value(0)).is_ok());
}

#[test]
fn all_violations_come_at_once_and_leave_the_fields_alone() {
    let input = AccountInput { name: Patch::Null, employees: Patch::Value(-1), phone: text("x"), ..full() };
    let current = fields(full());
    let violations = current.patched(input, &uruguay()).expect_err("three fields are wrong");
    assert_eq!(codes(&violations).len(), 3);
    assert_eq!(violations.0[0].rule, Rule::Required);
    assert_eq!(current, fields(full()));
}

#[test]
fn a_patch_keeps_what_is_absent_clears_what_is_null_and_sets_what_is_given() {
    let current = fields(full());
    assert_eq!(current.patched(AccountInput::default(), &uruguay()), Ok(current.clone()));
    let nulls = AccountInput {
        name: Patch::Absent,
        industry: Patch::Null,
        address: Patch::Null,
        employees: Patch::Null,
        website: Patch::Null,
        phone: Patch::Null,
        description: Patch::Null,
        tags: Patch::Null,
        owner_id: Patch::Null,
    };
    let cleared = current.patched(nulls, &uruguay()).expect("all but the name may go");
    assert_eq!(cleared, fields(AccountInput { name: text("Globex"), ..AccountInput::default() }));
    let renamed = AccountInput { name: text("Initech"), ..AccountInput::default() };
    let renamed = current.patched(renamed, &uruguay()).expect("the name is in order");
    let changed: Vec<_> = current.changes(&renamed).into_iter().map(|change| change.field).collect();
    assert_eq!(changed, ["name"]);
}

#[test]
fn every_field_that_differs_is_a_change() {
    let bare = fields(AccountInput { name: text("Initech"), ..AccountInput::default() });
    let changes = fields(full()).changes(&bare);
    let names: Vec<_> = changes.iter().map(|change| change.field).collect();
    let all = ["name", "industry", "address", "employees", "website", "phone", "description", "tags"];
    assert_eq!(names, all);
    assert_eq!(changes[3].old, FieldValue::Integer(12));
    assert_eq!(changes[3].new, FieldValue::Null);
}

#[test]
fn a_new_account_says_what_it_is_and_whose() {
    let mut account = Account::new(ACCOUNT, of(Some(BEA)), Some(ANA), now());
    let AccountRecord { version, fields, created_by, deletion, updated_at, .. } = account.record().clone();
    assert_eq!((version, fields.owner_id, created_by), (1, Some(BEA), Some(ANA)));
    assert_eq!((deletion, updated_at), (None, now()));
    let events = account.take_events();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, events[0].entity), (EventKind::AccountCreated, EntityRef::account(ACCOUNT)));
    assert_eq!(events[0].related, [EntityRef::user(BEA)]);
    assert!(account.take_events().is_empty(), "events are handed out once");
}

#[test]
fn an_edit_counts_only_when_something_differs() {
    let mut account = account(Some(ANA));
    assert!(!account.change(Verb::Updated, of(Some(ANA)), later()));
    assert_eq!((account.record().version, account.record().updated_at), (1, now()));
    assert!(account.take_events().is_empty());
    assert!(account.change(Verb::Updated, of(Some(BEA)), later()));
    assert_eq!((account.record().version, account.record().updated_at), (2, later()));
    assert_eq!(account.record().owner_id, Some(BEA));
    let events = account.take_events();
    assert_eq!(events[0].kind, EventKind::AccountUpdated);
    assert_eq!(events[0].changes.len(), 1);
    assert_eq!(
        (events[0].changes[0].old.clone(), events[0].changes[0].new.clone()),
        (ANA.into(), BEA.into())
    );
}

#[test]
fn a_deleted_account_is_in_the_bin_and_a_version_on() {
    let mut account = account(None);
    let deletion = Deletion { id: Id::new(Uuid::from_u128(9)), at: later() };
    account.delete(deletion);
    assert_eq!((account.record().deletion, account.record().version), (Some(deletion), 2));
    assert_eq!(account.record().updated_at, later());
    let event = account.take_events().remove(0);
    assert_eq!(event.kind, EventKind::AccountDeleted);
    assert_eq!(
        event.changes[1].new,
        deletion.id.into(),
        "what was deleted together can be told by the event"
    );
}

#[test]
fn an_account_comes_back_as_it_was() {
    let mut account = account(Some(BEA));
    let before = account.record().clone();
    account.delete(Deletion { id: Id::new(Uuid::from_u128(9)), at: now() });
    account.bring_back(later());
    assert_eq!(*account.record(), AccountRecord { version: 3, updated_at: later(), ..before });
    let kinds: Vec<_> = account.take_events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::AccountDeleted, EventKind::AccountRestored]);
}

#[test]
fn a_purged_account_tells_its_id_and_nothing_else() {
    let mut account = account(Some(BEA));
    account.purge(later());
    let event = account.take_events().remove(0);
    assert_eq!((event.kind, event.entity), (EventKind::AccountPurged, EntityRef::account(ACCOUNT)));
    assert!(event.changes.is_empty() && event.related.is_empty());
}

#[test]
fn a_restored_account_has_nothing_to_tell() {
    let stored = account(None).record().clone();
    let mut restored = Account::stored(stored.clone());
    assert_eq!(*restored.record(), stored);
    assert!(restored.take_events().is_empty());
}
