//! Signing in.

use cartera_application::{
    Code, Result,
    identity::{Device, LoginCommand, SessionOpened},
    ports::AccessTokens,
    security::PLATFORM,
    testing::{PASSWORD, PlainHasher, PlainTokens, TestEnvironment, provenance},
};
use cartera_domain::{
    identity::{Role, Subject},
    input::Patch,
    values::Password,
};
use chrono::TimeDelta;

use super::{refusal, violations};

fn command(email: &str, password: &str) -> LoginCommand {
    LoginCommand {
        email: Patch::Value(email.to_owned()),
        password: Patch::Value(Password::attempt(password.to_owned())),
        company_id: Patch::Absent,
    }
}

async fn login(env: &TestEnvironment, command: LoginCommand) -> Result<SessionOpened> {
    env.app.identity.login(command, Device::default(), provenance()).await
}

#[tokio::test]
async fn a_person_signs_in_whatever_the_case_of_the_email() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    let before = env.events(acme.id).len();
    env.clock.advance(TimeDelta::minutes(3));
    let opened = login(&env, command(&member.email.to_uppercase(), PASSWORD)).await.expect("it opens");
    assert_eq!((opened.user.role, opened.user.id), ("MEMBER", member.id.uuid()));
    assert_eq!(opened.expires_in, TimeDelta::minutes(15));
    let claims = PlainTokens.verify_even_expired(&opened.access_token).expect("it is sound");
    assert_eq!((claims.subject, claims.company_id), (Subject::User(member.id), acme.id));
    assert_eq!(claims.expires_at - claims.issued_at, TimeDelta::minutes(15));
    assert_eq!(env.events(acme.id)[before..], ["user.signed_in", "session.started"]);
    let row = env.store.look(|tables| tables.users[&(acme.id, member.id)].clone());
    assert_eq!((row.last_login_at, row.version), (Some(claims.issued_at), 1));
}

/// Neither the answer nor the amount of work distinguishes an unknown e-mail from a wrong password, an inactive user or
/// a suspended company.
#[tokio::test]
async fn every_refusal_is_the_same_after_the_same_work() {
    let env = TestEnvironment::new();
    let (acme, asleep) = (env.company("Acme").await, env.company("Asleep").await);
    let inactive = env.person(acme.id, Role::Member).await;
    env.change_user(acme.id, inactive.id, |user| user.active = false);
    env.suspend(asleep.id);
    let elsewhere =
        LoginCommand { company_id: Patch::Value(asleep.id.to_string()), ..command(&acme.email, PASSWORD) };
    for (what, command) in [
        ("an unknown e-mail", command("nobody@example.com", PASSWORD)),
        ("what can't be an e-mail", command("nobody", PASSWORD)),
        ("an empty e-mail", command("", PASSWORD)),
        ("a wrong password", command(&acme.email, "Password2")),
        ("an empty password", command(&acme.email, "")),
        ("an inactive user", command(&inactive.email, PASSWORD)),
        ("a suspended company", command(&asleep.email, PASSWORD)),
        ("another company", elsewhere),
    ] {
        let calls = env.hasher.calls();
        assert_eq!(refusal(login(&env, command).await), Code::InvalidCredentials, "{what}");
        assert_eq!(env.hasher.calls() - calls, 1, "{what}");
    }
}

/// A password that is typed in another form than it is hashed in costs two hashes, since older ones may be of either: whoever
/// it is given for, right or wrong.
#[tokio::test]
async fn every_form_of_a_password_is_tried_for_everybody() {
    const TYPED: &str = "Contrasen\u{303}a1";
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let (new, old) = (env.person(acme.id, Role::Member).await, env.person(acme.id, Role::Member).await);
    let inactive = env.person(acme.id, Role::Member).await;
    for (person, stored) in [(&new, "Contrase\u{F1}a1"), (&old, TYPED), (&inactive, "Contrase\u{F1}a1")] {
        env.change_user(acme.id, person.id, |user| user.password_hash = PlainHasher::stored(stored));
    }
    env.change_user(acme.id, inactive.id, |user| user.active = false);
    for (what, email, opens) in [
        ("a hash of the one form", new.email.as_str(), true),
        ("an older hash", old.email.as_str(), true),
        ("an inactive user", inactive.email.as_str(), false),
        ("a wrong password", acme.email.as_str(), false),
        ("an unknown e-mail", "nobody@example.com", false),
    ] {
        let calls = env.hasher.calls();
        assert_eq!(login(&env, command(email, TYPED)).await.is_ok(), opens, "{what}");
        assert_eq!(env.hasher.calls() - calls, 2, "{what}");
    }
}

#[tokio::test]
async fn the_company_is_checked_if_it_is_given() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let own =
        LoginCommand { company_id: Patch::Value(acme.id.to_string()), ..command(&acme.email, PASSWORD) };
    login(&env, own).await.expect("it is their company");
    let malformed =
        LoginCommand { company_id: Patch::Value("acme".into()), ..command(&acme.email, PASSWORD) };
    assert_eq!(violations(login(&env, malformed).await), [("companyId".to_owned(), "malformed")]);
    let nothing = violations(login(&env, LoginCommand::default()).await);
    assert_eq!(nothing, [("email".to_owned(), "required"), ("password".to_owned(), "required")]);
}

#[tokio::test]
async fn the_sixth_session_ends_the_oldest() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let mut sessions = vec![acme.session.clone()];
    for _ in 0..4 {
        env.clock.advance(TimeDelta::seconds(1));
        sessions.push(env.login(&acme.email, PASSWORD).await.expect("it opens"));
    }
    for session in &sessions {
        env.actor_of(session).await;
    }
    env.clock.advance(TimeDelta::seconds(1));
    sessions.push(env.login(&acme.email, PASSWORD).await.expect("it opens"));
    let oldest = env.app.authenticator.person(&sessions[0].access_token, provenance()).await;
    assert_eq!(refusal(oldest), Code::Unauthenticated);
    for session in &sessions[1..] {
        env.actor_of(session).await;
    }
    let events = env.events(acme.id);
    assert_eq!(events.iter().filter(|name| **name == "session.ended").count(), 1);
}

#[tokio::test]
async fn a_platform_administrator_signs_in_to_no_company() {
    let env = TestEnvironment::new();
    let administrator = env.administrator().await;
    let claims = PlainTokens.verify_even_expired(&administrator.session.access_token).expect("it is sound");
    assert_eq!((claims.company_id, claims.role.as_str()), (PLATFORM, "PLATFORM_ADMIN"));
    assert_eq!(administrator.session.company, None);
    assert_eq!(administrator.actor.company_id(), PLATFORM);
    let profile = env.app.identity.me(&administrator.actor).await.expect("they may know themselves");
    assert_eq!((profile.company, profile.permissions.len()), (None, 0));
    assert_eq!(refusal(env.app.pipelines.list(&administrator.actor).await), Code::CompanyRequired);
    assert_eq!(refusal(env.app.companies.current(&administrator.actor).await), Code::CompanyRequired);
}
