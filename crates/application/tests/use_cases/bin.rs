//! Restoring single records from the bin: accounts, contacts, opportunities.

use cartera_application::{
    Code, Error,
    idempotency::Once,
    lists::{ListQuery, ListTable, parse},
    opportunities::{MoveCommand, OpportunityList},
    ports::Store,
    records::list_of,
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment, once},
};
use cartera_domain::{
    accounts::AccountFields,
    contacts::ContactFields,
    identity::{Permission, Role},
    ids::{AccountId, ContactId, Id, OpportunityId},
    input::Patch,
    pipelines::{Pipeline, PipelineRecord},
    record::Fields,
    tags::{TagFields, TagInput},
};
use chrono::TimeDelta;

use super::refusal;

const ANY: IfMatch = IfMatch::new(None);

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

async fn sale(env: &TestEnvironment, actor: &Actor, account: AccountId) -> OpportunityId {
    TestEnvironment::id_of(&env.opportunity(actor, account).await)
}

async fn move_to(env: &TestEnvironment, actor: &Actor, id: OpportunityId, stage: &str) {
    let because = Patch::Value("because".to_owned());
    let command = MoveCommand { stage: Patch::Value(stage.to_owned()), reason: because };
    let moved = env.app.opportunities.change_stage(actor, id, command, ANY, &Once::default()).await;
    moved.expect("it moves");
}

#[tokio::test]
async fn each_comes_back_as_it_was_and_a_version_on() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let contact = env.contact(&acme.owner, None).await;
    let sale = sale(&env, &acme.owner, env.account(&acme.owner, "Initech").await).await;
    let (app, owner) = (&env.app, &acme.owner);
    let before = app.accounts.get(owner, account).await.expect("it is live");
    app.accounts.delete(owner, account, ANY).await.expect("they may");
    app.contacts.delete(owner, contact, ANY).await.expect("they may");
    app.opportunities.delete(owner, sale, ANY).await.expect("they may");
    env.clock.advance(TimeDelta::hours(1));
    let back = app.accounts.restore(owner, account, &Once::default()).await.expect("it comes back").output;
    assert_eq!((back.version, back.deleted_at, back.text("name")), (3, None, before.text("name")));
    assert_eq!(
        (back.reference("ownerId"), back.created_at),
        (before.reference("ownerId"), before.created_at)
    );
    let back = app.contacts.restore(owner, contact, &Once::default()).await.expect("it comes back").output;
    assert_eq!((back.version, back.deleted_at), (3, None));
    let back = app.opportunities.restore(owner, sale, &Once::default()).await.expect("it comes back").output;
    assert_eq!((back.version, back.number, back.stage.name.as_str()), (3, 1, "Preparación"));
    let told = env.events(acme.id);
    let told = &told[told.len() - 3..];
    assert_eq!(told, ["account.restored", "contact.restored", "opportunity.restored"]);
}

#[tokio::test]
async fn what_is_live_can_not_be_restored_and_what_never_was_is_absent() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let contact = env.contact(&acme.owner, None).await;
    let sale = sale(&env, &acme.owner, account).await;
    let (app, owner, none) = (&env.app, &acme.owner, Once::default());
    assert_eq!(refusal(app.accounts.restore(owner, account, &none).await), Code::NotDeleted);
    assert_eq!(refusal(app.contacts.restore(owner, contact, &none).await), Code::NotDeleted);
    assert_eq!(refusal(app.opportunities.restore(owner, sale, &none).await), Code::NotDeleted);
    let other = env.company("Other").await;
    app.opportunities.delete(owner, sale, ANY).await.expect("they may");
    let theirs = app.opportunities.restore(&other.owner, sale, &none).await;
    assert_eq!(refusal(theirs), Code::NotFound, "another company's");
}

#[tokio::test]
async fn the_same_restoration_happens_once() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    env.app.accounts.delete(&acme.owner, account, ANY).await.expect("they may");
    let key = once("restore", 1);
    let first = env.app.accounts.restore(&acme.owner, account, &key).await.expect("it comes back");
    let again = env.app.accounts.restore(&acme.owner, account, &key).await.expect("it came back");
    assert_eq!((again.output, again.replayed), (first.output, true));
}

#[tokio::test]
async fn a_name_or_email_that_is_taken_by_now_keeps_it_in_the_bin() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    env.app.accounts.delete(&acme.owner, account, ANY).await.expect("they may");
    let second = env.account(&acme.owner, "GLOBEX").await;
    let restore = async || env.app.accounts.restore(&acme.owner, account, &Once::default()).await;
    assert_eq!(refusal(restore().await), Code::AccountNameTaken);
    assert_eq!(refusal(env.app.accounts.get(&acme.owner, account).await), Code::NotFound);
    env.app.accounts.delete(&acme.owner, second, ANY).await.expect("they may");
    restore().await.expect("the name is free again");
}

#[tokio::test]
async fn nothing_comes_back_to_an_account_or_contact_in_the_bin() {
    let (env, acme) = start().await;
    let (app, owner, none) = (&env.app, &acme.owner, Once::default());
    let account = env.account(owner, "Globex").await;
    let contact = env.contact(owner, Some(account)).await;
    let sale = sale(&env, owner, account).await;
    app.contacts.delete(owner, contact, ANY).await.expect("they may");
    app.opportunities.delete(owner, sale, ANY).await.expect("they may");
    app.accounts.delete(owner, account, ANY).await.expect("nothing live hangs on it");
    assert_eq!(refusal(app.contacts.restore(owner, contact, &none).await), Code::AccountDeleted);
    assert_eq!(refusal(app.opportunities.restore(owner, sale, &none).await), Code::AccountDeleted);
    app.accounts.restore(owner, account, &none).await.expect("it comes back");
    // Each was deleted separately, so each is restored separately.
    assert_eq!(refusal(app.contacts.get(owner, contact).await), Code::NotFound);
    app.contacts.restore(owner, contact, &none).await.expect("it comes back");
    app.opportunities.restore(owner, sale, &none).await.expect("it comes back");
}

#[tokio::test]
async fn an_opportunity_needs_its_only_party() {
    let (env, acme) = start().await;
    let contact = env.contact(&acme.owner, None).await;
    let sale = sale_of(&env, &acme, contact).await;
    let (app, owner, none) = (&env.app, &acme.owner, Once::default());
    app.opportunities.delete(owner, sale, ANY).await.expect("they may");
    app.contacts.delete(owner, contact, ANY).await.expect("nothing live needs it");
    assert_eq!(refusal(app.opportunities.restore(owner, sale, &none).await), Code::ContactDeleted);
    app.contacts.restore(owner, contact, &none).await.expect("it comes back");
    app.opportunities.restore(owner, sale, &none).await.expect("it comes back");
}

async fn sale_of(env: &TestEnvironment, acme: &TestCompany, contact: ContactId) -> OpportunityId {
    use cartera_application::opportunities::{CreateOpportunity, WantedLinks};
    let links = WantedLinks { contact_id: Patch::Value(contact.uuid()), ..WantedLinks::default() };
    let usual = TestEnvironment::new_opportunity("A sale", AccountId::new(uuid::Uuid::nil()));
    let command = CreateOpportunity { links, ..usual };
    let made = env.app.opportunities.create(&acme.owner, command, &Once::default()).await;
    TestEnvironment::id_of(&made.expect("the opportunity is made").output)
}

/// Removes stages of the company's pipeline, or the pipeline itself, directly in the store.
fn tamper(env: &TestEnvironment, acme: &TestCompany, change: impl FnOnce(&mut PipelineRecord)) {
    let key = (acme.id, acme.pipeline.record().id);
    env.store.tamper(|tables| tables.pipelines.get_mut(&key).map(change)).expect("it is there");
}

#[tokio::test]
async fn a_sale_whose_stage_is_gone_lands_in_the_first_of_its_kind_and_says_why() {
    let (env, acme) = start().await;
    let (app, owner, none) = (&env.app, &acme.owner, Once::default());
    let account = env.account(owner, "Globex").await;
    let (open, lost) = (sale(&env, owner, account).await, sale(&env, owner, account).await);
    move_to(&env, owner, open, "Negociación").await;
    move_to(&env, owner, lost, "No Venta").await;
    let closed = app.opportunities.get(owner, lost).await.expect("it is live").closed_at;
    for id in [open, lost] {
        app.opportunities.delete(owner, id, ANY).await.expect("they may");
    }
    env.clock.advance(TimeDelta::days(2));
    // The in-memory store finds an opportunity's stage by id in any pipeline, so it is moved to a hidden one.
    let mut second = None;
    tamper(&env, &acme, |record| {
        let mut spare = record.stages.iter().find(|stage| stage.name.as_str() == "No Venta").cloned();
        let gone = |name: &str| ["Negociación", "No Venta"].contains(&name);
        second = Some(PipelineRecord { stages: record.stages.clone(), ..record.clone() });
        record.stages.retain(|stage| !gone(stage.name.as_str()));
        if let Some(spare) = &mut spare {
            spare.id = cartera_domain::ids::Id::new(uuid::Uuid::from_u128(77));
            spare.name = cartera_domain::values::Line::trusted("Descartada".to_owned());
            record.stages.push(spare.clone());
        }
    });
    keep_names_of_deleted_stages(&env, &acme, second.expect("the pipeline as it was")).await;
    let back = app.opportunities.restore(owner, open, &none).await.expect("it comes back").output;
    assert_eq!((back.stage.name.as_str(), back.status.as_str(), back.version), ("Preparación", "OPEN", 4));
    let back = app.opportunities.restore(owner, lost, &none).await.expect("it comes back").output;
    assert_eq!((back.stage.name.as_str(), back.status.as_str()), ("Descartada", "LOST"));
    assert_eq!(back.closed_at, closed, "lost when it was lost");
    let told = env.events(acme.id);
    assert_eq!(told[told.len() - 2..], ["opportunity.restored", "opportunity.stage_changed"]);
    let reasons: Vec<_> = env.store.look(|tables| {
        let of = |change: &&cartera_domain::opportunities::StageChangeRecord| change.opportunity_id == lost;
        let changes = tables.stage_changes.values().filter(of);
        changes.map(|change| change.reason.as_ref().map(|reason| reason.as_str().to_owned())).collect()
    });
    assert_eq!(reasons.len(), 3);
    let why = reasons[2].as_deref().expect("a reason");
    assert!(why.starts_with("Su etapa fue eliminada"), "{why}");
}

/// A deleted stage keeps its name in histories.
async fn keep_names_of_deleted_stages(env: &TestEnvironment, acme: &TestCompany, was: PipelineRecord) {
    let id = cartera_domain::ids::Id::new(uuid::Uuid::from_u128(78));
    let name = cartera_domain::values::Line::trusted("Antes".to_owned());
    let record = PipelineRecord { id, name, is_default: false, ..was };
    let grant = Actor::system(acme.id, cartera_application::testing::provenance());
    let grant = grant.authorize_system().expect("the system may");
    let tx = env.store.begin(&grant).await.expect("a unit of work begins");
    tx.pipelines().insert(&mut Pipeline::create(record)).await.expect("it is stored");
    tx.commit().await.expect("it commits");
}

#[tokio::test]
async fn a_sale_whose_pipeline_is_gone_stays_in_the_bin() {
    let (env, acme) = start().await;
    let (app, owner, none) = (&env.app, &acme.owner, Once::default());
    let account = env.account(owner, "Globex").await;
    let sale = sale(&env, owner, account).await;
    app.accounts.delete_cascading(owner, account, ANY).await.expect("they may");
    let key = (acme.id, acme.pipeline.record().id);
    env.store.tamper(|tables| tables.pipelines.remove(&key)).expect("it was there");
    assert_eq!(refusal(app.accounts.restore(owner, account, &none).await), Code::PipelineDeleted);
    assert_eq!(refusal(app.accounts.get(owner, account).await), Code::NotFound, "nothing was restored");
    let alone = app.opportunities.restore(owner, sale, &none).await;
    assert_eq!(refusal(alone), Code::AccountDeleted);
}

#[tokio::test]
async fn restoring_takes_the_right_to_delete() {
    let (env, acme) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    let viewer = env.person(acme.id, Role::Viewer).await;
    let (app, none) = (&env.app, Once::default());
    let mine = env.account(&member.actor, "Mine").await;
    let theirs = env.account(&acme.owner, "Theirs").await;
    for id in [mine, theirs] {
        app.accounts.delete(&acme.owner, id, ANY).await.expect("an owner may");
    }
    assert_eq!(refusal(app.accounts.restore(&viewer.actor, mine, &none).await), Code::Forbidden);
    assert_eq!(refusal(app.accounts.restore(&member.actor, theirs, &none).await), Code::Forbidden);
    app.accounts.restore(&member.actor, mine, &none).await.expect("it is their own");
    let reader = env.key(&acme.owner, &[Permission::AccountsRead, Permission::AccountsWrite]).await;
    assert_eq!(refusal(app.accounts.restore(&reader.actor, theirs, &none).await), Code::Forbidden);
    let key = env.key(&acme.owner, &[Permission::AccountsDelete]).await;
    app.accounts.restore(&key.actor, theirs, &none).await.expect("nothing else comes with it");
}

fn bin(table: &'static ListTable, actor: &Actor) -> ListQuery {
    let pairs = [("deleted".to_owned(), "true".to_owned())];
    parse(table, &pairs, actor.as_ref().user_id()).expect("a good query")
}

/// Opportunity lists are not implemented in memory: permitted callers get that error, the others are refused before.
#[tokio::test]
async fn only_those_who_may_delete_look_into_the_bin() {
    let (env, acme) = start().await;
    let viewer = env.person(acme.id, Role::Viewer).await.actor;
    let member = env.person(acme.id, Role::Member).await.actor;
    let reader = env.key(&acme.owner, &[Permission::AccountsRead, Permission::ContactsRead]).await.actor;
    let app = &env.app;
    for actor in [&viewer, &reader] {
        assert_eq!(
            refusal(app.accounts.list(actor, bin(list_of(AccountFields::TABLE), actor)).await),
            Code::Forbidden
        );
        assert_eq!(
            refusal(app.contacts.list(actor, bin(list_of(ContactFields::TABLE), actor)).await),
            Code::Forbidden
        );
        assert_eq!(
            refusal(app.opportunities.list(actor, bin(OpportunityList::TABLE, actor)).await),
            Code::Forbidden
        );
    }
    for actor in [&acme.owner, &member] {
        assert!(app.accounts.list(actor, bin(list_of(AccountFields::TABLE), actor)).await.is_ok());
        assert!(app.contacts.list(actor, bin(list_of(ContactFields::TABLE), actor)).await.is_ok());
        assert!(matches!(
            app.opportunities.list(actor, bin(OpportunityList::TABLE, actor)).await,
            Err(Error::Internal { .. })
        ));
    }
}

/// A record without an owner counts as its creator's.
#[tokio::test]
async fn whoever_deletes_only_their_own_sees_in_the_bin_what_they_made() {
    let (env, acme) = start().await;
    let member = env.person(acme.id, Role::Member).await.actor;
    let tags = env.app.records::<TagFields>();
    let mut ids = Vec::new();
    for (maker, name) in [(&acme.owner, "Theirs"), (&member, "Own")] {
        let input = TagInput { name: Patch::Value(name.to_owned()), ..TagInput::default() };
        let made = tags.create(maker, input, &once(name, 1)).await.expect("it is made").output.id;
        tags.delete(&acme.owner, Id::new(made), ANY).await.expect("it goes");
        ids.push(made);
    }
    let seen = async |actor: &Actor| {
        let page = tags.list(actor, bin(list_of(TagFields::TABLE), actor)).await.expect("they may look");
        page.items.iter().map(|tag| tag.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(&member).await, ids[1..]);
    assert_eq!(seen(&acme.owner).await.len(), 2);
}

#[tokio::test]
async fn the_board_is_not_of_the_bin() {
    let (env, acme) = start().await;
    let pairs = ["deleted", "board"].map(|name| (name.to_owned(), "true".to_owned()));
    let query = parse(OpportunityList::TABLE, &pairs, None).expect("a good query");
    let refused = env.app.opportunities.list(&acme.owner, query).await;
    assert_eq!(super::violations(refused), [("board".to_owned(), "inconsistent")]);
}
