//! Idempotency: a request that is sent twice is executed once.

use cartera_application::{
    Code,
    identity::CreatedApiKey,
    opportunities::MoveCommand,
    ports::Store,
    security::IfMatch,
    testing::{TestCompany, TestWorld, once},
};
use cartera_domain::{
    accounts::AccountInput,
    identity::{ApiKeyInput, Permission, Role},
    input::Patch,
};
use chrono::TimeDelta;

use super::refusal;

fn globex() -> AccountInput {
    AccountInput { name: Patch::Value("Globex".to_owned()), ..AccountInput::default() }
}

async fn start() -> (TestWorld, TestCompany) {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    (world, acme)
}

#[tokio::test]
async fn an_account_is_made_once() {
    let (world, acme) = start().await;
    let create = |once| {
        let (world, owner) = (world.clone(), acme.owner.clone());
        async move { world.app.accounts.create(&owner, globex(), &once).await }
    };
    let first = create(once("key", 1)).await.expect("they may");
    let before = world.events(acme.id);
    let second = create(once("key", 1)).await.expect("it is remembered");
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.output, second.output);
    assert_eq!(world.events(acme.id), before);
    assert_eq!(refusal(create(once("key", 2)).await), Code::IdempotencyKeyReused);
    assert_eq!(refusal(create(once("other", 1)).await), Code::AccountNameTaken);
}

#[tokio::test]
async fn a_sale_is_made_once_and_spends_one_number() {
    let (world, acme) = start().await;
    let account = world.account(&acme.owner, "Globex").await;
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let command = TestWorld::new_opportunity("A sale", account);
        let made = world.app.opportunities.create(&acme.owner, command, &once("key", 1)).await;
        outcomes.push(made.expect("they may"));
    }
    assert_eq!(outcomes[0].output, outcomes[1].output);
    assert!(outcomes[1].replayed);
    assert_eq!(world.opportunity(&acme.owner, account).await.number, 2);
}

#[tokio::test]
async fn a_move_is_made_once() {
    let (world, acme) = start().await;
    let account = world.account(&acme.owner, "Globex").await;
    let id = TestWorld::id_of(&world.opportunity(&acme.owner, account).await);
    let command = MoveCommand { stage: Patch::Value("Venta".into()), reason: Patch::Value("Yes".into()) };
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let opportunities = &world.app.opportunities;
        let seen = IfMatch::new(Some(1));
        let moved = opportunities.change_stage(&acme.owner, id, command.clone(), seen, &once("key", 1)).await;
        outcomes.push(moved.expect("the second time it is remembered, and no conflict"));
    }
    assert_eq!(outcomes[0].output, outcomes[1].output);
    assert!(outcomes[1].replayed);
    assert_eq!(outcomes[1].output.opportunity_version, Some(2));
    assert_eq!(world.store.look(|tables| tables.stage_changes.len()), 2);
}

#[tokio::test]
async fn a_key_is_made_once_and_its_value_is_not_remembered() {
    let (world, acme) = start().await;
    let input = ApiKeyInput { name: Patch::Value("Metrics".into()), ..ApiKeyInput::default() };
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let made = world.app.api_keys.create(&acme.owner, input.clone(), &once("key", 1)).await;
        outcomes.push(made.expect("they may"));
    }
    let [first, second] = outcomes.as_slice() else { panic!("there are two") };
    let CreatedApiKey { key, value } = &second.output;
    assert_eq!((key, value.is_none(), second.replayed), (&first.output.key, true, true));
}

#[tokio::test]
async fn keys_of_different_actors_never_meet() {
    let (world, acme) = start().await;
    let other = world.company("Other").await;
    let admin = world.person(acme.id, Role::Admin).await;
    let key = world.key(&acme.owner, &[Permission::AccountsWrite]).await;
    for (number, actor) in [&acme.owner, &admin.actor, &key.actor, &other.owner].into_iter().enumerate() {
        let input =
            AccountInput { name: Patch::Value(format!("Account {number}")), ..AccountInput::default() };
        let command = input;
        let made = world.app.accounts.create(actor, command, &once("key", 1)).await.expect("they may");
        assert!(!made.replayed);
    }
}

#[tokio::test]
async fn a_refused_request_may_be_corrected_under_its_key() {
    let (world, acme) = start().await;
    let empty = world.app.accounts.create(&acme.owner, AccountInput::default(), &once("key", 1)).await;
    assert_eq!(refusal(empty), Code::ValidationFailed);
    let made = world.app.accounts.create(&acme.owner, globex(), &once("key", 2)).await;
    assert!(!made.expect("nothing was remembered").replayed);
}

#[tokio::test]
async fn a_request_that_is_still_running_is_not_run_again() {
    let (world, acme) = start().await;
    let grant = acme.owner.authorize(Permission::AccountsWrite).expect("they may");
    let running = world.store.begin(&grant).await.expect("a unit of work begins");
    running.idempotency_keys().claim("key").await.expect("it is free");
    let refused = world.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await;
    assert_eq!(refusal(refused), Code::IdempotencyInProgress);
    drop(running);
    world.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await.expect("it is free again");
}

#[tokio::test]
async fn an_answer_is_remembered_for_a_day() {
    let (world, acme) = start().await;
    world.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await.expect("they may");
    world.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let again = world.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await;
    assert!(again.expect("it is remembered").replayed);
    world.clock.advance(TimeDelta::seconds(1));
    let again = world.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await;
    assert_eq!(refusal(again), Code::AccountNameTaken, "it runs anew");
}

#[tokio::test]
async fn whoever_may_not_any_more_gets_no_remembered_answer() {
    let (world, acme) = start().await;
    let member = world.person(acme.id, Role::Member).await;
    world.app.accounts.create(&member.actor, globex(), &once("key", 1)).await.expect("they may");
    world.change_user(acme.id, member.id, |user| user.role = Role::Viewer);
    let actor = world.actor_of(&member.session).await;
    let refused = world.app.accounts.create(&actor, globex(), &once("key", 1)).await;
    assert_eq!(refusal(refused), Code::Forbidden);
}
