//! Accounts.

use cartera_application::{
    Code, Error, Result,
    idempotency::Once,
    records::{RecordView, Shown},
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment},
};
use cartera_domain::{
    accounts::AccountInput,
    identity::{Permission, Role},
    ids::{AccountId, Id},
    input::Patch,
};
use chrono::TimeDelta;
use uuid::Uuid;

use super::{bad_reference, refusal, violations};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn named(name: &str) -> AccountInput {
    AccountInput { name: text(name), ..AccountInput::default() }
}

async fn create(
    env: &TestEnvironment,
    actor: &Actor,
    input: AccountInput,
    owner: Patch<Uuid>,
) -> Result<RecordView> {
    let command = AccountInput { owner_id: owner.map(Id::new), ..input };
    Ok(env.app.accounts.create(actor, command, &Once::default()).await?.output)
}

async fn update(
    env: &TestEnvironment,
    actor: &Actor,
    id: AccountId,
    input: AccountInput,
    owner: Patch<Uuid>,
) -> Result<RecordView> {
    let command = AccountInput { owner_id: owner.map(Id::new), ..input };
    env.app.accounts.update(actor, id, command, IfMatch::default()).await.map(|done| done.output)
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

#[tokio::test]
async fn an_account_is_its_creators_when_nothing_was_said() {
    let (env, acme) = start().await;
    let input = AccountInput { phone: text("2900 1234"), ..named(" Globex ") };
    let made = create(&env, &acme.owner, input, Patch::Absent).await.expect("they may");
    assert_eq!((made.text("name"), made.version), (Some("Globex"), 1));
    assert_eq!(made.text("phone"), Some("+59829001234"), "in the company's country");
    assert_eq!(made.reference("ownerId").map(|owner| owner.id), Some(acme.owner_id.uuid()));
    assert_eq!(env.events(acme.id).last(), Some(&"account.created"));
    let read = env.app.accounts.get(&acme.owner, Id::new(made.id)).await.expect("it is there");
    assert_eq!(read, made);
}

#[tokio::test]
async fn every_violation_is_named_at_once_and_nothing_is_kept() {
    let (env, acme) = start().await;
    let input = AccountInput {
        employees: Patch::Value(-1),
        website: text("javascript:alert(1)"),
        phone: text("1"),
        tags: Patch::Value(vec!["ok".into(), " ".into()]),
        ..AccountInput::default()
    };
    let refused = violations(create(&env, &acme.owner, input, Patch::Absent).await);
    let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["name", "employees", "website", "phone", "tags.1"]);
    assert!(env.store.look(|tables| tables.all::<cartera_domain::accounts::AccountFields>().is_empty()));
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    env.account(&acme.owner, "Peña").await;
    env.account(&other.owner, "Peña").await;
    let second = env.account(&acme.owner, "Pena").await;
    let refused = create(&env, &acme.owner, named("PEÑA"), Patch::Absent).await;
    assert_eq!(refusal(refused), Code::AccountNameTaken);
    let refused = update(&env, &acme.owner, second, named("peña"), Patch::Absent).await;
    assert_eq!(refusal(refused), Code::AccountNameTaken);
    update(&env, &acme.owner, second, named("PENA"), Patch::Absent).await.expect("it is its own name");
}

/// Users may always make themselves the owner, and somebody else only with the permission to assign.
#[tokio::test]
async fn a_manager_assigns_and_a_member_does_not() {
    let (env, acme) = start().await;
    let (manager, member) =
        (env.person(acme.id, Role::Manager).await, env.person(acme.id, Role::Member).await);
    let owner = Patch::Value(acme.owner_id.uuid());
    let made = create(&env, &manager.actor, named("One"), owner.clone()).await.expect("a manager assigns");
    assert_eq!(made.reference("ownerId").map(|named| named.id), Some(acme.owner_id.uuid()));
    let id = Id::new(made.id);
    for wanted in [owner.clone(), Patch::Null] {
        let refused = create(&env, &member.actor, named("Two"), wanted).await;
        assert_eq!(refusal(refused), Code::Forbidden);
    }
    let to_manager = Patch::Value(manager.id.uuid());
    let refused = update(&env, &member.actor, id, AccountInput::default(), to_manager).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let refused = update(&env, &member.actor, id, AccountInput::default(), Patch::Null).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let kept = update(&env, &member.actor, id, named("Kept"), owner).await;
    kept.expect("saying what is so already assigns nothing");
    // Otherwise users who may delete only their own records could first take over any record.
    let to_oneself = Patch::Value(member.id.uuid());
    let refused = update(&env, &member.actor, id, AccountInput::default(), to_oneself.clone()).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let freed = update(&env, &manager.actor, id, AccountInput::default(), Patch::Null).await;
    assert_eq!(freed.expect("a manager assigns to nobody too").reference("ownerId"), None);
    let taken = update(&env, &member.actor, id, AccountInput::default(), to_oneself).await;
    let taken = taken.expect("what is nobody's, anybody may take");
    assert_eq!(taken.reference("ownerId").map(|named| named.id), Some(member.id.uuid()));
}

#[tokio::test]
async fn an_owner_must_be_an_active_user_of_the_company() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let gone = env.person(acme.id, Role::Member).await;
    env.change_user(acme.id, gone.id, |user| user.active = false);
    let id = env.account(&acme.owner, "Globex").await;
    for wanted in [gone.id.uuid(), other.owner_id.uuid(), Uuid::nil()] {
        let made = create(&env, &acme.owner, named("Other"), Patch::Value(wanted)).await;
        assert_eq!(bad_reference(made), "ownerId");
        let changed = update(&env, &acme.owner, id, AccountInput::default(), Patch::Value(wanted)).await;
        assert_eq!(bad_reference(changed), "ownerId");
    }
}

#[tokio::test]
async fn what_is_absent_stays_null_clears_and_a_value_is_set() {
    let (env, acme) = start().await;
    let input = AccountInput {
        industry: text("Foundry"),
        employees: Patch::Value(7),
        tags: Patch::Value(vec!["old".into()]),
        ..named("Globex")
    };
    let made = create(&env, &acme.owner, input, Patch::Absent).await.expect("they may");
    env.clock.advance(TimeDelta::seconds(5));
    let id = Id::new(made.id);
    let patch = AccountInput {
        industry: Patch::Null,
        tags: Patch::Null,
        address: text("Rambla 1"),
        ..AccountInput::default()
    };
    let changed = update(&env, &acme.owner, id, patch, Patch::Absent).await.expect("they may");
    assert_eq!(
        (changed.text("name").unwrap_or_default(), changed.get("employees")),
        ("Globex", Some(&Shown::Integer(7)))
    );
    assert_eq!((changed.text("industry"), changed.text("address")), (None, Some("Rambla 1")));
    assert_eq!(changed.get("tags"), Some(&Shown::Texts(Vec::new())));
    assert_eq!((changed.version, changed.reference("ownerId")), (2, made.reference("ownerId")));
    assert_eq!(changed.updated_at - made.updated_at, TimeDelta::seconds(5));
    let published = env.store.events(acme.id).pop().expect("an event");
    let fields: Vec<_> = published.event.changes.iter().map(|change| change.field).collect();
    assert_eq!(
        (published.event.kind.as_str(), fields),
        ("account.updated", vec!["industry", "address", "tags"])
    );
    let no_name = AccountInput { name: Patch::Null, ..AccountInput::default() };
    let refused = violations(update(&env, &acme.owner, id, no_name, Patch::Absent).await);
    assert_eq!(refused, [("name".to_owned(), "required")]);
}

#[tokio::test]
async fn what_changes_nothing_is_no_change() {
    let (env, acme) = start().await;
    let id = env.account(&acme.owner, "Globex").await;
    let before = env.events(acme.id).len();
    let same = update(&env, &acme.owner, id, named("Globex"), Patch::Absent).await.expect("they may");
    assert_eq!((same.version, env.events(acme.id).len()), (1, before));
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let (env, acme) = start().await;
    let id = env.account(&acme.owner, "Globex").await;
    let accounts = &env.app.accounts;
    let command = named;
    let seen = IfMatch::new(Some(1));
    accounts.update(&acme.owner, id, command("First"), seen).await.expect("the version is right");
    let stale = accounts.update(&acme.owner, id, command("Second"), seen).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    assert_eq!(refusal(accounts.delete(&acme.owner, id, seen).await), Code::VersionMismatch);
    accounts.delete(&acme.owner, id, IfMatch::new(Some(2))).await.expect("the version is right");
}

#[tokio::test]
async fn a_member_deletes_their_own_and_a_manager_all() {
    let (env, acme) = start().await;
    let (manager, member) =
        (env.person(acme.id, Role::Manager).await, env.person(acme.id, Role::Member).await);
    let owners = env.account(&acme.owner, "Owner's").await;
    let members = env.account(&member.actor, "Member's").await;
    let delete = |actor, id| env.app.accounts.delete(actor, id, IfMatch::default());
    assert_eq!(refusal(delete(&member.actor, owners).await), Code::Forbidden);
    delete(&member.actor, members).await.expect("it is theirs");
    assert_eq!(refusal(env.app.accounts.get(&member.actor, members).await), Code::NotFound);
    assert_eq!(refusal(delete(&member.actor, members).await), Code::NotFound);
    delete(&manager.actor, owners).await.expect("a manager may");
    assert_eq!(env.events(acme.id).last(), Some(&"account.deleted"));
    env.account(&acme.owner, "OWNER'S").await;
}

#[tokio::test]
async fn an_account_in_use_is_not_deleted() {
    let (env, acme) = start().await;
    let id = env.account(&acme.owner, "Globex").await;
    env.contact(&acme.owner, Some(id)).await;
    let sales = [env.opportunity(&acme.owner, id).await, env.opportunity(&acme.owner, id).await];
    let refused = env.app.accounts.delete(&acme.owner, id, IfMatch::default()).await;
    let Err(Error::Refused(refusal)) = refused else { panic!("it must be refused, but {refused:?}") };
    assert_eq!(refusal.code, Code::AccountInUse);
    assert_eq!(refusal.params, [("contacts", 1), ("opportunities", 2)].into());
    let spare = env.account(&acme.owner, "Spare").await;
    let sale = env.opportunity(&acme.owner, spare).await;
    for view in [&sale, &sales[0]] {
        let id = TestEnvironment::id_of(view);
        env.app.opportunities.delete(&acme.owner, id, IfMatch::default()).await.expect("they may");
    }
    env.app.accounts.delete(&acme.owner, spare, IfMatch::default()).await.expect("nothing uses it now");
}

#[tokio::test]
async fn another_companys_account_does_not_exist() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let id = env.account(&acme.owner, "Globex").await;
    let accounts = &env.app.accounts;
    assert_eq!(refusal(accounts.get(&other.owner, id).await), Code::NotFound);
    assert_eq!(refusal(accounts.delete(&other.owner, id, IfMatch::default()).await), Code::NotFound);
    let changed = update(&env, &other.owner, id, named("Mine"), Patch::Absent).await;
    assert_eq!(refusal(changed), Code::NotFound);
    // The error does not reveal the version either.
    let guessed = accounts.delete(&other.owner, id, IfMatch::new(Some(9))).await;
    assert_eq!(refusal(guessed), Code::NotFound);
    assert_eq!(accounts.get(&acme.owner, id).await.expect("it is there").text("name"), Some("Globex"));
}

#[tokio::test]
async fn a_viewer_reads_and_a_key_works_within_its_scopes() {
    let (env, acme) = start().await;
    let id = env.account(&acme.owner, "Globex").await;
    let viewer = env.person(acme.id, Role::Viewer).await;
    env.app.accounts.get(&viewer.actor, id).await.expect("a viewer reads");
    assert_eq!(refusal(update(&env, &viewer.actor, id, named("No"), Patch::Absent).await), Code::Forbidden);
    assert_eq!(refusal(create(&env, &viewer.actor, named("No"), Patch::Absent).await), Code::Forbidden);
    let key = env.key(&acme.owner, &[Permission::AccountsWrite]).await;
    assert_eq!(refusal(env.app.accounts.get(&key.actor, id).await), Code::Forbidden);
    let made = create(&env, &key.actor, named("By key"), Patch::Absent).await.expect("it may");
    let creator = Some(acme.owner_id.uuid());
    assert_eq!(made.reference("ownerId").map(|named| named.id), creator, "a key acts for its creator");
    assert_eq!(made.created_by.map(|named| named.id), creator);
    let published = env.store.events(acme.id).pop().expect("an event");
    assert_eq!((published.actor.kind(), published.actor.id()), ("API_KEY", Some(key.id.uuid())));
}
