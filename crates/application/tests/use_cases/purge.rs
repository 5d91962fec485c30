//! Emptying the bin.

use cartera_application::{
    Code,
    idempotency::Once,
    lists::parse,
    opportunities::{CreateOpportunity, MoveCommand, WantedLinks},
    records::list_of,
    security::IfMatch,
    testing::{TestCompany, TestWorld, request_id},
    trash::Purged,
};
use cartera_domain::{
    comments::{CommentFields, CommentInput},
    events::EntityRef,
    ids::{Id, OpportunityId},
    input::Patch,
    record::Fields,
};
use chrono::TimeDelta;

use super::refusal;

const ANY: IfMatch = IfMatch::new(None);

async fn start() -> (TestWorld, TestCompany) {
    let world = TestWorld::new();
    let acme = world.company("Acme").await;
    (world, acme)
}

async fn purge(world: &TestWorld, acme: &TestCompany) -> Purged {
    world.app.trash.purge(acme.id, request_id()).await.expect("the bin is emptied")
}

async fn win(world: &TestWorld, acme: &TestCompany, id: OpportunityId) {
    let text = |text: &str| Patch::Value(text.to_owned());
    let command = MoveCommand { stage: text("venta"), reason: text("signed") };
    let moved = world.app.opportunities.change_stage(&acme.owner, id, command, ANY, &Once::default()).await;
    moved.expect("it moves");
}

#[tokio::test]
async fn what_has_lain_there_longer_than_the_companys_days_is_removed_for_good() {
    let (world, acme) = start().await;
    let (app, owner) = (&world.app, &acme.owner);
    let account = world.account(owner, "Globex").await;
    let contact = world.contact(owner, Some(account)).await;
    let sale = TestWorld::id_of(&world.opportunity(owner, account).await);
    win(&world, &acme, sale).await;
    app.accounts.delete_cascading(owner, account, ANY).await.expect("they may");
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(purge(&world, &acme).await, Purged::default(), "thirty days are not longer than thirty");
    let late = world.contact(owner, None).await;
    app.contacts.delete(owner, late, ANY).await.expect("they may");
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(purge(&world, &acme).await, Purged { opportunities: 1, contacts: 1, accounts: 1, others: 0 });
    let none = Once::default();
    assert_eq!(refusal(app.accounts.restore(owner, account, &none).await), Code::NotFound);
    assert_eq!(refusal(app.contacts.restore(owner, contact, &none).await), Code::NotFound);
    assert_eq!(refusal(app.opportunities.restore(owner, sale, &none).await), Code::NotFound);
    let changes = world.store.look(|tables| tables.stage_changes.len());
    assert_eq!(changes, 0, "its stage changes went with it");
    app.contacts.restore(owner, late, &none).await.expect("it has not lain there long");
    let told = world.events(acme.id);
    let purged: Vec<_> = told.iter().filter(|name| name.ends_with(".purged")).collect();
    assert_eq!(purged, [&"opportunity.purged", &"contact.purged", &"account.purged"]);
    assert_eq!(purge(&world, &acme).await, Purged::default(), "there is nothing left to do");
}

/// More of them than a batch, live ones and deleted ones.
#[tokio::test]
async fn what_belongs_to_a_record_is_removed_with_it() {
    let (world, acme) = start().await;
    let (app, owner) = (&world.app, &acme.owner);
    let account = world.account(owner, "Globex").await;
    let contact = world.contact(owner, Some(account)).await;
    let sale = TestWorld::id_of(&world.opportunity(owner, account).await);
    let kept = world.account(owner, "Initech").await;
    let comments = app.records::<CommentFields>();
    let write = async |parent: EntityRef, times: usize| {
        for _ in 0..times {
            let input = CommentInput { body: Patch::Value("Hello".to_owned()), ..CommentInput::default() };
            let made = comments.create_below(owner, parent, input.into(), &Once::default()).await;
            let id = Id::new(made.expect("they may").output.id);
            if times == 1 {
                comments.delete(owner, id, ANY).await.expect("they may");
            }
        }
    };
    write(EntityRef::account(account), 201).await;
    write(EntityRef::contact(contact), 1).await;
    write(EntityRef::opportunity(sale), 2).await;
    write(EntityRef::account(kept), 2).await;
    app.accounts.delete_cascading(owner, account, ANY).await.expect("they may");
    world.clock.advance(TimeDelta::days(31));
    let purged = purge(&world, &acme).await;
    assert_eq!((purged.opportunities, purged.contacts, purged.accounts), (1, 1, 1));
    let told = world.events(acme.id);
    assert_eq!(told.iter().filter(|name| **name == "comment.purged").count(), 204);
    let left = parse(list_of(CommentFields::TABLE), &[], None).expect("a good query");
    let left = comments.list_below(owner, EntityRef::account(kept), left).await.expect("they may");
    assert_eq!(left.items.len(), 2);
}

#[tokio::test]
async fn each_company_has_its_own_days() {
    let (world, acme) = start().await;
    let other = world.company("Other").await;
    for company in [&acme, &other] {
        let account = world.account(&company.owner, "Globex").await;
        world.app.accounts.delete(&company.owner, account, ANY).await.expect("they may");
    }
    let days = |days: i32| {
        world.store.tamper(|tables| {
            let company = tables.companies.get_mut(&acme.id).expect("it is there");
            company.settings.trash_days = days;
        });
    };
    days(i32::MAX);
    world.clock.advance(TimeDelta::days(5));
    assert_eq!(purge(&world, &acme).await, Purged::default(), "as good as never");
    days(4);
    assert_eq!(purge(&world, &acme).await.accounts, 1);
    assert_eq!(purge(&world, &other).await, Purged::default());
}

#[tokio::test]
async fn a_live_sale_forgets_the_contact_that_is_removed() {
    let (world, acme) = start().await;
    let account = world.account(&acme.owner, "Globex").await;
    let contact = world.contact(&acme.owner, Some(account)).await;
    let links = WantedLinks { contact_id: Patch::Value(contact.uuid()), ..WantedLinks::default() };
    let command = CreateOpportunity { links, ..TestWorld::new_opportunity("A sale", account) };
    let made = world.app.opportunities.create(&acme.owner, command, &Once::default()).await;
    let sale = TestWorld::id_of(&made.expect("it is made").output);
    world.app.contacts.delete(&acme.owner, contact, ANY).await.expect("there is an account too");
    world.clock.advance(TimeDelta::days(31));
    assert_eq!(purge(&world, &acme).await, Purged { contacts: 1, ..Purged::default() });
    let shown = world.app.opportunities.get(&acme.owner, sale).await.expect("it stays");
    assert_eq!((shown.contact, shown.version), (None, 2));
    let told = world.events(acme.id);
    assert_eq!(told[told.len() - 2..], ["opportunity.updated", "contact.purged"]);
}

#[tokio::test]
async fn a_bin_larger_than_a_batch_is_emptied_batch_by_batch() {
    let (world, acme) = start().await;
    for _ in 0..205 {
        let contact = world.contact(&acme.owner, None).await;
        world.app.contacts.delete(&acme.owner, contact, ANY).await.expect("they may");
    }
    world.clock.advance(TimeDelta::days(31));
    assert_eq!(purge(&world, &acme).await.contacts, 205);
}
