//! Changing the password, voluntarily or because of a forced reset.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    identity::{ChangePasswordCommand, Device, SessionOpened},
    opportunities::MoveCommand,
    security::{Actor, IfMatch},
    testing::{PASSWORD, TestWorld, request_id},
};
use cartera_domain::{
    identity::{ApiKeyInput, Permission, Role},
    input::Patch,
    values::Password,
};

use super::{refusal, violations};

async fn change(world: &TestWorld, actor: &Actor, current: &str, new: &str) -> Result<SessionOpened> {
    let command = ChangePasswordCommand {
        current_password: Patch::Value(Password::attempt(current.to_owned())),
        new_password: Patch::Value(new.to_owned()),
    };
    world.app.identity.change_password(actor, command, Device::default()).await
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_new_one() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let other = world.login(&acme.email, PASSWORD).await.expect("another device");
    let before = world.events(acme.id).len();
    let opened = change(&world, &acme.owner, PASSWORD, "Password2").await.expect("it is in order");
    for ended in [&acme.session, &other] {
        let authenticated = world.app.authenticator.person(&ended.access_token, request_id()).await;
        assert_eq!(refusal(authenticated), Code::Unauthenticated);
        let refreshed = world.app.identity.refresh(&ended.refresh_token.expose(), request_id()).await;
        assert_eq!(refusal(refreshed), Code::RefreshTokenInvalid);
    }
    world.actor_of(&opened).await;
    assert_eq!(refusal(world.login(&acme.email, PASSWORD).await), Code::InvalidCredentials);
    world.login(&acme.email, "Password2").await.expect("the new one holds");
    assert_eq!(
        world.events(acme.id)[before..before + 4],
        ["user.password_changed", "session.ended", "session.ended", "session.started"]
    );
}

#[tokio::test]
async fn a_wrong_unchanged_or_weak_password_changes_nothing() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let before = world.events(acme.id);
    let owner = &acme.owner;
    assert_eq!(refusal(change(&world, owner, "Wrong1234", "Password2").await), Code::InvalidCredentials);
    let unchanged = violations(change(&world, owner, PASSWORD, PASSWORD).await);
    assert_eq!(unchanged, [("newPassword".to_owned(), "unchanged")]);
    // The error that the new password equals the current one requires the current one to be correct.
    assert_eq!(refusal(change(&world, owner, "Wrong1234", PASSWORD).await), Code::InvalidCredentials);
    let weak = violations(change(&world, owner, PASSWORD, "short").await);
    let codes: Vec<_> = weak.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes, ["too_short", "no_upper_case", "no_digit"]);
    let nothing = ChangePasswordCommand::default();
    let nothing = violations(world.app.identity.change_password(owner, nothing, Device::default()).await);
    assert_eq!(nothing, [("currentPassword".to_owned(), "required"), ("newPassword".to_owned(), "required")]);
    assert_eq!(world.events(acme.id), before);
    world.login(&acme.email, PASSWORD).await.expect("the old one holds");
}

#[tokio::test]
async fn a_platform_administrator_changes_theirs_too() {
    let world = TestWorld::new();
    let administrator = world.administrator().await;
    let opened = change(&world, &administrator.actor, PASSWORD, "Password2").await.expect("it is in order");
    world.actor_of(&opened).await;
    assert_eq!(refusal(world.login(&administrator.email, PASSWORD).await), Code::InvalidCredentials);
    world.login(&administrator.email, "Password2").await.expect("the new one holds");
}

#[tokio::test]
async fn an_api_key_has_no_password() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let key = world.key(&acme.owner, &[Permission::ReportsRead]).await;
    assert_eq!(refusal(change(&world, &key.actor, PASSWORD, "Password2").await), Code::ApiKeyNotAllowed);
}

#[tokio::test]
async fn who_must_choose_a_new_password_may_do_nothing_else() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let account = world.account(&acme.owner, "Globex").await;
    let sale = world.opportunity(&acme.owner, account).await;
    let owner = world.person(acme.id, Role::Owner).await;
    world.change_user(acme.id, owner.id, |user| user.force_password_reset = true);
    let opened = world.login(&owner.email, PASSWORD).await.expect("signing in succeeds, and says so");
    assert!(opened.force_password_reset);
    let actor = world.actor_of(&opened).await;
    let app = &world.app;
    let (once, any) = (Once::default(), IfMatch::default());
    let sale_id = TestWorld::id_of(&sale);
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
    let refreshed = app.identity.refresh(&opened.refresh_token.expose(), request_id()).await;
    assert!(refreshed.expect("they may refresh").force_password_reset);
    let changed = change(&world, &actor, PASSWORD, "Password2").await.expect("that is what they must do");
    assert!(!changed.force_password_reset);
    let actor = world.actor_of(&changed).await;
    app.accounts.get(&actor, account).await.expect("now they may");
}
