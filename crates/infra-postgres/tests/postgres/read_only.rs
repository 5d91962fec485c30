//! PostgreSQL reports the same error for a read-only database and for our own read-only transactions; the adapter must
//! tell them apart.

use std::time::Duration;

use cartera_application::{Kind, ports::Store};
use cartera_infra_postgres::{Access, PgStore, PoolOptions, refused_writes};
use sqlx::AssertSqlSafe;

use crate::support::{Bench, grant, made_up};

#[tokio::test]
async fn a_database_that_is_read_only_says_so_before_anybody_writes() {
    let bench = Bench::new(1).await;
    assert_eq!(bench.store.ping().await.expect("it answers"), Access::Full);
    let mut behind = bench.database.behind_the_walls().await;
    let name: String =
        sqlx::query_scalar("select current_database()").fetch_one(&mut behind).await.expect("a name");
    let close = format!("alter database {name} set default_transaction_read_only = on");
    sqlx::query(AssertSqlSafe(close)).execute(&mut behind).await.expect("a superuser may");
    let options = PoolOptions { size: 1, patience: Duration::from_secs(5) };
    let store = PgStore::new(&bench.database.api_url, options).expect("the URL is one");
    assert_eq!(store.ping().await.expect("it answers"), Access::ReadOnly);
    let tx = store.begin(&grant(made_up())).await.expect("it is opened");
    let refused = tx.pipelines().lock_all().await.expect_err("it is a replica, as far as we know");
    assert_eq!(refused.code().kind(), Kind::Unavailable, "another server may take it: {refused:?}");
}

#[tokio::test]
async fn work_that_only_reads_and_tries_to_write_tells_nothing_of_the_database() {
    let bench = Bench::new(1).await;
    let tx = bench.store.read(&grant(made_up())).await.expect("it is opened");
    tx.pipelines().lock_all().await.expect_err("it may not lock");
    tx.rollback().await;
    assert_eq!(refused_writes(), None);
    assert_eq!(bench.store.ping().await.expect("it answers"), Access::Full);
}
