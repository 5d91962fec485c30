//! Bodies with unknown fields, wrong types or invalid content, in every place of every body of the document, are
//! refused and nothing is written.

use futures_util::{StreamExt, stream};
use serde_json::json;

use super::{
    surface::{Door, surface},
    target,
    victim::Victim,
};
use crate::support::{Answer, Call};

const AT_ONCE: usize = 8;

/// Fields that an attacker would like to set (mass assignment). Those that the document defines for an operation are
/// skipped.
const SURPRISES: &[&str] = &[
    "companyId",
    "company_id",
    "company",
    "tenantId",
    "role",
    "roles",
    "id",
    "_id",
    "version",
    "createdBy",
    "createdAt",
    "updatedAt",
    "deletedAt",
    "deletionId",
    "ownerRole",
    "number",
    "status",
    "closedAt",
    "permissions",
    "scopes",
    "active",
    "isAdmin",
    "password",
    "passwordHash",
    "forcePasswordReset",
    "suspendedAt",
    "slug",
    "lastLoginAt",
    "isDefault",
    "tokenHash",
    "storageKey",
    "__proto__",
    "constructor",
    "$set",
    "Name",
    "name ",
];

/// Sends each request, and returns what is wrong with its answer.
async fn judged<'a>(
    cases: impl Iterator<Item = (&'a Door, String, Call)>,
    judge: impl Fn(&str, &Answer) -> bool,
) -> (usize, Vec<String>) {
    let sent = cases.map(async |(door, what, call)| (door, what, door.valid.client.send(call).await));
    let answers: Vec<_> = stream::iter(sent).buffer_unordered(AT_ONCE).collect().await;
    let wrong = answers.iter().filter(|(_, what, answer)| !judge(what, answer));
    let wrong = wrong.map(|(door, what, answer)| {
        let text: String = answer.text.chars().take(300).collect();
        format!("{} {what}: {} {text}", door.valid.operation, answer.status)
    });
    (answers.len(), wrong.collect())
}

#[track_caller]
fn report((count, wrong): (usize, Vec<String>), at_least: usize) {
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= at_least, "{count} requests");
}

/// Whether an answer is a validation problem that points here, or at the whole body.
fn points_at(pointer: &str, answer: &Answer) -> bool {
    let problem = answer.json();
    let first = problem["errors"][0]["pointer"].as_str().unwrap_or("none");
    answer.status == 400 && problem["code"] == "validation_failed" && (first == pointer || first.is_empty())
}

#[tokio::test]
async fn nothing_is_assigned_that_is_not_the_operations_own() {
    let server = target().await;
    let victim = Victim::new(server).await;
    let doors = surface(server).await;
    let theirs = &victim.company.id;
    let cases = doors.iter().flat_map(|door| {
        door.objects.iter().flat_map(move |(object, known)| {
            let names = SURPRISES.iter().filter(|name| !known.contains(**name));
            names.map(move |name| {
                let pointer = format!("{object}/{name}");
                let call = door.call_with(&door.body_with(&pointer, json!(theirs)));
                (door, pointer, call)
            })
        })
    });
    // `stage` is refused with a hint, because another route makes moves.
    let exact = |pointer: &str, answer: &Answer| {
        let rule = &answer.json()["errors"][0]["code"];
        points_at(pointer, answer) && (rule == "unknown_field" || rule == "not_settable")
    };
    report(judged(cases, exact).await, 1_000);
    victim.assert_unharmed(server).await;
}

#[tokio::test]
async fn an_operator_is_no_text() {
    let server = target().await;
    let doors = surface(server).await;
    let operators = [
        json!({ "$ne": null }),
        json!({ "$gt": "" }),
        json!({ "$where": "sleep(60000)" }),
        json!(["' or '1'='1"]),
        json!([{ "$ne": "" }]),
        json!(true),
        json!(0),
    ];
    let operators = &operators;
    let cases = doors.iter().flat_map(|door| {
        door.texts.iter().flat_map(move |pointer| {
            operators.iter().map(move |operator| {
                (door, pointer.clone(), door.call_with(&door.body_with(pointer, operator.clone())))
            })
        })
    });
    report(judged(cases, points_at).await, 700);
}

/// The request's body with these raw bytes of JSON at a place.
fn spelled(door: &Door, pointer: &str, bytes: &[u8]) -> Vec<u8> {
    const PLACE: &str = "\"the place where it goes\"";
    let body = door.body_with(pointer, json!(PLACE.trim_matches('"'))).to_string();
    let (before, after) = body.split_once(PLACE).expect("the place is there");
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

#[tokio::test]
async fn what_is_oversize_deep_or_no_text_is_refused_in_every_place() {
    let server = target().await;
    let victim = Victim::new(server).await;
    let doors = surface(server).await;
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000)).into_bytes();
    let spellings: [(&str, Vec<u8>); 8] = [
        ("a megabyte", format!("\"{}\"", "x".repeat(1_000_000)).into_bytes()),
        ("10,000 lists", deep("[", "]")),
        ("10,000 objects", deep("{\"a\":", "}")),
        ("no UTF-8", b"\"a\xff\xfe\"".to_vec()),
        ("an overlong quote", b"\"a\xc0\xa7\"".to_vec()),
        ("half a pair", b"\"\\ud800\"".to_vec()),
        ("a raw NUL", b"\"a\x00b\"".to_vec()),
        ("a number without end", "9".repeat(60_000).into_bytes()),
    ];
    let spellings = &spellings;
    let cases = doors.iter().flat_map(|door| {
        door.texts.iter().flat_map(move |pointer| {
            spellings.iter().map(move |(what, bytes)| {
                (door, format!("{pointer}: {what}"), door.call_with_bytes(spelled(door, pointer, bytes)))
            })
        })
    });
    let refused = |what: &str, answer: &Answer| {
        let small = answer.text.len() < 20_000;
        // A wrong password or e-mail may have any length, and a token of that length is invalid.
        let longest = what.ends_with("a megabyte") && matches!(answer.status, 401 | 413 | 422);
        small
            && (longest || answer.status == 400)
            && answer.header("content-type") == Some("application/problem+json")
    };
    report(judged(cases, refused).await, 800);
    victim.assert_unharmed(server).await;
}

#[tokio::test]
async fn other_media_types_are_refused_by_every_operation() {
    let server = target().await;
    let doors = surface(server).await;
    let forms = [
        ("application/x-www-form-urlencoded", "name=x&companyId=y"),
        (
            "multipart/form-data; boundary=x",
            "--x\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nx\r\n--x--",
        ),
        ("text/plain", "{}"),
        ("application/xml", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"),
        ("application/csp-report", "{}"),
    ];
    let cases = doors.iter().filter(|door| !door.objects.is_empty()).flat_map(|door| {
        forms.iter().map(move |(kind, body)| {
            let call = door.valid.call_to(door.valid.asking(&[])).header("content-type", *kind).bytes(*body);
            (door, (*kind).to_owned(), call)
        })
    });
    let refused =
        |_: &str, answer: &Answer| answer.status == 415 && answer.json()["code"] == "unsupported_media_type";
    report(judged(cases, refused).await, 100);
}
