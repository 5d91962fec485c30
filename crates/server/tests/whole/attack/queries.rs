//! SQL and operator injection in every parameter, path and header: answers contain only the caller's own records, never
//! the victim's.

use std::collections::BTreeSet;

use cartera_domain::identity::Role;
use futures_util::{StreamExt, future::join_all, stream};
use serde_json::json;

use super::{
    payloads, print,
    surface::{Door, surface},
    target,
    victim::Victim,
};
use crate::support::{Answer, Call};

/// How many requests run concurrently.
const AT_ONCE: usize = 8;
/// `make test` runs one of this many cases. The number is coprime to the number of payloads, so that each payload is
/// used.
const SAMPLE: usize = 37;

/// The problem with one request, if any.
type Finding = Option<String>;

/// Checks the properties that every answer to such a request must have.
fn judged(door: &Door, what: &str, answer: &Answer, victim: &Victim) -> Finding {
    let platform = door.valid.pattern.starts_with("/companies") || door.valid.pattern.starts_with("/jobs");
    let found = if answer.status >= 500 {
        "a failure of ours"
    } else if !door.valid.statuses.contains(&answer.status) {
        "a status that is not documented"
    } else if answer.status >= 400 && answer.header("content-type") != Some("application/problem+json") {
        "no problem document"
    } else if !platform && victim.shows_in(answer) {
        "something of the neighbour's"
    } else if answer.headers.contains_key("x-injected") {
        "a header of the caller's"
    } else {
        return None;
    };
    let text: String = answer.text.chars().take(300).collect();
    Some(format!("{} {what}: {found}: {} {text}", door.valid.operation, answer.status))
}

async fn each(findings: impl Iterator<Item = impl Future<Output = Finding>>) -> (usize, Vec<String>) {
    let answers: Vec<_> = stream::iter(findings).buffer_unordered(AT_ONCE).collect().await;
    (answers.len(), answers.into_iter().flatten().collect())
}

/// Sends every payload in every parameter of every operation, and every form of its name with an operator.
async fn ask_everything(of_how_many: usize) -> usize {
    let server = target().await;
    let victim = &Victim::new(server).await;
    let doors = surface(server).await;
    let payloads = payloads::encoded(&victim.company.id);
    let own = own_rows(&doors).await;
    let cases = doors.iter().flat_map(|door| {
        let payloads = &payloads;
        let places = door.parameters.iter().map(move |name| (door, name));
        places.flat_map(move |(door, name)| payloads.iter().map(move |payload| (door, name, payload)))
    });
    let asked = cases.step_by(of_how_many).map(async |(door, name, payload)| {
        let path = door.valid.asking(&[(name, payload)]);
        let what = path.chars().take(200).collect::<String>();
        let answer = door.valid.client.send(door.valid.call_to(path)).await;
        judged(door, &what, &answer, victim)
    });
    let (count, wrong) = each(asked).await;
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    victim.assert_unharmed(server).await;
    // Checks every connection of the pool. Own records may have been deleted (`cascade=true` is one of the payloads),
    // but no others may appear.
    let strangers: Vec<_> = own_rows(&doors).await.difference(&own).cloned().collect();
    assert_eq!(strangers, Vec::<String>::new(), "everybody still finds their own");
    count
}

/// The ids in the plain lists of sales, queried many times concurrently.
async fn own_rows(doors: &[Door]) -> BTreeSet<String> {
    let lists =
        doors.iter().filter(|door| ["GET /accounts", "GET /contacts"].contains(&&*door.valid.operation));
    let asked = lists.flat_map(|door| {
        (0..30).map(|_| door.valid.client.send(Call::get(door.valid.asking(&[("limit", "100")]))))
    });
    let rows = join_all(asked).await.into_iter().flat_map(|answer| answer.rows("id"));
    rows.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn no_parameter_of_any_operation_is_a_way_around() {
    let count = ask_everything(SAMPLE).await;
    assert!(count > 500, "{count} requests");
}

#[tokio::test]
#[ignore = "tens of thousands of requests: make attack"]
async fn every_payload_in_every_parameter() {
    let count = ask_everything(1).await;
    print(&format!("{count} requests with a payload in a parameter: no failure, nothing of the neighbour's"));
    assert!(count > 20_000, "{count} requests");
}

#[tokio::test]
async fn operators_in_the_names_of_parameters_are_unknown() {
    let server = target().await;
    let doors = surface(server).await;
    let cases = doors.iter().flat_map(|door| {
        let first = door.parameters.first().map_or("limit", String::as_str);
        let names = [
            "[$ne]",
            "[gt][$gt]",
            "[]",
            "[0]",
            "[like]",
            "[gte];drop",
            ".id",
            "'--",
            "%00",
            "%5B%24ne%5D",
            "$",
        ];
        let names = names.into_iter().map(move |tail| format!("{first}{tail}"));
        let foreign =
            ["companyId[$ne]", "app.company_id", "company_id", "$where", "__proto__[x]", "role", "select"];
        names.chain(foreign.map(str::to_owned)).map(move |name| (door, name))
    });
    let asked = cases.map(async |(door, name)| {
        let path = door.valid.asking(&[(&name, "x")]);
        let answer = door.valid.client.send(door.valid.whole_call_to(path)).await;
        let refused = answer.status == 400 && answer.json()["code"] == "validation_failed";
        (!refused).then(|| format!("{} {name}: {} {}", door.valid.operation, answer.status, answer.text))
    });
    let (count, wrong) = each(asked).await;
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 1_000, "{count} requests");
}

#[tokio::test]
async fn no_path_leads_anywhere_but_to_an_id() {
    let server = target().await;
    let victim = &Victim::new(server).await;
    let doors = surface(server).await;
    let payloads = payloads::encoded(&victim.company.id);
    // Valid ids are tested by the sweep, and these payloads are paths of other routes.
    let payloads: Vec<_> = payloads
        .iter()
        .filter(|payload| **payload != victim.company.id && !matches!(payload.as_str(), "?" | "%3F"))
        .collect();
    let cases = doors.iter().filter(|door| door.valid.id.is_some()).flat_map(|door| {
        let payloads = &payloads;
        payloads.iter().map(move |payload| (door, *payload))
    });
    let asked = cases.map(async |(door, payload)| {
        let path = door.valid.pattern.replace("{id}", payload);
        let answer = door.valid.client.send(door.valid.whole_call_to(path)).await;
        let lost = answer.status == 404 && answer.json()["code"] == "not_found";
        (!lost).then(|| format!("{} {payload}: {} {}", door.valid.operation, answer.status, answer.text))
    });
    let (count, wrong) = each(asked).await;
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    victim.assert_unharmed(server).await;
}

/// Headers that a server might trust.
const HEADERS: &[&str] = &[
    "accept",
    "accept-language",
    "cookie",
    "forwarded",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "origin",
    "prefer",
    "range",
    "referer",
    "user-agent",
    "x-api-key",
    "x-company-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-original-url",
    "x-real-ip",
    "x-request-id",
    "x-rewrite-url",
    "x-role",
    "x-tenant-id",
    "x-user-id",
];

#[tokio::test]
async fn no_header_is_a_way_around() {
    let server = target().await;
    let victim = &Victim::new(server).await;
    let company = &server.company().await;
    let member = &server.user(company, Role::Member).await;
    let account = company.account().await;
    let own = company.client().get("/accounts").await.expect(200).data();
    let payloads = payloads::for_headers(&victim.company.id);
    let cases = HEADERS.iter().flat_map(|name| payloads.iter().map(move |payload| (*name, payload)));
    let asked = cases.map(async |(name, payload)| {
        let patch = json!({ "description": "harmless" });
        let read = Call::get("/accounts").header(name, payload.as_str());
        let write = Call::patch(format!("/accounts/{account}"), &patch).header(name, payload.as_str());
        // A member has no permission, whatever a header says.
        let refused = Call::get("/companies").header(name, payload.as_str());
        let forbidden =
            Call::patch("/companies/current", &json!({ "name": "Mine" })).header(name, payload.as_str());
        let answers = [
            company.client().send(read).await,
            company.client().send(write).await,
            member.client.send(refused).await,
            member.client.send(forbidden).await,
        ];
        let statuses = answers.each_ref().map(|answer| answer.status);
        // A second kind of credentials makes the request unauthenticated; an invalid precondition is refused.
        let fine =
            statuses[0] != 200 || answers[0].data().as_array().map(Vec::len) == own.as_array().map(Vec::len);
        let wrong = !fine
            || statuses.iter().any(|status| *status >= 500)
            || statuses[2] < 400
            || statuses[3] < 400
            || answers.iter().any(|answer| victim.shows_in(answer));
        wrong.then(|| format!("{name}: {payload}: {answers:?}"))
    });
    let (count, wrong) = each(asked).await;
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    victim.assert_unharmed(server).await;
    assert_eq!(company.client().get("/companies/current").await.expect(200).data()["id"], json!(company.id));
}
