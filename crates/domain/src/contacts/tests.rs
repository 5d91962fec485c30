//! The rules of contacts.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Contact, ContactFields, ContactInput, ContactRecord, SocialLinksInput};
use crate::{
    Deletion,
    events::{EntityRef, EventKind, FieldValue, Verb},
    ids::{AccountId, ContactId, Id, UserId},
    input::{Patch, Violations},
    record::{Changed, Fields},
    values::{Country, InstagramLink},
};

const CONTACT: ContactId = Id::new(Uuid::from_u128(1));
const ANA: UserId = Id::new(Uuid::from_u128(2));
const BEA: UserId = Id::new(Uuid::from_u128(3));
const ACME: AccountId = Id::new(Uuid::from_u128(4));
const GLOBEX: AccountId = Id::new(Uuid::from_u128(5));

fn uruguay() -> Country {
    Country::parse("UY").expect("a country")
}

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn full() -> ContactInput {
    ContactInput {
        first_name: text(" Ana "),
        last_name: text("Paz"),
        position: text("Compras"),
        email: text("Ana.Paz@Example.com"),
        phone: text("099 123 456"),
        address: text("Rambla 1\nMontevideo"),
        social_links: Patch::Value(SocialLinksInput {
            linkedin: text("https://www.linkedin.com/in/anapaz"),
            x: text("https://x.com/anapaz"),
            ..SocialLinksInput::default()
        }),
        notes: text("Prefers mail"),
        tags: Patch::Value(vec!["one".to_owned(), "two".to_owned()]),
        account_id: Patch::Absent,
        owner_id: Patch::Absent,
    }
}

fn fields(input: ContactInput) -> ContactFields {
    ContactFields::read(input, &uruguay()).expect("the fields are in order")
}

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn of(account_id: Option<AccountId>, owner_id: Option<UserId>) -> ContactFields {
    ContactFields { account_id, owner_id, ..fields(full()) }
}

fn contact() -> Contact {
    let mut contact = Contact::new(CONTACT, of(Some(ACME), Some(ANA)), Some(ANA), at(0));
    contact.take_events();
    contact
}

fn codes(violations: &Violations) -> Vec<(&str, &'static str)> {
    violations.0.iter().map(|v| (v.field.as_str(), v.rule.code())).collect()
}

#[test]
fn only_the_first_name_is_mandatory() {
    let bare = fields(ContactInput { first_name: text("Ana"), ..ContactInput::default() });
    assert_eq!(bare.called(), "Ana");
    assert_eq!((bare.last_name, bare.email, bare.phone, bare.tags.is_empty()), (None, None, None, true));
    let whole = fields(full());
    assert_eq!(whole.called(), "Ana Paz");
    assert_eq!(whole.phone.map(|phone| phone.as_str().to_owned()), Some("+59899123456".to_owned()));
    assert_eq!(whole.email.map(|email| email.key()), Some("ana.paz@example.com".to_owned()));
}

/// A change to valid input, the field that it makes invalid, and the rule it breaks.
type Case = (fn(&mut ContactInput), &'static str, &'static str);

#[test]
fn each_field_keeps_its_rule() {
    let links = |links: SocialLinksInput| Patch::Value(links);
    let cases: [Case; 13] = [
        (|input| input.first_name = Patch::Absent, "firstName", "required"),
        (|input| input.first_name = Patch::Null, "firstName", "required"),
        (|input| input.first_name = text(" "), "firstName", "blank"),
        (|input| input.first_name = text(&"x".repeat(101)), "firstName", "too_long"),
        (|input| input.last_name = text("a\0b"), "lastName", "control_character"),
        (|input| input.position = text(&"x".repeat(101)), "position", "too_long"),
        (|input| input.email = text("ana@"), "email", "malformed"),
        (|input| input.phone = text("123"), "phone", "malformed"),
        (|input| input.address = text(&"x".repeat(501)), "address", "too_long"),
        (|input| input.notes = text(&"x".repeat(5001)), "notes", "too_long"),
        (|input| input.tags = Patch::Value(vec!["x".repeat(41)]), "tags.0", "too_long"),
        (
            |input| {
                let telegram = text("javascript:alert(1)");
                input.social_links =
                    Patch::Value(SocialLinksInput { telegram, ..SocialLinksInput::default() });
            },
            "socialLinks.telegram",
            "malformed",
        ),
        (
            |input| {
                let whatsapp = text("https://example.com/59899123456");
                input.social_links =
                    Patch::Value(SocialLinksInput { whatsapp, ..SocialLinksInput::default() });
            },
            "socialLinks.whatsapp",
            "malformed",
        ),
    ];
    for (change, field, code) in cases {
        let mut input = full();
        change(&mut input);
        let violations = ContactFields::read(input, &uruguay()).expect_err(field);
        assert_eq!(codes(&violations), [(field, code)]);
    }
    let two = ContactInput {
        email: text("x"),
        social_links: links(SocialLinksInput { x: text("x"), ..SocialLinksInput::default() }),
        ..ContactInput::default()
    };
    let violations = ContactFields::read(two, &uruguay()).expect_err("three fields are wrong");
    assert_eq!(codes(&violations).len(), 3, "all at once");
}

#[test]
fn a_patch_keeps_what_is_absent_clears_what_is_null_and_sets_what_is_given() {
    let current = fields(full());
    assert_eq!(current.patched(ContactInput::default(), &uruguay()), Ok(current.clone()));
    let nulls = ContactInput {
        first_name: Patch::Absent,
        last_name: Patch::Null,
        position: Patch::Null,
        email: Patch::Null,
        phone: Patch::Null,
        address: Patch::Null,
        social_links: Patch::Null,
        notes: Patch::Null,
        tags: Patch::Null,
        account_id: Patch::Null,
        owner_id: Patch::Null,
    };
    let cleared = current.patched(nulls, &uruguay()).expect("all but the first name may go");
    assert_eq!(cleared, fields(ContactInput { first_name: text("Ana"), ..ContactInput::default() }));
    assert_eq!(current.changes(&cleared).len(), 9, "seven fields and two links");
}

#[test]
fn links_are_patched_one_by_one() {
    let current = fields(full());
    let links = SocialLinksInput {
        linkedin: Patch::Null,
        facebook: text("https://facebook.com/ana"),
        ..SocialLinksInput::default()
    };
    let input = ContactInput { social_links: Patch::Value(links), ..ContactInput::default() };
    let patched = current.patched(input, &uruguay()).expect("they are links");
    assert_eq!(patched.social_links.linkedin, None);
    assert_eq!(patched.social_links.x, current.social_links.x, "what is absent stays");
    let changed: Vec<_> = current.changes(&patched).into_iter().map(|change| change.field).collect();
    assert_eq!(changed, ["socialLinks.linkedin", "socialLinks.facebook"]);
}

#[test]
fn a_new_contact_says_whose_and_where_it_is() {
    let mut contact = Contact::new(CONTACT, of(Some(ACME), Some(BEA)), Some(ANA), at(0));
    let event = contact.take_events().remove(0);
    assert_eq!((event.kind, event.entity), (EventKind::ContactCreated, EntityRef::contact(CONTACT)));
    assert_eq!(event.related, [EntityRef::account(ACME), EntityRef::user(BEA)]);
    assert_eq!(event.changes[0].new, "Ana Paz".into());
    assert_eq!((contact.record().version, contact.record().created_by), (1, Some(ANA)));
}

#[test]
fn an_edit_concerns_the_account_it_leaves_and_the_one_it_comes_to() {
    let mut contact = contact();
    assert!(!contact.change(Verb::Updated, of(Some(ACME), Some(ANA)), at(1)), "nothing differs");
    assert_eq!((contact.record().version, contact.record().updated_at), (1, at(0)));
    assert!(contact.change(Verb::Updated, of(Some(GLOBEX), None), at(1)));
    assert_eq!((contact.record().version, contact.record().updated_at), (2, at(1)));
    let event = contact.take_events().remove(0);
    assert_eq!(event.kind, EventKind::ContactUpdated);
    let concerned = [EntityRef::account(ACME), EntityRef::user(ANA), EntityRef::account(GLOBEX)];
    assert_eq!(event.related, concerned);
    let changed: Vec<_> = event.changes.iter().map(|change| change.field).collect();
    assert_eq!(changed, ["accountId", "ownerId"]);
}

#[test]
fn a_contact_goes_to_the_bin_and_comes_back_as_it_was() {
    let mut contact = contact();
    let before = contact.record().clone();
    let deletion = Deletion { id: Id::new(Uuid::from_u128(9)), at: at(1) };
    contact.delete(deletion);
    assert_eq!((contact.record().deletion, contact.record().version), (Some(deletion), 2));
    contact.bring_back(at(2));
    assert_eq!(*contact.record(), ContactRecord { version: 3, updated_at: at(2), ..before });
    let kinds: Vec<_> = contact.take_events().into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::ContactDeleted, EventKind::ContactRestored]);
}

#[test]
fn a_purged_contact_tells_its_id_and_nothing_else() {
    let mut contact = contact();
    contact.purge(at(1));
    let event = contact.take_events().remove(0);
    assert_eq!((event.kind, event.entity), (EventKind::ContactPurged, EntityRef::contact(CONTACT)));
    assert!(event.changes.is_empty() && event.related.is_empty());
}

#[test]
fn a_name_is_searched_by_either_of_its_parts() {
    let keys = |first: &str, last: Option<&str>| {
        let last = last.map_or(Patch::Null, text);
        let input = ContactInput { first_name: text(first), last_name: last, ..ContactInput::default() };
        let mut contact = Contact::new(CONTACT, fields(input), Some(ANA), at(0));
        contact.take_events();
        let keys = contact.record().row().keys(ContactFields::TABLE, Changed::ALL);
        let wanted = ["name_fold", "last_name_fold"];
        wanted.map(|name| {
            let found = keys.iter().find(|(column, _)| *column == name).map(|(_, key)| key.clone());
            match found.expect("it is a key") {
                FieldValue::Text(text) => text,
                _ => String::new(),
            }
        })
    };
    assert_eq!(keys("Łukasz", Some("Søren")), ["lukasz soren", "soren lukasz"]);
    assert_eq!(keys("太郎", Some("山田")), ["太郎山田", "山田太郎"]);
    assert_eq!(keys("山田 太郎", None), ["山田太郎", ""]);
}

#[test]
fn a_blank_in_an_optional_field_is_null_on_creation_and_in_a_patch() {
    for blank in ["", " ", "\t\r\n", "\u{200B}\u{FEFF}", "\u{3164}", "\u{2800}"] {
        let blanks = || ContactInput {
            first_name: Patch::Absent,
            last_name: text(blank),
            position: text(blank),
            email: text(blank),
            phone: text(blank),
            address: text(blank),
            social_links: Patch::Value(SocialLinksInput {
                linkedin: text(blank),
                instagram: text(blank),
                telegram: text(blank),
                whatsapp: text(blank),
                x: text(blank),
                facebook: text(blank),
            }),
            notes: text(blank),
            tags: Patch::Value(Vec::new()),
            ..ContactInput::default()
        };
        let bare = fields(ContactInput { first_name: text("Ana"), ..ContactInput::default() });
        assert_eq!(fields(ContactInput { first_name: text("Ana"), ..blanks() }), bare, "{blank:?}");
        assert_eq!(fields(full()).patched(blanks(), &uruguay()), Ok(bare), "{blank:?}");
        let named = ContactInput { first_name: text(blank), ..ContactInput::default() };
        let violations = fields(full()).patched(named, &uruguay()).expect_err("the first name is mandatory");
        assert_eq!(codes(&violations), [("firstName", "blank")]);
    }
}

#[test]
fn a_link_of_the_past_is_read_and_may_be_sent_back() {
    let mut stored = fields(full());
    stored.social_links.instagram = Some(InstagramLink::trusted("https://example.com/ana".to_owned()));
    let again = |instagram: &str| {
        let links = SocialLinksInput { instagram: text(instagram), ..SocialLinksInput::default() };
        stored.patched(
            ContactInput { social_links: Patch::Value(links), ..ContactInput::default() },
            &uruguay(),
        )
    };
    assert_eq!(again("https://example.com/ana"), Ok(stored.clone()));
    assert!(again("https://example.com/bea").is_err());
    let link = again("@ana").expect("a handle").social_links.instagram.expect("a link");
    assert_eq!(link.as_str(), "https://www.instagram.com/ana");
}
