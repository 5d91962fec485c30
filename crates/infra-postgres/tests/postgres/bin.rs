//! The bin on PostgreSQL: its lists, its cost, who may empty it, and random work.

use std::collections::BTreeSet;

use cartera_application::lists::Listed;
use cartera_application::{
    idempotency::Once,
    identity::{Device, NewPerson},
    opportunities::OpportunityList,
    security::{Actor, IfMatch, Provenance},
    testing::RandomWork,
};
use cartera_domain::accounts::AccountFields;
use cartera_domain::contacts::ContactFields;
use cartera_domain::{
    accounts::AccountInput,
    contacts::ContactInput,
    identity::Role,
    ids::Id,
    input::Patch,
    values::{Email, Line, Password},
};
use chrono::TimeDelta;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    sales::{Seller, given},
    support,
};

const ANY: IfMatch = IfMatch::new(None);

async fn contact(seller: &Seller, name: &str, email: Option<&str>, account: Option<Uuid>) -> Uuid {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let input = ContactInput {
        first_name: given(first),
        last_name: if last.is_empty() { Patch::Absent } else { given(last) },
        email: email.map_or(Patch::Absent, given),
        account_id: account.map(Id::new).into(),
        ..ContactInput::default()
    };
    seller.clock.advance(TimeDelta::seconds(1));
    let made = seller.application.contacts.create(&seller.owner, input, &Once::default()).await;
    made.expect("the contact is made").output.id
}

/// The names on every page of the contacts, following cursors.
async fn contacts(seller: &Seller, parameters: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let query = seller.query_of(ContactFields::table(), &format!("{parameters}{cursor}"));
        let page = seller.application.contacts.list(&seller.owner, query).await.expect("a page");
        for item in page.items {
            let name = item.text("firstName").unwrap_or_default().to_owned();
            assert!(seen.insert(item.id), "{name} comes twice with {parameters}");
            found.push(name);
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn contacts_are_listed_by_every_sort_and_found_by_every_key() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    contact(&seller, "Zoe Ávila", Some("beta@example.com"), Some(acme)).await;
    contact(&seller, "Ángel", None, None).await;
    contact(&seller, "Nuria Zapata", Some("Alfa@example.com"), Some(acme)).await;
    contact(&seller, "ana Suárez", None, Some(acme)).await;
    assert_eq!(contacts(&seller, "limit=1&sort=name").await, ["ana", "Ángel", "Nuria", "Zoe"]);
    assert_eq!(contacts(&seller, "limit=1&sort=-name").await, ["Zoe", "Nuria", "Ángel", "ana"]);
    assert_eq!(contacts(&seller, "limit=1&sort=email").await, ["Nuria", "Zoe", "Ángel", "ana"]);
    assert_eq!(contacts(&seller, "limit=1&sort=-email").await, ["Zoe", "Nuria", "ana", "Ángel"]);
    assert_eq!(contacts(&seller, "limit=3").await, ["ana", "Nuria", "Ángel", "Zoe"]);
    assert_eq!(contacts(&seller, "q=ANG").await, ["Ángel"]);
    assert_eq!(contacts(&seller, "q=suarez").await, ["ana"], "by the last name");
    assert_eq!(contacts(&seller, "q=alfa@ex").await, ["Nuria"], "by the e-mail");
    assert_eq!(contacts(&seller, "email=ALFA@example.com").await, ["Nuria"]);
    assert_eq!(contacts(&seller, "email[isNull]=true&sort=name").await, ["ana", "Ángel"]);
    assert_eq!(contacts(&seller, &format!("accountId={acme}&sort=name")).await, ["ana", "Nuria", "Zoe"]);
    assert_eq!(contacts(&seller, "ownerId=me").await.len(), 4);
    let query = seller.query_of(ContactFields::table(), "sort=name");
    let of_account = seller.application.contacts.list_of_account(&seller.owner, Id::new(acme), query).await;
    assert_eq!(of_account.expect("a page").items.len(), 3);
}

#[tokio::test]
async fn the_bin_shows_what_was_deleted_last_first_and_with_its_names() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    let carla = contact(&seller, "Carla Contreras", Some("carla@example.com"), Some(acme)).await;
    let sale = seller.opportunity(acme, "Flota", "5.00", "UYU").await;
    contact(&seller, "Viva", None, Some(acme)).await;
    let (app, owner) = (&seller.application, &seller.owner);
    app.opportunities.delete(owner, Id::new(sale.id), ANY).await.expect("they may");
    seller.clock.advance(TimeDelta::seconds(1));
    app.contacts.delete(owner, Id::new(carla), ANY).await.expect("they may");
    seller.clock.advance(TimeDelta::seconds(1));
    app.accounts.delete_cascading(owner, Id::new(acme), ANY).await.expect("they may");
    assert_eq!(contacts(&seller, "deleted=true&limit=1").await, ["Viva", "Carla"]);
    assert_eq!(contacts(&seller, "deleted=true&sort=deletedAt&limit=1").await, ["Carla", "Viva"]);
    assert_eq!(contacts(&seller, "deleted=true&q=contre").await, ["Carla"]);
    assert_eq!(contacts(&seller, "deleted=true&q=carla@ex").await, ["Carla"]);
    assert_eq!(contacts(&seller, "").await, Vec::<String>::new());
    let query = seller.query_of(AccountFields::table(), "deleted=true&count=true");
    let bin = app.accounts.list(owner, query).await.expect("the bin");
    assert_eq!(
        bin.items.iter().map(|account| account.text("name").unwrap_or_default()).collect::<Vec<_>>(),
        ["Acme"]
    );
    assert!(bin.items[0].deleted_at.is_some() && bin.total.is_some_and(|total| total.count == 1));
    for parameters in ["deleted=true", "deleted=true&q=flo", "deleted=true&q=1"] {
        let query = seller.query_of(OpportunityList::TABLE, parameters);
        let (bin, _) = app.opportunities.list(owner, query).await.expect("the bin");
        assert_eq!(bin.items.len(), 1, "{parameters}");
        let account = bin.items[0].account.as_ref().map(|account| account.name.as_str());
        assert_eq!(account, Some("Acme"), "named even though it is deleted");
    }
    for field in OpportunityList::TABLE.fields.iter().filter(|spec| spec.sort) {
        let only = if field.name == "amount" { "&currency=UYU" } else { "" };
        let query =
            seller.query_of(OpportunityList::TABLE, &format!("deleted=true&sort={}{only}", field.name));
        let (bin, _) = app.opportunities.list(owner, query).await.expect("the bin");
        assert_eq!(bin.items.len(), 1, "{}", field.name);
    }
}

async fn member(seller: &Seller) -> Actor {
    let company = seller.owner.company_id();
    let person = NewPerson {
        name: Line::trusted("Mia Member".to_owned()),
        email: Email::trusted("mia@acme.uy".to_owned()),
        password: Password::attempt("Password1".to_owned()),
    };
    let identity = &seller.application.identity;
    identity.add_user(company, person, Role::Member, Provenance::request("test")).await.expect("a user");
    let command = cartera_application::identity::LoginCommand {
        email: given("mia@acme.uy"),
        password: Patch::Value(Password::attempt("Password1".to_owned())),
        company_id: Patch::Absent,
    };
    let session = identity.login(command, Device::default(), Provenance::request("test")).await;
    let token = session.expect("they sign in").access_token;
    seller
        .application
        .authenticator
        .person(&token, Provenance::request("test"))
        .await
        .expect("they are signed in")
}

#[tokio::test]
async fn a_member_sees_their_own_in_the_bin() {
    let seller = Seller::new().await;
    let member = member(&seller).await;
    let app = &seller.application;
    for (actor, name) in [(&seller.owner, "Theirs"), (&member, "Mine")] {
        let input = AccountInput { name: given(name), ..AccountInput::default() };
        let made = app.accounts.create(actor, input, &Once::default()).await.expect("it is opened");
        app.accounts.delete(actor, Id::new(made.output.id), ANY).await.expect("they may");
    }
    let list = async |actor: &Actor| {
        let query = seller.query_of(AccountFields::table(), "deleted=true&sort=name");
        let page = app.accounts.list(actor, query).await.expect("the bin");
        page.items
            .iter()
            .map(|account| account.text("name").unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(&member).await, ["Mine"]);
    assert_eq!(list(&seller.owner).await, ["Mine", "Theirs"]);
}

#[tokio::test]
async fn what_an_earlier_version_deleted_comes_back_alone() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    let mut behind = seller.bench.database.behind_the_walls().await;
    sqlx::query("update accounts set deleted_at = now()").execute(&mut behind).await.expect("it is deleted");
    let back = seller.application.accounts.restore(&seller.owner, Id::new(acme), &Once::default()).await;
    assert_eq!(back.expect("it comes back").output.deleted_at, None);
}

#[tokio::test]
async fn only_the_worker_removes_rows() {
    let seller = Seller::new().await;
    let company = seller.owner.company_id();
    let mut api = PgConnection::connect(&seller.bench.database.api_url).await.expect("it connects");
    let tables =
        ["accounts", "contacts", "opportunities", "stage_changes", "account_wins", "account_won_amounts"];
    for table in tables {
        let delete = sqlx::AssertSqlSafe(format!("delete from {table}"));
        let refused = sqlx::query(delete).execute(&mut api).await.expect_err("the API may not");
        assert!(refused.to_string().contains("permission denied"), "{table}: {refused}");
    }
    let acme = seller.account("Acme").await;
    let sale = seller.opportunity(acme, "Flota", "5.00", "UYU").await;
    seller.to_stage(sale.id, "Venta").await;
    seller.application.accounts.delete_cascading(&seller.owner, Id::new(acme), ANY).await.expect("they may");
    seller.clock.advance(TimeDelta::days(31));
    let request = || Provenance::request("purge");
    assert!(seller.application.trash.purge(company, request()).await.is_err(), "the API may not");
    let purged = seller.trash().purge(company, request()).await.expect("the worker may");
    assert_eq!((purged.accounts, purged.opportunities), (1, 1));
    let mut behind = seller.bench.database.behind_the_walls().await;
    for table in tables {
        let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(&mut behind).await.expect("a count");
        assert_eq!(rows, 0, "{table}");
    }
    let worker = PgConnection::connect(&seller.bench.database.worker_url).await;
    let seen: i64 = sqlx::query_scalar("select count(*) from companies")
        .fetch_one(&mut worker.expect("it connects"))
        .await
        .expect("it may ask");
    assert_eq!(seen, 0, "the worker sees one company at a time, too");
}

/// Queries that must find nothing after any amount of work; counters are checked separately.
const UNSOUND: [(&str, &str); 5] = [
    (
        "live opportunities without a live party",
        "select o.id from opportunities o left join accounts a on a.id = o.account_id \
         left join contacts c on c.id = o.contact_id where o.deleted_at is null \
         and case when o.account_id is null then c.deleted_at is not null else a.deleted_at is not null end",
    ),
    (
        "live contacts at a deleted account",
        "select c.id from contacts c join accounts a on a.id = c.account_id \
         where c.deleted_at is null and a.deleted_at is not null",
    ),
    (
        "changes that don't begin where the last ended",
        "select id from (select id, from_stage_id, lag(to_stage_id) over \
         (partition by opportunity_id order by changed_at, id) as before from stage_changes) h \
         where from_stage_id is distinct from before",
    ),
    (
        "opportunities that don't stand where the last change ended",
        "select o.id from opportunities o left join lateral (select to_stage_id from stage_changes h \
         where h.opportunity_id = o.id order by changed_at desc, id desc limit 1) h on true \
         where h.to_stage_id is distinct from o.stage_id",
    ),
    (
        "records that were deleted by halves",
        "select id from opportunities where (deleted_at is null) <> (deletion_id is null)",
    ),
];

/// Rare events that must have happened for the random work to be meaningful.
const RARE: [&str; 4] = ["account.restored", "contact.purged", "opportunity.restored", "opportunity.purged"];

/// Pseudo-random numbers, reproducible by the seed.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    })
}

#[tokio::test]
async fn random_work_of_many_at_once_leaves_everything_in_agreement() {
    let seller = Seller::new().await;
    let (application, trash) = (seller.application.clone(), seller.trash());
    let work = RandomWork::new(application, trash, seller.clock.clone(), seller.owner.clone());
    let mut told = Vec::new();
    // The winner of each race is random: at least four rounds, and more until all rare events have happened.
    for round in 0..20 {
        let workers = (0..4).map(|worker| {
            let work = &work;
            async move {
                for number in numbers(round * 4 + worker + 1).take(45) {
                    work.step(number).await.expect("a refusal at most: no deadlock, no failure");
                }
            }
        });
        futures_util::future::join_all(workers).await;
        work.picture().await.expect("a picture");
        let grant = support::grant(seller.owner.company_id());
        let drift = seller.bench.store.counter_drift(&grant, false).await.expect("a recount");
        assert!(drift.is_empty(), "{drift:?}");
        let mut behind = seller.bench.database.behind_the_walls().await;
        for (what, sql) in UNSOUND {
            let found: Vec<Uuid> = sqlx::query_scalar(sql).fetch_all(&mut behind).await.expect("an answer");
            assert!(found.is_empty(), "{what}: {found:?}");
        }
        told =
            sqlx::query_scalar("select distinct type from outbox").fetch_all(&mut behind).await.expect("it");
        if round >= 3 && RARE.iter().all(|kind| told.iter().any(|name: &String| name == kind)) {
            let misremembered = work.misremembered().await.expect("every history is kept");
            assert!(misremembered.is_empty(), "{misremembered:?}");
            return;
        }
    }
    panic!("one of {RARE:?} never happened: {told:?}");
}
