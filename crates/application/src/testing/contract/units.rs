//! Contract tests of units of work and their events.

use super::{
    Harness,
    scene::{account, begin, code, commit, new_account, read, scene, unique},
};
use crate::{error::Code, ports::UnitOfWork};

/// No rows and no events remain, and a name that it took is free again.
pub async fn what_was_not_committed_never_was(h: &impl Harness) {
    let scene = scene(h).await;
    let before = h.events(scene.id).await;
    let mut undone = new_account(&scene, "Never");
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut undone).await.expect("it is stored");
    let other = begin(h, scene.id).await;
    assert_eq!(
        code(other.accounts().get(undone.record().id).await),
        Some(Code::NotFound),
        "nobody sees it yet"
    );
    drop(tx);
    assert_eq!(code(other.accounts().get(undone.record().id).await), Some(Code::NotFound));
    drop(other);
    assert_eq!(h.events(scene.id).await, before);
    account(h, &scene, "Never").await;
}

/// In the order in which they happened, numbered 1, 2, 3… in each company.
pub async fn events_are_published_with_the_commit_and_only_then(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    account(h, &theirs, "Theirs").await;
    let tx = begin(h, ours.id).await;
    for name in ["One", "Two"] {
        tx.accounts().insert(&mut new_account(&ours, name)).await.expect("it is stored");
    }
    assert_eq!(h.events(ours.id).await.len(), 3, "nothing is announced that did not commit");
    commit(tx).await;
    let events = h.events(ours.id).await;
    let sequences: Vec<_> = events.iter().map(|(sequence, _)| *sequence).collect();
    let names: Vec<_> = events.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
    let start = ["company.created", "user.created", "pipeline.created"];
    assert_eq!(names[..3], start);
    assert_eq!(names[3..], ["account.created", "account.created"]);
    let theirs: Vec<_> = h.events(theirs.id).await.into_iter().map(|(sequence, _)| sequence).collect();
    assert_eq!(theirs, [1, 2, 3, 4]);
}

/// A read-only unit of work can neither write nor lock, and sees the committed rows.
pub async fn what_was_begun_to_read_keeps_nothing(h: &impl Harness) {
    let scene = scene(h).await;
    let id = account(h, &scene, "There").await.record().id;
    let tx = read(h, scene.id).await;
    assert_eq!(tx.accounts().get(id).await.expect("it is there").record().id, id);
    commit(tx).await;
    let before = h.events(scene.id).await;
    let mut never = new_account(&scene, "Never");
    let tx = read(h, scene.id).await;
    let kept = match tx.accounts().insert(&mut never).await {
        Ok(()) => tx.commit().await,
        refused => refused,
    };
    assert!(code(kept).is_some(), "nothing is written");
    let tx = read(h, scene.id).await;
    let locked = match tx.account_uses().lock_and_count(id).await {
        Ok(_) => tx.commit().await,
        Err(refused) => Err(refused),
    };
    assert!(code(locked).is_some(), "nothing is locked");
    assert_eq!(h.events(scene.id).await, before);
    account(h, &scene, "Never").await;
}

async fn create(tx: Box<dyn UnitOfWork>, mut account: cartera_domain::accounts::Account) {
    tx.accounts().insert(&mut account).await.expect("it is stored");
    tokio::task::yield_now().await;
    commit(tx).await;
}

/// With commits and rollbacks interleaved.
pub async fn events_are_numbered_without_gaps_when_many_commit_at_once(h: &impl Harness) {
    let scene = scene(h).await;
    for _ in 0..3 {
        let mut commits = tokio::task::JoinSet::new();
        for _ in 0..3 {
            commits.spawn(create(begin(h, scene.id).await, new_account(&scene, &unique("Busy"))));
        }
        let undone = begin(h, scene.id).await;
        undone.accounts().insert(&mut new_account(&scene, &unique("Undone"))).await.expect("it is stored");
        drop(undone);
        commits.join_all().await;
    }
    let sequences: Vec<_> = h.events(scene.id).await.into_iter().map(|(sequence, _)| sequence).collect();
    assert_eq!(sequences, (1..=12).collect::<Vec<_>>());
}

/// Makes a forgotten event fail in tests and not in production.
pub async fn a_change_without_an_event_does_not_commit(h: &impl Harness) {
    let scene = scene(h).await;
    let mut silent = new_account(&scene, "Silent");
    silent.take_events();
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut silent).await.expect("the row is written");
    assert_eq!(code(tx.commit().await), Some(Code::Internal));
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.accounts().get(silent.record().id).await), Some(Code::NotFound));
}
