//! API keys.

use std::collections::BTreeSet;

use cartera_application::{
    Code, Result,
    idempotency::{Once, Outcome},
    identity::CreatedApiKey,
    security::Actor,
    testing::{TestEnvironment, provenance},
};
use cartera_domain::{
    identity::{ApiKeyInput, Permission, Role},
    ids::Id,
    input::Patch,
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{refusal, violations};

fn input(name: &str, scopes: Option<&[&str]>, expires_at: Option<DateTime<Utc>>) -> ApiKeyInput {
    ApiKeyInput {
        name: Patch::Value(name.to_owned()),
        scopes: scopes.map(|scopes| scopes.iter().map(|&scope| scope.to_owned()).collect()).into(),
        expires_at: expires_at.into(),
    }
}

async fn create(env: &TestEnvironment, actor: &Actor, input: ApiKeyInput) -> Result<Outcome<CreatedApiKey>> {
    env.app.api_keys.create(actor, input, &Once::default()).await
}

#[tokio::test]
async fn a_new_key_shows_its_value_once_and_reads_reports() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let made = create(&env, &acme.owner, input("Metrics", None, None)).await.expect("they may").output;
    let value = made.value.expect("a new key shows its value").expose();
    assert_eq!(made.key.scopes, ["reports:read"]);
    assert!(value.starts_with(&made.key.prefix) && value.ends_with(&made.key.last_four));
    assert_eq!(made.key.created_by.map(|named| named.id), Some(acme.owner_id.uuid()));
    assert_eq!(env.events(acme.id).last(), Some(&"api_key.created"));
    let row = env.store.look(|tables| format!("{:?}", tables.api_keys));
    assert!(!row.contains(&value), "the value is kept nowhere");
    let key = env.app.authenticator.key(&value, provenance()).await.expect("it is live");
    let current = env.app.api_keys.current(&key).await.expect("it may know itself");
    assert_eq!((current.id, current.name.as_str()), (made.key.id, "Metrics"));
    assert_eq!((current.company.id, current.scopes), (acme.id.uuid(), vec!["reports:read"]));
    assert_eq!(refusal(env.app.api_keys.current(&acme.owner).await), Code::Forbidden);
}

#[tokio::test]
async fn nobody_gives_a_key_more_than_they_may_do_themselves() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    let wanted = ["accounts:write", "accounts:export", "users:read", "rubbish"];
    let refused = violations(create(&env, &member.actor, input("Too much", Some(&wanted), None)).await);
    let fields: Vec<_> = refused.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    assert_eq!(
        fields,
        [("scopes.1", "not_allowed"), ("scopes.2", "not_allowed"), ("scopes.3", "not_allowed")]
    );
    // Keys can't manage identities, whatever the role of their creator.
    let refused = violations(create(&env, &acme.owner, input("Too much", Some(&["users:read"]), None)).await);
    assert_eq!(refused, [("scopes.0".to_owned(), "not_allowed")]);
    let refused = violations(create(&env, &acme.owner, input(" ", Some(&[]), Some(past(&env)))).await);
    let fields: BTreeSet<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["expiresAt", "name", "scopes"].into());
}

fn past(env: &TestEnvironment) -> DateTime<Utc> {
    use cartera_application::ports::Clock;
    env.clock.now()
}

#[tokio::test]
async fn a_viewer_makes_no_keys_and_a_key_makes_no_keys() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let viewer = env.person(acme.id, Role::Viewer).await;
    assert_eq!(refusal(create(&env, &viewer.actor, input("No", None, None)).await), Code::Forbidden);
    let key = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    assert_eq!(refusal(create(&env, &key.actor, input("No", None, None)).await), Code::ApiKeyNotAllowed);
    assert_eq!(
        refusal(env.app.api_keys.revoke(&key.actor, key.id, &Once::default()).await),
        Code::ApiKeyNotAllowed
    );
}

#[tokio::test]
async fn names_are_unique_until_the_key_is_revoked() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let first = create(&env, &acme.owner, input("Metrics", None, None)).await.expect("the name is free");
    create(&env, &other.owner, input("Metrics", None, None)).await.expect("companies don't meet");
    let taken = create(&env, &acme.owner, input("METRICS", None, None)).await;
    assert_eq!(refusal(taken), Code::ApiKeyNameTaken);
    let id = Id::new(first.output.key.id);
    env.app.api_keys.revoke(&acme.owner, id, &Once::default()).await.expect("they may");
    create(&env, &acme.owner, input("METRICS", None, None)).await.expect("the name is free again");
}

#[tokio::test]
async fn a_key_is_refused_once_it_is_revoked_at_once_and_for_good() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let key = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    for _ in 0..2 {
        env.app
            .api_keys
            .revoke(&acme.owner, key.id, &Once::default())
            .await
            .expect("twice is as good as once");
    }
    let refused = env.app.authenticator.key(&key.value, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
    let revoked = env.events(acme.id).into_iter().filter(|name| *name == "api_key.revoked").count();
    assert_eq!(revoked, 1);
}

#[tokio::test]
async fn a_key_is_refused_once_it_has_expired() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let expires_at = past(&env) + TimeDelta::minutes(5);
    let made = create(&env, &acme.owner, input("Short", None, Some(expires_at))).await.expect("they may");
    let value = made.output.value.expect("a new key shows its value").expose();
    env.app.authenticator.key(&value, provenance()).await.expect("it is live");
    env.clock.advance(TimeDelta::minutes(5));
    let refused = env.app.authenticator.key(&value, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated, "though its authority is still remembered");
}

#[tokio::test]
async fn a_key_follows_its_creator() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let manager = env.person(acme.id, Role::Manager).await;
    let key = env.key(&manager.actor, &[Permission::AccountsRead, Permission::AccountsExport]).await;
    key.actor.authorize(Permission::AccountsExport).expect("a manager may");
    env.change_user(acme.id, manager.id, |user| user.role = Role::Member);
    let actor = env.app.authenticator.key(&key.value, provenance()).await.expect("it is live");
    assert_eq!(refusal(actor.authorize(Permission::AccountsExport)), Code::Forbidden);
    actor.authorize(Permission::AccountsRead).expect("a member may");
    let current = env.app.api_keys.current(&actor).await.expect("it may know itself");
    assert_eq!(current.scopes, ["accounts:read"]);
    env.change_user(acme.id, manager.id, |user| user.active = false);
    let refused = env.app.authenticator.key(&key.value, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
    env.change_user(acme.id, manager.id, |user| user.active = true);
    env.suspend(acme.id);
    let refused = env.app.authenticator.key(&key.value, provenance()).await;
    assert_eq!(refusal(refused), Code::Unauthenticated);
}

#[tokio::test]
async fn a_member_revokes_their_own_keys_and_an_admin_all() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let (member, admin) = (env.person(acme.id, Role::Member).await, env.person(acme.id, Role::Admin).await);
    let owners = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    let members = env.key(&member.actor, &[Permission::ReportsRead]).await;
    let once = Once::default();
    let revoke = |actor, id| env.app.api_keys.revoke(actor, id, &once);
    // A key that the actor may not see is not found.
    assert_eq!(refusal(revoke(&member.actor, owners.id).await), Code::NotFound);
    assert_eq!(refusal(revoke(&other.owner, owners.id).await), Code::NotFound);
    revoke(&member.actor, members.id).await.expect("it is theirs");
    revoke(&admin.actor, owners.id).await.expect("an admin may");
}
