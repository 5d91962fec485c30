//! Conditions under which `serve` refuses to start.

use cartera_test_database::TestDatabase;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::support::{Folder, JWT_SECRET, PASSWORD, environment, program, run, run_with, unique};

/// Runs `serve`, which must fail; returns the program's output.
fn refused(settings: &[(&str, String)], arguments: &[&str]) -> String {
    let mut command = program();
    command.arg("serve").args(arguments).env("HTTP_ADDR", "127.0.0.1:0");
    let (ok, said) = run(command.envs(settings.iter().map(|(name, value)| (name, value))));
    assert!(!ok, "{said}");
    said
}

#[tokio::test]
async fn a_role_that_could_see_more_than_one_company() {
    let database = TestDatabase::create().await;
    for (url, why) in [
        (&database.owner_url, "cartera_owner"),
        (&database.superuser_url, "superuser"),
        (&database.worker_url, "cartera_worker` may not write the tables"),
    ] {
        let mut settings = environment(&database);
        settings[0].1.clone_from(url);
        let said = refused(&settings, &[]);
        assert!(said.contains(why), "{said}");
    }
}

/// The worker's database role is only required to run the worker.
#[tokio::test]
async fn a_worker_without_its_role_or_as_another() {
    let database = TestDatabase::create().await;
    let mut settings = environment(&database);
    for (url, why) in [
        (&database.owner_url, "owns the tables"),
        (&database.superuser_url, "is a superuser"),
        (&database.api_url, "may not use the job queue"),
    ] {
        settings[1].1.clone_from(url);
        let said = refused(&settings, &[]);
        assert!(said.contains(why) && said.contains("WORKER_DATABASE_URL"), "{said}");
        let (ok, said) = run(program().arg("worker").envs(settings.clone()));
        assert!(!ok && said.contains("WORKER_DATABASE_URL"), "{said}");
    }
    settings.remove(1);
    let said = refused(&settings, &[]);
    assert!(said.contains("WORKER_DATABASE_URL is missing") && said.contains("--no-worker"), "{said}");
    let (ok, said) = run(program().arg("worker").envs(settings));
    assert!(!ok && said.contains("WORKER_DATABASE_URL is missing"), "{said}");
}

#[tokio::test]
async fn demo_data_outside_the_embedded_stack() {
    let database = TestDatabase::create().await;
    let said = refused(&environment(&database), &["--demo"]);
    assert!(said.contains("demo data is only for the embedded database"), "{said}");
    let (ok, said) = run(program().args(["seed", "demo"]).envs(environment(&database)));
    assert!(!ok && said.contains("demo data is only for the embedded database"), "{said}");
    let users: i64 = sqlx::query_scalar("select count(*) from users")
        .fetch_one(&mut database.behind_the_walls().await)
        .await
        .expect("the users can be counted");
    assert_eq!(users, 0);
}

#[tokio::test]
async fn a_database_that_lacks_migrations() {
    let database = TestDatabase::create().await;
    let name = unique("empty").replace('-', "_");
    let mut connection = database.behind_the_walls().await;
    sqlx::query(AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .expect("it obeys");
    let other = |url: &str| match url.rsplit_once('/') {
        Some((server, _)) => format!("{server}/{name}"),
        None => url.to_owned(),
    };
    let mut settings = environment(&database);
    settings[0].1 = other(&database.api_url);
    settings[1].1 = other(&database.worker_url);
    settings[2].1 = other(&database.superuser_url);
    let said = refused(&settings, &[]);
    assert!(said.contains("migration") && said.contains("cartera migrate"), "{said}");
    // Migrates from two processes at once.
    let migrate = || {
        let settings = settings.clone();
        tokio::task::spawn_blocking(move || run(program().arg("migrate").envs(settings)))
    };
    let (first, second) = (migrate(), migrate());
    for done in [first.await, second.await] {
        let (ok, said) = done.expect("no panic");
        assert!(ok && said.contains("up to date"), "{said}");
    }
    let mut migrated = PgConnection::connect(&settings[2].1).await.expect("it is there");
    let tables: i64 = sqlx::query_scalar("select count(*) from pg_tables where schemaname = 'public'")
        .fetch_one(&mut migrated)
        .await
        .expect("the tables can be counted");
    assert!(tables > 10);
}

#[tokio::test]
async fn settings_that_are_missing_or_wrong_all_named_at_once() {
    let database = TestDatabase::create().await;
    let url = ("DATABASE_URL", database.api_url.clone());
    let said =
        refused(&[url.clone(), ("BODY_LIMIT", "1 MB".to_owned()), ("RATE_LIMITS", "maybe".to_owned())], &[]);
    for name in ["JWT_SECRET", "SECRETS_KEY", "BODY_LIMIT", "RATE_LIMITS"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    let short = "much too short";
    let said = refused(&[url, ("JWT_SECRET", short.to_owned()), ("SECRETS_KEY", short.to_owned())], &[]);
    assert!(said.contains("JWT_SECRET") && said.contains("SECRETS_KEY") && !said.contains(short), "{said}");
}

#[tokio::test]
async fn an_address_that_is_taken() {
    let database = TestDatabase::create().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let (ok, said) = run(program().arg("serve").envs(environment(&database)).env("HTTP_ADDR", &address));
    assert!(!ok && said.contains(&address) && said.contains("HTTP_ADDR"), "{said}");
}

/// A misspelt `DATABASE_URL` must not start the embedded mode, which would create an empty database beside the real
/// one.
#[test]
fn a_misspelt_database_url_makes_no_database() {
    let folder = Folder::new("misspelt");
    let data = folder.path().join("data");
    let commands: [&[&str]; 8] = [
        &["serve"],
        &["serve", "--no-worker"],
        &["worker"],
        &["migrate"],
        &["doctor"],
        &["seed", "demo"],
        &["admin", "create", "--name", "Root", "--email", "root@example.com"],
        &["config"],
    ];
    for arguments in commands {
        let mut command = program();
        command
            .args(arguments)
            .env("DATA_DIR", &data)
            .env("DATABSE_URL", "postgres://cartera_api:hidden@db.example.com/cartera")
            .env("JWT_SECRET", JWT_SECRET)
            .env("SMTP_URL", "smtps://cartera:hidden@smtp.example.com")
            .env("PUBLIC_URL", "https://crm.example.com");
        let (ok, said) = run_with(&mut command, PASSWORD);
        assert!(!ok && said.contains("DATABASE_URL: is missing"), "{arguments:?}: {said}");
        assert!(said.contains("did you mean DATABASE_URL by DATABSE_URL?"), "{arguments:?}: {said}");
        let command = command.env_remove("DATABSE_URL");
        let (ok, said) = run_with(command, PASSWORD);
        let names = ["DATABASE_URL: is missing", "JWT_SECRET", "SMTP_URL", "https PUBLIC_URL"];
        assert!(!ok && names.iter().all(|name| said.contains(name)), "{arguments:?}: {said}");
        assert!(!said.contains("hidden") && !said.contains(JWT_SECRET), "{arguments:?}: {said}");
        assert!(!data.exists(), "{arguments:?} made a data folder");
    }
}

/// A pool retries until its timeout, and would report only the timeout.
#[tokio::test]
async fn a_database_that_nobody_listens_for_is_told_by_its_cause() {
    let database = TestDatabase::create().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let mut settings = environment(&database);
    for (_, url) in &mut settings[..3] {
        let (before, after) = url.rsplit_once('@').expect("a user");
        let name = after.rsplit_once('/').expect("a database").1;
        *url = format!("{before}@127.0.0.1:{port}/{name}");
    }
    for arguments in [&["serve"][..], &["serve", "--no-worker"], &["worker"], &["migrate"], &["doctor"]] {
        let mut command = program();
        command.args(arguments).env("HTTP_ADDR", "127.0.0.1:0").envs(settings.clone());
        let (ok, said) = run(&mut command);
        assert!(!ok && said.to_lowercase().contains("connection refused"), "{arguments:?}: {said}");
        assert!(!said.contains("pool timed out"), "{arguments:?}: {said}");
    }
}
