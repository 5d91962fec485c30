//! What flies together belongs together: on PostgreSQL, since the promises are about what it does between two messages.

use std::{future::Future, time::Duration};

use cartera_test_database::TestDatabase;
use futures_util::poll;
use sea_orm::{DatabaseBackend::Postgres, Statement, Value};
use tokio::task::yield_now;
use uuid::Uuid;

use super::super::{Connections, End, Held, Lane, PoolOptions, Rule};

/// One connection, so that each user gets that of the one before.
async fn one() -> (TestDatabase, Connections) {
    let database = TestDatabase::create().await;
    let options = PoolOptions { size: 1, patience: Duration::from_secs(5) };
    let connections = Connections::new(&database.api_url, options, false, Rule::FirstCome).expect("a URL");
    (database, connections)
}

fn statement(text: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(Postgres, text, values)
}

fn entering(company: &str) -> String {
    format!("BEGIN; SET LOCAL app.company_id = '{company}'")
}

async fn held(connections: &Connections, opening: String) -> Held {
    connections.open(Uuid::from_u128(7), Lane::Write, opening).await.expect("it is free")
}

/// Asserts that the connection is in no company, and in no transaction that somebody left open.
async fn assert_free(database: &TestDatabase, connections: &Connections) {
    let mut held = connections.lend(Lane::Read).await.expect("it comes back");
    let text = "select coalesce(current_setting('app.company_id', true), '') as company";
    let rows = held.ask(statement(text, [])).await.expect("it answers");
    assert_eq!(rows[0].get::<String>("company").expect("a text"), "");
    assert_eq!(database.transactions_left_open().await, 0, "a transaction is open that nobody ends");
}

#[tokio::test]
async fn a_transaction_begins_with_its_first_statement_and_ends_with_its_last() {
    let (database, connections) = one().await;
    let company = Uuid::from_u128(1).to_string();
    let mut tx = held(&connections, entering(&company)).await;
    assert!(!tx.is_open());
    let where_am_i =
        || statement("select current_setting('app.company_id') as company, $1::int as one", [1.into()]);
    let rows = tx.ask(where_am_i()).await.expect("it answers");
    assert_eq!(rows[0].get::<String>("company").expect("a text"), company);
    assert!(tx.is_open());
    let answers = tx.fly(vec![where_am_i(), where_am_i()], Some(End::Commit)).await.expect("it answers");
    assert_eq!(answers.len(), 2);
    assert!(!tx.is_open());
    // Whatever comes after the end is in another transaction of the same company.
    let rows = tx.ask(where_am_i()).await.expect("it answers");
    assert_eq!(rows[0].get::<String>("company").expect("a text"), company);
    drop(tx);
    assert_free(&database, &connections).await;
}

/// Row-level security would make empty rows of it, and those a "not found".
#[tokio::test]
async fn a_flight_that_could_not_begin_is_an_error_and_never_empty() {
    let (database, connections) = one().await;
    let mut tx = held(&connections, "BEGIN; SET LOCAL app.company_id = ".to_owned()).await;
    let failed = tx.fly(vec![statement("select id from accounts", [])], None).await;
    let code = failed
        .expect_err("it can't begin")
        .into_database_error()
        .and_then(|error| error.code().map(String::from));
    assert_eq!(code.as_deref(), Some("42601"), "the first error, not that of what came after it");
    drop(tx);
    assert_free(&database, &connections).await;
}

#[tokio::test]
async fn the_first_error_counts_with_its_code_and_its_constraint() {
    let (_database, connections) = one().await;
    let mut tx = held(&connections, entering(&Uuid::from_u128(1).to_string())).await;
    let table = "create temporary table told (id int constraint told_once unique) on commit drop";
    tx.batch(table).await.expect("it is made");
    tx.ask(statement("insert into told values ($1)", [1.into()])).await.expect("it is stored");
    let twice = [
        statement("insert into told values ($1)", [1.into()]),
        statement("insert into told values ($1)", [2.into()]),
    ];
    let error = tx.fly(twice.into(), Some(End::Commit)).await.expect_err("it is there");
    let error = error.into_database_error().expect("PostgreSQL refuses it");
    assert_eq!((error.code().as_deref(), error.constraint()), (Some("23505"), Some("told_once")));
}

/// PostgreSQL answers COMMIT of a failed transaction with a ROLLBACK that is no error.
#[tokio::test]
async fn a_transaction_in_which_something_failed_can_not_be_committed() {
    let (database, connections) = one().await;
    for end_with_statement in [false, true] {
        let mut tx = held(&connections, entering(&Uuid::from_u128(1).to_string())).await;
        tx.ask(statement("select 1 / $1::int", [0.into()])).await.expect_err("that can't be divided");
        let ended = if end_with_statement {
            tx.fly(vec![statement("select 1", [])], Some(End::Commit)).await.map(|_| ())
        } else {
            tx.commit().await
        };
        assert!(ended.is_err(), "nothing was stored");
        drop(tx);
        assert_free(&database, &connections).await;
    }
}

/// BEGIN on an open transaction only warns, and SET LOCAL would move it into another company.
#[tokio::test]
async fn a_dropped_flight_gives_the_connection_back_after_its_end() {
    let (database, connections) = one().await;
    let company = Uuid::from_u128(1).to_string();
    let slow = || statement("select pg_sleep(0.05)", []);
    for end in [None, Some(End::Commit)] {
        for polls in 0..12 {
            let mut tx = held(&connections, entering(&company)).await;
            // The statement is prepared anew now and then, so that every step is cut off.
            let text = format!("select pg_sleep(0.01), {} as number", polls % 3);
            give_up_after(tx.fly(vec![slow(), statement(&text, [])], end), polls).await;
            drop(tx);
            assert_free(&database, &connections).await;
        }
    }
    assert_eq!(connections.counts(), (0, 1), "it is the same connection");
}

/// Polls this many times, then gives up.
async fn give_up_after(flight: impl Future, polls: usize) {
    let mut flight = std::pin::pin!(flight);
    for _ in 0..polls {
        if poll!(&mut flight).is_ready() {
            return;
        }
        yield_now().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn a_connection_keeps_no_more_statements_than_its_bound() {
    let (_database, connections) = one().await;
    let mut tx = held(&connections, entering(&Uuid::from_u128(1).to_string())).await;
    for number in 0..150 {
        tx.ask(statement(&format!("select {number} as number"), [])).await.expect("it answers");
    }
    let kept = tx.ask(statement("select count(*) as count from pg_prepared_statements", [])).await;
    let kept: i64 = kept.expect("it answers")[0].get("count").expect("a count");
    assert!((90..=101).contains(&kept), "{kept}");
}

#[tokio::test]
async fn a_connection_that_died_meanwhile_is_replaced_unless_something_may_have_been_stored() {
    let (database, connections) = one().await;
    let mut behind = database.behind_the_walls().await;
    let mut kill = async || {
        sqlx::query(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity \
             where datname = current_database() and usename = 'cartera_api'",
        )
        .execute(&mut behind)
        .await
        .expect("a superuser may");
    };
    let company = entering(&Uuid::from_u128(1).to_string());
    assert_free(&database, &connections).await;
    kill().await;
    let mut tx = held(&connections, company.clone()).await;
    tx.ask(statement("select 1", [])).await.expect("another one is opened");
    kill().await;
    tx.ask(statement("select 1", [])).await.expect_err("its transaction is lost");
    drop(tx);
    assert_free(&database, &connections).await;
}
