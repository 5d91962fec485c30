//! The store in memory keeps the promises of the ports.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_application::{
    jobs::QueuedJob,
    ports::{CompanyRoll, Directory, Store},
    testing::{
        ContactRow, FixedClock, MemoryDirectory, MemoryStore,
        contract::{Harness, run_all},
    },
};
use cartera_domain::ids::{AccountId, CompanyId, ContactId, Id};
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

    async fn events(&self, company: CompanyId) -> Vec<(i64, String)> {
        let events = self.0.events(company).into_iter();
        events.map(|published| (published.sequence, published.event.kind.as_str().to_owned())).collect()
    }

    async fn jobs(&self, company: CompanyId) -> Vec<QueuedJob> {
        let of_company = |queued: &QueuedJob| queued.company_id == company.uuid();
        self.0.jobs().into_iter().filter(of_company).collect()
    }

    async fn contact(&self, company: CompanyId, account_id: Option<AccountId>) -> ContactId {
        let id = Id::new(Uuid::now_v7());
        let row = ContactRow { name: "Carla".to_owned(), account_id, deleted_at: None };
        self.0.tamper(|tables| tables.contacts.insert((company, id), row));
        id
    }
}

cartera_application::contract_tests!(Memory::new());

#[tokio::test]
async fn one_store_keeps_them_all() {
    run_all(&Memory::new()).await;
}
