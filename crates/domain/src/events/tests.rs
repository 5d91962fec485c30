//! The rules of events.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use uuid::Uuid;

use super::{EntityRef, EntityType, Event, EventKind, FieldChange, FieldValue};
use crate::{
    ids::{AccountId, Id},
    values::{Currency, Money},
};

const ACCOUNT: AccountId = Id::new(Uuid::from_u128(1));

#[test]
fn names_are_unique_and_of_one_shape() {
    let names: BTreeSet<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(names.len(), EventKind::ALL.len());
    for kind in EventKind::ALL {
        let (resource, verb) = kind.as_str().split_once('.').expect("resource.verb");
        for part in [resource, verb] {
            assert!(!part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{kind:?}");
        }
        // The variant has the same name in camel case.
        let spelled: String = kind.as_str().split(['.', '_']).map(capitalised).collect();
        assert_eq!(format!("{kind:?}"), spelled);
        assert!(kind.description().trim().ends_with('.'), "{kind:?}");
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[test]
fn every_event_is_about_a_known_kind_of_record() {
    let entities = EntityType::ALL;
    let known: BTreeSet<_> = entities.iter().map(|entity| entity.as_str().to_lowercase()).collect();
    assert_eq!(known.len(), entities.len());
    for kind in EventKind::ALL {
        let (resource, _) = kind.as_str().split_once('.').expect("resource.verb");
        assert!(known.contains(resource), "{kind:?}");
    }
}

#[test]
fn an_event_collects_what_it_is_about_and_what_changed() {
    let other = EntityRef { entity_type: EntityType::User, id: Uuid::from_u128(2) };
    let event = Event::new(EventKind::AccountUpdated, EntityRef::account(ACCOUNT), DateTime::UNIX_EPOCH)
        .about(other)
        .noting("name", "Globex")
        .changing("employees", 1, 2);
    assert_eq!(event.entity, EntityRef { entity_type: EntityType::Account, id: ACCOUNT.uuid() });
    assert_eq!(event.related, [other]);
    let expected = [
        FieldChange { field: "name", old: FieldValue::Null, new: FieldValue::Text("Globex".into()) },
        FieldChange { field: "employees", old: FieldValue::Integer(1), new: FieldValue::Integer(2) },
    ];
    assert_eq!(event.changes, expected);
}

#[test]
fn only_what_differs_is_a_change() {
    let all = [
        ("same", FieldValue::from("x"), FieldValue::from("x")),
        ("cleared", FieldValue::from("x"), FieldValue::Null),
        ("set", FieldValue::Null, FieldValue::from(true)),
        ("nothing", FieldValue::Null, FieldValue::Null),
    ];
    let fields: Vec<_> = FieldChange::only_changed(all).into_iter().map(|change| change.field).collect();
    assert_eq!(fields, ["cleared", "set"]);
}

#[test]
fn each_kind_of_value_keeps_its_kind() {
    let money = Money::from_minor(5, Currency::parse("UYU").expect("a currency"));
    let day = NaiveDate::from_ymd_opt(2026, 2, 28).expect("a day");
    let cases: [(FieldValue, FieldValue); 9] = [
        ("x".into(), FieldValue::Text("x".to_owned())),
        (String::from("x").into(), FieldValue::Text("x".to_owned())),
        (7.into(), FieldValue::Integer(7)),
        (true.into(), FieldValue::Boolean(true)),
        (ACCOUNT.into(), FieldValue::Reference(ACCOUNT.uuid())),
        (money.into(), FieldValue::Money(money)),
        (day.into(), FieldValue::Date(day)),
        (DateTime::UNIX_EPOCH.into(), FieldValue::Timestamp(DateTime::UNIX_EPOCH)),
        (vec!["x".to_owned()].into(), FieldValue::Texts(vec!["x".to_owned()])),
    ];
    for (made, expected) in cases {
        assert_eq!(made, expected);
    }
    assert_eq!(FieldValue::from(None::<&str>), FieldValue::Null);
    assert_eq!(FieldValue::from(Some("x")), FieldValue::from("x"));
}
