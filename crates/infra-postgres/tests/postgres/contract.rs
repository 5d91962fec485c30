//! The contract tests of every port on PostgreSQL, the same as in memory.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_application::{
    contract_tests,
    jobs::QueuedJob,
    ports::{CompanyRoll, Directory, HistoryQueries, Store},
    testing::contract::Harness,
};
use cartera_domain::ids::CompanyId;
use cartera_infra_postgres::PgDirectory;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::support::Bench;

/// The store and the directory on a separate database.
pub(crate) struct PgHarness(Bench);

impl PgHarness {
    pub(crate) async fn new() -> Self {
        Self(Bench::new(24).await)
    }

    /// A connection as a superuser.
    pub(crate) async fn behind_the_walls(&self) -> PgConnection {
        self.0.database.behind_the_walls().await
    }
}

#[async_trait]
impl Harness for PgHarness {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.store.clone())
    }

    fn worker_store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.worker())
    }

    fn roll(&self) -> Arc<dyn CompanyRoll> {
        Arc::new(self.0.worker())
    }

    fn directory(&self) -> Arc<dyn Directory> {
        Arc::new(PgDirectory::new(&self.0.store))
    }

    fn history(&self) -> Arc<dyn HistoryQueries> {
        Arc::new(self.0.store.clone())
    }

    async fn events(&self, company: CompanyId) -> Vec<(i64, String)> {
        let mut behind = self.behind_the_walls().await;
        sqlx::query_as("select sequence, type from outbox where company_id = $1 order by sequence")
            .bind(company.uuid())
            .fetch_all(&mut behind)
            .await
            .expect("the outbox")
    }

    async fn payloads(&self, company: CompanyId) -> Vec<(Uuid, Value)> {
        let mut behind = self.behind_the_walls().await;
        sqlx::query_as("select entity_id, payload from outbox where company_id = $1 order by sequence")
            .bind(company.uuid())
            .fetch_all(&mut behind)
            .await
            .expect("the outbox")
    }

    async fn jobs(&self, company: CompanyId) -> Vec<QueuedJob> {
        let mut behind = self.behind_the_walls().await;
        let payloads: Vec<serde_json::Value> = sqlx::query_scalar(
            "select payload from graphile_worker._private_jobs where payload ->> 'company_id' = $1 order by id",
        )
        .bind(company.uuid().to_string())
        .fetch_all(&mut behind)
        .await
        .expect("the queue");
        payloads.iter().map(|payload| QueuedJob::read(payload).expect("a job")).collect()
    }
}

contract_tests!(PgHarness::new().await);
