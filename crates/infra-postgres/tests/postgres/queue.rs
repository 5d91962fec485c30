//! The privileges of each database role on the job queue.

use std::time::Duration;

use cartera_application::{
    jobs::Job,
    ports::{JobQueue, UnitOfWork},
};
use cartera_infra_postgres::PgStore;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::support::{Bench, made_up};

/// A connection of the API's role, and one of its transactions in a company.
async fn api(bench: &Bench) -> PgConnection {
    PgConnection::connect(&bench.database.api_url).await.expect("the API's role connects")
}

async fn enter(connection: &mut PgConnection, company: &str) {
    sqlx::query(AssertSqlSafe(format!("set app.company_id = '{company}'")))
        .execute(connection)
        .await
        .expect("the company is set");
}

fn payload(company: Uuid) -> String {
    format!(r#"{{"company_id": "{company}", "request_id": "r", "job": "send_notice", "notice": {{}}}}"#)
}

async fn enqueue(connection: &mut PgConnection, name: &str, payload: &str) -> Result<(), String> {
    let done = sqlx::query("select jobs.enqueue($1, $2::jsonb)").bind(name).bind(payload);
    done.execute(connection).await.map(|_| ()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_api_reaches_the_queue_through_its_functions_alone() {
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c \
         join pg_namespace n on n.oid = c.relnamespace \
         where n.nspname in ('graphile_worker', 'jobs') and c.relkind in ('r', 'v')",
    )
    .fetch_all(&mut behind)
    .await
    .expect("the catalogue");
    assert!(tables.len() > 6, "{tables:?}");
    let mut api = api(&bench).await;
    for table in tables {
        for statement in [format!("select * from {table}"), format!("delete from {table}")] {
            let refused = sqlx::query(AssertSqlSafe(statement.clone())).execute(&mut api).await;
            let said = refused.expect_err("the queue is closed").to_string();
            assert!(said.contains("permission denied"), "{statement}: {said}");
        }
    }
    let added = sqlx::query("select graphile_worker.add_job('send_notice')").execute(&mut api).await;
    assert!(added.expect_err("the queue is closed").to_string().contains("permission denied"));
    let roll = sqlx::query("select directory.companies(null, 10)").execute(&mut api).await;
    assert!(roll.expect_err("the roll is the worker's").to_string().contains("permission denied"));
}

#[tokio::test]
async fn a_job_is_of_the_company_that_is_set_and_of_a_known_kind() {
    let bench = Bench::new(1).await;
    let (ours, theirs) = (made_up().uuid(), made_up().uuid());
    let mut api = api(&bench).await;
    let refused = enqueue(&mut api, "send_notice", &payload(ours)).await;
    assert!(refused.expect_err("no company").contains("no company is set"));
    enter(&mut api, &ours.to_string()).await;
    for (name, payload, why) in [
        ("send_notice", payload(theirs), "not of the company"),
        ("send_notice", "{}".to_owned(), "not of the company"),
        ("send_notice", r#"["company_id"]"#.to_owned(), "not of the company"),
        ("chore", payload(ours), "no job of this name"),
        ("send_money", payload(ours), "no job of this name"),
        ("send_notice", payload(ours).replace('r', &"r".repeat(5000)), "too large"),
    ] {
        let refused = enqueue(&mut api, name, &payload).await;
        let said = refused.expect_err("it is refused");
        assert!(said.contains(why), "{name} {said}");
    }
    enqueue(&mut api, "send_notice", &payload(ours)).await.expect("it is queued");
    let mut behind = bench.database.behind_the_walls().await;
    let queued: i64 = sqlx::query_scalar("select count(*) from graphile_worker._private_jobs")
        .fetch_one(&mut behind)
        .await
        .expect("the queue");
    assert_eq!(queued, 1, "nothing that was refused is there");
}

#[tokio::test]
async fn every_job_has_its_kind() {
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    let kinds: Vec<String> = sqlx::query_scalar("select name from jobs.kinds order by name")
        .fetch_all(&mut behind)
        .await
        .expect("the kinds");
    let mut names = Job::NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(kinds, names);
}

#[tokio::test]
async fn the_worker_sees_one_company_at_a_time_and_changes_only_what_it_must() {
    let bench = Bench::new(1).await;
    let mut worker = PgConnection::connect(&bench.database.worker_url).await.expect("the worker's role");
    let directory = sqlx::query("select * from identities").execute(&mut worker).await;
    assert!(directory.expect_err("the directory is closed").to_string().contains("permission denied"));
    let company: Uuid = sqlx::query_scalar(include_str!("support/company.sql"))
        .bind("worked")
        .fetch_one(&mut bench.database.behind_the_walls().await)
        .await
        .expect("a company");
    let count = "select count(*) from accounts";
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut worker).await.expect("it may ask");
    assert_eq!(seen, 0, "no company is set");
    enter(&mut worker, &company.to_string()).await;
    let seen: i64 = sqlx::query_scalar(count).fetch_one(&mut worker).await.expect("it may ask");
    assert_eq!(seen, 1);
    for statement in [
        "update users set role = 'OWNER'",
        "delete from users",
        "delete from pipelines",
        "delete from outbox",
        "insert into graphile_worker.migrations (id) values (999)",
        "truncate sessions",
        "create table loot (id int)",
        "create table graphile_worker.loot (id int)",
        "select jobs.retry(gen_random_uuid())",
    ] {
        let refused = sqlx::query(statement).execute(&mut worker).await;
        let said = refused.expect_err("it is refused").to_string();
        assert!(said.contains("permission denied"), "{statement}: {said}");
    }
}

#[tokio::test]
async fn the_status_tells_what_waits_and_since_when() {
    let bench = Bench::new(2).await;
    let status = async |store: &PgStore| {
        store.queue_status(Duration::from_secs(30)).await.expect("both roles may ask")
    };
    let empty = status(&bench.store).await;
    assert_eq!((empty.ready, empty.dead, empty.workers, empty.oldest), (0, 0, 0, Duration::ZERO));
    let company = made_up();
    let tx = bench.begin(company).await;
    queue_two(&*tx).await;
    tx.commit().await.expect("it commits");
    let mut behind = bench.database.behind_the_walls().await;
    for sql in [
        "update graphile_worker._private_jobs set run_at = now() - interval '90 seconds' where id = \
         (select min(id) from graphile_worker._private_jobs)",
        "insert into graphile_worker._private_jobs (task_id, payload, attempts, max_attempts) \
         select task_id, payload, 5, 5 from graphile_worker._private_jobs limit 1",
        "insert into graphile_worker._private_workers (id, last_heartbeat_at) \
         values ('alive', now()), ('dead', now() - interval '1 minute')",
    ] {
        sqlx::query(sql).execute(&mut behind).await.expect("the queue is changed");
    }
    let seen = status(&bench.worker()).await;
    assert_eq!((seen.ready, seen.dead, seen.workers), (2, 1, 1));
    assert!(seen.oldest >= Duration::from_secs(90) && seen.oldest < Duration::from_mins(10), "{seen:?}");
}

async fn queue_two(tx: &dyn UnitOfWork) {
    let queue: &dyn JobQueue = tx.jobs();
    for _ in 0..2 {
        let notice = cartera_application::jobs::Notice::PasswordReset { reset_id: Uuid::now_v7() };
        queue.enqueue(Job::SendNotice { notice }).await.expect("it is queued");
    }
}

#[tokio::test]
async fn working_as_another_role_is_refused() {
    let bench = Bench::new(1).await;
    bench.worker().require_worker_role().await.expect("the worker's role works");
    let database = &bench.database;
    for (url, why) in [
        (&database.owner_url, "owns the tables"),
        (&database.superuser_url, "is a superuser"),
        (&database.api_url, "may not use the job queue"),
    ] {
        let options = cartera_infra_postgres::PoolOptions { size: 1, patience: Duration::from_secs(5) };
        let store = PgStore::new(url, options).expect("the URL is one");
        let refused = store.require_worker_role().await.expect_err("it is refused").to_string();
        assert!(refused.contains(why) && refused.contains("WORKER_DATABASE_URL"), "{refused}");
    }
    let refused = bench.worker().require_harmless_role().await.expect_err("it is the worker's").to_string();
    assert!(refused.contains("may not write the tables") && refused.contains(" DATABASE_URL"), "{refused}");
}
