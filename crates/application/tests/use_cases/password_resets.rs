//! Password resets by a mailed link, requested by the user or demanded by an administrator.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    identity::ResetPasswordCommand,
    ports::{Mail, MailContent},
    testing::{PASSWORD, TestCompany, TestEnvironment, provenance},
};
use cartera_domain::{
    identity::{Permission, Role},
    ids::Id,
    input::Patch,
};
use chrono::TimeDelta;

use super::{refusal, violations};

async fn forgot(env: &TestEnvironment, email: &str) -> Result<()> {
    env.app.identity.forgot_password(Patch::Value(email.to_owned()), provenance()).await
}

async fn reset(env: &TestEnvironment, token: &str, password: &str) -> Result<()> {
    let command = ResetPasswordCommand {
        token: Patch::Value(token.to_owned()),
        new_password: Patch::Value(password.to_owned()),
    };
    env.app.identity.reset_password(command, provenance()).await
}

fn templates(mails: &[Mail]) -> Vec<&'static str> {
    mails.iter().map(|mail| mail.content.template()).collect()
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

#[tokio::test]
async fn who_forgot_their_password_chooses_another_by_mail() {
    let (env, acme) = start().await;
    forgot(&env, &acme.email.to_uppercase()).await.expect("it is taken");
    let mails = env.run_jobs().await;
    assert_eq!(templates(&mails), ["password-reset"]);
    assert_eq!(mails[0].to.as_str(), acme.email);
    let MailContent::PasswordReset { link, .. } = &mails[0].content else { panic!("{mails:?}") };
    assert!(link.starts_with("https://crm.example.com/reset-password#token=cpr_"), "{link}");
    let token = TestEnvironment::token_of(&mails[0]);
    reset(&env, &token, "Password2").await.expect("the link is valid");
    // Every session has ended, the old password is invalid, and the person is notified.
    let authenticated = env.app.authenticator.person(&acme.session.access_token, provenance()).await;
    assert_eq!(refusal(authenticated), Code::Unauthenticated);
    assert_eq!(refusal(env.login(&acme.email, PASSWORD).await), Code::InvalidCredentials);
    env.login(&acme.email, "Password2").await.expect("the new one holds");
    assert_eq!(templates(&env.run_jobs().await), ["password-changed"]);
    assert_eq!(refusal(reset(&env, &token, "Password3").await), Code::PasswordResetUsed);
    let events = env.events(acme.id);
    assert!(events.contains(&"user.password_reset_requested") && events.contains(&"user.password_reset"));
}

#[tokio::test]
async fn an_email_that_nobody_has_gets_the_same_answer_and_no_mail() {
    let (env, acme) = start().await;
    let leo = env.person(acme.id, Role::Member).await;
    env.change_user(acme.id, leo.id, |user| user.active = false);
    for email in ["nobody@example.com", &leo.email] {
        let hashes = env.hasher.calls();
        forgot(&env, email).await.expect("the same answer");
        assert_eq!(env.hasher.calls(), hashes);
        // The same work is done: a password reset and a job, for nobody.
        let jobs = env.store.look(|tables| tables.password_resets.len());
        assert!(jobs > 0);
        assert_eq!(templates(&env.run_jobs().await), Vec::<&str>::new(), "{email}");
    }
    assert_eq!(env.store.look(|tables| tables.password_resets.len()), 2);
    let wrong = violations(forgot(&env, "no e-mail").await);
    assert_eq!(wrong[0].0, "email");
}

#[tokio::test]
async fn a_platform_administrator_forgets_too() {
    let env = TestEnvironment::new();
    let administrator = env.administrator().await;
    forgot(&env, &administrator.email).await.expect("it is taken");
    let token = TestEnvironment::token_of(&env.run_jobs().await[0]);
    reset(&env, &token, "Password2").await.expect("the link is valid");
    env.login(&administrator.email, "Password2").await.expect("the new one holds");
}

#[tokio::test]
async fn links_that_lead_nowhere_are_told_apart() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    forgot(&env, &acme.email).await.expect("it is taken");
    let token = TestEnvironment::token_of(&env.run_jobs().await[0]);
    let elsewhere =
        token.replace(&acme.id.uuid().simple().to_string(), &other.id.uuid().simple().to_string());
    for unknown in ["", "cpr_x", &token.replace("cpr_", "civ_"), &elsewhere] {
        assert_eq!(refusal(reset(&env, unknown, "Password2").await), Code::PasswordResetUnknown, "{unknown}");
    }
    let weak = violations(reset(&env, &token, "weak").await);
    assert_eq!(weak.len(), 3, "every violation: {weak:?}");
    env.clock.advance(TimeDelta::hours(1));
    assert_eq!(refusal(reset(&env, &token, "Password2").await), Code::PasswordResetExpired);
    // Using one of two links invalidates the other.
    for _ in 0..2 {
        forgot(&env, &acme.email).await.expect("it is taken");
    }
    let tokens: Vec<_> = env.run_jobs().await.iter().map(TestEnvironment::token_of).collect();
    reset(&env, &tokens[1], "Password2").await.expect("the link is valid");
    assert_eq!(refusal(reset(&env, &tokens[0], "Password3").await), Code::PasswordResetUsed);
    // Users who may not sign in get no link.
    forgot(&env, &acme.email).await.expect("it is taken");
    let token = env
        .run_jobs()
        .await
        .iter()
        .find(|mail| mail.content.template() == "password-reset")
        .map(TestEnvironment::token_of);
    env.suspend(acme.id);
    let refused = reset(&env, &token.expect("a mail"), "Password3").await;
    assert_eq!(refusal(refused), Code::PasswordResetUnknown);
}

#[tokio::test]
async fn one_link_used_twice_at_once_changes_one_password() {
    let (env, acme) = start().await;
    forgot(&env, &acme.email).await.expect("it is taken");
    let token = TestEnvironment::token_of(&env.run_jobs().await[0]);
    let (one, two) = tokio::join!(reset(&env, &token, "Password2"), reset(&env, &token, "Password3"));
    let lost = if one.is_ok() { two } else { one };
    assert_eq!(refusal(lost), Code::PasswordResetUsed);
}

#[tokio::test]
async fn an_administrator_demands_a_new_password_and_sees_none() {
    let (env, acme) = start().await;
    let admin = env.person(acme.id, Role::Admin).await;
    let leo = env.person(acme.id, Role::Member).await;
    env.app.identity.demand_password_reset(&admin.actor, leo.id, &Once::default()).await.expect("they may");
    // Immediately, in every open session.
    let actor = env.actor_of(&leo.session).await;
    assert_eq!(refusal(actor.authorize(Permission::AccountsRead)), Code::PasswordResetRequired);
    assert!(env.login(&leo.email, PASSWORD).await.expect("it still signs in").force_password_reset);
    let mails = env.run_jobs().await;
    assert_eq!((templates(&mails), mails[0].to.as_str()), (vec!["password-reset"], leo.email.as_str()));
    let token = TestEnvironment::token_of(&mails[0]);
    let same = violations(reset(&env, &token, PASSWORD).await);
    assert_eq!(same, [("newPassword".to_owned(), "unchanged")]);
    reset(&env, &token, "Password2").await.expect("a different one");
    assert!(!env.login(&leo.email, "Password2").await.expect("it holds").force_password_reset);
}

#[tokio::test]
async fn nobody_demands_it_above_their_own_role_or_elsewhere() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let admin = env.person(acme.id, Role::Admin).await;
    let manager = env.person(acme.id, Role::Manager).await;
    let identity = &env.app.identity;
    assert_eq!(
        refusal(identity.demand_password_reset(&admin.actor, acme.owner_id, &Once::default()).await),
        Code::Forbidden
    );
    assert_eq!(
        refusal(identity.demand_password_reset(&manager.actor, admin.id, &Once::default()).await),
        Code::Forbidden
    );
    assert_eq!(
        refusal(identity.demand_password_reset(&other.owner, admin.id, &Once::default()).await),
        Code::NotFound
    );
    let nobody = Id::new(uuid::Uuid::from_u128(99));
    assert_eq!(
        refusal(identity.demand_password_reset(&acme.owner, nobody, &Once::default()).await),
        Code::NotFound
    );
    assert!(env.run_jobs().await.is_empty());
}
