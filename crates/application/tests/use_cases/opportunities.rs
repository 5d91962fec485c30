//! Creating, changing and deleting opportunities.

use cartera_application::{
    Code, Result,
    idempotency::Once,
    opportunities::{CreateOpportunity, UpdateOpportunity, WantedLinks},
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment},
    views::OpportunityView,
};
use cartera_domain::{
    accounts::AccountInput,
    identity::Role,
    ids::AccountId,
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
};
use uuid::Uuid;

use super::{bad_reference, refusal, violations};

async fn start() -> (TestEnvironment, TestCompany, AccountId) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let account = env.account(&acme.owner, "Globex").await;
    (env, acme, account)
}

async fn create(env: &TestEnvironment, actor: &Actor, command: CreateOpportunity) -> Result<OpportunityView> {
    Ok(env.app.opportunities.create(actor, command, &Once::default()).await?.output)
}

async fn update(
    env: &TestEnvironment,
    actor: &Actor,
    view: &OpportunityView,
    command: UpdateOpportunity,
) -> Result<OpportunityView> {
    let id = TestEnvironment::id_of(view);
    env.app.opportunities.update(actor, id, command, IfMatch::default()).await.map(|done| done.output)
}

fn linked(links: WantedLinks) -> CreateOpportunity {
    CreateOpportunity {
        links,
        ..TestEnvironment::new_opportunity("A sale", cartera_domain::ids::Id::new(Uuid::nil()))
    }
}

fn relinked(links: WantedLinks) -> UpdateOpportunity {
    UpdateOpportunity { links, ..UpdateOpportunity::default() }
}

#[tokio::test]
async fn a_sale_starts_in_the_first_open_stage_with_its_number() {
    let (env, acme, account) = start().await;
    let made = env.opportunity(&acme.owner, account).await;
    assert_eq!((made.number, made.version, made.status.as_str()), (1, 1, "OPEN"));
    assert_eq!((made.stage.name.as_str(), made.pipeline.name.as_str()), ("Preparación", "Ventas"));
    assert_eq!((made.amount.amount.as_str(), made.amount.currency.as_str()), ("1000.00", "UYU"));
    assert_eq!(made.closed_at, None);
    assert_eq!(made.owner.as_ref().map(|owner| owner.id), Some(acme.owner_id.uuid()));
    assert_eq!(env.events(acme.id).last(), Some(&"opportunity.created"));
    let changes = env.store.look(|tables| tables.stage_changes.values().cloned().collect::<Vec<_>>());
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].from_stage, changes[0].reason.clone()), (None, None));
    assert_eq!(env.opportunity(&acme.owner, account).await.number, 2);
    let other = env.company("Other").await;
    let theirs = env.account(&other.owner, "Theirs").await;
    assert_eq!(env.opportunity(&other.owner, theirs).await.number, 1);
}

#[tokio::test]
async fn a_sale_may_start_won() {
    let (env, acme, account) = start().await;
    let stage_id = Patch::Value(acme.stage("Venta").uuid());
    let command = CreateOpportunity { stage_id, ..TestEnvironment::new_opportunity("Won", account) };
    let made = create(&env, &acme.owner, command).await.expect("they may");
    assert_eq!((made.status.as_str(), made.closed_at), ("WON", Some(made.created_at)));
}

#[tokio::test]
async fn every_violation_is_named_at_once_and_no_number_is_spent() {
    let (env, acme, account) = start().await;
    let money = MoneyInput { amount: Some("1.005".into()), currency: Some("UYU".into()) };
    let input = OpportunityInput {
        amount: Patch::Value(money),
        expected_close_date: Patch::Value("2026-02-30".into()),
        ..OpportunityInput::default()
    };
    let command = CreateOpportunity { input, ..TestEnvironment::new_opportunity("x", account) };
    let refused = violations(create(&env, &acme.owner, command).await);
    let fields: Vec<_> = refused.iter().map(|(field, code)| (field.as_str(), *code)).collect();
    let expected =
        [("title", "required"), ("amount.amount", "too_many_decimals"), ("expectedCloseDate", "malformed")];
    assert_eq!(fields, expected);
    assert_eq!(env.opportunity(&acme.owner, account).await.number, 1);
}

#[tokio::test]
async fn a_sale_needs_an_account_or_a_contact_and_takes_the_contacts_account() {
    let (env, acme, account) = start().await;
    let refused = violations(create(&env, &acme.owner, linked(WantedLinks::default())).await);
    assert_eq!(refused, [("accountId".to_owned(), "inconsistent")]);
    let nothing = violations(create(&env, &acme.owner, CreateOpportunity::default()).await);
    let fields: Vec<_> = nothing.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["title", "amount", "accountId"], "all of it at once");
    let placed = Patch::Value(env.contact(&acme.owner, Some(account)).await.uuid());
    let by_contact = WantedLinks { contact_id: placed.clone(), ..WantedLinks::default() };
    let made = create(&env, &acme.owner, linked(by_contact)).await.expect("they may");
    assert_eq!(made.account.map(|named| named.id), Some(account.uuid()));
    let lone = Patch::Value(env.contact(&acme.owner, None).await.uuid());
    let alone = WantedLinks { contact_id: lone, ..WantedLinks::default() };
    let made = create(&env, &acme.owner, linked(alone)).await.expect("they may");
    assert_eq!((made.account.is_none(), made.contact.is_some()), (true, true));
    let other = env.account(&acme.owner, "Other").await.uuid();
    let both = WantedLinks { account_id: Patch::Value(other), contact_id: placed, ..WantedLinks::default() };
    let made = create(&env, &acme.owner, linked(both)).await.expect("they may");
    assert_eq!(made.account.map(|named| named.id), Some(other), "what was said goes before what follows");
}

/// Unknown, deleted and other companies' references are refused in the same way.
#[tokio::test]
async fn references_that_lead_nowhere_name_their_field() {
    let (env, acme, account) = start().await;
    let other = env.company("Other").await;
    let their_account = env.account(&other.owner, "Theirs").await.uuid();
    let deleted = env.account(&acme.owner, "Deleted").await;
    env.app.accounts.delete(&acme.owner, deleted, IfMatch::default()).await.expect("they may");
    let sale = env.opportunity(&acme.owner, account).await;
    let good = WantedLinks { account_id: Patch::Value(account.uuid()), ..WantedLinks::default() };
    for id in [their_account, deleted.uuid(), Uuid::nil()] {
        let links = WantedLinks { account_id: Patch::Value(id), ..WantedLinks::default() };
        assert_eq!(bad_reference(create(&env, &acme.owner, linked(links.clone())).await), "accountId");
        assert_eq!(bad_reference(update(&env, &acme.owner, &sale, relinked(links)).await), "accountId");
    }
    for id in [env.contact(&other.owner, None).await.uuid(), Uuid::nil()] {
        let links = WantedLinks { contact_id: Patch::Value(id), ..good.clone() };
        assert_eq!(bad_reference(create(&env, &acme.owner, linked(links.clone())).await), "contactId");
        assert_eq!(bad_reference(update(&env, &acme.owner, &sale, relinked(links)).await), "contactId");
    }
    for id in [other.owner_id.uuid(), Uuid::nil()] {
        let links = WantedLinks { owner_id: Patch::Value(id), ..good.clone() };
        assert_eq!(bad_reference(create(&env, &acme.owner, linked(links.clone())).await), "ownerId");
        assert_eq!(bad_reference(update(&env, &acme.owner, &sale, relinked(links)).await), "ownerId");
    }
}

#[tokio::test]
async fn the_stage_must_be_of_the_pipeline_and_the_pipeline_of_the_company() {
    let (env, acme, account) = start().await;
    let other = env.company("Other").await;
    let second = env.pipeline(acme.id).await;
    let second_id = Patch::Value(second.record().id.uuid());
    let new = || TestEnvironment::new_opportunity("A sale", account);
    for pipeline in [other.pipeline.record().id.uuid(), Uuid::nil()] {
        let command = CreateOpportunity { pipeline_id: Patch::Value(pipeline), ..new() };
        assert_eq!(bad_reference(create(&env, &acme.owner, command).await), "pipelineId");
    }
    for stage in [other.stage("Venta").uuid(), second.record().stages[0].id.uuid(), Uuid::nil()] {
        let command = CreateOpportunity { stage_id: Patch::Value(stage), ..new() };
        assert_eq!(bad_reference(create(&env, &acme.owner, command).await), "stageId");
    }
    let stage_id = Patch::Value(acme.stage("Venta").uuid());
    let command = CreateOpportunity { pipeline_id: second_id.clone(), stage_id, ..new() };
    assert_eq!(bad_reference(create(&env, &acme.owner, command).await), "stageId");
    let command = CreateOpportunity { pipeline_id: second_id, ..new() };
    let made = create(&env, &acme.owner, command).await.expect("they may");
    assert_eq!(
        (made.pipeline.name.as_str(), made.stage.name.as_str()),
        (second.record().name.as_str(), "Preparação")
    );
}

#[tokio::test]
async fn a_patch_keeps_clears_and_sets() {
    let (env, acme, account) = start().await;
    let made = env.opportunity(&acme.owner, account).await;
    let dollars = MoneyInput { amount: Some("7.5".into()), currency: Some("USD".into()) };
    let input = OpportunityInput {
        amount: Patch::Value(dollars),
        expected_close_date: Patch::Value("2026-03-01".into()),
        ..OpportunityInput::default()
    };
    let changed =
        update(&env, &acme.owner, &made, UpdateOpportunity { input, ..UpdateOpportunity::default() });
    let changed = changed.await.expect("they may");
    assert_eq!((changed.title.as_str(), changed.version), ("A sale", 2));
    assert_eq!((changed.amount.amount.as_str(), changed.amount.currency.as_str()), ("7.50", "USD"));
    let input = OpportunityInput { expected_close_date: Patch::Null, ..OpportunityInput::default() };
    let changed =
        update(&env, &acme.owner, &made, UpdateOpportunity { input, ..UpdateOpportunity::default() });
    let changed = changed.await.expect("they may");
    assert_eq!((changed.expected_close_date, changed.amount.amount.as_str()), (None, "7.50"));
    assert_eq!(env.events(acme.id).last(), Some(&"opportunity.updated"));
    let before = env.events(acme.id).len();
    let same = update(&env, &acme.owner, &made, UpdateOpportunity::default()).await.expect("they may");
    assert_eq!((same.version, env.events(acme.id).len()), (3, before), "nothing changed");
    // Money is replaced as a whole, so an amount without a currency is refused.
    let bare = MoneyInput { amount: Some("8".into()), currency: None };
    for input in [
        OpportunityInput { amount: Patch::Value(bare), ..OpportunityInput::default() },
        OpportunityInput { title: Patch::Null, ..OpportunityInput::default() },
        OpportunityInput { amount: Patch::Null, ..OpportunityInput::default() },
    ] {
        let command = UpdateOpportunity { input, ..UpdateOpportunity::default() };
        let refused = violations(update(&env, &acme.owner, &made, command).await);
        assert_eq!(refused[0].1, "required");
    }
}

#[tokio::test]
async fn the_last_party_can_not_be_taken_away() {
    let (env, acme, account) = start().await;
    let made = env.opportunity(&acme.owner, account).await;
    let no_account = relinked(WantedLinks { account_id: Patch::Null, ..WantedLinks::default() });
    let refused = violations(update(&env, &acme.owner, &made, no_account.clone()).await);
    assert_eq!(refused, [("accountId".to_owned(), "inconsistent")]);
    let contact = Patch::Value(env.contact(&acme.owner, None).await.uuid());
    let links = WantedLinks { contact_id: contact, ..WantedLinks::default() };
    update(&env, &acme.owner, &made, relinked(links)).await.expect("they may");
    let changed = update(&env, &acme.owner, &made, no_account).await.expect("a contact is left");
    assert_eq!((changed.account, changed.contact.is_some()), (None, true));
}

#[tokio::test]
async fn owners_follow_the_same_rules_as_on_accounts() {
    let (env, acme, account) = start().await;
    let (manager, member) =
        (env.person(acme.id, Role::Manager).await, env.person(acme.id, Role::Member).await);
    let made = env.opportunity(&acme.owner, account).await;
    let to = |id: Uuid| relinked(WantedLinks { owner_id: Patch::Value(id), ..WantedLinks::default() });
    let refused = update(&env, &member.actor, &made, to(manager.id.uuid())).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let refused = update(&env, &member.actor, &made, to(member.id.uuid())).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    let given = update(&env, &manager.actor, &made, to(acme.owner_id.uuid())).await;
    assert_eq!(given.expect("a manager assigns").owner.map(|named| named.id), Some(acme.owner_id.uuid()));
}

#[tokio::test]
async fn a_member_deletes_their_own_and_numbers_go_on() {
    let (env, acme, account) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    let (owners, members) =
        (env.opportunity(&acme.owner, account).await, env.opportunity(&member.actor, account).await);
    let delete =
        |view, if_match| env.app.opportunities.delete(&member.actor, TestEnvironment::id_of(view), if_match);
    assert_eq!(refusal(delete(&owners, IfMatch::default()).await), Code::Forbidden);
    assert_eq!(refusal(delete(&members, IfMatch::new(Some(2))).await), Code::VersionMismatch);
    delete(&members, IfMatch::new(Some(1))).await.expect("it is theirs");
    assert_eq!(refusal(delete(&members, IfMatch::default()).await), Code::NotFound);
    assert_eq!(env.events(acme.id).last(), Some(&"opportunity.deleted"));
    assert_eq!(env.opportunity(&acme.owner, account).await.number, 3);
}

#[tokio::test]
async fn another_companys_sale_does_not_exist() {
    let (env, acme, account) = start().await;
    let other = env.company("Other").await;
    let made = env.opportunity(&acme.owner, account).await;
    let id = TestEnvironment::id_of(&made);
    let opportunities = &env.app.opportunities;
    assert_eq!(refusal(opportunities.get(&other.owner, id).await), Code::NotFound);
    assert_eq!(refusal(opportunities.delete(&other.owner, id, IfMatch::new(Some(9))).await), Code::NotFound);
    let changed = update(&env, &other.owner, &made, UpdateOpportunity::default()).await;
    assert_eq!(refusal(changed), Code::NotFound);
    assert_eq!(opportunities.get(&acme.owner, id).await.expect("it is there"), made);
    // A renamed account is shown with its new name.
    let input = AccountInput { name: Patch::Value("Globex II".into()), ..AccountInput::default() };
    env.app.accounts.update(&acme.owner, account, input, IfMatch::default()).await.expect("they may");
    let read = opportunities.get(&acme.owner, id).await.expect("it is there");
    assert_eq!(read.account.map(|named| named.name), Some("Globex II".to_owned()));
}
