//! Users: who may change whom, and the records of removed users.

use cartera_application::{
    Code, Lack,
    error::Error,
    security::{Actor, IfMatch},
    testing::{PASSWORD, TestEnvironment, provenance},
    users::UserView,
};
use cartera_domain::{
    identity::{Permission, Role, UserInput},
    ids::{Id, UserId},
    input::Patch,
};

use super::{bad_reference, lack, refusal, violations};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn role(role: Role) -> UserInput {
    UserInput { role: text(role.as_str()), ..UserInput::default() }
}

fn active(active: bool) -> UserInput {
    UserInput { active: Patch::Value(active), ..UserInput::default() }
}

async fn update(
    env: &TestEnvironment,
    actor: &Actor,
    id: UserId,
    input: UserInput,
) -> Result<UserView, Error> {
    env.app.users.update(actor, id, input, IfMatch::default()).await.map(|done| done.output)
}

async fn remove(env: &TestEnvironment, actor: &Actor, id: UserId, heir: Option<UserId>) -> Result<(), Error> {
    env.app.users.remove(actor, id, heir, IfMatch::default()).await.map(|_| ())
}

#[tokio::test]
async fn everybody_sees_names_and_only_some_see_more() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let (admin, viewer) = (env.person(acme.id, Role::Admin).await, env.person(acme.id, Role::Viewer).await);
    let users = &env.app.users;
    let whole = users.get(&admin.actor, viewer.id).await.expect("they may");
    let details = whole.details.expect("an administrator sees everything");
    assert_eq!((details.email.as_str(), details.role.as_str()), (viewer.email.as_str(), "VIEWER"));
    let brief = users.get(&viewer.actor, admin.id).await.expect("they may");
    assert_eq!((brief.id, brief.active, brief.details), (admin.id.uuid(), true, None));
    // Users see all of their own fields.
    let own = users.get(&viewer.actor, viewer.id).await.expect("they may");
    assert_eq!(own.details.map(|details| details.email), Some(viewer.email.clone()));
    let key = env.key(&acme.owner, &[Permission::AccountsRead]).await;
    assert_eq!(refusal(users.get(&key.actor, admin.id).await), Code::ApiKeyNotAllowed);
    let platform = env.administrator().await;
    assert_eq!(refusal(users.get(&platform.actor, admin.id).await), Code::CompanyRequired);
    let other = env.company("Other").await;
    for id in [other.owner_id, Id::new(uuid::Uuid::from_u128(9))] {
        assert_eq!(refusal(users.get(&admin.actor, id).await), Code::NotFound);
        assert_eq!(refusal(update(&env, &admin.actor, id, active(false)).await), Code::NotFound);
        assert_eq!(refusal(remove(&env, &acme.owner, id, None).await), Code::NotFound);
    }
}

#[tokio::test]
async fn nobody_reaches_above_their_own_role() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let second = env.person(acme.id, Role::Owner).await;
    let admin = env.person(acme.id, Role::Admin).await;
    let member = env.person(acme.id, Role::Member).await;
    // An ADMIN may change others up to their own role, and assign no role above it.
    for (target, input, expected) in [
        (member.id, role(Role::Manager), None),
        (member.id, role(Role::Admin), None),
        (member.id, role(Role::Owner), Some(Code::Forbidden)),
        (member.id, role(Role::Viewer), None),
        (second.id, role(Role::Member), Some(Code::Forbidden)),
        (second.id, active(false), Some(Code::Forbidden)),
        (second.id, UserInput { name: text("x"), ..UserInput::default() }, Some(Code::Forbidden)),
    ] {
        let done = update(&env, &admin.actor, target, input).await;
        assert_eq!(done.err().map(|error| error.code()), expected);
    }
    // An OWNER promotes to OWNER.
    update(&env, &acme.owner, member.id, role(Role::Owner)).await.expect("an owner may");
    for role in [Role::Manager, Role::Member, Role::Viewer] {
        let person = env.person(acme.id, role).await;
        assert_eq!(refusal(update(&env, &person.actor, admin.id, active(false)).await), Code::Forbidden);
    }
    for role in [Role::Admin, Role::Manager, Role::Member, Role::Viewer] {
        let person = env.person(acme.id, role).await;
        assert_eq!(refusal(remove(&env, &person.actor, admin.id, None).await), Code::Forbidden);
    }
}

#[tokio::test]
async fn nobody_changes_their_own_role_but_an_owner_may_step_down() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let admin = env.person(acme.id, Role::Admin).await;
    for (input, lacking) in [
        (role(Role::Member), Lack::AnotherPerson),
        (active(false), Lack::AnotherPerson),
        (role(Role::Owner), Lack::Rank),
    ] {
        assert_eq!(lack(update(&env, &admin.actor, admin.id, input).await), Some(lacking));
    }
    let renamed = UserInput { name: text("Ada"), ..role(Role::Admin) };
    assert_eq!(update(&env, &admin.actor, admin.id, renamed).await.expect("a name they may").name, "Ada");
    // The last owner can't be demoted, deactivated or removed.
    for input in [role(Role::Member), active(false)] {
        assert_eq!(refusal(update(&env, &acme.owner, acme.owner_id, input).await), Code::LastOwner);
    }
    assert_eq!(refusal(remove(&env, &acme.owner, acme.owner_id, None).await), Code::LastOwner);
    // An inactive owner does not count.
    let second = env.person(acme.id, Role::Owner).await;
    update(&env, &acme.owner, second.id, active(false)).await.expect("an owner may");
    assert_eq!(refusal(remove(&env, &acme.owner, acme.owner_id, None).await), Code::LastOwner);
    update(&env, &acme.owner, second.id, active(true)).await.expect("an owner may");
    update(&env, &acme.owner, acme.owner_id, role(Role::Member)).await.expect("another owner stays");
    let stepped_down = env.actor_of(&acme.session).await;
    assert_eq!(refusal(update(&env, &stepped_down, second.id, active(false)).await), Code::Forbidden);
}

#[tokio::test]
async fn of_two_owners_who_end_each_other_one_stays() {
    for round in 0..4 {
        let env = TestEnvironment::new();
        let acme = env.company("Acme").await;
        let second = env.person(acme.id, Role::Owner).await;
        let ends = async |actor: &Actor, id: UserId| match round {
            0 => remove(&env, actor, id, None).await,
            1 => update(&env, actor, id, active(false)).await.map(|_| ()),
            2 => update(&env, actor, id, role(Role::Member)).await.map(|_| ()),
            // Each acts on themselves.
            _ => remove(&env, actor, if id == second.id { acme.owner_id } else { second.id }, None).await,
        };
        let (one, other) = tokio::join!(ends(&acme.owner, second.id), ends(&second.actor, acme.owner_id));
        let codes: Vec<_> =
            [one, other].into_iter().map(|done| done.err().map(|error| error.code())).collect();
        assert!(codes.contains(&None) && codes.contains(&Some(Code::LastOwner)), "{round}: {codes:?}");
        let owners = env.store.look(|tables| {
            tables.users.values().filter(|user| user.active && user.role == Role::Owner).count()
        });
        assert_eq!(owners, 1);
    }
}

#[tokio::test]
async fn whoever_is_switched_off_is_out_at_once_and_their_keys_for_good() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    let mine = env.key(&acme.owner, &[Permission::AccountsRead]).await;
    let theirs = env.key(&member.actor, &[Permission::AccountsRead]).await;
    update(&env, &acme.owner, member.id, active(false)).await.expect("an owner may");
    let authenticator = &env.app.authenticator;
    let token = &member.session.access_token;
    assert_eq!(refusal(authenticator.person(token, provenance()).await), Code::Unauthenticated);
    assert_eq!(refusal(authenticator.key(&theirs.value, provenance()).await), Code::Unauthenticated);
    assert_eq!(refusal(env.login(&member.email, PASSWORD).await), Code::InvalidCredentials);
    authenticator.key(&mine.value, provenance()).await.expect("another's key lives");
    let told = env.events(acme.id);
    let last: Vec<_> = told.iter().rev().take(3).rev().copied().collect();
    assert_eq!(last, ["session.ended", "api_key.revoked", "user.deactivated"]);
    update(&env, &acme.owner, member.id, active(true)).await.expect("an owner may");
    env.login(&member.email, PASSWORD).await.expect("they may sign in again");
    // The old session and the key stay invalid.
    assert_eq!(refusal(authenticator.person(token, provenance()).await), Code::Unauthenticated);
    assert_eq!(refusal(authenticator.key(&theirs.value, provenance()).await), Code::Unauthenticated);
}

#[tokio::test]
async fn a_new_role_holds_at_once_for_people_and_for_their_keys() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    let key = env.key(&member.actor, &[Permission::AccountsWrite]).await;
    env.actor_of(&member.session).await.authorize(Permission::AccountsWrite).expect("a member may");
    update(&env, &acme.owner, member.id, role(Role::Viewer)).await.expect("an owner may");
    let now = env.actor_of(&member.session).await;
    assert_eq!(refusal(now.authorize(Permission::AccountsWrite)), Code::Forbidden);
    let key = env.app.authenticator.key(&key.value, provenance()).await.expect("it is live");
    assert_eq!(refusal(key.authorize(Permission::AccountsWrite)), Code::Forbidden);
}

#[tokio::test]
async fn a_removed_user_leaves_their_records_and_their_email() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let (leaver, heir) = (env.person(acme.id, Role::Member).await, env.person(acme.id, Role::Member).await);
    let key = env.key(&leaver.actor, &[Permission::AccountsRead]).await;
    let account = env.account(&leaver.actor, "Globex").await;
    let sale = env.opportunity(&leaver.actor, account).await;
    remove(&env, &acme.owner, leaver.id, Some(heir.id)).await.expect("an owner may");
    let view = env.app.accounts.get(&acme.owner, account).await.expect("it is there");
    assert_eq!(view.reference("ownerId").map(|owner| owner.id), Some(heir.id.uuid()));
    // Histories still show their name.
    assert_eq!(view.created_by.map(|maker| maker.id), Some(leaver.id.uuid()));
    let sale =
        env.app.opportunities.get(&acme.owner, TestEnvironment::id_of(&sale)).await.expect("it is there");
    assert_eq!(sale.owner.map(|owner| owner.id), Some(heir.id.uuid()));
    let authenticator = &env.app.authenticator;
    let token = &leaver.session.access_token;
    assert_eq!(refusal(authenticator.person(token, provenance()).await), Code::Unauthenticated);
    assert_eq!(refusal(authenticator.key(&key.value, provenance()).await), Code::Unauthenticated);
    assert_eq!(refusal(env.login(&leaver.email, PASSWORD).await), Code::InvalidCredentials);
    assert_eq!(refusal(env.app.users.get(&acme.owner, leaver.id).await), Code::NotFound);
    assert_eq!(refusal(remove(&env, &acme.owner, leaver.id, None).await), Code::NotFound);
    let told = env.events(acme.id);
    let last: Vec<_> = told.iter().rev().take(5).rev().copied().collect();
    let expected =
        ["session.ended", "api_key.revoked", "account.updated", "opportunity.updated", "user.removed"];
    assert_eq!(last, expected);
    // The e-mail is free, even for signing up another company.
    let mut input = env.registration("New");
    input.email = text(&leaver.email);
    let device = cartera_application::identity::Device::default();
    env.app.identity.register(input, device, provenance()).await.expect("the e-mail is free");
}

#[tokio::test]
async fn records_go_to_an_active_colleague_or_to_nobody() {
    let env = TestEnvironment::new();
    let (acme, other) = (env.company("Acme").await, env.company("Other").await);
    let leaver = env.person(acme.id, Role::Member).await;
    let inactive = env.person(acme.id, Role::Member).await;
    update(&env, &acme.owner, inactive.id, active(false)).await.expect("an owner may");
    let account = env.account(&leaver.actor, "Globex").await;
    for heir in [leaver.id, inactive.id, other.owner_id, Id::new(uuid::Uuid::from_u128(9))] {
        let refused = remove(&env, &acme.owner, leaver.id, Some(heir)).await;
        assert_eq!(bad_reference(refused), "reassignTo");
    }
    let stale = env.app.users.remove(&acme.owner, leaver.id, None, IfMatch::new(Some(7))).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    env.actor_of(&leaver.session).await;
    remove(&env, &acme.owner, leaver.id, None).await.expect("an owner may");
    let view = env.app.accounts.get(&acme.owner, account).await.expect("it is there");
    assert_eq!(view.reference("ownerId"), None);
}

#[tokio::test]
async fn people_change_their_own_name_and_versions_are_checked() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let viewer = env.person(acme.id, Role::Viewer).await;
    let users = &env.app.users;
    let renamed = users.update_own(&viewer.actor, text(" Vera "), IfMatch::new(Some(1))).await;
    let renamed = renamed.expect("their own name").output;
    assert_eq!((renamed.name.as_str(), renamed.version), ("Vera", 2));
    let stale = users.update_own(&viewer.actor, text("Vera"), IfMatch::new(Some(1))).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    let none = users.update_own(&viewer.actor, Patch::Null, IfMatch::default()).await;
    assert_eq!(violations(none), [("name".to_owned(), "required")]);
    let platform = env.administrator().await;
    let refused = users.update_own(&platform.actor, text("x"), IfMatch::default()).await;
    assert_eq!(refusal(refused), Code::CompanyRequired);
    let stale = users.update(&acme.owner, viewer.id, active(false), IfMatch::new(Some(1))).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    let wrong = update(&env, &acme.owner, viewer.id, UserInput { role: text("BOSS"), ..active(true) }).await;
    assert_eq!(violations(wrong), [("role".to_owned(), "not_allowed")]);
}
