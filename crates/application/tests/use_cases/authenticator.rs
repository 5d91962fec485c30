//! Authentication.

use cartera_application::{
    Code,
    identity::{OpaqueToken, TokenKind},
    ports::{AccessTokens, Clock},
    testing::{PlainTokens, TestEnvironment, provenance},
};
use cartera_domain::identity::{Permission, Role, Subject};
use chrono::TimeDelta;

use super::refusal;

#[tokio::test]
async fn authority_comes_from_the_session_row_and_not_from_the_token() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let admin = env.person(acme.id, Role::Admin).await;
    env.change_user(acme.id, admin.id, |user| user.role = Role::Viewer);
    // The token still says ADMIN.
    let claims = PlainTokens.verify_even_expired(&admin.session.access_token).expect("it is sound");
    assert_eq!(claims.role, "ADMIN");
    let actor = env.actor_of(&admin.session).await;
    assert_eq!(refusal(actor.authorize(Permission::UsersRead)), Code::Forbidden);
    actor.authorize(Permission::AccountsRead).expect("a viewer may");
}

#[tokio::test]
async fn whoever_is_inactive_or_of_a_suspended_company_is_nobody() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    env.change_user(acme.id, member.id, |user| user.active = false);
    let refused = env.app.authenticator.person(&member.session.access_token, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
    env.actor_of(&acme.session).await;
    env.suspend(acme.id);
    let refused = env.app.authenticator.person(&acme.session.access_token, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn a_token_that_is_expired_forged_or_of_another_person_is_nobodys() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let member = env.person(acme.id, Role::Member).await;
    let claims = PlainTokens.verify_even_expired(&acme.session.access_token).expect("it is sound");
    let mut stolen = claims.clone();
    stolen.subject = Subject::User(member.id);
    let mut elsewhere = claims;
    elsewhere.company_id = other.id;
    for claims in [stolen, elsewhere] {
        let token = PlainTokens.issue(&claims).expect("it is signed");
        let refused = env.app.authenticator.person(&token, provenance()).await;
        assert_eq!(refusal(refused), Code::Unauthenticated, "{claims:?}");
    }
    for token in ["", "rubbish", &acme.session.refresh_token.expose()] {
        let refused = env.app.authenticator.person(token, provenance()).await;
        assert_eq!(refusal(refused), Code::Unauthenticated, "{token}");
    }
    env.clock.advance(TimeDelta::minutes(15));
    let refused = env.app.authenticator.person(&acme.session.access_token, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn an_end_holds_at_once_though_authority_is_remembered() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    for _ in 0..3 {
        env.actor_of(&acme.session).await;
    }
    let cookie = acme.session.refresh_token.expose();
    env.app.identity.logout(Some(&cookie), None, provenance()).await.expect("they are out");
    let refused = env.app.authenticator.person(&acme.session.access_token, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn a_key_that_is_not_one_or_of_another_company_is_nobodys() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let key = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    let foreign =
        key.value.replace(&acme.id.uuid().simple().to_string(), &other.id.uuid().simple().to_string());
    let unknown = OpaqueToken::new(TokenKind::ApiKey, acme.id, [200; 32]).expose();
    let refresh = acme.session.refresh_token.expose();
    // The first result is cached, and the second try must not get it.
    env.app.authenticator.key(&key.value, provenance()).await.expect("it is live");
    for value in ["", "cak_", "rubbish", &foreign, &unknown, &refresh] {
        let refused = env.app.authenticator.key(value, provenance()).await;
        assert_eq!(refusal(refused), Code::Unauthenticated, "{value}");
    }
}

#[tokio::test]
async fn uses_of_keys_are_written_down_many_at_once() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let ours = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    let theirs = env.key(&other.owner, &[Permission::ReportsRead]).await;
    let unused = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    env.app.authenticator.note_key_uses(provenance()).await.expect("they are noted");
    env.clock.advance(TimeDelta::minutes(1));
    for key in [&ours, &ours, &theirs] {
        env.app.authenticator.key(&key.value, provenance()).await.expect("it is live");
    }
    let used_at = env.clock.now();
    let events = env.events(acme.id);
    env.clock.advance(TimeDelta::minutes(1));
    env.app.authenticator.note_key_uses(provenance()).await.expect("they are noted");
    let last_used = |company, id| env.store.look(|tables| tables.api_keys[&(company, id)].last_used_at);
    assert_eq!(last_used(acme.id, ours.id), Some(used_at));
    assert_eq!(last_used(other.id, theirs.id), Some(used_at));
    assert!(last_used(acme.id, unused.id) < Some(used_at));
    assert_eq!(env.events(acme.id), events, "a use is no event");
}
