//! If the rows of a company are locked, only its writes wait: neither its neighbours nor its own reads do, and every
//! connection returns to the pool.

use std::time::Duration;

use cartera_application::{
    Application, Code, Error,
    idempotency::Once,
    opportunities::{CreateOpportunity, WantedLinks},
    ports::{CompanyRoll, Directory, Store},
    security::Actor,
    views::OpportunityView,
};
use cartera_domain::{
    accounts::AccountInput,
    ids::Id,
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
    values::Email,
};
use cartera_infra_postgres::{PgDirectory, PgStore, PoolOptions};
use sqlx::{Connection, PgConnection};
use tokio::{
    task::{JoinSet, LocalSet},
    time::sleep,
};
use uuid::Uuid;

use crate::{
    sales::{application, given, ports, register},
    support::{Bench, grant},
};

/// The pool size, with one company's share for writing, and its additional share for reading.
const SIZE: u32 = 8;
const WRITES: usize = 2;
const READS: usize = 2;

/// Two companies, one of them with an account.
struct Street {
    bench: Bench,
    store: PgStore,
    application: Application,
    crowded: Actor,
    neighbour: Actor,
    account: Uuid,
}

impl Street {
    async fn new() -> Self {
        let bench = Bench::new(1).await;
        let options = PoolOptions { size: SIZE, patience: Duration::from_millis(200) };
        let store = PgStore::new(&bench.database.api_url, options).expect("the URL is one");
        let application = application(ports(&store));
        let crowded = register(&application, "Acme", "owner@acme.uy").await;
        let neighbour = register(&application, "Globex", "owner@globex.uy").await;
        let account = open_account(&application, &crowded, "Fundición").await;
        Self { bench, store, application, crowded, neighbour, account }
    }

    /// Locks the rows that every new opportunity of the crowded company needs, until the returned connection is closed.
    async fn hold(&self) -> PgConnection {
        let mut holder = self.bench.database.behind_the_walls().await;
        let company = self.crowded.company_id().uuid();
        sqlx::query("begin").execute(&mut holder).await.expect("it begins");
        for select in [
            "select id from companies where id = $1 for update",
            "select company_id from company_sequences where company_id = $1 for update",
        ] {
            sqlx::query(select).bind(company).execute(&mut holder).await.expect("the rows are there");
        }
        holder
    }

    fn sell(&self) -> impl Future<Output = Result<OpportunityView, Error>> + 'static {
        let (application, crowded, account) = (self.application.clone(), self.crowded.clone(), self.account);
        async move {
            let amount = MoneyInput { amount: Some("5.00".to_owned()), currency: Some("UYU".to_owned()) };
            let input = OpportunityInput {
                title: given("Flota"),
                amount: Patch::Value(amount),
                ..OpportunityInput::default()
            };
            let links = WantedLinks { account_id: Patch::Value(account), ..WantedLinks::default() };
            let command = CreateOpportunity { input, links, ..CreateOpportunity::default() };
            let made = application.opportunities.create(&crowded, command, &Once::default()).await;
            made.map(|outcome| outcome.output)
        }
    }

    /// Starts this many writes at once, and waits until those with a connection wait for the locked rows and the others
    /// for a connection.
    async fn crowd(&self, size: usize) -> JoinSet<Result<OpportunityView, Error>> {
        let mut crowd = JoinSet::new();
        for _ in 0..size {
            crowd.spawn_local(self.sell());
        }
        let mut behind = self.bench.database.behind_the_walls().await;
        let stuck = "select count(*) from pg_stat_activity where datname = current_database() \
                     and wait_event_type = 'Lock'";
        for _ in 0..1000 {
            let waiting: i64 = sqlx::query_scalar(stuck).fetch_one(&mut behind).await.expect("a count");
            if waiting == i64::try_from(WRITES).expect("a small number") {
                return crowd;
            }
            sleep(Duration::from_millis(5)).await;
        }
        panic!("what may hold a connection does not wait for the held rows");
    }

    /// Asserts that the crowded company gets its full share of connections, and no more.
    async fn assert_nothing_is_lost(&self) {
        let grant = grant(self.crowded.company_id());
        let (mut writes, mut reads) = (Vec::new(), Vec::new());
        for _ in 0..WRITES {
            writes.push(self.store.begin(&grant).await.expect("its share"));
        }
        assert_eq!(self.store.begin(&grant).await.err().map(|error| error.code()), Some(Code::CompanyBusy));
        for _ in 0..READS {
            reads.push(self.store.read(&grant).await.expect("its share"));
        }
        assert_eq!(self.store.read(&grant).await.err().map(|error| error.code()), Some(Code::CompanyBusy));
        assert_eq!(self.store.waiting(), 0);
    }
}

async fn open_account(application: &Application, owner: &Actor, name: &str) -> Uuid {
    let input = AccountInput { name: given(name), ..AccountInput::default() };
    application.accounts.create(owner, input, &Once::default()).await.expect("it is opened").output.id
}

#[tokio::test]
async fn held_rows_of_one_company_keep_neither_its_neighbours_nor_its_reads_waiting() {
    Box::pin(LocalSet::new().run_until(a_crowd_waits_alone())).await;
}

async fn a_crowd_waits_alone() {
    let street = Street::new().await;
    let held = street.hold().await;
    let mut crowd = street.crowd(24).await;
    // Repeated until all that can be answered have been.
    let (mut refused, mut round) = (0, 0);
    while refused < 24 - WRITES {
        round += 1;
        let theirs = open_account(&street.application, &street.neighbour, &format!("Taller {round}")).await;
        street.application.accounts.get(&street.neighbour, Id::new(theirs)).await.expect("theirs");
        street.application.accounts.get(&street.crowded, Id::new(street.account)).await.expect("its own");
        street.store.ping().await.expect("a sign of life");
        street.store.queue_status(Duration::from_mins(1)).await.expect("the queue answers");
        let email = Email::parse("owner@acme.uy".to_owned()).expect("an e-mail");
        let directory = PgDirectory::new(&street.store);
        assert!(directory.find(&email).await.expect("the directory answers").is_some());
        while let Some(answer) = crowd.try_join_next() {
            let refusal = answer.expect("no panic").expect_err("the rows are held");
            assert_eq!(refusal.code(), Code::CompanyBusy);
            refused += 1;
        }
    }
    held.close().await.expect("it is let go");
    while let Some(made) = crowd.join_next().await {
        made.expect("no panic").expect("whoever had its share goes on");
    }
    street.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn whoever_gives_up_holds_its_share_until_the_connection_is_back_and_no_longer() {
    Box::pin(LocalSet::new().run_until(a_crowd_gives_up())).await;
}

async fn a_crowd_gives_up() {
    let street = Street::new().await;
    let held = street.hold().await;
    let mut crowd = street.crowd(6).await;
    crowd.abort_all();
    while crowd.join_next().await.is_some() {}
    assert_eq!(street.store.waiting(), 0);
    // The requests were dropped, but their statements still wait for the rows.
    assert_eq!(street.sell().await.map_err(|error| error.code()).err(), Some(Code::CompanyBusy));
    held.close().await.expect("it is let go");
    // Now the statements end at once, and their connections return to the pool.
    for _ in 0..100 {
        if street.sell().await.is_ok() {
            break;
        }
    }
    street.assert_nothing_is_lost().await;
}

#[tokio::test]
async fn in_a_pool_of_one_everybody_gets_it_in_turn() {
    let bench = Bench::new(1).await;
    let application = application(ports(&bench.store));
    let acme = register(&application, "Acme", "owner@acme.uy").await;
    let globex = register(&application, "Globex", "owner@globex.uy").await;
    let companies = CompanyRoll::companies(&bench.worker(), None, 10).await.expect("the roll");
    assert_eq!(companies.len(), 2);
    let mut tasks = JoinSet::new();
    for number in 0..20 {
        let (application, who) = (application.clone(), if number % 2 == 0 { &acme } else { &globex }.clone());
        tasks.spawn(async move { application.companies.current(&who).await });
    }
    for answer in tasks.join_all().await {
        answer.expect("an answer");
    }
}
