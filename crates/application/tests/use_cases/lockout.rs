//! Locking of sign-ins after too many wrong passwords.

use cartera_application::{
    Code,
    identity::ResetPasswordCommand,
    ports::MailContent,
    testing::{PASSWORD, TestEnvironment, provenance},
};
use cartera_domain::input::Patch;
use chrono::TimeDelta;

use super::refusal;

async fn guess(env: &TestEnvironment, email: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(refusal(env.login(email, "Wrong1234").await), Code::InvalidCredentials);
    }
}

#[tokio::test]
async fn ten_wrong_passwords_lock_the_sign_in_for_a_quarter_of_an_hour() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    guess(&env, &acme.email, 10).await;
    // The right password now gets the same answer after the same work too; open sessions stay valid.
    let before = env.hasher.calls();
    assert_eq!(refusal(env.login(&acme.email, PASSWORD).await), Code::InvalidCredentials);
    assert_eq!(env.hasher.calls() - before, 1);
    env.actor_of(&acme.session).await;
    let mails = env.run_jobs().await;
    assert_eq!(mails.len(), 1);
    let until = env.ports.clock.now() + TimeDelta::minutes(15);
    assert!(matches!(mails[0].content, MailContent::AccountLocked { until: at } if at == until));
    assert_eq!(env.events(acme.id).last(), Some(&"user.locked"));
    env.clock.advance(TimeDelta::minutes(15));
    env.login(&acme.email, PASSWORD).await.expect("it is open again");
}

#[tokio::test]
async fn a_right_password_in_between_starts_the_count_anew() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    guess(&env, &acme.email, 9).await;
    env.login(&acme.email, PASSWORD).await.expect("nine are not ten");
    guess(&env, &acme.email, 9).await;
    env.login(&acme.email, PASSWORD).await.expect("nine again");
    assert!(env.run_jobs().await.is_empty());
}

#[tokio::test]
async fn an_email_that_nobody_has_is_counted_like_any_other() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    for email in ["nobody@example.com", "no e-mail"] {
        let before = env.hasher.calls();
        guess(&env, email, 11).await;
        assert_eq!(env.hasher.calls() - before, 11, "each is a hash, locked or not");
    }
    assert!(env.run_jobs().await.is_empty());
    assert_eq!(env.store.look(|tables| tables.sign_in_attempts.len()), 2);
    env.login(&acme.email, PASSWORD).await.expect("others are not concerned");
}

#[tokio::test]
async fn a_new_password_by_mail_unlocks() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    guess(&env, &acme.email, 10).await;
    env.run_jobs().await;
    let email = Patch::Value(acme.email.clone());
    env.app.identity.forgot_password(email, provenance()).await.expect("it is taken");
    let token = TestEnvironment::token_of(&env.run_jobs().await[0]);
    let command =
        ResetPasswordCommand { token: Patch::Value(token), new_password: Patch::Value("Password2".into()) };
    env.app.identity.reset_password(command, provenance()).await.expect("the link is valid");
    env.login(&acme.email, "Password2").await.expect("it is open again");
}

#[tokio::test]
async fn a_platform_administrator_is_locked_and_told_too() {
    let env = TestEnvironment::new();
    let administrator = env.administrator().await;
    guess(&env, &administrator.email, 10).await;
    assert_eq!(refusal(env.login(&administrator.email, PASSWORD).await), Code::InvalidCredentials);
    assert_eq!(env.run_jobs().await[0].to.as_str(), administrator.email);
}

#[tokio::test]
async fn wrong_passwords_at_once_are_all_counted() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let guesses = (0..10).map(|_| {
        let (env, email) = (env.clone(), acme.email.clone());
        tokio::spawn(async move { env.login(&email, "Wrong1234").await.is_err() })
    });
    for guess in guesses.collect::<Vec<_>>() {
        assert!(guess.await.expect("it runs"));
    }
    assert_eq!(refusal(env.login(&acme.email, PASSWORD).await), Code::InvalidCredentials);
}

#[tokio::test]
async fn a_copied_refresh_token_is_told_by_mail() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let token = acme.session.refresh_token.expose();
    env.app.identity.refresh(&token, provenance()).await.expect("the first use");
    env.clock.advance(TimeDelta::seconds(11));
    let reused = env.app.identity.refresh(&token, provenance()).await;
    assert_eq!(refusal(reused), Code::RefreshTokenReused);
    let mails = env.run_jobs().await;
    assert!(matches!(mails[0].content, MailContent::SessionReused { .. }), "{mails:?}");
    assert_eq!(mails[0].to.as_str(), acme.email);
}
