//! A separate, migrated database for every test, cloned from a template in about twenty milliseconds.
//!
//! ```no_run
//! # async fn example() {
//! let database = cartera_test_database::TestDatabase::create().await;
//! // database.api_url: as the API's role, under row-level security
//! // database.superuser_url: as a superuser, who bypasses it
//! # }
//! ```
//! The cluster is in memory and deleted as a whole, so databases are not dropped individually.

use cartera_embedded::{Connection, TestCluster};
use cartera_migrations::{
    Migrator,
    roles::{API, OWNER, Passwords, WORKER},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The password of every role in a test cluster.
const PASSWORD: &str = "test";
/// The advisory lock that serialises creating and cloning the template, which must have no other connection.
const LOCK: i64 = 7_216_101;

/// The SQL script that fills a company; its header documents it.
pub const COMPANY: &str = include_str!("company.sql");

/// A company to fill directly in the tables; a large one takes seconds.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// Its id; it has just signed up and has no records.
    pub company: &'a str,
    /// Its index among the companies of the database, to make addresses unique.
    pub index: u32,
    /// The number of opportunities.
    pub opportunities: u32,
    /// The number of accounts.
    pub accounts: u32,
}

impl Filling<'_> {
    /// The script, to be run as a superuser.
    pub fn sql(self) -> String {
        let Self { company, index, opportunities, accounts } = self;
        COMPANY
            .replace("$company", company)
            .replace("$index", &index.to_string())
            .replace("$size", &opportunities.to_string())
            .replace("$accounts", &accounts.to_string())
    }
}

/// A separate, migrated database.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// The URL for the API's role.
    pub api_url: String,
    /// The URL for the role that owns the tables.
    pub owner_url: String,
    /// The URL for the worker's role.
    pub worker_url: String,
    /// The URL for a superuser, who bypasses row-level security.
    pub superuser_url: String,
}

impl TestDatabase {
    /// Creates a database for one test.
    ///
    /// # Panics
    /// If the cluster can't be started or the database can't be created: no test can continue then.
    pub async fn create() -> Self {
        let cluster = tokio::task::spawn_blocking(|| {
            TestCluster::shared().expect("a test cluster: is PostgreSQL installed (make setup)?")
        })
        .await
        .expect("the cluster's thread ended well");
        let name = format!("test_{}", uuid::Uuid::now_v7().simple());
        let url = cluster.superuser_url("postgres");
        let mut connection = PgConnection::connect(&url).await.expect("the test cluster answers");
        lock(&mut connection).await;
        let template = template(cluster, &mut connection).await;
        run(&mut connection, format!("create database {name} template {template} strategy file_copy")).await;
        // Privileges on a database are not cloned with it.
        run(&mut connection, format!("grant connect on database {name} to {API}, {WORKER}, {OWNER}")).await;
        connection.close().await.expect("the connection ends well");
        Self {
            api_url: cluster.url(API, PASSWORD, &name),
            owner_url: cluster.url(OWNER, PASSWORD, &name),
            worker_url: cluster.url(WORKER, PASSWORD, &name),
            superuser_url: cluster.superuser_url(&name),
        }
    }

    /// A connection as a superuser, which bypasses row-level security.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn behind_the_walls(&self) -> PgConnection {
        PgConnection::connect(&self.superuser_url).await.expect("the test database answers")
    }

    /// How many transactions are open in which nothing runs.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn transactions_left_open(&self) -> i64 {
        let mut behind = self.behind_the_walls().await;
        sqlx::query_scalar(
            "select count(*) from pg_stat_activity where datname = current_database() \
             and state like 'idle in transaction%'",
        )
        .fetch_one(&mut behind)
        .await
        .expect("the activity")
    }
}

async fn lock(connection: &mut PgConnection) {
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(connection)
        .await
        .expect("the lock of the template");
}

/// The migrated template, created by the first test of the cluster. Its name identifies its migrations.
async fn template(cluster: &Connection, connection: &mut PgConnection) -> String {
    use cartera_migrations::MigratorTrait;
    let name = format!("template_{}", Migrator::migrations().len());
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut *connection)
        .await
        .expect("the list of databases");
    if exists {
        return name;
    }
    let unfinished = format!("{name}_unfinished");
    run(connection, format!("drop database if exists {unfinished} with (force)")).await;
    run(connection, format!("create database {unfinished}")).await;
    let password = || Some(PASSWORD.to_owned());
    let passwords = Passwords { owner: password(), api: password(), worker: password() };
    cartera_migrations::migrate(&cluster.superuser_url(&unfinished), &passwords)
        .await
        .expect("the migrations apply");
    run(connection, format!("alter database {unfinished} rename to {name}")).await;
    name
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql)).execute(connection).await.expect("the test cluster obeys");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_the_script_is_filled() {
        let filling = Filling { company: "1", index: 1, opportunities: 20, accounts: 1 };
        assert_eq!(filling.sql().find('$'), None);
    }
}
