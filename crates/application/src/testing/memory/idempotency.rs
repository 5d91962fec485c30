//! Remembered answers.

use async_trait::async_trait;
use serde_json::Value;
use uuid::Uuid;

use super::{
    MemoryUnitOfWork,
    tables::{KeyOwner, Remembered},
};
use crate::{
    error::Result,
    idempotency::MEMORY,
    ports::{Claim, IdempotencyKeys},
};

impl MemoryUnitOfWork {
    fn key_owner(&self) -> KeyOwner {
        let actor = self.grant.actor();
        (actor.kind(), actor.id().unwrap_or_else(Uuid::nil))
    }
}

#[async_trait]
impl IdempotencyKeys for MemoryUnitOfWork {
    async fn claim(&self, key: &str) -> Result<Claim> {
        let owner = self.key_owner();
        let (kind, id) = owner;
        if !self.held.try_exclusive(&format!("{}/idempotency/{kind}/{id}/{key}", self.company())) {
            return Ok(Claim::Busy);
        }
        let stored = self.row(|tables| &tables.remembered, &(self.company(), owner, key.to_owned()));
        let fresh = stored.filter(|stored| stored.at + MEMORY > self.store.clock.now());
        Ok(match fresh {
            Some(Remembered { fingerprint, output, operation, at: _ }) => {
                Claim::Used { fingerprint, output, operation: Some(operation) }
            }
            None => Claim::New,
        })
    }

    async fn remember(&self, key: &str, fingerprint: [u8; 32], output: Value) -> Result<()> {
        let (operation, at) = (self.operation, self.store.clock.now());
        let remembered = Remembered { fingerprint, output, operation, at };
        self.written().remembered.insert((self.company(), self.key_owner(), key.to_owned()), remembered);
        Ok(())
    }
}
