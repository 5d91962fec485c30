//! The sweep calls every operation of the API document, as every kind of caller, with ids of every kind.
//!
//! The expected answers follow from the document (`x-cartera-access`, `x-cartera-api-key`) and from the domain's
//! permission table. A new operation needs an entry in [`entries`], which says how to make a valid request and which
//! places take ids; without one the first test fails. Operations that can't be swept are in `uncovered.txt`, which is
//! empty.

mod callers;
mod document;
mod entries;
mod expectation;
mod records;
mod requests;
mod table;
mod valid;

use std::{collections::BTreeSet, sync::LazyLock};

use cartera_api_http::openapi::Access;
use futures_util::{StreamExt, stream};
use serde_json::json;

use self::{
    callers::{Callers, Who},
    document::Operation,
    entries::ENTRIES,
    expectation::{Expected, expected},
    requests::{Foreign, Target, prepare},
    table::{Entry, Kind, Lies, Slot},
};
use super::support::{Answer, Call, Server, unique};

pub(crate) use self::valid::{Valid, valid_requests};

/// Every operation: those of resources by their tables, and the others.
static EVERY: LazyLock<Vec<&'static Entry>> =
    LazyLock::new(|| records::entries().leak().iter().chain(ENTRIES).collect());

/// The operations that are not swept, one per line.
const UNCOVERED: &str = include_str!("uncovered.txt");
/// How many operations are swept concurrently.
const AT_ONCE: usize = 8;

#[tokio::test]
async fn every_operation_has_an_entry_and_nothing_is_left_out() {
    let operations = document::operations(Server::shared().await).await;
    let known: BTreeSet<_> = operations.iter().map(|operation| operation.name.as_str()).collect();
    let entries: BTreeSet<_> = EVERY.iter().map(|entry| entry.operation).collect();
    assert_eq!(EVERY.len(), entries.len(), "two entries for one operation");
    let missing: Vec<_> = known.difference(&entries).collect();
    assert!(missing.is_empty(), "write entries in sweep/entries.rs for {missing:?}");
    let stale: Vec<_> = entries.difference(&known).collect();
    assert!(stale.is_empty(), "these entries of sweep/entries.rs have no operation: {stale:?}");
    assert!(UNCOVERED.trim().is_empty(), "sweep/uncovered.txt is to be empty: {UNCOVERED}");
}

#[tokio::test]
async fn everybody_gets_what_the_permission_table_says() {
    let server = Server::shared().await;
    let callers = &Callers::new(server).await;
    let sweep = async |operation: Operation, entry| sweep_callers(&operation, entry, callers).await;
    report(&wrong(swept(server).await, sweep).await);
}

#[tokio::test]
async fn another_companys_ids_are_like_random_ones() {
    let server = Server::shared().await;
    let callers = &Callers::new(server).await;
    let foreign = &Foreign::new(server).await;
    let sweep = async |operation: Operation, entry| sweep_ids(&operation, entry, callers, foreign).await;
    report(&wrong(swept(server).await, sweep).await);
}

#[tokio::test]
async fn what_is_sent_again_under_one_key_happens_once() {
    let server = Server::shared().await;
    let callers = &Callers::new(server).await;
    let mut operations = swept(server).await;
    operations.retain(|(operation, _)| operation.once);
    assert!(operations.len() > 15, "most that is posted can be sent again");
    let sweep = async |operation: Operation, entry| sweep_repetition(&operation, entry, callers).await;
    report(&wrong(operations, sweep).await);
}

/// Sweeps these operations, several concurrently, and returns the problems.
async fn wrong(
    operations: Vec<(Operation, &'static Entry)>,
    sweep: impl AsyncFn(Operation, &'static Entry) -> Vec<String>,
) -> Vec<String> {
    let swept: Vec<_> = operations.into_iter().map(|(operation, entry)| sweep(operation, entry)).collect();
    stream::iter(swept).buffer_unordered(AT_ONCE).concat().await
}

/// Every operation with its entry, except the uncovered ones.
async fn swept(server: &Server) -> Vec<(Operation, &'static Entry)> {
    let left_out: BTreeSet<_> = UNCOVERED.lines().map(str::trim).collect();
    let operations = document::operations(server).await;
    let swept: Vec<_> = operations
        .into_iter()
        .filter(|operation| !left_out.contains(operation.name.as_str()))
        .filter_map(|operation| {
            let entry = EVERY.iter().copied().find(|entry| entry.operation == operation.name)?;
            Some((operation, entry))
        })
        .collect();
    assert!(!swept.is_empty(), "the document has operations");
    swept
}

#[track_caller]
fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} answer(s) are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Calls one operation as every kind of caller.
async fn sweep_callers(operation: &Operation, entry: &Entry, callers: &Callers) -> Vec<String> {
    let mut wrong = Vec::new();
    for who in Who::ALL {
        let targets: &[Target] =
            if entry.target.is_some() { &[Target::Own, Target::Others] } else { &[Target::None] };
        for target in targets.iter().filter(|target| who.can_have(**target)) {
            let caller = callers.caller(*who, operation.access, entry).await;
            let call = prepare(operation, entry, callers, &caller, *target).await;
            let expected = expected(operation, entry, *who, *target);
            let answer = caller.client.send(call).await;
            let as_expected = match expected {
                Expected::Success => answer.status == entry.success,
                Expected::Refused(status, code) => answer.status == status && answer.json()["code"] == code,
            };
            if !as_expected {
                let (status, text) = (answer.status, &answer.text);
                wrong.push(format!(
                    "{} as {who:?} ({target:?}): expected {expected:?}, got {status} {text}",
                    operation.name
                ));
            }
            if !operation.statuses.contains(&answer.status) {
                wrong.push(format!(
                    "{} as {who:?}: status {} is not documented",
                    operation.name, answer.status
                ));
            }
        }
    }
    wrong
}

/// Sends a request of one operation twice with the same idempotency key, and then another one.
async fn sweep_repetition(operation: &Operation, entry: &Entry, callers: &Callers) -> Vec<String> {
    let caller = callers.caller(valid::who_may(operation.access), operation.access, entry).await;
    let target = if entry.target.is_some() { Target::Own } else { Target::None };
    let key = unique("again");
    let send = async |call: Call| caller.client.send(call.header("idempotency-key", key.as_str())).await;
    let compose = async || requests::compose(operation, entry, callers, &caller, target).await;
    let request = compose().await;
    let first = send(request.clone().call(&caller, operation)).await;
    let again = send(request.clone().call(&caller, operation)).await;
    let other = match &request.body {
        // Requests are compared byte for byte, so an added blank makes a different one.
        Some(body) => request.clone().call(&caller, operation).bytes(format!("{body} ")),
        None => compose().await.call(&caller, operation),
    };
    let other = send(other).await;
    // Responses to what the platform does to a company are stored in that company.
    let elsewhere = entry.target == Some(Kind::Company);
    let replayed = |answer: &Answer| answer.header("idempotency-replayed").map(str::to_owned);
    let mut wrong = Vec::new();
    if (first.status, replayed(&first)) != (entry.success, None) {
        wrong.push(format!("{}: the first time: {first:?}", operation.name));
    }
    if (again.status, replayed(&again).as_deref()) != (entry.success, Some("true")) {
        wrong.push(format!("{}: the second time: {again:?}", operation.name));
    }
    if !elsewhere && (other.status, &other.json()["code"]) != (422, &json!("idempotency_key_reused")) {
        wrong.push(format!("{}: another request under the same key: {other:?}", operation.name));
    }
    wrong
}

/// Puts another company's ids, and random ones, into every place that takes an id.
async fn sweep_ids(
    operation: &Operation,
    entry: &Entry,
    callers: &Callers,
    foreign: &Foreign,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for slot in entry.slots() {
        let mut answers = Vec::new();
        let theirs = match slot {
            Slot::Path(kind) if entry.lies == Lies::InTheBin => foreign.binned(kind),
            slot => foreign.id(slot.kind()),
        };
        for id in [theirs.to_owned(), uuid::Uuid::now_v7().to_string()] {
            let caller =
                callers.caller(Who::Role(cartera_domain::identity::Role::Owner), operation.access, entry);
            let caller = caller.await;
            let target = if entry.target.is_some() { Target::Own } else { Target::None };
            let mut request = requests::compose(operation, entry, callers, &caller, target).await;
            request.put(slot, &id);
            let answer = caller.client.send(request.call(&caller, operation)).await;
            answers.push((answer.essence(), answer.text.replace(&id, "ID")));
        }
        let [(theirs, _), (random, _)] = answers.as_slice() else { continue };
        let name = &operation.name;
        if theirs != random {
            wrong.push(format!("{name} {slot:?}: theirs {theirs:?}, a random one {random:?}"));
        }
        let (status, body) = theirs;
        // The platform may access every company; nobody else learns which ids exist.
        if operation.access == Access::Platform {
            if *status != 403 {
                wrong.push(format!("{name} {slot:?}: an owner got {status} {body}"));
            }
            continue;
        }
        if !slot.refused_rightly(*status, body) {
            wrong.push(format!("{name} {slot:?}: not refused as it should be: {status} {body}"));
        }
    }
    wrong
}
