//! Emptying the bin.

use cartera_application::{
    Code,
    idempotency::Once,
    lists::parse,
    opportunities::{CreateOpportunity, MoveCommand, WantedLinks},
    records::list_of,
    security::IfMatch,
    testing::{TestCompany, TestEnvironment, provenance},
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

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

async fn purge(env: &TestEnvironment, acme: &TestCompany) -> Purged {
    env.app.trash.purge(acme.id, provenance()).await.expect("the bin is emptied")
}

async fn win(env: &TestEnvironment, acme: &TestCompany, id: OpportunityId) {
    let text = |text: &str| Patch::Value(text.to_owned());
    let command = MoveCommand { stage: text("venta"), reason: text("signed") };
    let moved = env.app.opportunities.change_stage(&acme.owner, id, command, ANY, &Once::default()).await;
    moved.expect("it moves");
}

#[tokio::test]
async fn what_has_lain_there_longer_than_the_companys_days_is_removed_for_good() {
    let (env, acme) = start().await;
    let (app, owner) = (&env.app, &acme.owner);
    let account = env.account(owner, "Globex").await;
    let contact = env.contact(owner, Some(account)).await;
    let sale = TestEnvironment::id_of(&env.opportunity(owner, account).await);
    win(&env, &acme, sale).await;
    app.accounts.delete_cascading(owner, account, ANY).await.expect("they may");
    env.clock.advance(TimeDelta::days(30));
    assert_eq!(purge(&env, &acme).await, Purged::default(), "thirty days are not longer than thirty");
    let late = env.contact(owner, None).await;
    app.contacts.delete(owner, late, ANY).await.expect("they may");
    env.clock.advance(TimeDelta::seconds(1));
    assert_eq!(purge(&env, &acme).await, Purged { opportunities: 1, contacts: 1, accounts: 1, others: 0 });
    let none = Once::default();
    assert_eq!(refusal(app.accounts.restore(owner, account, &none).await), Code::NotFound);
    assert_eq!(refusal(app.contacts.restore(owner, contact, &none).await), Code::NotFound);
    assert_eq!(refusal(app.opportunities.restore(owner, sale, &none).await), Code::NotFound);
    let changes = env.store.look(|tables| tables.stage_changes.len());
    assert_eq!(changes, 0, "its stage changes went with it");
    app.contacts.restore(owner, late, &none).await.expect("it has not lain there long");
    let told = env.events(acme.id);
    let purged: Vec<_> = told.iter().filter(|name| name.ends_with(".purged")).collect();
    assert_eq!(purged, [&"opportunity.purged", &"contact.purged", &"account.purged"]);
    assert_eq!(purge(&env, &acme).await, Purged::default(), "there is nothing left to do");
}

/// More of them than a batch, live ones and deleted ones.
#[tokio::test]
async fn what_belongs_to_a_record_is_removed_with_it() {
    let (env, acme) = start().await;
    let (app, owner) = (&env.app, &acme.owner);
    let account = env.account(owner, "Globex").await;
    let contact = env.contact(owner, Some(account)).await;
    let sale = TestEnvironment::id_of(&env.opportunity(owner, account).await);
    let kept = env.account(owner, "Initech").await;
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
    env.clock.advance(TimeDelta::days(31));
    let purged = purge(&env, &acme).await;
    assert_eq!((purged.opportunities, purged.contacts, purged.accounts), (1, 1, 1));
    let told = env.events(acme.id);
    assert_eq!(told.iter().filter(|name| **name == "comment.purged").count(), 204);
    let left = parse(list_of(CommentFields::TABLE), &[], None).expect("a good query");
    let left = comments.list_below(owner, EntityRef::account(kept), left).await.expect("they may");
    assert_eq!(left.items.len(), 2);
}

#[tokio::test]
async fn each_company_has_its_own_days() {
    let (env, acme) = start().await;
    let other = env.company("Other").await;
    for company in [&acme, &other] {
        let account = env.account(&company.owner, "Globex").await;
        env.app.accounts.delete(&company.owner, account, ANY).await.expect("they may");
    }
    let days = |days: i32| {
        env.store.tamper(|tables| {
            let company = tables.companies.get_mut(&acme.id).expect("it is there");
            company.settings.trash_days = days;
        });
    };
    days(i32::MAX);
    env.clock.advance(TimeDelta::days(5));
    assert_eq!(purge(&env, &acme).await, Purged::default(), "as good as never");
    days(4);
    assert_eq!(purge(&env, &acme).await.accounts, 1);
    assert_eq!(purge(&env, &other).await, Purged::default());
}

#[tokio::test]
async fn a_live_sale_forgets_the_contact_that_is_removed() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let contact = env.contact(&acme.owner, Some(account)).await;
    let links = WantedLinks { contact_id: Patch::Value(contact.uuid()), ..WantedLinks::default() };
    let command = CreateOpportunity { links, ..TestEnvironment::new_opportunity("A sale", account) };
    let made = env.app.opportunities.create(&acme.owner, command, &Once::default()).await;
    let sale = TestEnvironment::id_of(&made.expect("it is made").output);
    env.app.contacts.delete(&acme.owner, contact, ANY).await.expect("there is an account too");
    env.clock.advance(TimeDelta::days(31));
    assert_eq!(purge(&env, &acme).await, Purged { contacts: 1, ..Purged::default() });
    let shown = env.app.opportunities.get(&acme.owner, sale).await.expect("it stays");
    assert_eq!((shown.contact, shown.version), (None, 2));
    let told = env.events(acme.id);
    assert_eq!(told[told.len() - 2..], ["opportunity.updated", "contact.purged"]);
}

#[tokio::test]
async fn a_bin_larger_than_a_batch_is_emptied_batch_by_batch() {
    let (env, acme) = start().await;
    for _ in 0..205 {
        let contact = env.contact(&acme.owner, None).await;
        env.app.contacts.delete(&acme.owner, contact, ANY).await.expect("they may");
    }
    env.clock.advance(TimeDelta::days(31));
    assert_eq!(purge(&env, &acme).await.contacts, 205);
}
