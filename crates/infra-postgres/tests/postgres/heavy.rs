//! The largest bulk operations of a company, while twenty of its users go on working. It runs in `make attack`, and in
//! `make heavy` with as many opportunities as `HEAVY_ROWS` says: 306,200, of which 300,076 are live, take some minutes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use cartera_application::{
    Application, Error, Kind,
    idempotency::Once,
    opportunities::{CreateOpportunity, MoveCommand, UpdateOpportunity, WantedLinks},
    pipelines::DeleteStage,
    ports::Ports,
    security::{Actor, IfMatch},
};
use cartera_domain::{
    ids::{Id, StageId},
    input::Patch,
    opportunities::{MoneyInput, OpportunityInput},
};
use cartera_infra_postgres::{PgStore, PoolOptions};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use crate::{
    plans::fill,
    sales::{Seller, application, given, ports},
    support::grant,
};

const ANY: IfMatch = IfMatch::new(None);
const WRITERS: u64 = 20;

/// The results of the writers.
#[derive(Default)]
struct Met {
    stop: AtomicBool,
    writes: AtomicU64,
    /// Answers to retry later, all of which were retried until they succeeded.
    told_to_wait: AtomicU64,
    longest: AtomicU64,
}

/// A user who works on their own records.
struct Writer {
    app: Application,
    owner: Actor,
    account: Uuid,
    met: Arc<Met>,
}

impl Writer {
    /// Does one thing, and retries it as long as the answer says so; any other error is a failure.
    async fn persist<T>(&self, work: impl AsyncFn() -> Result<T, Error>) -> T {
        let started = Instant::now();
        loop {
            match work().await {
                Ok(done) => {
                    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                    self.met.longest.fetch_max(took, Ordering::Relaxed);
                    self.met.writes.fetch_add(1, Ordering::Relaxed);
                    return done;
                }
                Err(error) if error.code().kind() == Kind::Unavailable => {
                    self.met.told_to_wait.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(error) => panic!("a writer was refused: {error:?}"),
            }
        }
    }

    async fn work(self, stage: StageId, next: &'static str) {
        while !self.met.stop.load(Ordering::Relaxed) {
            let money = MoneyInput { amount: Some("5.00".to_owned()), currency: Some("UYU".to_owned()) };
            let create = || CreateOpportunity {
                input: OpportunityInput {
                    title: given("Meanwhile"),
                    amount: Patch::Value(money.clone()),
                    ..OpportunityInput::default()
                },
                links: WantedLinks { account_id: Patch::Value(self.account), ..WantedLinks::default() },
                stage_id: Patch::Value(stage.uuid()),
                ..CreateOpportunity::default()
            };
            let once = Once::default();
            let sales = &self.app.opportunities;
            let sale = self.persist(async || sales.create(&self.owner, create(), &once).await).await.output;
            let id = Id::new(sale.id);
            let edit = || UpdateOpportunity {
                input: OpportunityInput { title: given("Meanwhile, changed"), ..OpportunityInput::default() },
                ..UpdateOpportunity::default()
            };
            self.persist(async || sales.update(&self.owner, id, edit(), ANY).await).await;
            let to = || MoveCommand { stage: given(next), reason: given("because") };
            self.persist(async || sales.change_stage(&self.owner, id, to(), ANY, &once).await).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A company with very many records.
struct Heavy {
    seller: Seller,
    app: Application,
    behind: PgConnection,
    size: i64,
}

impl Heavy {
    async fn new() -> Self {
        let size: u32 = std::env::var("HEAVY_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(30_000);
        let seller = Seller::new().await;
        let company = seller.owner.company_id();
        let mut behind = seller.bench.database.behind_the_walls().await;
        fill(&mut behind, company, 0, size).await;
        let sql = include_str!("heavy.sql").replace("$company", &company.uuid().to_string());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut behind).await.expect("all stand in one stage");
        sqlx::raw_sql("vacuum (full, analyze)").execute(&mut behind).await.expect("statistics");
        let options = PoolOptions { size: 24, patience: Duration::from_secs(5) };
        let store = PgStore::new(&seller.bench.database.api_url, options).expect("the URL is one");
        let clock = Arc::new(seller.clock.clone());
        let app = application(Ports { clock, ..ports(&store) });
        Self { seller, app, behind, size: i64::from(size) }
    }

    async fn id(&mut self, what: &str) -> Uuid {
        let of = format!("{} {what}", self.seller.owner.company_id().uuid());
        let id = sqlx::query_scalar("select md5($1)::uuid").bind(of).fetch_one(&mut self.behind).await;
        id.expect("an id")
    }

    async fn stage(&mut self, name: &str) -> StageId {
        let sql = "select s.id from stages s join pipelines p on p.company_id = s.company_id \
                   and p.id = s.pipeline_id where s.company_id = $1 and p.is_default and s.name = $2";
        let query = sqlx::query_scalar(sql).bind(self.seller.owner.company_id().uuid()).bind(name);
        Id::new(query.fetch_one(&mut self.behind).await.expect("a stage"))
    }

    async fn count(&mut self, sql: &'static str) -> i64 {
        let query = sqlx::query_scalar(sql).bind(self.seller.owner.company_id().uuid());
        query.fetch_one(&mut self.behind).await.expect("a count")
    }

    /// Runs an operation while twenty users work, and prints its cost.
    #[expect(clippy::print_stdout, reason = "figures are what it is run for")]
    async fn meanwhile<T>(&mut self, what: &str, work: impl AsyncFnOnce(&Application, &Actor) -> T) -> T {
        let met = Arc::new(Met::default());
        let stage = self.stage("Negociación").await;
        let mut writers = Vec::new();
        for number in 0..WRITERS {
            let writer = Writer {
                app: self.app.clone(),
                owner: self.seller.owner.clone(),
                account: self.id(&format!("account {}", 2 + number)).await,
                met: Arc::clone(&met),
            };
            writers.push(writer.work(stage, "Presentación"));
        }
        let writers = futures_util::future::join_all(writers);
        let memory = resident();
        let bulk = async {
            let started = Instant::now();
            let done = work(&self.app, &self.seller.owner).await;
            let took = started.elapsed();
            met.stop.store(true, Ordering::Relaxed);
            (done, took, resident().saturating_sub(memory))
        };
        let (_, (done, took, grown)) = tokio::join!(writers, bulk);
        let (done_by_them, waited, longest) = (
            met.writes.load(Ordering::Relaxed),
            met.told_to_wait.load(Ordering::Relaxed),
            met.longest.load(Ordering::Relaxed),
        );
        println!(
            "figure: {what}: {:.1} s; meanwhile {done_by_them} writes of {WRITERS}, {waited} told to come back, \
             the longest {longest} ms; {grown} MiB more memory",
            took.as_secs_f64()
        );
        assert!(done_by_them > 0, "somebody worked meanwhile");
        assert!(grown < 100, "{what}: no row comes here, but {grown} MiB did");
        done
    }

    /// Asserts that numbers have no gaps, and that the counters equal a recount.
    async fn assert_sound(&mut self) {
        let grant = grant(self.seller.owner.company_id());
        let drift = self.seller.bench.store.counter_drift(&grant, false).await.expect("a recount");
        assert!(drift.is_empty(), "{drift:?}");
        let gaps = self.count("select max(sequence) - count(*) from outbox where company_id = $1").await;
        assert_eq!(gaps, 0, "no number is left out");
    }
}

/// The memory of this process in MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default() / 1024
}

#[tokio::test]
#[ignore = "it takes long: make attack, make heavy"]
async fn the_largest_stage_account_and_owner_go_while_twenty_write() {
    let mut heavy = Heavy::new().await;
    let first = heavy.stage("Preparación").await;
    let live = "select count(*) from opportunities where company_id = $1 and deleted_at is null \
                and title like 'Sale%'";
    let live = heavy.count(live).await;
    assert!(live > heavy.size * 9 / 10);
    let way = DeleteStage { move_to: Some("Presentación".to_owned()), reason: Some("It goes".to_owned()) };
    let deleted = heavy
        .meanwhile("a stage goes", async |app, owner| {
            app.pipelines.delete_stage(owner, first, way, ANY).await
        })
        .await;
    assert_eq!(deleted.expect("it is deleted").output.moved, u64::try_from(live).expect("a count"));
    let changes = "select count(*) from stage_changes where company_id = $1 and reason = 'It goes'";
    assert_eq!(heavy.count(changes).await, live);
    let events = "select count(*) from outbox where company_id = $1 and type = 'opportunity.stage_changed' \
                  and payload #>> '{changes,reason,new}' = 'It goes'";
    assert_eq!(heavy.count(events).await, live);
    let moved = "select count(*) from opportunities o where company_id = $1 and version = 2 and title like 'Sale%' \
                 and deleted_at is null";
    assert_eq!(heavy.count(moved).await, live);
    heavy.assert_sound().await;

    let giant = Id::new(heavy.id("account 1").await);
    let cascaded = heavy
        .meanwhile("an account goes with a third", async |app, owner| {
            app.accounts.delete_cascading(owner, giant, ANY).await
        })
        .await;
    cascaded.expect("it is deleted");
    let together = "select count(*) from opportunities where company_id = $1 and deletion_id = (select deletion_id \
                    from accounts where company_id = $1 and name = 'Giant')";
    let went = heavy.count(together).await;
    assert!(went > live / 4, "{went} of {live}");
    heavy.assert_sound().await;
    let once = Once::default();
    let restored = heavy
        .meanwhile("an account comes back with a third", async |app, owner| {
            app.accounts.restore(owner, giant, &once).await
        })
        .await;
    restored.expect("it is back");
    let back = "select count(*) from outbox where company_id = $1 and type = 'opportunity.restored'";
    assert_eq!(heavy.count(back).await, went);
    heavy.assert_sound().await;

    let (leaver, heir) = (Id::new(heavy.id("user 1").await), Some(Id::new(heavy.id("user 3").await)));
    let removed = heavy
        .meanwhile("a user goes who owns three quarters", async |app, owner| {
            app.users.remove(owner, leaver, heir, ANY).await
        })
        .await;
    removed.expect("they are removed");
    let left = "select count(*) from opportunities o join users u on u.company_id = o.company_id and u.id = o.owner_id \
                where o.company_id = $1 and u.removed_at is not null";
    assert_eq!(heavy.count(left).await, 0);
    heavy.assert_sound().await;
}
