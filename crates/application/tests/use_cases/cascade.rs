//! Cascades: deleting and restoring an account with its records, and races between them.

use cartera_application::{
    Code,
    idempotency::Once,
    opportunities::{CreateOpportunity, WantedLinks},
    security::{Actor, IfMatch},
    testing::{TestCompany, TestEnvironment},
};
use cartera_domain::{
    accounts::AccountInput,
    contacts::ContactInput,
    events::EventKind,
    identity::{Permission, Role},
    ids::{AccountId, ContactId, Id, OpportunityId},
    input::Patch,
};

use super::{beside, refusal};

const ANY: IfMatch = IfMatch::new(None);

struct Family {
    account: AccountId,
    contact: ContactId,
    /// One of the account, and one of the contact only.
    sales: [OpportunityId; 2],
}

async fn start() -> (TestEnvironment, TestCompany) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    (env, acme)
}

async fn family(env: &TestEnvironment, actor: &Actor) -> Family {
    let account = env.account(actor, "Globex").await;
    let contact = env.contact(actor, None).await;
    let links = WantedLinks { contact_id: Patch::Value(contact.uuid()), ..WantedLinks::default() };
    let command = CreateOpportunity { links, ..TestEnvironment::new_opportunity("Only with her", account) };
    let made = env.app.opportunities.create(actor, command, &Once::default()).await;
    let only = TestEnvironment::id_of(&made.expect("it is made").output);
    // The contact joins the account after her opportunity was created, so the opportunity has no account.
    let command = ContactInput { account_id: Patch::Value(account), ..ContactInput::default() };
    env.app.contacts.update(actor, contact, command, ANY).await.expect("she moves");
    let with = TestEnvironment::id_of(&env.opportunity(actor, account).await);
    Family { account, contact, sales: [with, only] }
}

async fn is_live(env: &TestEnvironment, acme: &TestCompany, family: &Family) -> [bool; 4] {
    let (app, owner) = (&env.app, &acme.owner);
    [
        app.accounts.get(owner, family.account).await.is_ok(),
        app.contacts.get(owner, family.contact).await.is_ok(),
        app.opportunities.get(owner, family.sales[0]).await.is_ok(),
        app.opportunities.get(owner, family.sales[1]).await.is_ok(),
    ]
}

#[tokio::test]
async fn without_cascade_an_account_in_use_stays_and_says_by_what() {
    let (env, acme) = start().await;
    let family = family(&env, &acme.owner).await;
    let error = env.app.accounts.delete(&acme.owner, family.account, ANY).await.expect_err("it is in use");
    assert_eq!(error.code(), Code::AccountInUse);
    let cartera_application::Error::Refused(refusal) = error else { panic!("a refusal") };
    let counts: Vec<_> = refusal.params.into_iter().collect();
    assert_eq!(counts, [("contacts", 1), ("opportunities", 2)], "just what a cascade would delete");
    assert_eq!(is_live(&env, &acme, &family).await, [true; 4]);
}

#[tokio::test]
async fn what_belongs_to_an_account_goes_and_comes_back_with_it() {
    let (env, acme) = start().await;
    let family = family(&env, &acme.owner).await;
    let before = TestEnvironment::id_of(&env.opportunity(&acme.owner, family.account).await);
    env.app.opportunities.delete(&acme.owner, before, ANY).await.expect("they may");
    let counted = |env: &TestEnvironment| env.store.look(|tables| tables.counters.get(&acme.id).cloned());
    let counters = counted(&env);
    env.app.accounts.delete_cascading(&acme.owner, family.account, ANY).await.expect("they may");
    assert_eq!(is_live(&env, &acme, &family).await, [false; 4]);
    assert!(counted(&env).is_some_and(|counters| counters.is_empty()), "nothing counts in the bin");
    let events = env.store.events(acme.id);
    let deleted: Vec<_> = events[events.len() - 4..].iter().map(|published| published.event.kind).collect();
    let expected = [
        EventKind::AccountDeleted,
        EventKind::ContactDeleted,
        EventKind::OpportunityDeleted,
        EventKind::OpportunityDeleted,
    ];
    assert_eq!(deleted, expected);
    let deletion = |published: &cartera_application::testing::Published| {
        published.event.changes.iter().find(|change| change.field == "deletionId").map(|c| c.new.clone())
    };
    let ids: Vec<_> = events[events.len() - 4..].iter().map(deletion).collect();
    assert!(ids[0].is_some() && ids.iter().all(|id| *id == ids[0]), "one deletion: {ids:?}");
    env.app.accounts.restore(&acme.owner, family.account, &Once::default()).await.expect("they may");
    assert_eq!(is_live(&env, &acme, &family).await, [true; 4]);
    assert_eq!(counted(&env), counters);
    let stays = env.app.opportunities.get(&acme.owner, before).await;
    assert_eq!(refusal(stays), Code::NotFound, "it was deleted on its own before");
}

#[tokio::test]
async fn an_account_on_which_nothing_hangs_cascades_too() {
    let (env, acme) = start().await;
    let account = env.account(&acme.owner, "Globex").await;
    let stale = env.app.accounts.delete_cascading(&acme.owner, account, IfMatch::new(Some(9))).await;
    assert_eq!(refusal(stale), Code::VersionMismatch);
    env.app.accounts.delete_cascading(&acme.owner, account, ANY).await.expect("they may");
    assert_eq!(refusal(env.app.accounts.delete_cascading(&acme.owner, account, ANY).await), Code::NotFound);
}

#[tokio::test]
async fn whoever_deletes_only_their_own_cascades_over_their_own_only() {
    let (env, acme) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    let mine = family(&env, &member.actor).await;
    let theirs = env.contact(&acme.owner, Some(mine.account)).await;
    let cascade = || env.app.accounts.delete_cascading(&member.actor, mine.account, ANY);
    assert_eq!(refusal(cascade().await), Code::Forbidden);
    assert_eq!(is_live(&env, &acme, &mine).await, [true; 4], "all or nothing");
    env.app.contacts.delete(&acme.owner, theirs, ANY).await.expect("an owner may");
    cascade().await.expect("all is their own now");
    assert_eq!(is_live(&env, &acme, &mine).await, [false; 4]);
    let viewer = env.person(acme.id, Role::Viewer).await;
    let refused = env.app.accounts.restore(&viewer.actor, mine.account, &Once::default()).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    env.app.accounts.restore(&member.actor, mine.account, &Once::default()).await.expect("their own");
}

#[tokio::test]
async fn what_others_own_is_not_restored_by_whoever_restores_only_their_own() {
    let (env, acme) = start().await;
    let member = env.person(acme.id, Role::Member).await;
    let mine = family(&env, &member.actor).await;
    env.contact(&acme.owner, Some(mine.account)).await;
    env.app.accounts.delete_cascading(&acme.owner, mine.account, ANY).await.expect("an owner may");
    let refused = env.app.accounts.restore(&member.actor, mine.account, &Once::default()).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    assert_eq!(is_live(&env, &acme, &mine).await, [false; 4]);
}

#[tokio::test]
async fn a_cascade_takes_the_permission_to_delete_each_kind() {
    let (env, acme) = start().await;
    let family = family(&env, &acme.owner).await;
    let (accounts, contacts) = (Permission::AccountsDelete, Permission::ContactsDelete);
    let sales = Permission::OpportunitiesDelete;
    for scopes in [&[accounts][..], &[accounts, contacts], &[accounts, sales]] {
        let key = env.key(&acme.owner, scopes).await;
        let refused = env.app.accounts.delete_cascading(&key.actor, family.account, ANY).await;
        assert_eq!(refusal(refused), Code::Forbidden, "{scopes:?}");
    }
    let key = env.key(&acme.owner, &[accounts, contacts, sales]).await;
    env.app.accounts.delete_cascading(&key.actor, family.account, ANY).await.expect("it may");
    let partly = env.key(&acme.owner, &[accounts, contacts]).await;
    let refused = env.app.accounts.restore(&partly.actor, family.account, &Once::default()).await;
    assert_eq!(refusal(refused), Code::Forbidden);
    env.app.accounts.restore(&key.actor, family.account, &Once::default()).await.expect("it may");
}

#[tokio::test]
async fn one_email_that_is_taken_by_now_leaves_everything_in_the_bin() {
    let (env, acme) = start().await;
    let family = family(&env, &acme.owner).await;
    let with_email = || {
        let text = |text: &str| Patch::Value(text.to_owned());
        ContactInput {
            first_name: text("Carla"),
            email: text("carla@example.com"),
            ..ContactInput::default()
        }
    };
    let contacts = &env.app.contacts;
    contacts.update(&acme.owner, family.contact, with_email(), ANY).await.expect("it is free");
    env.app.accounts.delete_cascading(&acme.owner, family.account, ANY).await.expect("they may");
    let second = contacts.create(&acme.owner, with_email(), &Once::default()).await.expect("it is free");
    let restore = async || env.app.accounts.restore(&acme.owner, family.account, &Once::default()).await;
    assert_eq!(refusal(restore().await), Code::ContactEmailTaken);
    assert_eq!(is_live(&env, &acme, &family).await, [false; 4]);
    contacts.delete(&acme.owner, Id::new(second.output.id), ANY).await.expect("they may");
    restore().await.expect("the e-mail is free again");
    assert_eq!(is_live(&env, &acme, &family).await, [true; 4]);
}

/// Repeated many times, because the winner is random.
#[tokio::test]
async fn a_cascade_and_a_creation_at_once_leave_no_orphan() {
    let (env, acme) = start().await;
    for _ in 0..30 {
        let account = env.account(&acme.owner, "Contested").await;
        let contact = env.contact(&acme.owner, Some(account)).await;
        let by = |links| {
            let (env, owner) = (env.clone(), acme.owner.clone());
            let command = CreateOpportunity { links, ..TestEnvironment::new_opportunity("Late", account) };
            beside(move || async move {
                env.app.opportunities.create(&owner, command, &Once::default()).await.map(|_| ())
            })
        };
        let with_account =
            by(WantedLinks { account_id: Patch::Value(account.uuid()), ..WantedLinks::default() });
        let with_contact =
            by(WantedLinks { contact_id: Patch::Value(contact.uuid()), ..WantedLinks::default() });
        let (app, owner) = (env.app.clone(), acme.owner.clone());
        let deletes =
            beside(move || async move { app.accounts.delete_cascading(&owner, account, ANY).await });
        deletes.join().expect("it ends").expect("a cascade never loses to a creation");
        for creation in [with_account, with_contact] {
            if let Err(error) = creation.join().expect("it ends") {
                assert_eq!(error.code(), Code::InvalidReference, "a clear loser");
            }
        }
        let orphans = env.store.look(|tables| {
            let sales = tables.opportunities.values();
            sales.filter(|sale| sale.deletion.is_none()).count()
        });
        assert_eq!(orphans, 0);
    }
}

#[tokio::test]
async fn a_restoration_and_a_creation_of_one_name_have_one_winner() {
    let (env, acme) = start().await;
    for turn in 0..30 {
        let name = format!("Contested {turn}");
        let old = env.account(&acme.owner, &name).await;
        env.app.accounts.delete(&acme.owner, old, ANY).await.expect("they may");
        let (app, owner) = (env.app.clone(), acme.owner.clone());
        let restores =
            beside(
                move || async move { app.accounts.restore(&owner, old, &Once::default()).await.map(|_| ()) },
            );
        let (app, owner) = (env.app.clone(), acme.owner.clone());
        let creates = beside(move || async move {
            let input = AccountInput { name: Patch::Value(name), ..AccountInput::default() };
            let command = input;
            app.accounts.create(&owner, command, &Once::default()).await.map(|_| ())
        });
        let outcomes = [restores.join().expect("it ends"), creates.join().expect("it ends")];
        let lost: Vec<_> = outcomes.into_iter().filter_map(Result::err).map(|error| error.code()).collect();
        assert_eq!(lost, [Code::AccountNameTaken]);
    }
}
