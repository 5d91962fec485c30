//! Fixtures of these tests: a store that bypasses row-level security, and a witness of its statements.

use std::time::Duration;

use cartera_application::security::{Actor, Grant, Provenance};
use cartera_domain::ids::CompanyId;
use cartera_infra_postgres::{PgStore, PoolOptions, witness};
use cartera_test_database::TestDatabase;

use crate::twins::Twins;

/// A separate database in which twins can be created, and a store on it, as a superuser.
pub struct Bench {
    /// The database.
    pub database: TestDatabase,
    /// The store.
    pub store: PgStore,
}

fn store(database: &TestDatabase, pool: u32) -> PgStore {
    let options = PoolOptions { size: pool, patience: Duration::from_secs(30) };
    PgStore::new(&database.superuser_url, options).expect("the URL is one")
}

impl Bench {
    /// A fresh one, with a pool of this size.
    pub async fn new(pool: u32) -> Self {
        let database = TestDatabase::create().await;
        let mut behind = database.behind_the_walls().await;
        sqlx::raw_sql(include_str!("twins.sql")).execute(&mut behind).await.expect("twins can be made");
        witness::call(Twins::default());
        let store = store(&database, pool);
        Self { database, store }
    }

    /// A store on the same database, for the worker.
    pub fn worker(&self) -> PgStore {
        store(&self.database, 4)
    }
}

/// A grant for Cartera itself in a company.
pub fn grant(company: CompanyId) -> Grant {
    Actor::system(company, Provenance::request("test")).authorize_system().expect("the system may")
}
