//! Contract tests of the in-memory store.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_application::{
    events::payload,
    jobs::QueuedJob,
    ports::{CompanyRoll, Directory, HistoryQueries, Store},
    testing::{
        FixedClock, MemoryDirectory, MemoryStore,
        contract::{Harness, run_all},
    },
};
use cartera_domain::ids::CompanyId;
use serde_json::Value;
use uuid::Uuid;

struct Memory(MemoryStore);

impl Memory {
    fn new() -> Self {
        Self(MemoryStore::new(Arc::new(FixedClock::default())))
    }
}

#[async_trait]
impl Harness for Memory {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }

    fn worker_store(&self) -> Arc<dyn Store> {
        self.store()
    }

    fn roll(&self) -> Arc<dyn CompanyRoll> {
        Arc::new(self.0.clone())
    }

    fn directory(&self) -> Arc<dyn Directory> {
        Arc::new(MemoryDirectory::new(&self.0))
    }

    fn history(&self) -> Arc<dyn HistoryQueries> {
        Arc::new(self.0.clone())
    }

    async fn events(&self, company: CompanyId) -> Vec<(i64, String)> {
        let events = self.0.events(company).into_iter();
        events.map(|published| (published.sequence, published.event.kind.as_str().to_owned())).collect()
    }

    async fn payloads(&self, company: CompanyId) -> Vec<(Uuid, Value)> {
        let events = self.0.events(company).into_iter();
        events.map(|published| (published.event.entity.id, payload(&published.event))).collect()
    }

    async fn jobs(&self, company: CompanyId) -> Vec<QueuedJob> {
        let of_company = |queued: &QueuedJob| queued.company_id == company.uuid();
        self.0.jobs().into_iter().filter(of_company).collect()
    }
}

cartera_application::contract_tests!(Memory::new());

#[tokio::test]
async fn one_store_keeps_them_all() {
    run_all(&Memory::new()).await;
}
