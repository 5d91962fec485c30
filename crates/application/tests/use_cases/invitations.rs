//! Inviting, and joining.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    identity::{Device, SessionOpened},
    invitations::{AcceptCommand, InvitationView, Invited},
    jobs::JobFailure,
    ports::{Mail, MailContent},
    security::{Actor, IfMatch},
    testing::{PASSWORD, TestCompany, TestWorld, once, request_id},
};
use cartera_domain::{
    identity::{Permission, Role},
    ids::{Id, InvitationId},
    input::Patch,
    invitations::InvitationInput,
};
use chrono::TimeDelta;

use super::{refusal, violations};

fn input(email: &str, role: Option<Role>) -> InvitationInput {
    let role = role.map(|role| role.as_str().to_owned());
    InvitationInput { email: Patch::Value(email.to_owned()), role: role.into() }
}

async fn invite(world: &TestWorld, actor: &Actor, email: &str, role: Role) -> Result<InvitationView> {
    let made = world.app.invitations.create(actor, input(email, Some(role)), &Once::default()).await;
    made.map(|outcome| outcome.output)
}

async fn preview(world: &TestWorld, token: &str) -> Result<Invited> {
    world.app.invitations.preview(Patch::Value(token.to_owned()), request_id()).await
}

async fn accept(world: &TestWorld, token: &str, password: &str) -> Result<SessionOpened> {
    let command = AcceptCommand {
        token: Patch::Value(token.to_owned()),
        name: Patch::Value("Leo Sosa".to_owned()),
        password: Patch::Value(password.to_owned()),
    };
    world.app.invitations.accept(command, Device::default(), request_id()).await
}

fn id_of(view: &InvitationView) -> InvitationId {
    Id::new(view.id)
}

async fn one_mail(world: &TestWorld) -> Mail {
    let mut mails = world.run_jobs().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    mails.remove(0)
}

async fn start() -> (TestWorld, TestCompany) {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    (world, acme)
}

#[tokio::test]
async fn somebody_is_invited_by_mail_joins_and_must_choose_another_password() {
    let (world, acme) = start().await;
    let invitation = invite(&world, &acme.owner, "leo@example.com", Role::Admin).await.expect("they may");
    assert_eq!((invitation.email.as_str(), invitation.role.as_str()), ("leo@example.com", "ADMIN"));
    assert!(!invitation.expired);
    let mail = one_mail(&world).await;
    assert_eq!(mail.to.as_str(), "leo@example.com");
    let MailContent::Invitation { company, inviter, role, link, .. } = &mail.content else {
        panic!("{mail:?}")
    };
    assert_eq!((company.as_str(), inviter.as_deref(), *role), ("Acme", Some("Olga Owner"), Role::Admin));
    assert!(link.starts_with("https://crm.example.com/invitations/accept#token=civ_"), "{link}");
    let token = TestWorld::token_of(&mail);
    let invited = preview(&world, &token).await.expect("the link is valid");
    assert_eq!((invited.company_name.as_str(), invited.email.as_str()), ("Acme", "leo@example.com"));
    let joined = accept(&world, &token, PASSWORD).await.expect("they join");
    assert!(joined.force_password_reset);
    let leo = world.actor_of(&joined).await;
    assert_eq!(refusal(leo.authorize(Permission::AccountsRead)), Code::PasswordResetRequired);
    assert_eq!(refusal(accept(&world, &token, PASSWORD).await), Code::InvitationUsed);
    assert_eq!(refusal(preview(&world, &token).await), Code::InvitationUsed);
    let events = world.events(acme.id);
    let tail: Vec<_> = events.iter().filter(|name| !name.starts_with("session")).rev().take(4).collect();
    assert_eq!(tail, [&"invitation.accepted", &"user.signed_in", &"user.created", &"invitation.created"]);
}

#[tokio::test]
async fn a_company_may_be_content_with_the_first_password() {
    let (world, acme) = start().await;
    world.store.tamper(|tables| {
        let company = tables.companies.get_mut(&acme.id).expect("it is there");
        company.settings.force_password_reset_after_invitation = false;
    });
    invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestWorld::token_of(&one_mail(&world).await);
    assert!(!accept(&world, &token, PASSWORD).await.expect("they join").force_password_reset);
}

#[tokio::test]
async fn nobody_invites_above_their_own_role_and_no_company_an_owner() {
    let (world, acme) = start().await;
    let admin = world.person(acme.id, Role::Admin).await;
    let administrator = world.administrator().await;
    for actor in [&acme.owner, &admin.actor] {
        let refused = invite(&world, actor, "a@example.com", Role::Owner).await;
        assert_eq!(refusal(refused), Code::Forbidden);
    }
    for role in [Role::Manager, Role::Member, Role::Viewer] {
        let person = world.person(acme.id, role).await;
        let refused = invite(&world, &person.actor, "b@example.com", Role::Viewer).await;
        assert_eq!(refusal(refused), Code::Forbidden, "{role}");
    }
    let key = world.key(&acme.owner, &[Permission::AccountsRead]).await;
    let refused = invite(&world, &key.actor, "c@example.com", Role::Member).await;
    assert_eq!(refusal(refused), Code::ApiKeyNotAllowed);
    let refused = invite(&world, &administrator.actor, "d@example.com", Role::Member).await;
    assert_eq!(refusal(refused), Code::CompanyRequired);
    invite(&world, &admin.actor, "e@example.com", Role::Admin).await.expect("their own role");
    assert_eq!(world.run_jobs().await.len(), 1);
}

#[tokio::test]
async fn a_platform_administrator_invites_an_owner_into_any_company() {
    let (world, acme) = start().await;
    let administrator = world.administrator().await;
    let create_in = |actor: Actor, company, email: &'static str| {
        let world = world.clone();
        async move {
            let input = input(email, Some(Role::Owner));
            world.app.invitations.create_in(&actor, company, input, &Once::default()).await
        }
    };
    let made = create_in(administrator.actor.clone(), acme.id, "new@example.com").await.expect("they may");
    assert_eq!(made.output.created_by, None);
    let mail = one_mail(&world).await;
    assert!(matches!(&mail.content, MailContent::Invitation { inviter: None, role: Role::Owner, .. }));
    let joined = accept(&world, &TestWorld::token_of(&mail), PASSWORD).await.expect("they join");
    assert_eq!(joined.user.role, "OWNER");
    let refused = create_in(acme.owner.clone(), acme.id, "other@example.com").await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let nowhere = Id::new(uuid::Uuid::from_u128(77));
    let refused = create_in(administrator.actor.clone(), nowhere, "other@example.com").await;
    assert_eq!(refusal(refused), Code::NotFound);
    world.suspend(acme.id);
    let refused = create_in(administrator.actor, acme.id, "other@example.com").await;
    assert_eq!(refusal(refused), Code::CompanySuspended);
}

#[tokio::test]
async fn an_email_that_belongs_to_anybody_or_is_pending_is_refused() {
    let (world, acme) = start().await;
    let other = world.company("Other").await;
    for taken in [&acme.email, &other.email.to_uppercase()] {
        let refused = invite(&world, &acme.owner, taken, Role::Member).await;
        assert_eq!(refusal(refused), Code::EmailTaken, "{taken}");
    }
    invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("it is free");
    let again = invite(&world, &acme.owner, "LEO@example.com", Role::Viewer).await;
    assert_eq!(refusal(again), Code::InvitationPending);
    invite(&world, &other.owner, "leo@example.com", Role::Member)
        .await
        .expect("pending elsewhere is free here");
    // An expired one lapses, and its link reports that.
    let old = TestWorld::token_of(&world.run_jobs().await[0]);
    world.clock.advance(TimeDelta::days(7));
    invite(&world, &acme.owner, "leo@example.com", Role::Viewer).await.expect("the old one has expired");
    assert_eq!(refusal(preview(&world, &old).await), Code::InvitationExpired);
    assert_eq!(world.events(acme.id).last(), Some(&"invitation.created"));
    assert!(world.events(acme.id).contains(&"invitation.lapsed"));
}

#[tokio::test]
async fn links_that_lead_nowhere_are_told_apart() {
    let (world, acme) = start().await;
    let other = world.company("Other").await;
    let invitation = invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestWorld::token_of(&one_mail(&world).await);
    let elsewhere =
        token.replace(&acme.id.uuid().simple().to_string(), &other.id.uuid().simple().to_string());
    for unknown in ["", "civ_x", &token[..token.len() - 3], &elsewhere] {
        assert_eq!(refusal(preview(&world, unknown).await), Code::InvitationUnknown, "{unknown}");
        assert_eq!(refusal(accept(&world, unknown, PASSWORD).await), Code::InvitationUnknown, "{unknown}");
    }
    let resent = world.app.invitations.resend(&acme.owner, id_of(&invitation), &once("again", 1)).await;
    assert_eq!(resent.expect("it is pending").output.version, 2);
    // The old link is invalid at once; of the two mails in the queue only the new one is sent.
    assert_eq!(refusal(preview(&world, &token).await), Code::InvitationUnknown);
    let newer = TestWorld::token_of(&one_mail(&world).await);
    preview(&world, &newer).await.expect("the new link is valid");
    world
        .app
        .invitations
        .revoke(&acme.owner, id_of(&invitation), IfMatch::default())
        .await
        .expect("they may");
    assert_eq!(refusal(preview(&world, &newer).await), Code::InvitationRevoked);
    assert_eq!(refusal(accept(&world, &newer, PASSWORD).await), Code::InvitationRevoked);
    let again = world.app.invitations.revoke(&acme.owner, id_of(&invitation), IfMatch::default()).await;
    assert_eq!(refusal(again), Code::NotFound);
    let again = world.app.invitations.resend(&acme.owner, id_of(&invitation), &Once::default()).await;
    assert_eq!(refusal(again), Code::NotFound);
}

#[tokio::test]
async fn an_expired_invitation_can_be_sent_again() {
    let (world, acme) = start().await;
    let invitation = invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let old = TestWorld::token_of(&one_mail(&world).await);
    world.clock.advance(TimeDelta::days(8));
    assert_eq!(refusal(accept(&world, &old, PASSWORD).await), Code::InvitationExpired);
    // The session tokens have expired too, so sign in again.
    let session = world.login(&acme.email, PASSWORD).await.expect("they sign in");
    let owner = world.actor_of(&session).await;
    let resent = world.app.invitations.resend(&owner, id_of(&invitation), &Once::default()).await;
    assert!(!resent.expect("it is pending").output.expired);
    accept(&world, &TestWorld::token_of(&one_mail(&world).await), PASSWORD).await.expect("they join");
}

#[tokio::test]
async fn invitations_of_another_company_and_above_ones_role_are_out_of_reach() {
    let (world, acme) = start().await;
    let other = world.company("Other").await;
    let admin = world.person(acme.id, Role::Admin).await;
    let administrator = world.administrator().await;
    let ours = invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let invitations = &world.app.invitations;
    let refused = invitations.revoke(&other.owner, id_of(&ours), IfMatch::default()).await;
    assert_eq!(refusal(refused), Code::NotFound);
    let refused = invitations.resend(&other.owner, id_of(&ours), &Once::default()).await;
    assert_eq!(refusal(refused), Code::NotFound);
    let owner = input("boss@example.com", Some(Role::Owner));
    let owner = invitations.create_in(&administrator.actor, acme.id, owner, &Once::default()).await;
    let owner = owner.expect("they may").output;
    let refused = invitations.revoke(&admin.actor, id_of(&owner), IfMatch::default()).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let refused = invitations.revoke(&acme.owner, id_of(&ours), IfMatch::new(Some(7))).await;
    assert_eq!(refusal(refused), Code::VersionMismatch);
}

#[tokio::test]
async fn what_is_wrong_with_joining_is_listed_at_once_and_costs_nothing() {
    let (world, acme) = start().await;
    let weak = violations(accept(&world, "civ_x", "short").await);
    let fields: Vec<_> = weak.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["password", "password", "password"]);
    let nothing =
        world.app.invitations.accept(AcceptCommand::default(), Device::default(), request_id()).await;
    assert_eq!(violations(nothing).len(), 3);
    invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestWorld::token_of(&one_mail(&world).await);
    // Somebody signs up with the invited e-mail meanwhile: the refusal does the same work as joining.
    let before = world.hasher.calls();
    let mut sign_up = world.registration("Elsewhere");
    sign_up.email = Patch::Value("leo@example.com".to_owned());
    world.app.identity.register(sign_up, Device::default(), request_id()).await.expect("it is free");
    let known = world.hasher.calls();
    assert_eq!(refusal(accept(&world, &token, PASSWORD).await), Code::EmailTaken);
    let refused = world.hasher.calls();
    invite(&world, &acme.owner, "eva@example.com", Role::Member).await.expect("they may");
    let token = TestWorld::token_of(&one_mail(&world).await);
    accept(&world, &token, PASSWORD).await.expect("they join");
    assert_eq!((known - before, refused - known, world.hasher.calls() - refused), (1, 1, 1));
}

#[tokio::test]
async fn nobody_joins_a_suspended_company() {
    let (world, acme) = start().await;
    invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestWorld::token_of(&one_mail(&world).await);
    world.suspend(acme.id);
    assert_eq!(refusal(preview(&world, &token).await), Code::CompanySuspended);
    assert_eq!(refusal(accept(&world, &token, PASSWORD).await), Code::CompanySuspended);
}

#[tokio::test]
async fn two_who_follow_one_link_at_once_become_one_user() {
    let (world, acme) = start().await;
    invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let token = TestWorld::token_of(&one_mail(&world).await);
    let (one, two) = tokio::join!(accept(&world, &token, PASSWORD), accept(&world, &token, PASSWORD));
    let (won, lost) = if one.is_ok() { (one, two) } else { (two, one) };
    won.expect("one of them joins");
    assert!(matches!(refusal(lost), Code::InvitationUsed | Code::EmailTaken));
}

#[tokio::test]
async fn an_invitation_is_sent_once_for_its_key() {
    let (world, acme) = start().await;
    let mut made = Vec::new();
    for _ in 0..2 {
        let input = input("leo@example.com", None);
        made.push(world.app.invitations.create(&acme.owner, input, &once("key", 1)).await.expect("they may"));
    }
    assert!(made[1].replayed);
    assert_eq!(made[0].output, made[1].output);
    assert_eq!(made[0].output.role, "MEMBER");
    one_mail(&world).await;
}

#[tokio::test]
async fn a_mail_that_is_asked_for_twice_has_one_name() {
    let (world, acme) = start().await;
    invite(&world, &acme.owner, "leo@example.com", Role::Member).await.expect("they may");
    let job = world.store.take_jobs().remove(0);
    world.mailer.set_down(true);
    let failure = world.app.jobs.run(job.clone()).await.expect_err("the mail server is down");
    assert!(matches!(failure, JobFailure::Later { .. }), "{failure:?}");
    world.mailer.set_down(false);
    for _ in 0..2 {
        world.app.jobs.run(job.clone()).await.expect("it is up again");
    }
    let sent = world.mailer.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
}
