//! Contract tests of users, administrators and the directory of e-mails.

use cartera_domain::{
    identity::{Role, Subject, User, UserRecord},
    ids::{Id, UserId},
    values::{Email, Line},
};

use super::{
    Harness,
    scene::{
        begin, begin_platform, change_user, code, commit, fresh, fresh_email, new_user, noon, scene,
        suspended_scene,
    },
};
use crate::{error::Code, ports::Administrator, security::PLATFORM};

/// Every field survives, on creation and on change.
pub async fn a_user_is_read_back_as_stored_and_as_changed(h: &impl Harness) {
    let scene = scene(h).await;
    let mut user = new_user(fresh_email());
    let tx = begin(h, scene.id).await;
    tx.users().insert(&mut user).await.expect("the user is stored");
    commit(tx).await;
    let id = user.record().id;
    let tx = begin(h, scene.id).await;
    let read = tx.users().get(id).await.expect("the user is there").record().clone();
    assert_eq!(read, *user.record());
    let changed = UserRecord {
        role: Role::Viewer,
        active: false,
        force_password_reset: true,
        last_login_at: Some(noon()),
        version: 2,
        ..read
    };
    let mut user = User::stored(changed.clone());
    user.signed_in(noon());
    tx.users().update(&mut user).await.expect("the user is stored");
    assert!(!tx.users().is_active(id).await.expect("the store answers"));
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(*tx.users().get_locked(id).await.expect("the user is there").record(), changed);
}

/// No method with an id reaches a user of another company.
pub async fn users_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.users().get(theirs.user).await), Some(Code::NotFound));
    assert_eq!(code(tx.users().get_locked(theirs.user).await), Some(Code::NotFound));
    assert!(!tx.users().is_active(theirs.user).await.expect("the store answers"));
    let before = their_user(h, theirs.id, theirs.user).await;
    let mut foreign = User::stored(before.clone());
    foreign.change_password("stolen".to_owned(), noon());
    let changed = tx.users().update(&mut foreign).await;
    assert!(changed.is_err(), "a write that reached nobody must not look like one that did");
    drop(tx);
    assert_eq!(their_user(h, theirs.id, theirs.user).await, before);
}

async fn their_user(h: &impl Harness, company: cartera_domain::ids::CompanyId, user: UserId) -> UserRecord {
    let tx = begin(h, company).await;
    tx.users().get(user).await.expect("the user is there").record().clone()
}

/// In any case and any company; platform administrators are included.
pub async fn an_email_belongs_to_one_person_of_all(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let email = fresh_email();
    let tx = begin(h, ours.id).await;
    tx.users().insert(&mut new_user(email.clone())).await.expect("the e-mail is free");
    commit(tx).await;
    let shouted = Email::trusted(email.as_str().to_ascii_uppercase());
    for company in [ours.id, theirs.id] {
        let tx = begin(h, company).await;
        let refused = tx.users().insert(&mut new_user(shouted.clone())).await;
        assert_eq!(code(refused), Some(Code::EmailTaken));
    }
    let tx = begin_platform(h).await;
    let refused = tx.administrators().insert(&administrator(fresh(), shouted), noon()).await;
    assert_eq!(code(refused), Some(Code::EmailTaken));
}

/// Only active users of companies that are not suspended may sign in, but everybody is found.
pub async fn the_directory_says_whose_an_email_is_and_who_may_sign_in(h: &impl Harness) {
    let directory = h.directory();
    assert_eq!(directory.find(&fresh_email()).await.expect("the directory answers"), None);
    let works = scene(h).await;
    let suspended = suspended_scene(h).await;
    for (scene, may_sign_in) in [(&works, true), (&suspended, false)] {
        let user = their_user(h, scene.id, scene.user).await;
        let shouted = Email::trusted(user.email.as_str().to_ascii_uppercase());
        let found = directory.find(&shouted).await.expect("the directory answers").expect("it is known");
        assert_eq!(found.company_id, scene.id);
        assert_eq!(found.subject, Subject::User(scene.user));
        assert_eq!(found.password_hash, user.password_hash);
        assert_eq!(found.may_sign_in, may_sign_in);
    }
    change_user(h, &works, |user| user.active = false).await;
    let email = their_user(h, works.id, works.user).await.email;
    let found = directory.find(&email).await.expect("the directory answers").expect("it is known");
    assert!(!found.may_sign_in);
}

fn administrator(id: UserId, email: Email) -> Administrator {
    Administrator {
        id,
        name: Line::trusted("Pía Plataforma".to_owned()),
        email,
        password_hash: "a hash".to_owned(),
        active: true,
    }
}

/// They are stored and found in the platform's realm, and no company sees them.
pub async fn administrators_are_of_the_platform_alone(h: &impl Harness) {
    let (id, email) = (Id::new(uuid::Uuid::now_v7()), fresh_email());
    let stored = administrator(id, email.clone());
    let tx = begin_platform(h).await;
    tx.administrators().insert(&stored, noon()).await.expect("the e-mail is free");
    commit(tx).await;
    let tx = begin_platform(h).await;
    assert_eq!(tx.administrators().get_locked(id).await.expect("they are there"), stored);
    tx.administrators().change_password(id, "another hash", noon()).await.expect("it is stored");
    commit(tx).await;
    let found = h.directory().find(&email).await.expect("the directory answers").expect("it is known");
    assert_eq!(found.company_id, PLATFORM);
    assert_eq!(found.subject, Subject::PlatformAdministrator(id));
    assert_eq!(found.password_hash, "another hash");
    assert!(found.may_sign_in);
    let tx = begin(h, scene(h).await.id).await;
    assert_eq!(code(tx.administrators().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.administrators().get_locked(id).await), Some(Code::NotFound));
    let changed = tx.administrators().change_password(id, "theirs", noon()).await;
    assert_eq!(code(changed), Some(Code::NotFound));
    drop(tx);
    let tx = begin_platform(h).await;
    let unchanged = tx.administrators().get(id).await.expect("they are there");
    assert_eq!(unchanged.password_hash, "another hash");
}
