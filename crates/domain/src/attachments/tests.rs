//! The rules of attachments.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    Attachment, AttachmentFields, AttachmentInput, AttachmentRules, AttachmentStatus, AttachmentTarget,
    FileName, Sha256, TargetType,
};
use crate::{
    events::{EntityRef, EventKind},
    ids::{AccountId, AttachmentId, Id, UserId},
    input::{Patch, Rule, Violations},
};

const ATTACHMENT: AttachmentId = Id::new(Uuid::from_u128(1));
const ACCOUNT: AccountId = Id::new(Uuid::from_u128(2));
const ANA: UserId = Id::new(Uuid::from_u128(3));

fn rules() -> AttachmentRules {
    AttachmentRules { max_size: 1000, types: vec!["application/pdf".to_owned(), "image/png".to_owned()] }
}

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn full() -> AttachmentInput {
    AttachmentInput {
        entity_type: text("ACCOUNT"),
        entity_id: Patch::Value(ACCOUNT.uuid()),
        file_name: text("Contrato firmado.pdf"),
        content_type: text("Application/PDF "),
        size: Patch::Value(1000),
        sha256: text(&"aB".repeat(32)),
    }
}

fn codes(violations: &Violations) -> Vec<(&str, &'static str)> {
    violations.0.iter().map(|v| (v.field.as_str(), v.rule.code())).collect()
}

#[test]
fn what_is_announced_is_read_and_normalised() {
    let fields = AttachmentFields::read(full(), &rules()).expect("it is in order");
    assert_eq!(fields.target, AttachmentTarget::Account(ACCOUNT));
    assert_eq!(fields.file_name.as_str(), "Contrato firmado.pdf");
    assert_eq!(fields.content_type.as_str(), "application/pdf");
    assert_eq!((fields.size, fields.sha256), (1000, Sha256::new([0xAB; 32])));
    assert_eq!(fields.sha256.to_string(), "ab".repeat(32));
}

#[test]
fn everything_is_required_and_named_at_once() {
    let violations =
        AttachmentFields::read(AttachmentInput::default(), &rules()).expect_err("all is missing");
    let fields = ["entityType", "entityId", "fileName", "contentType", "size", "sha256"];
    assert_eq!(codes(&violations), fields.map(|field| (field, "required")));
}

/// A change to valid input, the field that it makes invalid, and the rule it breaks.
type Case = (fn(&mut AttachmentInput), &'static str, &'static str);

#[test]
fn each_field_keeps_its_rule() {
    let cases: [Case; 11] = [
        (|input| input.entity_type = text("USER"), "entityType", "not_allowed"),
        (|input| input.entity_type = text("account"), "entityType", "not_allowed"),
        (|input| input.file_name = text(&"x".repeat(256)), "fileName", "too_long"),
        (|input| input.content_type = text("text/html"), "contentType", "not_allowed"),
        (|input| input.content_type = text("image/svg+xml; charset=utf-8"), "contentType", "not_allowed"),
        (|input| input.content_type = text("image/png\r\nX-Evil: 1"), "contentType", "not_allowed"),
        (|input| input.size = Patch::Value(-1), "size", "out_of_range"),
        (|input| input.size = Patch::Value(1001), "size", "out_of_range"),
        (|input| input.sha256 = text(&"a".repeat(63)), "sha256", "malformed"),
        (|input| input.sha256 = text(&"g".repeat(64)), "sha256", "malformed"),
        (|input| input.sha256 = text(&"é".repeat(32)), "sha256", "malformed"),
    ];
    for (change, field, code) in cases {
        let mut input = full();
        change(&mut input);
        let violations = AttachmentFields::read(input, &rules()).expect_err(field);
        assert_eq!(codes(&violations), [(field, code)]);
    }
}

#[test]
fn what_browsers_say_of_files_is_read_and_a_file_may_be_empty() {
    for (said, file_name, expected) in [
        ("image/x-png", "a", "image/png"),
        ("image/png; charset=utf-8", "a", "image/png"),
        ("", "Foto.PNG", "image/png"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
    ] {
        let input = AttachmentInput {
            content_type: text(said),
            file_name: text(file_name),
            size: Patch::Value(0),
            ..full()
        };
        let fields = AttachmentFields::read(input, &rules()).expect(said);
        assert_eq!((fields.content_type.as_str(), fields.size), (expected, 0), "{said} {file_name}");
        assert!(fields.content_type.is_said_by(&format!("{}; charset=UTF-8", expected.to_uppercase())));
        assert!(!fields.content_type.is_said_by("text/plain") && !fields.content_type.is_said_by(""));
    }
    let nameless = AttachmentInput { content_type: text(""), file_name: text("a/b.pdf"), ..full() };
    let violations = AttachmentFields::read(nameless, &rules()).expect_err("neither is in order");
    assert_eq!(codes(&violations), [("fileName", "malformed"), ("contentType", "not_allowed")]);
}

#[test]
fn a_file_name_is_no_path_and_no_trick() {
    let malformed = Rule::Malformed { expected: "a file name without a path" };
    let cases = [
        ("informe.pdf", Ok("informe.pdf")),
        ("  año \"nuevo\"; x=1.png ", Ok("año \"nuevo\"; x=1.png")),
        ("..pdf", Ok("..pdf")),
        ("", Err(Rule::Blank)),
        ("a\r\nX-Evil: 1", Err(Rule::ControlCharacter)),
        ("a\0.pdf", Err(Rule::ControlCharacter)),
        ("gpj.\u{202E}exe", Err(Rule::ControlCharacter)),
        ("\u{2066}a\u{2069}.pdf", Err(Rule::ControlCharacter)),
        ("../secret.pdf", Err(malformed.clone())),
        ("a\\b.pdf", Err(malformed.clone())),
        (".", Err(malformed.clone())),
        ("..", Err(malformed)),
    ];
    for (raw, expected) in cases {
        let parsed = FileName::parse(raw.to_owned());
        assert_eq!(parsed.as_ref().map(FileName::as_str).map_err(Clone::clone), expected, "{raw:?}");
    }
    assert!(FileName::parse("ñ".repeat(255)).is_ok(), "characters count, not bytes");
}

#[test]
fn targets_say_who_may_and_what_they_are() {
    for kind in TargetType::ALL {
        let target = AttachmentTarget::new(*kind, Uuid::from_u128(9));
        assert_eq!((target.kind(), target.uuid()), (*kind, Uuid::from_u128(9)));
        assert_eq!(target.entity().entity_type.as_str(), kind.as_str());
        assert_eq!(TargetType::parse(kind.as_str().to_owned()), Ok(*kind));
        let (read, write, delete) =
            (kind.read_permission(), kind.write_permission(), kind.delete_permission());
        let resource = |key: &'static str| key.split_once(':').map(|(resource, _)| resource);
        assert_eq!(resource(read.key()), resource(write.key()));
        assert_eq!(resource(read.key()), resource(delete.key()));
        assert!(read.key().ends_with(":read") && write.key().ends_with(":write"));
        assert!(delete.key().ends_with(":delete"));
    }
}

#[test]
fn it_is_announced_confirmed_once_and_deleted_each_with_its_event() {
    let now = DateTime::<Utc>::UNIX_EPOCH;
    let later = now + TimeDelta::minutes(1);
    let fields = AttachmentFields::read(full(), &rules()).expect("it is in order");
    let mut attachment = Attachment::create(ATTACHMENT, fields, Some(ANA), now);
    assert_eq!(attachment.record().status, AttachmentStatus::Pending);
    assert!(attachment.confirm(later));
    assert!(!attachment.confirm(later), "it is confirmed already");
    assert_eq!((attachment.record().version, attachment.record().updated_at), (2, later));
    attachment.delete(later);
    assert_eq!((attachment.record().version, attachment.record().deleted_at), (3, Some(later)));
    let events = attachment.take_events();
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    let expected =
        [EventKind::AttachmentCreated, EventKind::AttachmentConfirmed, EventKind::AttachmentDeleted];
    assert_eq!(kinds, expected);
    for event in events {
        assert_eq!(event.entity, EntityRef::attachment(ATTACHMENT));
        assert_eq!(event.related, [EntityRef::account(ACCOUNT)]);
    }
    for status in AttachmentStatus::ALL {
        assert_eq!(AttachmentStatus::parse(status.as_str()), Some(*status));
    }
}
