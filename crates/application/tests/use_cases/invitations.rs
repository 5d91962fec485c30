//! Inviting, and joining.

use cartera_application::{
    Code, Lack, Result,
    idempotency::Once,
    identity::{Device, SessionOpened},
    invitations::{AcceptCommand, InvitationView, Invited},
    jobs::JobFailure,
    ports::{Mail, MailContent},
    security::{Actor, IfMatch},
    testing::{PASSWORD, TestCompany, TestEnvironment, once, provenance},
};
use cartera_domain::{
    identity::{Permission, Role},
    ids::{Id, InvitationId},
    input::Patch,
    invitations::InvitationInput,
};
use chrono::TimeDelta;

use super::{lack, refusal, violations};

fn input(email: &str, role: Option<Role>) -> InvitationInput {
    let role = role.map(|role| role.as_str().to_owned());
    InvitationInput { email: Patch::Value(email.to_owned()), role: role.into() }
}

async fn invite(env: &TestEnvironment, actor: &Actor, email: &str, role: Role) -> Result<InvitationView> {
    let made = env.app.invitations.create(actor, input(email, Some(role)), &Once::default()).await;
    made.map(|outcome| outcome.output)
}

async fn preview(env: &TestEnvironment, token: &str) -> Result<Invited> {
    env.app.invitations.preview(Patch::Value(token.to_owned()), provenance()).await
}

async fn accept(env: &TestEnvironment, token: &str, password: &str) -> Result<SessionOpened> {
    let command = AcceptCommand {
        token: Patch::Value(token.to_owned()),
        name: Patch::Value("Leo Sosa".to_owned()),
        password: Patch::Value(password.to_owned()),
    };
    env.app.invitations.accept(command, Device::default(), provenance()).await
}

fn id_of(view: &InvitationView) -> InvitationId {
    Id::new(view.id)
}

async fn one_mail(env: &TestEnvironment) -> Mail {
    let mut mails = env.run_jobs().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0)
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

#[tokio::test]
async fn somebody_is_invited_by_mail_joins_and_must_choose_another_password() {
    let (env, acme) = start().await;
    let invitation = invite(&env, &acme.owner, "leo@example.com", Role::Admin).await.expect("they may");
    assert_eq!((invitation.email.as_str(), invitation.role.as_str()), ("leo@example.com", "ADMIN"));
    assert!(!invitation.expired);
    let mail = one_mail(&env).await;
    assert_eq!(mail.to.as_str(), "leo@example.com");
    let MailContent::Invitation { company, inviter, role, link, .. } = &mail.content else {
        panic!("{mail:?}")
    };
    assert_eq!((company.as_str(), inviter.as_deref(), *role), ("Acme", Some("Olga Owner"), Role::Admin));
    assert!(link.starts_with("https://crm.example.com/invitations/accept#token=civ_"), "{link}");
    let token = TestEnvironment::token_of(&mail);
    let invited = preview(&env, &token).await.expect("the link is valid");
    assert_eq!((invited.company_name.as_str(), invited.email.as_str()), ("Acme", "leo@example.com"));
    let joined = accept(&env, &token, PASSWORD).await.expect("they join");
    assert!(joined.force_password_reset);
    let leo = env.actor_of(&joined).await;
    assert_eq!(refusal(leo.authorize(Permission::AccountsRead)), Code::PasswordResetRequired);
    assert_eq!(refusal(accept(&env, &token, PASSWORD).await), Code::InvitationUsed);
    assert_eq!(refusal(preview(&env, &token).await), Code::InvitationUsed);
    let events = env.events(acme.id);
    let tail: Vec<_> = events.iter().filter(|name| !name.starts_with("session")).rev().take(4).collect();
    assert_eq!(tail, [&"invitation.accepted", &"user.signed_in", &"user.created", &"invitation.created"]);
}

#[tokio::test]
async fn a_company_may_be_content_with_the_first_password() {
    let (env, acme) = start().await;
    env.store.tamper(|tables| {
        let company = tables.companies.get_mut(&acme.id).expect("it is there");
        company.settings.force_password_reset_after_invitation = false;
    });
    invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestEnvironment::token_of(&one_mail(&env).await);
    assert!(!accept(&env, &token, PASSWORD).await.expect("they join").force_password_reset);
}

#[tokio::test]
async fn nobody_invites_above_their_own_role_and_no_company_an_owner() {
    let (env, acme) = start().await;
    let admin = env.person(acme.id, Role::Admin).await;
    let administrator = env.administrator().await;
    for actor in [&acme.owner, &admin.actor] {
        let refused = invite(&env, actor, "a@example.com", Role::Owner).await;
        assert_eq!(lack(refused), Some(Lack::OwnersInviter));
    }
    for role in [Role::Manager, Role::Member, Role::Viewer] {
        let person = env.person(acme.id, role).await;
        let refused = invite(&env, &person.actor, "b@example.com", Role::Viewer).await;
        assert_eq!(refusal(refused), Code::Forbidden, "{role}");
    }
    let key = env.key(&acme.owner, &[Permission::AccountsRead]).await;
    let refused = invite(&env, &key.actor, "c@example.com", Role::Member).await;
    assert_eq!(refusal(refused), Code::ApiKeyNotAllowed);
    let refused = invite(&env, &administrator.actor, "d@example.com", Role::Member).await;
    assert_eq!(refusal(refused), Code::CompanyRequired);
    invite(&env, &admin.actor, "e@example.com", Role::Admin).await.expect("their own role");
    assert_eq!(env.run_jobs().await.len(), 1);
}

#[tokio::test]
async fn a_platform_administrator_invites_an_owner_into_any_company() {
    let (env, acme) = start().await;
    let administrator = env.administrator().await;
    let create_in = |actor: Actor, company, email: &'static str| {
        let env = env.clone();
        async move {
            let input = input(email, Some(Role::Owner));
            env.app.invitations.create_in(&actor, company, input, &Once::default()).await
        }
    };
    let made = create_in(administrator.actor.clone(), acme.id, "new@example.com").await.expect("they may");
    assert_eq!(made.output.created_by, None);
    let mail = one_mail(&env).await;
    assert!(matches!(&mail.content, MailContent::Invitation { inviter: None, role: Role::Owner, .. }));
    let joined = accept(&env, &TestEnvironment::token_of(&mail), PASSWORD).await.expect("they join");
    assert_eq!(joined.user.role, "OWNER");
    let refused = create_in(acme.owner.clone(), acme.id, "other@example.com").await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let nowhere = Id::new(uuid::Uuid::from_u128(77));
    let refused = create_in(administrator.actor.clone(), nowhere, "other@example.com").await;
    assert_eq!(refusal(refused), Code::NotFound);
    env.suspend(acme.id);
    let refused = create_in(administrator.actor, acme.id, "other@example.com").await;
    assert_eq!(refusal(refused), Code::CompanySuspended);
}

#[tokio::test]
async fn an_email_that_belongs_to_anybody_or_is_pending_is_refused() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    for taken in [&acme.email, &other.email.to_uppercase()] {
        let refused = invite(&env, &acme.owner, taken, Role::Member).await;
        assert_eq!(refusal(refused), Code::EmailTaken, "{taken}");
    }
    invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("it is free");
    let again = invite(&env, &acme.owner, "LEO@example.com", Role::Viewer).await;
    assert_eq!(refusal(again), Code::InvitationPending);
    invite(&env, &other.owner, "leo@example.com", Role::Member)
        .await
        .expect("pending elsewhere is free here");
    // An expired one lapses, and its link reports that.
    let old = TestEnvironment::token_of(&env.run_jobs().await[0]);
    env.clock.advance(TimeDelta::days(7));
    invite(&env, &acme.owner, "leo@example.com", Role::Viewer).await.expect("the old one has expired");
    assert_eq!(refusal(preview(&env, &old).await), Code::InvitationExpired);
    assert_eq!(env.events(acme.id).last(), Some(&"invitation.created"));
    assert!(env.events(acme.id).contains(&"invitation.lapsed"));
}

#[tokio::test]
async fn links_that_lead_nowhere_are_told_apart() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let invitation = invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestEnvironment::token_of(&one_mail(&env).await);
    let elsewhere =
        token.replace(&acme.id.uuid().simple().to_string(), &other.id.uuid().simple().to_string());
    for unknown in ["", "civ_x", &token[..token.len() - 3], &elsewhere] {
        assert_eq!(refusal(preview(&env, unknown).await), Code::InvitationUnknown, "{unknown}");
        assert_eq!(refusal(accept(&env, unknown, PASSWORD).await), Code::InvitationUnknown, "{unknown}");
    }
    let resent = env.app.invitations.resend(&acme.owner, id_of(&invitation), &once("again", 1)).await;
    assert_eq!(resent.expect("it is pending").output.version, 2);
    // The old link is invalid at once; of the two mails in the queue only the new one is sent.
    assert_eq!(refusal(preview(&env, &token).await), Code::InvitationUnknown);
    let newer = TestEnvironment::token_of(&one_mail(&env).await);
    preview(&env, &newer).await.expect("the new link is valid");
    env.app.invitations.revoke(&acme.owner, id_of(&invitation), IfMatch::default()).await.expect("they may");
    assert_eq!(refusal(preview(&env, &newer).await), Code::InvitationRevoked);
    assert_eq!(refusal(accept(&env, &newer, PASSWORD).await), Code::InvitationRevoked);
    let again = env.app.invitations.revoke(&acme.owner, id_of(&invitation), IfMatch::default()).await;
    assert_eq!(refusal(again), Code::NotFound);
    let again = env.app.invitations.resend(&acme.owner, id_of(&invitation), &Once::default()).await;
    assert_eq!(refusal(again), Code::NotFound);
}

#[tokio::test]
async fn an_expired_invitation_can_be_sent_again() {
    let (env, acme) = start().await;
    let invitation = invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let old = TestEnvironment::token_of(&one_mail(&env).await);
    env.clock.advance(TimeDelta::days(8));
    assert_eq!(refusal(accept(&env, &old, PASSWORD).await), Code::InvitationExpired);
    // The session tokens have expired too, so sign in again.
    let session = env.login(&acme.email, PASSWORD).await.expect("they sign in");
    let owner = env.actor_of(&session).await;
    let resent = env.app.invitations.resend(&owner, id_of(&invitation), &Once::default()).await;
    assert!(!resent.expect("it is pending").output.expired);
    accept(&env, &TestEnvironment::token_of(&one_mail(&env).await), PASSWORD).await.expect("they join");
}

#[tokio::test]
async fn invitations_of_another_company_and_above_ones_role_are_out_of_reach() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let admin = env.person(acme.id, Role::Admin).await;
    let administrator = env.administrator().await;
    let ours = invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let invitations = &env.app.invitations;
    let refused = invitations.revoke(&other.owner, id_of(&ours), IfMatch::default()).await;
    assert_eq!(refusal(refused), Code::NotFound);
    let refused = invitations.resend(&other.owner, id_of(&ours), &Once::default()).await;
    assert_eq!(refusal(refused), Code::NotFound);
    let owner = input("boss@example.com", Some(Role::Owner));
    let owner = invitations.create_in(&administrator.actor, acme.id, owner, &Once::default()).await;
    let owner = owner.expect("they may").output;
    let refused = invitations.revoke(&admin.actor, id_of(&owner), IfMatch::default()).await;
    assert_eq!(lack(refused), Some(Lack::OwnersInviter));
    let refused = invitations.revoke(&acme.owner, id_of(&ours), IfMatch::new(Some(7))).await;
    assert_eq!(refusal(refused), Code::VersionMismatch);
}

#[tokio::test]
async fn what_is_wrong_with_joining_is_listed_at_once_and_costs_nothing() {
    let (env, acme) = start().await;
    let weak = violations(accept(&env, "civ_x", "short").await);
    let fields: Vec<_> = weak.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["password", "password", "password"]);
    let nothing = env.app.invitations.accept(AcceptCommand::default(), Device::default(), provenance()).await;
    assert_eq!(violations(nothing).len(), 3);
    invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestEnvironment::token_of(&one_mail(&env).await);
    // Somebody signs up with the invited e-mail meanwhile: the refusal does the same work as joining.
    let before = env.hasher.calls();
    let mut sign_up = env.registration("Elsewhere");
    sign_up.email = Patch::Value("leo@example.com".to_owned());
    env.app.identity.register(sign_up, Device::default(), provenance()).await.expect("it is free");
    let known = env.hasher.calls();
    assert_eq!(refusal(accept(&env, &token, PASSWORD).await), Code::EmailTaken);
    let refused = env.hasher.calls();
    invite(&env, &acme.owner, "eva@example.com", Role::Member).await.expect("they may");
    let token = TestEnvironment::token_of(&one_mail(&env).await);
    accept(&env, &token, PASSWORD).await.expect("they join");
    assert_eq!((known - before, refused - known, env.hasher.calls() - refused), (1, 1, 1));
}

#[tokio::test]
async fn nobody_joins_a_suspended_company() {
    let (env, acme) = start().await;
    invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestEnvironment::token_of(&one_mail(&env).await);
    env.suspend(acme.id);
    assert_eq!(refusal(preview(&env, &token).await), Code::CompanySuspended);
    assert_eq!(refusal(accept(&env, &token, PASSWORD).await), Code::CompanySuspended);
}

#[tokio::test]
async fn two_who_follow_one_link_at_once_become_one_user() {
    let (env, acme) = start().await;
    invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestEnvironment::token_of(&one_mail(&env).await);
    let (one, two) = tokio::join!(accept(&env, &token, PASSWORD), accept(&env, &token, PASSWORD));
    let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    won.expect("one of them joins");
    assert!(matches!(refusal(lost), Code::InvitationUsed | Code::EmailTaken));
}

#[tokio::test]
async fn an_invitation_is_sent_once_for_its_key() {
    let (env, acme) = start().await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let input = input("leo@example.com", None);
        made.push(env.app.invitations.create(&acme.owner, input, &once("key", 1)).await.expect("they may"));
    }
    assert!(made[1].replayed);
    assert_eq!(made[0].output, made[1].output);
    assert_eq!(made[0].output.role, "MEMBER");
    one_mail(&env).await;
}

#[tokio::test]
async fn a_mail_that_is_asked_for_twice_has_one_name() {
    let (env, acme) = start().await;
    invite(&env, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let job = env.store.take_jobs().remove(0);
    env.mailer.set_down(true);
    let failure = env.app.jobs.run(job.clone()).await.expect_err("the mail server is down");
    assert!(matches!(failure, JobFailure::Later { .. }), "{failure:?}");
    env.mailer.set_down(false);
    for _ in 0..2 {
        env.app.jobs.run(job.clone()).await.expect("it is up again");
    }
    let sent = env.mailer.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
}
