//! The database: an outage, read-only mode, and the content of its log.

use std::{
    fs,
    time::{Duration, Instant},
};

use cartera_embedded::Postgres;
use futures_util::future::{join, join_all};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::sleep;

use crate::support::{Call, Client, Company, Embedded, Folder, Server, kill};

/// Five seconds, and another five for a busy machine. An implementation that waited for connections and jobs took 12 to
/// 23.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_server_whose_database_has_died_ends_soon() {
    let folder = Folder::new("dead-database");
    let server = Embedded::start(&folder, &[]);
    let company = Company::register(&server.nobody()).await;
    let record = server.record.clone();
    // Under load, so that some requests are waiting for the database.
    let callers = join_all(
        (0..8).map(|_| async { while company.client().try_send(Call::get("/accounts")).await.is_ok() {} }),
    );
    let death = async {
        sleep(Duration::from_millis(200)).await;
        let died = Instant::now();
        kill(folder.postgres().expect("PostgreSQL runs"));
        let status = tokio::task::spawn_blocking(move || server.end()).await.expect("it ends");
        (status, died.elapsed())
    };
    let (_, (status, elapsed)) = join(callers, death).await;
    assert_eq!(status.code(), Some(1), "{}", record.log());
    assert!(record.log().contains("the embedded PostgreSQL has ended"), "{}", record.log());
    assert!(elapsed < SOON, "{elapsed:?}: {}", record.log());
}

#[tokio::test]
async fn the_log_of_the_database_quotes_no_value() {
    let folder = Folder::new("quiet-log");
    let server = Embedded::start(&folder, &[]);
    let postgres = Postgres::attach(folder.path()).expect("it runs");
    let mut connection = PgConnection::connect(&postgres.superuser_url("cartera")).await.expect("it answers");
    let obey = async |connection: &mut PgConnection, sql: &'static str| {
        sqlx::query(sql).execute(connection).await.expect("it obeys");
    };
    let table = "create temporary table people (email text unique check (email <> 'hidden-check'))";
    obey(&mut connection, table).await;
    let typed = "insert into people values ('hidden-check')";
    sqlx::query(typed).execute(&mut connection).await.expect_err("it is refused");
    // The most verbose log: every statement with its values.
    obey(&mut connection, "set log_min_duration_statement = 0").await;
    for (email, taken) in [("hidden-unique", true), ("hidden-unique", false), ("hidden-check", false)] {
        let done = sqlx::query("insert into people values ($1)").bind(email).execute(&mut connection).await;
        assert_eq!(done.is_ok(), taken, "{email}");
    }
    let log = fs::read_to_string(folder.path().join("postgres.log")).expect("a log");
    assert!(log.contains("duplicate key value violates unique constraint"), "{log}");
    assert!(log.contains("insert into people values ($1)"), "{log}");
    assert!(!log.contains("hidden"), "{log}");
    server.terminate();
    assert!(server.end().success());
}

/// Simulates the error of PostgreSQL with a full disk.
const FULL: &str = "create function full_disk() returns trigger language plpgsql as $$ begin \
    raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$; \
    create trigger full_disk before insert on accounts for each row execute function full_disk()";

/// Waits until both the database check and the overall health have this status.
async fn health_says(nobody: &Client, wanted: &str) {
    loop {
        let health = nobody.get("//health").await.expect(200).json();
        if health["status"] == wanted && health["checks"]["database"]["status"] == wanted {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn health_is_degraded_while_no_write_succeeds() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    let nobody = server.nobody();
    health_says(&nobody, "ok").await;
    let mut connection = server.database.behind_the_walls().await;
    sqlx::raw_sql(FULL).execute(&mut connection).await.expect("it obeys");
    let account = json!({ "name": "no room" });
    company.client().post("/accounts", &account).await.problem(503, "unavailable");
    health_says(&nobody, "degraded").await;
    // Reading still works, so the server stays ready.
    company.client().get("/accounts").await.expect(200);
    nobody.get("//readyz").await.expect(200);
    let made_room = "drop trigger full_disk on accounts";
    sqlx::raw_sql(made_room).execute(&mut connection).await.expect("it obeys");
    company.client().post("/accounts", &account).await.expect(201);
    health_says(&nobody, "ok").await;
}

#[tokio::test]
async fn health_is_degraded_while_the_database_is_read_only() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    let nobody = server.nobody();
    health_says(&nobody, "ok").await;
    let mut connection = server.database.behind_the_walls().await;
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity \
               where datname = current_database() and pid <> pg_backend_pid()";
    let mut switch = async |to: &str| {
        let set = format!(
            "do $$ begin execute format('alter database %I set default_transaction_read_only = {to}', \
             current_database()); end $$; {cut}"
        );
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut connection).await.expect("it obeys");
    };
    switch("on").await;
    // It is detected without a failed write.
    health_says(&nobody, "degraded").await;
    let account = json!({ "name": "no room" });
    company.client().post("/accounts", &account).await.problem(503, "unavailable");
    company.client().get("/accounts").await.expect(200);
    nobody.get("//readyz").await.expect(200);
    switch("off").await;
    health_says(&nobody, "ok").await;
    company.client().post("/accounts", &account).await.expect(201);
}
