//! Changing the password, voluntarily or because of a forced reset.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    identity::{ChangePasswordCommand, Device, SessionOpened},
    opportunities::MoveCommand,
    security::{Actor, IfMatch},
    testing::{PASSWORD, PlainHasher, TestEnvironment, provenance},
};
use cartera_domain::{
    identity::{ApiKeyInput, Permission, Role},
    input::Patch,
    values::Password,
};

use super::{refusal, violations};

async fn change(env: &TestEnvironment, actor: &Actor, current: &str, new: &str) -> Result<SessionOpened> {
    let command = ChangePasswordCommand {
        current_password: Patch::Value(Password::attempt(current.to_owned())),
        new_password: Patch::Value(new.to_owned()),
    };
    env.app.identity.change_password(actor, command, Device::default()).await
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_new_one() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let other = env.login(&acme.email, PASSWORD).await.expect("another device");
    let before = env.events(acme.id).len();
    let opened = change(&env, &acme.owner, PASSWORD, "Password2").await.expect("it is in order");
    for ended in [&acme.session, &other] {
        let authenticated = env.app.authenticator.person(&ended.access_token, provenance()).await;
        assert_eq!(refusal(authenticated), Code::Unauthenticated);
        let refreshed = env.app.identity.refresh(&ended.refresh_token.expose(), provenance()).await;
        assert_eq!(refusal(refreshed), Code::RefreshTokenInvalid);
    }
    env.actor_of(&opened).await;
    assert_eq!(refusal(env.login(&acme.email, PASSWORD).await), Code::InvalidCredentials);
    env.login(&acme.email, "Password2").await.expect("the new one holds");
    assert_eq!(
        env.events(acme.id)[before..before + 4],
        ["user.password_changed", "session.ended", "session.ended", "session.started"]
    );
}

#[tokio::test]
async fn a_wrong_unchanged_or_weak_password_changes_nothing() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let before = env.events(acme.id);
    let owner = &acme.owner;
    assert_eq!(refusal(change(&env, owner, "Wrong1234", "Password2").await), Code::InvalidCredentials);
    let unchanged = violations(change(&env, owner, PASSWORD, PASSWORD).await);
    assert_eq!(unchanged, [("newPassword".to_owned(), "unchanged")]);
    // The error that the new password equals the current one requires the current one to be correct.
    assert_eq!(refusal(change(&env, owner, "Wrong1234", PASSWORD).await), Code::InvalidCredentials);
    let weak = violations(change(&env, owner, PASSWORD, "short").await);
    let codes: Vec<_> = weak.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes, ["too_short", "no_upper_case", "no_digit"]);
    let nothing = ChangePasswordCommand::default();
    let nothing = violations(env.app.identity.change_password(owner, nothing, Device::default()).await);
    assert_eq!(nothing, [("currentPassword".to_owned(), "required"), ("newPassword".to_owned(), "required")]);
    assert_eq!(env.events(acme.id), before);
    env.login(&acme.email, PASSWORD).await.expect("the old one holds");
}

#[tokio::test]
async fn another_spelling_of_a_password_is_no_new_one() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let (composed, decomposed) = ("Contrase\u{F1}a1", "Contrasen\u{303}a1");
    for (current, same) in [(composed, decomposed), (decomposed, composed)] {
        let person = env.person(acme.id, Role::Member).await;
        env.change_user(acme.id, person.id, |user| user.password_hash = PlainHasher::stored(current));
        let unchanged = violations(change(&env, &person.actor, current, same).await);
        assert_eq!(unchanged, [("newPassword".to_owned(), "unchanged")], "{same:?}");
    }
}

#[tokio::test]
async fn a_platform_administrator_changes_theirs_too() {
    let env = TestEnvironment::new();
    let administrator = env.administrator().await;
    let opened = change(&env, &administrator.actor, PASSWORD, "Password2").await.expect("it is in order");
    env.actor_of(&opened).await;
    assert_eq!(refusal(env.login(&administrator.email, PASSWORD).await), Code::InvalidCredentials);
    env.login(&administrator.email, "Password2").await.expect("the new one holds");
}

#[tokio::test]
async fn an_api_key_has_no_password() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let key = env.key(&acme.owner, &[Permission::ReportsRead]).await;
    assert_eq!(refusal(change(&env, &key.actor, PASSWORD, "Password2").await), Code::ApiKeyNotAllowed);
}

#[tokio::test]
async fn who_must_choose_a_new_password_may_do_nothing_else() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let account = env.account(&acme.owner, "Globex").await;
    let sale = env.opportunity(&acme.owner, account).await;
    let owner = env.person(acme.id, Role::Owner).await;
    env.change_user(acme.id, owner.id, |user| user.force_password_reset = true);
    let opened = env.login(&owner.email, PASSWORD).await.expect("signing in succeeds, and says so");
    assert!(opened.force_password_reset);
    let actor = env.actor_of(&opened).await;
    let app = &env.app;
    let (once, any) = (Once::default(), IfMatch::default());
    let sale_id = TestEnvironment::id_of(&sale);
    let refusals = [
        refusal(app.accounts.get(&actor, account).await),
        refusal(app.accounts.delete(&actor, account, any).await),
        refusal(app.opportunities.get(&actor, sale_id).await),
        refusal(app.opportunities.change_stage(&actor, sale_id, MoveCommand::default(), any, &once).await),
        refusal(app.pipelines.list(&actor).await),
        refusal(app.companies.current(&actor).await),
        refusal(app.api_keys.create(&actor, ApiKeyInput::default(), &once).await),
        refusal(app.reports.pipeline(&actor, None).await),
    ];
    assert_eq!(refusals, [Code::PasswordResetRequired; 8]);
    let profile = app.identity.me(&actor).await.expect("they may know themselves");
    assert!(profile.force_password_reset);
    let refreshed = app.identity.refresh(&opened.refresh_token.expose(), provenance()).await;
    assert!(refreshed.expect("they may refresh").force_password_reset);
    let changed = change(&env, &actor, PASSWORD, "Password2").await.expect("that is what they must do");
    assert!(!changed.force_password_reset);
    let actor = env.actor_of(&changed).await;
    app.accounts.get(&actor, account).await.expect("now they may");
}
