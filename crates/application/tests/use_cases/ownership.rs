//! Who may make whom the owner of a record.

use cartera_application::{
    Code, Result,
    records::RecordView,
    security::{Actor, IfMatch},
    testing::{TestWorld, once},
};
use cartera_domain::{
    accounts::AccountInput,
    identity::Role,
    ids::{AccountId, UserId},
    input::Patch,
};

async fn give(
    world: &TestWorld,
    actor: &Actor,
    account: AccountId,
    to: Option<UserId>,
) -> Result<RecordView> {
    let owner_id = to.map_or(Patch::Null, Patch::Value);
    let command = AccountInput { owner_id, ..AccountInput::default() };
    world.app.accounts.update(actor, account, command, IfMatch::default()).await
}

#[tokio::test]
async fn a_member_takes_what_is_nobodys_but_not_what_is_somebodys() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let member = world.person(acme.id, Role::Member).await;
    let account = world.account(&acme.owner, "Globex").await;
    let taken = give(&world, &member.actor, account, Some(member.id)).await;
    assert!(taken.expect_err("it is the owner's").is(Code::Forbidden));
    let deleted = world.app.accounts.delete(&member.actor, account, IfMatch::default()).await;
    assert!(deleted.expect_err("it is the owner's").is(Code::Forbidden));
    give(&world, &acme.owner, account, None).await.expect("an owner may give it to nobody");
    let taken = give(&world, &member.actor, account, Some(member.id)).await.expect("it is nobody's");
    assert_eq!(taken.reference("ownerId").map(|owner| owner.id), Some(member.id.uuid()));
    world.app.accounts.delete(&member.actor, account, IfMatch::default()).await.expect("it is theirs");
}

#[tokio::test]
async fn a_member_assigns_to_nobody_else_and_a_manager_to_anybody_active_here() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let other = world.company("Other").await;
    let member = world.person(acme.id, Role::Member).await;
    let manager = world.person(acme.id, Role::Manager).await;
    let account = world.account(&member.actor, "Globex").await;
    let given = give(&world, &member.actor, account, Some(manager.id)).await;
    assert!(given.expect_err("a member assigns to nobody else").is(Code::Forbidden));
    let dropped = give(&world, &member.actor, account, None).await;
    assert!(dropped.expect_err("nor to nobody").is(Code::Forbidden));
    give(&world, &manager.actor, account, Some(manager.id)).await.expect("a manager assigns");
    let stranger = other.owner.as_ref().user_id().expect("a user");
    let given = give(&world, &manager.actor, account, Some(stranger)).await;
    assert!(given.expect_err("another company's user").is(Code::InvalidReference));
    world.change_user(acme.id, member.id, |user| user.active = false);
    let given = give(&world, &manager.actor, account, Some(member.id)).await;
    assert!(given.expect_err("an inactive user").is(Code::InvalidReference));
}

#[tokio::test]
async fn whoever_creates_owns_unless_they_may_say_otherwise() {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    let member = world.person(acme.id, Role::Member).await;
    let owner = acme.owner.as_ref().user_id().expect("a user");
    let create = async |actor: &Actor, name: &str, owner_id| {
        let input = AccountInput { name: Patch::Value(name.to_owned()), ..AccountInput::default() };
        world.app.accounts.create(actor, AccountInput { owner_id, ..input }, &once(name, 1)).await
    };
    let made = create(&member.actor, "Mine", Patch::Absent).await.expect("it is created");
    assert_eq!(made.output.reference("ownerId").map(|owner| owner.id), Some(member.id.uuid()));
    let made = create(&member.actor, "Theirs", Patch::Value(owner)).await;
    assert!(made.expect_err("a member assigns to nobody else").is(Code::Forbidden));
    let made = create(&acme.owner, "Given", Patch::Value(member.id)).await.expect("it is created");
    assert_eq!(made.output.reference("ownerId").map(|owner| owner.id), Some(member.id.uuid()));
}
