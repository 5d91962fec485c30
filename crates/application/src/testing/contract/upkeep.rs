//! Contract tests of cleanup.

use cartera_domain::{
    identity::{EndReason, IDLE_LIFETIME, Session, Subject},
    ids::{CompanyId, SessionId, UserId},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    Harness,
    scene::{Tx, begin, begin_as, code, commit, fresh, later, noon, scene, unique},
};
use crate::{
    error::Code,
    ports::Claim,
    security::{Actor, Provenance},
};

async fn begin_as_worker(h: &impl Harness, company: CompanyId) -> Tx {
    let grant =
        Actor::system(company, Provenance::request("contract")).authorize_system().expect("the system may");
    h.worker_store().begin(&grant).await.expect("a unit of work begins")
}

async fn remember(h: &impl Harness, company: CompanyId, user: UserId) -> String {
    let key = unique("key");
    let tx = begin_as(h, company, user).await;
    tx.idempotency_keys().claim(&key).await.expect("the store answers");
    tx.idempotency_keys().remember(&key, [3; 32], json!(1)).await.expect("it is stored");
    commit(tx).await;
    key
}

async fn is_remembered(h: &impl Harness, company: CompanyId, user: UserId, key: &str) -> bool {
    let tx = begin_as(h, company, user).await;
    tx.idempotency_keys().claim(key).await.expect("the store answers") != Claim::New
}

async fn forget_answers(h: &impl Harness, company: CompanyId, before: DateTime<Utc>, limit: u32) -> u64 {
    let tx = begin_as_worker(h, company).await;
    let count = tx.upkeep().forget_answers(before, limit).await.expect("the store answers");
    commit(tx).await;
    count
}

/// In batches of the given size, and only with the commit.
pub async fn answers_are_forgotten_by_their_age(h: &impl Harness) {
    let scene = scene(h).await;
    let key = remember(h, scene.id, scene.user).await;
    for _ in 0..2 {
        remember(h, scene.id, scene.user).await;
    }
    let (past, future) = (DateTime::UNIX_EPOCH, Utc::now() + TimeDelta::days(36_500));
    assert_eq!(forget_answers(h, scene.id, past, 10).await, 0);
    assert!(is_remembered(h, scene.id, scene.user, &key).await);
    let tx = begin_as_worker(h, scene.id).await;
    assert_eq!(tx.upkeep().forget_answers(future, 10).await.expect("the store answers"), 3);
    tx.rollback().await;
    assert!(is_remembered(h, scene.id, scene.user, &key).await);
    assert_eq!(forget_answers(h, scene.id, future, 2).await, 2);
    assert_eq!(forget_answers(h, scene.id, future, 2).await, 1);
    assert!(!is_remembered(h, scene.id, scene.user, &key).await);
}

/// A session, opened at noon.
async fn session(h: &impl Harness, company: CompanyId, user: UserId) -> SessionId {
    let id = fresh();
    let tx = begin(h, company).await;
    let mut session = Session::open(id, Subject::User(user), None, None, noon());
    tx.sessions().insert(&mut session).await.expect("it is stored");
    commit(tx).await;
    id
}

async fn forget_sessions(h: &impl Harness, company: CompanyId, before: DateTime<Utc>) -> u64 {
    let tx = begin_as_worker(h, company).await;
    let count = tx.upkeep().forget_sessions(before, 10).await.expect("the store answers");
    commit(tx).await;
    count
}

/// By the time they ended or expired.
pub async fn sessions_are_forgotten_by_when_they_were_over(h: &impl Harness) {
    let scene = scene(h).await;
    let ended = session(h, scene.id, scene.user).await;
    let open = session(h, scene.id, scene.user).await;
    let tx = begin(h, scene.id).await;
    let mut ending = tx.sessions().get_locked(ended).await.expect("it is there");
    ending.end(EndReason::SignedOut, later(60));
    tx.sessions().update(&mut ending).await.expect("it is stored");
    commit(tx).await;

    assert_eq!(forget_sessions(h, scene.id, later(60)).await, 0, "it was not over before");
    assert_eq!(forget_sessions(h, scene.id, later(61)).await, 1);
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.sessions().get_locked(ended).await), Some(Code::NotFound));
    tx.sessions().get_locked(open).await.expect("the other one is still there");
    drop(tx);

    let expiry = noon() + IDLE_LIFETIME;
    assert_eq!(forget_sessions(h, scene.id, expiry).await, 0);
    assert_eq!(forget_sessions(h, scene.id, expiry + TimeDelta::seconds(1)).await, 1);
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.sessions().get_locked(open).await), Some(Code::NotFound));
}

/// The worker only changes the company of its unit of work.
pub async fn what_is_forgotten_is_of_one_company(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let key = remember(h, theirs.id, theirs.user).await;
    let session = session(h, theirs.id, theirs.user).await;
    let future = Utc::now() + TimeDelta::days(36_500);
    assert_eq!(forget_answers(h, ours.id, future, 10).await, 0);
    assert_eq!(forget_sessions(h, ours.id, future).await, 0);
    assert!(is_remembered(h, theirs.id, theirs.user, &key).await);
    begin(h, theirs.id).await.sessions().get_locked(session).await.expect("it is still there");
}

/// The adapter's own tests cover counters that have drifted.
pub async fn counters_that_were_never_touched_do_not_differ(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin_as_worker(h, scene.id).await;
    assert_eq!(tx.upkeep().drifted_counters().await.expect("the store answers"), 0);
}

/// In pages, each of which begins after the last company of the previous page.
pub async fn every_company_is_on_the_roll_once(h: &impl Harness) {
    let mut made = [scene(h).await.id, scene(h).await.id, scene(h).await.id];
    made.sort();
    let mut called = Vec::new();
    let mut after = None;
    loop {
        let page = h.roll().companies(after, 2).await.expect("the roll can be read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(*last);
        called.extend(page);
    }
    assert!(called.is_sorted(), "{called:?}");
    called.retain(|id| made.contains(id));
    assert_eq!(called, made);
}
