//! Contract tests of stored responses (idempotency keys).

use cartera_domain::ids::{CompanyId, UserId};
use serde_json::json;

use super::{
    Harness,
    scene::{begin, begin_as, commit, fresh_email, new_user, scene, unique},
};
use crate::{
    error::{Code, Error},
    idempotency::{IdempotencyKey, Once},
    ports::Claim,
};

async fn remember(h: &impl Harness, company: CompanyId, user: UserId, key: &str) {
    let tx = begin_as(h, company, user).await;
    assert_eq!(tx.idempotency_keys().claim(key).await.expect("the store answers"), Claim::New);
    let output = json!({ "name": "Ñandú" });
    tx.idempotency_keys().remember(key, [9; 32], output).await.expect("it is stored");
    commit(tx).await;
}

async fn claim(h: &impl Harness, company: CompanyId, user: UserId, key: &str) -> Claim {
    begin_as(h, company, user).await.idempotency_keys().claim(key).await.expect("the store answers")
}

/// A response that was not committed is rolled back with its change. The fingerprint is returned unchanged, so that
/// another request with the same key can be detected.
pub async fn a_key_is_new_until_its_answer_is_committed(h: &impl Harness) {
    let scene = scene(h).await;
    let key = unique("key");
    let tx = begin_as(h, scene.id, scene.user).await;
    assert_eq!(tx.idempotency_keys().claim(&key).await.expect("the store answers"), Claim::New);
    tx.idempotency_keys().remember(&key, [1; 32], json!(1)).await.expect("it is stored");
    drop(tx);
    super::scene::a_moment().await;
    remember(h, scene.id, scene.user, &key).await;
    let Claim::Used { fingerprint, output, operation } = claim(h, scene.id, scene.user, &key).await else {
        panic!("the key is not used")
    };
    assert_eq!((fingerprint, output), ([9; 32], json!({ "name": "Ñandú" })));
    assert!(operation.is_some(), "it tells as which operation");
}

/// Until the transaction ends, by commit or rollback.
pub async fn a_key_that_another_transaction_holds_is_busy(h: &impl Harness) {
    let scene = scene(h).await;
    let key = unique("key");
    let holder = begin_as(h, scene.id, scene.user).await;
    assert_eq!(holder.idempotency_keys().claim(&key).await.expect("the store answers"), Claim::New);
    assert_eq!(claim(h, scene.id, scene.user, &key).await, Claim::Busy);
    assert_eq!(claim(h, scene.id, scene.user, &unique("key")).await, Claim::New);
    drop(holder);
    // A rollback reaches PostgreSQL when the connection is next used, or shortly after.
    super::scene::a_moment().await;
    assert_eq!(claim(h, scene.id, scene.user, &key).await, Claim::New);
}

/// Not even if the keys are the same text.
pub async fn keys_of_different_actors_and_companies_never_meet(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let tx = begin(h, ours.id).await;
    let mut colleague = new_user(fresh_email());
    tx.users().insert(&mut colleague).await.expect("the user is stored");
    commit(tx).await;
    let key = unique("key");
    remember(h, ours.id, ours.user, &key).await;
    remember(h, ours.id, colleague.record().id, &key).await;
    remember(h, theirs.id, theirs.user, &key).await;
    // The same user id in another company is another user.
    assert_eq!(claim(h, theirs.id, ours.user, &key).await, Claim::New);
    assert_ne!(claim(h, ours.id, ours.user, &key).await, Claim::New);
}

/// A client may send the next request as soon as it has an answer: after a refusal, a replay, or an error that the key
/// belongs to another request, the key is free. Repeated many times, because a rollback that is only usually in time
/// would pass once.
pub async fn a_key_is_free_as_soon_as_its_request_is_answered(h: &impl Harness) {
    let scene = scene(h).await;
    let once = |key: &str, body: u8| {
        Once::new(Some(IdempotencyKey { key: key.to_owned(), fingerprint: [body; 32] }))
    };
    for _ in 0..25 {
        let key = unique("key");
        let tx = begin_as(h, scene.id, scene.user).await;
        let refused =
            once(&key, 1).perform::<u8>(tx, async |_| Err(Error::refused(Code::EditConflict))).await;
        assert!(refused.expect_err("the work was refused").is(Code::EditConflict));
        remember(h, scene.id, scene.user, &key).await;
        let tx = begin_as(h, scene.id, scene.user).await;
        let another = once(&key, 1).perform(tx, async |_| Ok(0)).await;
        assert!(another.expect_err("it is another request").is(Code::IdempotencyKeyReused));
        for _ in 0..2 {
            let tx = begin_as(h, scene.id, scene.user).await;
            let replay = once(&key, 9).perform(tx, async |_| Ok(json!("new work"))).await;
            assert!(replay.expect("it is remembered").replayed);
        }
    }
}
