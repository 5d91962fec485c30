//! Authentication.

use cartera_application::{
    Code,
    identity::{OpaqueToken, TokenKind},
    ports::{AccessTokens, Clock},
    testing::{PlainTokens, TestWorld, request_id},
};
use cartera_domain::identity::{Permission, Role, Subject};
use chrono::TimeDelta;

use super::refusal;

#[tokio::test]
async fn authority_comes_from_the_session_row_and_not_from_the_token() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let admin = world.person(acme.id, Role::Admin).await;
    world.change_user(acme.id, admin.id, |user| user.role = Role::Viewer);
    // The token still says ADMIN.
    let claims = PlainTokens.verify_even_expired(&admin.session.access_token).expect("it is sound");
    assert_eq!(claims.role, "ADMIN");
    let actor = world.actor_of(&admin.session).await;
    assert_eq!(refusal(actor.authorize(Permission::UsersRead)), Code::Forbidden);
    actor.authorize(Permission::AccountsRead).expect("a viewer may");
}

#[tokio::test]
async fn whoever_is_inactive_or_of_a_suspended_company_is_nobody() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let member = world.person(acme.id, Role::Member).await;
    world.change_user(acme.id, member.id, |user| user.active = false);
    let refused = world.app.authenticator.person(&member.session.access_token, request_id()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
    world.actor_of(&acme.session).await;
    world.suspend(acme.id);
    let refused = world.app.authenticator.person(&acme.session.access_token, request_id()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn a_token_that_is_expired_forged_or_of_another_person_is_nobodys() {
    let world = TestWorld::new();
    let (acme, other) = (world.company("Acme").await, world.company("Other").await);
    let member = world.person(acme.id, Role::Member).await;
    let claims = PlainTokens.verify_even_expired(&acme.session.access_token).expect("it is sound");
    let mut stolen = claims.clone();
    stolen.subject = Subject::User(member.id);
    let mut elsewhere = claims;
    elsewhere.company_id = other.id;
    for claims in [stolen, elsewhere] {
        let token = PlainTokens.issue(&claims).expect("it is signed");
        let refused = world.app.authenticator.person(&token, request_id()).await;
        assert_eq!(refusal(refused), Code::Unauthenticated, "{claims:?}");
    }
    for token in ["", "rubbish", &acme.session.refresh_token.expose()] {
        let refused = world.app.authenticator.person(token, request_id()).await;
        assert_eq!(refusal(refused), Code::Unauthenticated, "{token}");
    }
    world.clock.advance(TimeDelta::minutes(15));
    let refused = world.app.authenticator.person(&acme.session.access_token, request_id()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn an_end_holds_at_once_though_authority_is_remembered() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    for _ in 0..3 {
        world.actor_of(&acme.session).await;
    }
    let cookie = acme.session.refresh_token.expose();
    world.app.identity.logout(Some(&cookie), None, request_id()).await.expect("they are out");
    let refused = world.app.authenticator.person(&acme.session.access_token, request_id()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn a_key_that_is_not_one_or_of_another_company_is_nobodys() {
    let world = TestWorld::new();
    let (acme, other) = (world.company("Acme").await, world.company("Other").await);
    let key = world.key(&acme.owner, &[Permission::ReportsRead]).await;
    let foreign =
        key.value.replace(&acme.id.uuid().simple().to_string(), &other.id.uuid().simple().to_string());
    let unknown = OpaqueToken::new(TokenKind::ApiKey, acme.id, [200; 32]).expose();
    let refresh = acme.session.refresh_token.expose();
    // The first result is cached, and the second try must not get it.
    world.app.authenticator.key(&key.value, request_id()).await.expect("it is live");
    for value in ["", "cak_", "rubbish", &foreign, &unknown, &refresh] {
        let refused = world.app.authenticator.key(value, request_id()).await;
        assert_eq!(refusal(refused), Code::Unauthenticated, "{value}");
    }
}

#[tokio::test]
async fn uses_of_keys_are_written_down_many_at_once() {
    let world = TestWorld::new();
    let (acme, other) = (world.company("Acme").await, world.company("Other").await);
    let ours = world.key(&acme.owner, &[Permission::ReportsRead]).await;
    let theirs = world.key(&other.owner, &[Permission::ReportsRead]).await;
    let unused = world.key(&acme.owner, &[Permission::ReportsRead]).await;
    world.app.authenticator.note_key_uses(request_id()).await.expect("they are noted");
    world.clock.advance(TimeDelta::minutes(1));
    for key in [&ours, &ours, &theirs] {
        world.app.authenticator.key(&key.value, request_id()).await.expect("it is live");
    }
    let used_at = world.clock.now();
    let events = world.events(acme.id);
    world.clock.advance(TimeDelta::minutes(1));
    world.app.authenticator.note_key_uses(request_id()).await.expect("they are noted");
    let last_used = |company, id| world.store.look(|tables| tables.api_keys[&(company, id)].last_used_at);
    assert_eq!(last_used(acme.id, ours.id), Some(used_at));
    assert_eq!(last_used(other.id, theirs.id), Some(used_at));
    assert!(last_used(acme.id, unused.id) < Some(used_at));
    assert_eq!(world.events(acme.id), events, "a use is no event");
}
