//! Contract tests of sessions.

use cartera_domain::{
    identity::{ABSOLUTE_LIFETIME, EndReason, IDLE_LIFETIME, RefreshOutcome, Role, Session, Subject},
    ids::SessionId,
    values::Line,
};

use super::{
    Harness,
    scene::{
        Scene, begin, begin_platform, change_user, code, commit, fresh, fresh_email, later, new_session,
        noon, scene, session, suspended_scene,
    },
};
use crate::{error::Code, ports::Administrator, security::PLATFORM};

/// Every field survives, and rotations and the end of a session too.
pub async fn a_session_is_read_back_as_stored_and_as_ended(h: &impl Harness) {
    let scene = scene(h).await;
    let stored = session(h, &scene, noon()).await;
    let id = stored.record().id;
    let tx = begin(h, scene.id).await;
    let mut read = tx.sessions().get_locked(id).await.expect("it is there");
    assert_eq!(read.record(), stored.record());
    for (generation, when) in [(0, 2), (1, 4)] {
        assert_eq!(read.refresh(generation, later(when)), RefreshOutcome::Rotate);
    }
    read.end(EndReason::SignedOut, later(5));
    tx.sessions().update(&mut read).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let again = tx.sessions().get_locked(id).await.expect("it is there");
    assert_eq!(again.record(), read.record());
    assert_eq!(again.record().rotations, [later(2), later(4)]);
    assert_eq!(again.record().ended, Some((later(5), EndReason::SignedOut)));
}

async fn authority(h: &impl Harness, scene: &Scene, id: SessionId) -> Option<(Role, bool)> {
    let tx = begin(h, scene.id).await;
    let authority = tx.sessions().authority(id, later(1)).await.expect("the store answers")?;
    assert_eq!(authority.company_id, scene.id);
    assert_eq!(authority.session_id, id);
    assert_eq!(authority.subject, Subject::User(scene.user));
    assert_eq!(authority.expires_at, noon() + IDLE_LIFETIME);
    Some((authority.role.expect("users have a role"), authority.force_password_reset))
}

/// Authority is read from the current rows: a new role, a forced reset, an ended or idle session, a deactivation and a
/// suspension all take effect.
pub async fn authority_follows_the_session_the_person_and_the_company(h: &impl Harness) {
    let scene = scene(h).await;
    let id = session(h, &scene, noon()).await.record().id;
    assert_eq!(authority(h, &scene, id).await, Some((Role::Owner, false)));
    change_user(h, &scene, |user| (user.role, user.force_password_reset) = (Role::Viewer, true)).await;
    assert_eq!(authority(h, &scene, id).await, Some((Role::Viewer, true)));
    change_user(h, &scene, |user| user.active = false).await;
    assert_eq!(authority(h, &scene, id).await, None);
    change_user(h, &scene, |user| user.active = true).await;
    let tx = begin(h, scene.id).await;
    let idle = tx.sessions().authority(id, noon() + IDLE_LIFETIME).await.expect("the store answers");
    assert_eq!(idle, None);
    let mut ended = tx.sessions().get_locked(id).await.expect("it is there");
    ended.end(EndReason::SignedOut, noon());
    tx.sessions().update(&mut ended).await.expect("it is stored");
    commit(tx).await;
    assert_eq!(authority(h, &scene, id).await, None);
    let suspended = suspended_scene(h).await;
    let id = session(h, &suspended, noon()).await.record().id;
    assert_eq!(authority(h, &suspended, id).await, None);
}

/// No method with an id or a person reaches a session of another company.
pub async fn sessions_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let stored = session(h, &theirs, noon()).await;
    let id = stored.record().id;
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.sessions().get_locked(id).await), Some(Code::NotFound));
    assert_eq!(tx.sessions().authority(id, later(1)).await.expect("the store answers"), None);
    let open = tx.sessions().open_of(Subject::User(theirs.user), later(1)).await.expect("the store answers");
    assert!(open.is_empty());
    drop(tx);
    let mut foreign = Session::stored(stored.record().clone());
    foreign.end(EndReason::SignedOut, later(1));
    let tx = begin(h, ours.id).await;
    let ended = tx.sessions().update(&mut foreign).await;
    assert!(ended.is_err(), "a write that reached nothing must not look like one that did");
    drop(tx);
    let tx = begin(h, theirs.id).await;
    assert_eq!(tx.sessions().get_locked(id).await.expect("it is there").record().ended, None);
}

/// Ended, idle and expired ones are not open.
pub async fn open_sessions_come_oldest_first_without_the_ended(h: &impl Harness) {
    let scene = scene(h).await;
    let (second, first) = (session(h, &scene, later(2)).await, session(h, &scene, later(1)).await);
    let mut ended = session(h, &scene, noon()).await;
    let tx = begin(h, scene.id).await;
    ended.end(EndReason::SignedOut, later(3));
    tx.sessions().update(&mut ended).await.expect("it is stored");
    commit(tx).await;
    session(h, &scene, later(3) - IDLE_LIFETIME).await;
    session(h, &scene, later(3) - ABSOLUTE_LIFETIME).await;
    let tx = begin(h, scene.id).await;
    let open = tx.sessions().open_of(Subject::User(scene.user), later(3)).await.expect("the store answers");
    let ids: Vec<_> = open.iter().map(|session| session.record().id).collect();
    assert_eq!(ids, [first.record().id, second.record().id]);
    let locked = tx.sessions().open_of_locked(Subject::User(scene.user), later(3)).await;
    let locked: Vec<_> =
        locked.expect("the store answers").iter().map(|session| session.record().id).collect();
    assert_eq!(locked, ids);
}

/// Administrators' sessions have authority in the platform's realm, without a role, and nowhere else.
pub async fn the_platforms_sessions_are_apart_from_every_company(h: &impl Harness) {
    let scene = scene(h).await;
    let administrator = Administrator {
        id: fresh(),
        name: Line::trusted("Pía Plataforma".to_owned()),
        email: fresh_email(),
        password_hash: "a hash".to_owned(),
        active: true,
    };
    let subject = Subject::PlatformAdministrator(administrator.id);
    let tx = begin_platform(h).await;
    tx.administrators().insert(&administrator, noon()).await.expect("the e-mail is free");
    let mut opened = new_session(subject, noon());
    let id = opened.record().id;
    tx.sessions().insert(&mut opened).await.expect("the session is stored");
    commit(tx).await;
    let tx = begin_platform(h).await;
    let authority = tx.sessions().authority(id, later(1)).await.expect("the store answers");
    let authority = authority.expect("the session is open");
    assert_eq!((authority.company_id, authority.subject, authority.role), (PLATFORM, subject, None));
    let tx = begin(h, scene.id).await;
    assert_eq!(tx.sessions().authority(id, later(1)).await.expect("the store answers"), None);
    assert_eq!(code(tx.sessions().get_locked(id).await), Some(Code::NotFound));
    let ours = session(h, &scene, noon()).await.record().id;
    let tx = begin_platform(h).await;
    assert_eq!(tx.sessions().authority(ours, later(1)).await.expect("the store answers"), None);
}
