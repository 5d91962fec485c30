//! Fixtures shared by the tests of this crate.

use std::time::Duration;

use cartera_application::{
    ports::{Store, UnitOfWork},
    security::{Actor, Grant, Provenance},
};
use cartera_domain::ids::{CompanyId, Id};
use cartera_infra_postgres::{PgStore, PoolOptions};
use cartera_test_database::TestDatabase;
use uuid::Uuid;

/// A separate database and a store on it, as the API's role.
pub struct Bench {
    /// The database.
    pub database: TestDatabase,
    /// The store.
    pub store: PgStore,
}

impl Bench {
    /// A fresh one, with a pool of this size.
    pub async fn new(pool: u32) -> Self {
        let database = TestDatabase::create().await;
        let options = PoolOptions { size: pool, patience: Duration::from_secs(5) };
        let store = PgStore::new(&database.api_url, options).expect("the URL is one");
        Self { database, store }
    }

    /// A store on the same database, as the worker's role.
    pub fn worker(&self) -> PgStore {
        let options = PoolOptions { size: 4, patience: Duration::from_secs(5) };
        PgStore::careful(&self.database.worker_url, options).expect("the URL is one")
    }

    /// Begins a unit of work as Cartera itself in a company.
    pub async fn begin(&self, company: CompanyId) -> Box<dyn UnitOfWork> {
        self.store.begin(&grant(company)).await.expect("a unit of work")
    }
}

/// A grant for Cartera itself in a company.
pub fn grant(company: CompanyId) -> Grant {
    Actor::system(company, Provenance::request("test")).authorize_system().expect("the system may")
}

/// A random company id.
pub fn made_up() -> CompanyId {
    Id::new(Uuid::now_v7())
}
