//! Who may make whom the owner of a record.

use cartera_application::{
    Code, Result,
    records::RecordView,
    security::{Actor, IfMatch},
    testing::{TestEnvironment, once},
};
use cartera_domain::{
    accounts::AccountInput,
    identity::Role,
    ids::{AccountId, UserId},
    input::Patch,
};

async fn give(
    env: &TestEnvironment,
    actor: &Actor,
    account: AccountId,
    to: Option<UserId>,
) -> Result<RecordView> {
    let owner_id = to.map_or(Patch::Null, Patch::Value);
    let command = AccountInput { owner_id, ..AccountInput::default() };
    env.app.accounts.update(actor, account, command, IfMatch::default()).await.map(|done| done.output)
}

#[tokio::test]
async fn a_member_takes_what_is_nobodys_but_not_what_is_somebodys() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    let account = env.account(&acme.owner, "Globex").await;
    let taken = give(&env, &member.actor, account, Some(member.id)).await;
    assert!(taken.expect_err("it is the owner's").is(Code::Forbidden));
    let deleted = env.app.accounts.delete(&member.actor, account, IfMatch::default()).await;
    assert!(deleted.expect_err("it is the owner's").is(Code::Forbidden));
    give(&env, &acme.owner, account, None).await.expect("an owner may give it to nobody");
    let taken = give(&env, &member.actor, account, Some(member.id)).await.expect("it is nobody's");
    assert_eq!(taken.reference("ownerId").map(|owner| owner.id), Some(member.id.uuid()));
    env.app.accounts.delete(&member.actor, account, IfMatch::default()).await.expect("it is theirs");
}

#[tokio::test]
async fn a_member_assigns_to_nobody_else_and_a_manager_to_anybody_active_here() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let other = env.company("Other").await;
    let member = env.person(acme.id, Role::Member).await;
    let manager = env.person(acme.id, Role::Manager).await;
    let account = env.account(&member.actor, "Globex").await;
    let given = give(&env, &member.actor, account, Some(manager.id)).await;
    assert!(given.expect_err("a member assigns to nobody else").is(Code::Forbidden));
    let dropped = give(&env, &member.actor, account, None).await;
    assert!(dropped.expect_err("nor to nobody").is(Code::Forbidden));
    give(&env, &manager.actor, account, Some(manager.id)).await.expect("a manager assigns");
    let stranger = other.owner.as_ref().user_id().expect("a user");
    let given = give(&env, &manager.actor, account, Some(stranger)).await;
    assert!(given.expect_err("another company's user").is(Code::InvalidReference));
    env.change_user(acme.id, member.id, |user| user.active = false);
    let given = give(&env, &manager.actor, account, Some(member.id)).await;
    assert!(given.expect_err("an inactive user").is(Code::InvalidReference));
}

#[tokio::test]
async fn whoever_creates_owns_unless_they_may_say_otherwise() {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let member = env.person(acme.id, Role::Member).await;
    let owner = acme.owner.as_ref().user_id().expect("a user");
    let create = async |actor: &Actor, name: &str, owner_id| {
        let input = AccountInput { name: Patch::Value(name.to_owned()), ..AccountInput::default() };
        env.app.accounts.create(actor, AccountInput { owner_id, ..input }, &once(name, 1)).await
    };
    let made = create(&member.actor, "Mine", Patch::Absent).await.expect("it is created");
    assert_eq!(made.output.reference("ownerId").map(|owner| owner.id), Some(member.id.uuid()));
    let made = create(&member.actor, "Theirs", Patch::Value(owner)).await;
    assert!(made.expect_err("a member assigns to nobody else").is(Code::Forbidden));
    let made = create(&acme.owner, "Given", Patch::Value(member.id)).await.expect("it is created");
    assert_eq!(made.output.reference("ownerId").map(|owner| owner.id), Some(member.id.uuid()));
}
