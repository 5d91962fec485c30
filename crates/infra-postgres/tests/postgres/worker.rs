//! The worker on a real queue, with an in-memory mailer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use cartera_application::{
    Result,
    chores::{Chore, ChoreService, Schedule},
    jobs::{Job, Notice},
    ports::Ports,
    security::Grant,
    testing::MemoryMailer,
};
use cartera_domain::ids::{CompanyId, Id};
use cartera_infra_postgres::{PgStore, PgWorker, WorkerSettings};
use sqlx::{PgConnection, Row};
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

use crate::{
    sales::{application, ports},
    support::Bench,
};

const SETTINGS: WorkerSettings = WorkerSettings {
    concurrency: 2,
    poll_interval: Duration::from_millis(50),
    heartbeat: Duration::from_millis(100),
    retry_delay: Duration::from_millis(20),
    grace: Duration::from_secs(5),
};

/// A queue with workers.
struct Works {
    bench: Bench,
    mailer: MemoryMailer,
    ports: Arc<Ports>,
    company: CompanyId,
    user: Uuid,
}

/// A running worker.
struct Working(oneshot::Sender<()>, JoinHandle<()>);

impl Working {
    async fn stop(self) {
        drop(self.0);
        self.1.await.expect("the worker ends well");
    }
}

impl Works {
    async fn new() -> Self {
        let bench = Bench::new(2).await;
        let mailer = MemoryMailer::default();
        let ports = Arc::new(Ports { mailer: Arc::new(mailer.clone()), ..ports(&bench.worker()) });
        let mut behind = bench.database.behind_the_walls().await;
        let row = sqlx::query(include_str!("support/company.sql"))
            .bind("works")
            .fetch_one(&mut behind)
            .await
            .expect("a company");
        let company: Uuid = row.get("company_id");
        let user = sqlx::query_scalar("select id from users where company_id = $1")
            .bind(company)
            .fetch_one(&mut behind)
            .await
            .expect("its user");
        Self { bench, mailer, ports, company: Id::new(company), user }
    }

    fn start(&self, chores: impl IntoIterator<Item = Arc<dyn Chore>>) -> Working {
        self.start_with(SETTINGS, chores)
    }

    fn start_with(
        &self,
        settings: WorkerSettings,
        chores: impl IntoIterator<Item = Arc<dyn Chore>>,
    ) -> Working {
        let chores = ChoreService::with_chores(Arc::clone(&self.ports), chores);
        let jobs = application(Ports::clone(&self.ports)).jobs;
        let worker = PgWorker::new(self.bench.worker(), jobs, chores, settings);
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(async move {
            worker.run(async move { drop(stopped.await) }).await;
        });
        Working(stop, running)
    }

    async fn enqueue(&self, count: i64) {
        let tx = self.bench.begin(self.company).await;
        for second in 0..count {
            let at = chrono::DateTime::from_timestamp(1_768_478_400 + second, 0).expect("a moment");
            let notice = Notice::PasswordChanged { user_id: self.user, at };
            tx.jobs().enqueue(Job::SendNotice { notice }).await.expect("it is queued");
        }
        tx.commit().await.expect("it commits");
    }

    async fn behind(&self) -> PgConnection {
        self.bench.database.behind_the_walls().await
    }

    /// Waits until a query about the queue returns true.
    async fn until(&self, question: &'static str) {
        let mut behind = self.behind().await;
        for _ in 0..400 {
            if sqlx::query_scalar(question).fetch_one(&mut behind).await.expect("an answer") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let jobs: Vec<String> =
            sqlx::query_scalar("select row_to_json(j)::text from graphile_worker._private_jobs j")
                .fetch_all(&mut behind)
                .await
                .expect("the queue");
        panic!("it never came to be that {question}: {jobs:?}");
    }
}

const EMPTY: &str = "select not exists (select from graphile_worker._private_jobs)";
const DEAD: &str = "select exists (select from graphile_worker._private_jobs \
                    where attempts = max_attempts and locked_at is null and last_error = 'the payload can''t be read')";

#[tokio::test]
async fn every_job_is_done_once_by_two_workers() {
    let works = Works::new().await;
    let workers = [works.start([]), works.start([])];
    works.enqueue(20).await;
    works.until(EMPTY).await;
    for worker in workers {
        worker.stop().await;
    }
    let mut ids: Vec<_> = works.mailer.sent().into_iter().map(|mail| mail.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), works.mailer.sent().len()), (20, 20));
    // A heartbeat that was under way may arrive after the goodbye, and counts until it is old.
    let alive =
        async || works.bench.store.queue_status(Duration::from_secs(1)).await.expect("figures").workers;
    let gone = async {
        while alive().await > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("they have gone");
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_until_it_works() {
    let works = Works::new().await;
    works.mailer.set_down(true);
    let worker = works.start([]);
    works.enqueue(1).await;
    works
        .until(
            "select exists (select from graphile_worker._private_jobs where attempts >= 2 \
             and last_error = 'the mail server did not take the mail for now' and max_attempts = 24)",
        )
        .await;
    works.mailer.set_down(false);
    works.until(EMPTY).await;
    worker.stop().await;
    assert_eq!(works.mailer.sent().len(), 1);
}

#[tokio::test]
async fn what_can_never_work_is_dead_at_once_and_what_fails_too_often_in_the_end() {
    let works = Works::new().await;
    let mut behind = works.behind().await;
    for (payload, attempts) in [(r#"{"company_id": "mangled", "job": 7}"#, 24), ("[]", 3)] {
        sqlx::query("select graphile_worker.add_job('send_notice', $1::json, max_attempts := $2)")
            .bind(payload)
            .bind(attempts)
            .execute(&mut behind)
            .await
            .expect("it is queued");
    }
    let worker = works.start([]);
    works.until(DEAD).await;
    works.mailer.set_down(true);
    works.enqueue(1).await;
    let sql =
        "update graphile_worker._private_jobs set max_attempts = 3 where max_attempts = 24 and attempts < 3";
    sqlx::query(sql).execute(&mut behind).await.expect("it has three attempts");
    works
        .until(
            "select count(*) = 1 from graphile_worker._private_jobs where attempts = 3 and max_attempts = 3 \
             and locked_at is null and last_error = 'the mail server did not take the mail for now'",
        )
        .await;
    let status = works.bench.store.queue_status(Duration::from_secs(5)).await.expect("figures");
    assert_eq!((status.ready, status.dead, status.workers), (0, 3, 1));
    worker.stop().await;
}

/// The jobs of a killed worker.
#[tokio::test]
async fn the_jobs_of_a_dead_worker_are_taken_over() {
    let works = Works::new().await;
    works.enqueue(3).await;
    let mut behind = works.behind().await;
    for sql in [
        "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'killed', attempts = 1",
        "insert into graphile_worker._private_workers (id, last_heartbeat_at) values ('killed', now())",
    ] {
        sqlx::query(sql).execute(&mut behind).await.expect("the worker is gone");
    }
    let worker = works.start([]);
    works.until(EMPTY).await;
    worker.stop().await;
    assert_eq!(works.mailer.sent().len(), 3);
}

/// Fails in one company.
struct Fussy {
    company: CompanyId,
    elsewhere: Arc<AtomicU64>,
}

#[async_trait]
impl Chore for Fussy {
    fn name(&self) -> &'static str {
        "fussy"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Daily { hour: 0, minute: 0 }
    }

    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let tx = ports.store.begin(grant).await?;
        tx.companies().current().await?;
        tx.commit().await?;
        if grant.company_id() == self.company {
            return Err(cartera_application::Error::Internal { what: "being fussy", cause: None });
        }
        self.elsewhere.fetch_add(1, Ordering::SeqCst);
        Ok(1)
    }
}

/// Both workers run the scheduled jobs, and runs missed while no worker was up are made up for.
#[tokio::test]
async fn a_chore_is_queued_once_by_two_workers_and_done_in_every_company() {
    let works = Works::new().await;
    let mut behind = works.behind().await;
    sqlx::query(include_str!("support/company.sql"))
        .bind("other")
        .fetch_one(&mut behind)
        .await
        .expect("another company");
    sqlx::query(
        "insert into graphile_worker._private_known_crontabs (identifier, known_since, last_execution) \
         values ('fussy', now() - interval '3 days', now() - interval '25 hours')",
    )
    .execute(&mut behind)
    .await
    .expect("the calendar is known");
    let elsewhere = Arc::new(AtomicU64::new(0));
    let chore = || -> [Arc<dyn Chore>; 1] {
        [Arc::new(Fussy { company: works.company, elsewhere: Arc::clone(&elsewhere) })]
    };
    let workers = [works.start(chore()), works.start(chore())];
    works
        .until(
            "select exists (select from graphile_worker._private_jobs where payload ->> 'chore' = 'fussy' \
             and attempts = max_attempts and last_error = 'the chore failed in some companies')",
        )
        .await;
    for worker in workers {
        worker.stop().await;
    }
    // Five tries of one scheduled job, each of which reached the other company.
    assert_eq!(elsewhere.load(Ordering::SeqCst), 5);
}

#[tokio::test]
async fn drifted_counters_are_found_and_left_as_they_are() {
    let works = Works::new().await;
    let mut behind = works.behind().await;
    let company = works.company.uuid();
    sqlx::query(
        "insert into stage_totals (company_id, stage_id, currency, count, amount) \
                 select company_id, id, 'USD', 7, 0 from stages where company_id = $1 limit 1",
    )
    .bind(company)
    .execute(&mut behind)
    .await
    .expect("a counter drifts");
    let chores = ChoreService::new(Arc::clone(&works.ports));
    let id = cartera_application::security::Provenance::request("test");
    let roll: PgStore = works.bench.worker();
    for _ in 0..2 {
        let report = chores.run("check_counters", &roll, &id).await.expect("it is done");
        assert_eq!((report.companies, report.failed), (1, 0));
        assert!(report.items > 0, "{report:?}");
    }
}

/// How many transactions the database has seen, reported with a delay of a second.
async fn transactions(behind: &mut PgConnection) -> i64 {
    let seen = "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()";
    sqlx::query_scalar(seen).fetch_one(behind).await.expect("a count")
}

#[tokio::test]
async fn a_worker_without_work_asks_now_and_then() {
    let works = Works::new().await;
    let second = Duration::from_secs(1);
    let settings = WorkerSettings { poll_interval: second, heartbeat: second, ..SETTINGS };
    let working = works.start_with(settings, []);
    let mut behind = works.bench.database.behind_the_walls().await;
    tokio::time::sleep(second * 2).await;
    let before = transactions(&mut behind).await;
    tokio::time::sleep(second * 2).await;
    let asked = transactions(&mut behind).await - before;
    working.stop().await;
    // The worker polls for jobs, sends heartbeats and watches other workers: a few transactions a second, and not a
    // busy loop.
    assert!(asked < 100, "{asked} transactions in two seconds");
}
