//! Contract tests of the in-memory file store.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use cartera_application::{
    blob_contract_tests,
    ports::BlobStore,
    testing::{BlobAnswer, FixedClock, MemoryBlobs, contract::blobs::BlobHarness},
};
use chrono::TimeDelta;

struct Memory {
    blobs: MemoryBlobs,
    clock: FixedClock,
}

impl Memory {
    fn new() -> Self {
        let clock = FixedClock::default();
        Self { blobs: MemoryBlobs::new(Arc::new(clock.clone())), clock }
    }
}

#[async_trait]
impl BlobHarness for Memory {
    fn blobs(&self) -> Arc<dyn BlobStore> {
        Arc::new(self.blobs.clone())
    }

    async fn put(&self, url: &str, headers: &[(&str, String)], bytes: &[u8]) -> u16 {
        self.blobs.put(url, headers, bytes)
    }

    async fn get(&self, url: &str) -> BlobAnswer {
        self.blobs.get(url)
    }

    async fn wait(&self, time: Duration) {
        self.clock.advance(TimeDelta::from_std(time).expect("it is short"));
    }
}

blob_contract_tests!(Memory::new());
