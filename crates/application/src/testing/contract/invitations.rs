//! Contract tests of invitations, password resets and counted sign-ins.

use cartera_domain::{
    identity::{PasswordReset, Role, SignInAttempts, Subject},
    invitations::{Invitation, InvitationFields},
    values::Email,
};
use uuid::Uuid;

use super::{
    Harness,
    scene::{a_moment, begin, begin_platform, code, commit, fresh, fresh_email, later, noon, refused, scene},
};
use crate::error::Code;

/// 32 unique bytes.
fn fresh_hash() -> [u8; 32] {
    let (half, other) = (Uuid::now_v7().into_bytes(), Uuid::now_v7().into_bytes());
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(&half);
    hash[16..].copy_from_slice(&other);
    hash
}

fn new_invitation(email: Email) -> Invitation {
    let fields = InvitationFields { email, role: Role::Manager };
    Invitation::create(fresh(), fields, fresh_hash(), None, noon())
}

/// Every field and every change survives, and the last link's token finds it.
pub async fn an_invitation_is_read_back_as_stored_and_as_changed(h: &impl Harness) {
    let scene = scene(h).await;
    let fields = InvitationFields { email: fresh_email(), role: Role::Manager };
    let mut made = Invitation::create(fresh(), fields, fresh_hash(), Some(scene.user), noon());
    let (id, first) = (made.record().id, made.record().token_hash);
    let tx = begin(h, scene.id).await;
    tx.invitations().insert(&mut made).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let mut read = tx.invitations().get_locked(id).await.expect("it is there");
    assert_eq!(tx.invitations().get(id).await.expect("it is there").record(), read.record());
    assert_eq!(read.record(), made.record());
    let view = tx.invitations().view(id, later(0)).await.expect("it is there");
    assert_eq!(
        (view.email.as_str(), view.role.as_str(), view.expired),
        (made.record().email.as_str(), "MANAGER", false)
    );
    assert_eq!(view.created_by.map(|by| by.id), Some(scene.user.uuid()));
    read.resend(fresh_hash(), later(5));
    tx.invitations().update(&mut read).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let by_token =
        tx.invitations().find_by_token(&read.record().token_hash).await.expect("the store answers");
    assert_eq!(by_token.expect("it is there").record(), read.record());
    assert!(tx.invitations().find_by_token(&first).await.expect("the store answers").is_none());
    let expired = tx.invitations().view(id, read.record().expires_at).await.expect("it is there");
    assert!(expired.expired);
}

/// In any case of the e-mail. After it was accepted, revoked or has lapsed, the e-mail can be invited again.
pub async fn an_email_has_one_pending_invitation(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let email = fresh_email();
    let mut first = new_invitation(email.clone());
    let tx = begin(h, ours.id).await;
    tx.invitations().insert(&mut first).await.expect("it is stored");
    commit(tx).await;
    let shouted = Email::trusted(email.as_str().to_uppercase());
    let tx = begin(h, ours.id).await;
    let second = tx.invitations().insert(&mut new_invitation(shouted.clone())).await;
    assert_eq!(refused(tx, second).await, Some(Code::InvitationPending));
    let tx = begin(h, theirs.id).await;
    assert!(tx.invitations().pending_of(&email).await.expect("the store answers").is_none());
    tx.invitations().insert(&mut new_invitation(email.clone())).await.expect("another company may");
    commit(tx).await;
    let tx = begin(h, ours.id).await;
    let mut pending =
        tx.invitations().pending_of(&shouted).await.expect("the store answers").expect("it is there");
    pending.revoke(later(1));
    tx.invitations().update(&mut pending).await.expect("it is stored");
    tx.invitations().insert(&mut new_invitation(email)).await.expect("the first was revoked");
    commit(tx).await;
}

/// Both by id and by token.
pub async fn invitations_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let mut made = new_invitation(fresh_email());
    let tx = begin(h, theirs.id).await;
    tx.invitations().insert(&mut made).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, ours.id).await;
    let id = made.record().id;
    assert_eq!(code(tx.invitations().get_locked(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.invitations().view(id, noon()).await), Some(Code::NotFound));
    assert!(tx.invitations().find_by_token(&made.record().token_hash).await.expect("it answers").is_none());
    made.revoke(later(1));
    assert_eq!(code(tx.invitations().update(&mut made).await), Some(Code::NotFound));
}

/// In a company and in the platform's realm, separately; also one of nobody.
pub async fn a_password_reset_is_found_by_its_token_and_used_up_with_the_others(h: &impl Harness) {
    let scene = scene(h).await;
    let subject = Subject::User(scene.user);
    let mut made: Vec<_> = (0..2)
        .map(|_| PasswordReset::request(fresh(), subject, fresh_hash(), Some(scene.user), noon()))
        .collect();
    let other = Subject::User(fresh());
    made.push(PasswordReset::request(fresh(), other, fresh_hash(), None, noon()));
    let tx = begin(h, scene.id).await;
    for reset in &mut made {
        tx.password_resets().insert(reset).await.expect("it is stored");
    }
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    for reset in &made {
        let by_token = tx.password_resets().find_by_token(&reset.record().token_hash).await;
        assert_eq!(by_token.expect("the store answers").expect("it is there").record(), reset.record());
        let by_id = tx.password_resets().get(reset.record().id).await.expect("it is there");
        assert_eq!(by_id.record(), reset.record());
    }
    tx.password_resets().use_all_of(subject, later(3)).await.expect("they are used up");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    for (reset, used_at) in made.iter().zip([Some(later(3)), Some(later(3)), None]) {
        let stored = tx.password_resets().get(reset.record().id).await.expect("it is there");
        assert_eq!(stored.record().used_at, used_at);
    }
    let platform = begin_platform(h).await;
    let (id, hash) = (made[0].record().id, made[0].record().token_hash);
    assert_eq!(code(platform.password_resets().get(id).await), Some(Code::NotFound));
    assert!(platform.password_resets().find_by_token(&hash).await.expect("it answers").is_none());
}

/// Concurrent counts wait for each other, even the first ones.
pub async fn every_wrong_password_is_counted(h: &impl Harness) {
    let key = fresh_hash();
    let tx = begin_platform(h).await;
    assert_eq!(tx.sign_in_counts().find_locked(&key).await.expect("the store answers"), None);
    drop(tx);
    let count = async |seconds: i64| {
        let tx = begin_platform(h).await;
        let mut attempts = tx.sign_in_counts().open_locked(&key, noon()).await.expect("the store answers");
        a_moment().await;
        attempts.fail(later(seconds));
        tx.sign_in_counts().save(&key, &attempts, later(seconds)).await.expect("it is stored");
        commit(tx).await;
    };
    tokio::join!(count(1), count(2), count(3));
    let tx = begin_platform(h).await;
    let mut attempts =
        tx.sign_in_counts().find_locked(&key).await.expect("the store answers").expect("it is there");
    assert_eq!(attempts.failed_at.len(), 3);
    attempts.locked_until = Some(later(9));
    tx.sign_in_counts().save(&key, &attempts, later(9)).await.expect("it is stored");
    commit(tx).await;
    let tx = begin_platform(h).await;
    assert_eq!(tx.sign_in_counts().find_locked(&key).await.expect("the store answers"), Some(attempts));
    drop(tx);
    let tx = begin_platform(h).await;
    tx.sign_in_counts().save(&key, &SignInAttempts::default(), later(9)).await.expect("it is stored");
    assert!(
        tx.sign_in_counts().find_locked(&key).await.expect("it answers").is_some_and(|now| now.is_clear())
    );
}

/// They belong to the platform.
pub async fn sign_ins_are_not_counted_from_within_a_company(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin(h, scene.id).await;
    let refused = tx.sign_in_counts().open_locked(&fresh_hash(), noon()).await;
    assert_eq!(code(refused), Some(Code::Internal));
}
