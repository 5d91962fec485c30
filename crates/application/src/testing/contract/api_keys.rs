//! Contract tests of API keys.

use cartera_domain::{
    identity::{ApiKey, ApiKeyRecord, Role},
    ids::ApiKeyId,
};

use super::{
    Harness,
    scene::{
        Scene, begin, change_user, code, commit, fresh_email, key, later, new_key, new_user, noon, refused,
        scene, suspended_scene,
    },
};
use crate::error::Code;

async fn stored(h: &impl Harness, scene: &Scene, id: ApiKeyId) -> ApiKeyRecord {
    let tx = begin(h, scene.id).await;
    tx.api_keys().get(id).await.expect("the key is there").record().clone()
}

async fn revoke(h: &impl Harness, scene: &Scene, id: ApiKeyId) -> ApiKey {
    let tx = begin(h, scene.id).await;
    let mut key = tx.api_keys().get(id).await.expect("the key is there");
    key.revoke(later(5));
    tx.api_keys().update(&mut key).await.expect("it is stored");
    commit(tx).await;
    key
}

/// Every field survives, and the revocation too.
pub async fn a_key_is_read_back_as_stored_and_as_revoked(h: &impl Harness) {
    let scene = scene(h).await;
    let made = key(h, &scene, "whole").await;
    let id = made.record().id;
    assert_eq!(stored(h, &scene, id).await, *made.record());
    let revoked = revoke(h, &scene, id).await;
    assert_eq!(stored(h, &scene, id).await, *revoked.record());
}

async fn role_of(h: &impl Harness, scene: &Scene, key: &ApiKey, seconds: i64) -> Option<Role> {
    let ApiKeyRecord { id, secret_hash, scopes, expires_at, created_by, .. } = key.record();
    let tx = begin(h, scene.id).await;
    let authority = tx.api_keys().authority(secret_hash, later(seconds)).await.expect("the store answers")?;
    assert_eq!((authority.company_id, authority.key_id, authority.creator_id), (scene.id, *id, *created_by));
    assert_eq!((&authority.scopes, authority.expires_at), (scopes, *expires_at));
    Some(authority.creator_role)
}

/// Authority is read from the current rows: the creator's role, deactivation, expiry, revocation and suspension all
/// take effect.
pub async fn authority_follows_the_key_its_creator_and_the_company(h: &impl Harness) {
    let scene = scene(h).await;
    let made = key(h, &scene, "authority").await;
    assert_eq!(role_of(h, &scene, &made, 1).await, Some(Role::Owner));
    change_user(h, &scene, |user| user.role = Role::Member).await;
    assert_eq!(role_of(h, &scene, &made, 1).await, Some(Role::Member));
    assert_eq!(role_of(h, &scene, &made, 3600).await, None, "it has expired");
    change_user(h, &scene, |user| user.active = false).await;
    assert_eq!(role_of(h, &scene, &made, 1).await, None, "its creator is inactive");
    change_user(h, &scene, |user| user.active = true).await;
    revoke(h, &scene, made.record().id).await;
    assert_eq!(role_of(h, &scene, &made, 1).await, None, "it was revoked");
    let suspended = suspended_scene(h).await;
    let made = key(h, &suspended, "authority").await;
    assert_eq!(role_of(h, &suspended, &made, 1).await, None, "the company is suspended");
}

/// No method with an id or a hash reaches a key of another company.
pub async fn keys_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let made = key(h, &theirs, "theirs").await;
    let ApiKeyRecord { id, secret_hash, .. } = made.record();
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.api_keys().get(*id).await), Some(Code::NotFound));
    assert_eq!(tx.api_keys().authority(secret_hash, later(1)).await.expect("the store answers"), None);
    tx.api_keys().note_use(&[(*id, later(1))]).await.expect("there is nothing to note");
    commit(tx).await;
    let tx = begin(h, ours.id).await;
    let mut foreign = ApiKey::stored(made.record().clone());
    foreign.revoke(later(1));
    let revoked = tx.api_keys().update(&mut foreign).await;
    assert!(revoked.is_err(), "a write that reached nothing must not look like one that did");
    drop(tx);
    assert_eq!(stored(h, &theirs, *id).await, *made.record());
}

/// In any case; keys of another company and revoked keys don't count.
pub async fn names_are_unique_among_keys_that_were_not_revoked(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let first = key(h, &ours, "Métricas").await;
    key(h, &theirs, "Métricas").await;
    key(h, &ours, "Metricas").await;
    let tx = begin(h, ours.id).await;
    let second = tx.api_keys().insert(&mut new_key(&ours, "MÉTRICAS")).await;
    assert_eq!(refused(tx, second).await, Some(Code::ApiKeyNameTaken));
    revoke(h, &ours, first.record().id).await;
    key(h, &ours, "MÉTRICAS").await;
}

/// Uses are recorded concurrently and late: the latest one is kept, and nothing else of the key changes.
pub async fn the_latest_use_is_kept(h: &impl Harness) {
    let scene = scene(h).await;
    let (one, other) = (key(h, &scene, "one").await, key(h, &scene, "other").await);
    let (one_id, other_id) = (one.record().id, other.record().id);
    for uses in [vec![(one_id, later(9)), (other_id, noon())], vec![(one_id, later(4))], vec![]] {
        let tx = begin(h, scene.id).await;
        tx.api_keys().note_use(&uses).await.expect("it is noted");
        commit(tx).await;
    }
    let expected = ApiKeyRecord { last_used_at: Some(later(9)), ..one.record().clone() };
    assert_eq!(stored(h, &scene, one_id).await, expected);
    assert_eq!(stored(h, &scene, other_id).await.last_used_at, Some(noon()));
}

/// Only the keys of that person; keys that were revoked before don't change. Each has an event.
pub async fn all_keys_of_one_person_are_revoked_at_once(h: &impl Harness) {
    let (scene, theirs) = (scene(h).await, scene(h).await);
    let (one, other, early) =
        (key(h, &scene, "one").await, key(h, &scene, "other").await, key(h, &scene, "early").await);
    let foreign = key(h, &theirs, "theirs").await;
    revoke(h, &scene, early.record().id).await;
    let early = stored(h, &scene, early.record().id).await;
    let mut colleague = new_user(fresh_email());
    let tx = begin(h, scene.id).await;
    tx.users().insert(&mut colleague).await.expect("they are stored");
    let record = new_key(&scene, "colleague's").record().clone();
    let mut kept = ApiKey::create(ApiKeyRecord { created_by: colleague.record().id, ..record });
    tx.api_keys().insert(&mut kept).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    tx.api_keys().revoke_all_of(scene.user, later(7)).await.expect("they are revoked");
    tx.api_keys().revoke_all_of(theirs.user, later(7)).await.expect("nobody here made theirs");
    commit(tx).await;
    for key in [&one, &other] {
        let ApiKeyRecord { revoked_at, updated_at, version, .. } = stored(h, &scene, key.record().id).await;
        assert_eq!((revoked_at, updated_at, version), (Some(later(7)), later(7), 2));
    }
    assert_eq!(stored(h, &scene, early.id).await, early);
    assert_eq!(stored(h, &scene, kept.record().id).await, *kept.record());
    assert_eq!(stored(h, &theirs, foreign.record().id).await, *foreign.record());
    let events = h.events(scene.id).await;
    assert_eq!(events.iter().filter(|(_, name)| name == "api_key.revoked").count(), 3);
}
