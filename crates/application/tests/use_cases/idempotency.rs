//! Idempotency: a request that is sent twice is executed once.

use cartera_application::{
    Code,
    identity::CreatedApiKey,
    opportunities::MoveCommand,
    ports::Store,
    security::IfMatch,
    testing::{TestCompany, TestEnvironment, once},
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

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

#[tokio::test]
async fn an_account_is_made_once() {
    let (env, acme) = start().await;
    let create = |once| {
        let (env, owner) = (env.clone(), acme.owner.clone());
        async move { env.app.accounts.create(&owner, globex(), &once).await }
    };
    let first = create(once("key", 1)).await.expect("they may");
    let before = env.events(acme.id);
    let second = create(once("key", 1)).await.expect("it is remembered");
    assert_eq!((first.replayed, second.replayed), (false, true));
    assert_eq!(first.output, second.output);
    assert_eq!(env.events(acme.id), before);
    assert_eq!(refusal(create(once("key", 2)).await), Code::IdempotencyKeyReused);
    assert_eq!(refusal(create(once("other", 1)).await), Code::AccountNameTaken);
}

#[tokio::test]
async fn a_sale_is_made_once_and_spends_one_number() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let command = TestEnvironment::new_opportunity("A sale", account);
        let made = env.app.opportunities.create(&acme.owner, command, &once("key", 1)).await;
        outcomes.push(made.expect("they may"));
    }
    assert_eq!(outcomes[0].output, outcomes[1].output);
    assert!(outcomes[1].replayed);
    assert_eq!(env.opportunity(&acme.owner, account).await.number, 2);
}

#[tokio::test]
async fn a_move_is_made_once() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let id = TestEnvironment::id_of(&env.opportunity(&acme.owner, account).await);
    let command = MoveCommand { stage: Patch::Value("Venta".into()), reason: Patch::Value("Yes".into()) };
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let opportunities = &env.app.opportunities;
        let seen = IfMatch::new(Some(1));
        let moved = opportunities.change_stage(&acme.owner, id, command.clone(), seen, &once("key", 1)).await;
        outcomes.push(moved.expect("the second time it is remembered, and no conflict"));
    }
    assert_eq!(outcomes[0].output, outcomes[1].output);
    assert!(outcomes[1].replayed);
    assert_eq!(outcomes[1].output.opportunity_version, Some(2));
    assert_eq!(env.store.look(|tables| tables.stage_changes.len()), 2);
}

#[tokio::test]
async fn a_key_is_made_once_and_its_value_is_not_remembered() {
    let (env, acme) = start().await;
    let input = ApiKeyInput { name: Patch::Value("Metrics".into()), ..ApiKeyInput::default() };
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let made = env.app.api_keys.create(&acme.owner, input.clone(), &once("key", 1)).await;
        outcomes.push(made.expect("they may"));
    }
    let [first, second] = outcomes.as_slice() else { panic!("there are two") };
    let CreatedApiKey { key, value } = &second.output;
    assert_eq!((key, value.is_none(), second.replayed), (&first.output.key, true, true));
}

#[tokio::test]
async fn keys_of_different_actors_never_meet() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    let admin = env.person(acme.id, Role::Admin).await;
    let key = env.key(&acme.owner, &[Permission::AccountsWrite]).await;
    for (number, actor) in [&acme.owner, &admin.actor, &key.actor, &other.owner].into_iter().enumerate() {
        let input =
            AccountInput { name: Patch::Value(format!("Account {number}")), ..AccountInput::default() };
        let command = input;
        let made = env.app.accounts.create(actor, command, &once("key", 1)).await.expect("they may");
        assert!(!made.replayed);
    }
}

#[tokio::test]
async fn a_refused_request_may_be_corrected_under_its_key() {
    let (env, acme) = start().await;
    let empty = env.app.accounts.create(&acme.owner, AccountInput::default(), &once("key", 1)).await;
    assert_eq!(refusal(empty), Code::ValidationFailed);
    let made = env.app.accounts.create(&acme.owner, globex(), &once("key", 2)).await;
    assert!(!made.expect("nothing was remembered").replayed);
}

#[tokio::test]
async fn a_request_that_is_still_running_is_not_run_again() {
    let (env, acme) = start().await;
    let grant = acme.owner.authorize(Permission::AccountsWrite).expect("they may");
    let running = env.store.begin(&grant).await.expect("a unit of work begins");
    running.idempotency_keys().claim("key").await.expect("it is free");
    let refused = env.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await;
    assert_eq!(refusal(refused), Code::IdempotencyInProgress);
    drop(running);
    env.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await.expect("it is free again");
}

#[tokio::test]
async fn an_answer_is_remembered_for_a_day() {
    let (env, acme) = start().await;
    env.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await.expect("they may");
    env.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let again = env.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await;
    assert!(again.expect("it is remembered").replayed);
    env.clock.advance(TimeDelta::seconds(1));
    let again = env.app.accounts.create(&acme.owner, globex(), &once("key", 1)).await;
    assert_eq!(refusal(again), Code::AccountNameTaken, "it runs anew");
}

#[tokio::test]
async fn whoever_may_not_any_more_gets_no_remembered_answer() {
    let (env, acme) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    env.app.accounts.create(&member.actor, globex(), &once("key", 1)).await.expect("they may");
    env.change_user(acme.id, member.id, |user| user.role = Role::Viewer);
    let actor = env.actor_of(&member.session).await;
    let refused = env.app.accounts.create(&actor, globex(), &once("key", 1)).await;
    assert_eq!(refusal(refused), Code::Forbidden);
}
