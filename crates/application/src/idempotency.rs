//! Idempotent requests: sent twice, they are executed once.
//!
//! The key is claimed first in the unit of work (by a transaction-level advisory lock), and the output stored last,
//! just before the commit. So a change is never stored without its response, nor a response without its change.

use cartera_domain::{ids::Id, record::Fields};
use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    error::{Code, Error, Result},
    ports::{Claim, UnitOfWork, commit_and_read},
    records::RecordView,
    security::IfMatch,
};

/// The key of a request, and what the request was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// What the caller sent as `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub fingerprint: [u8; 32],
}

/// The output of a use case that may have been a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<T> {
    /// The output; on a replay, the stored one.
    pub output: T,
    /// Whether this was a replay, which did nothing.
    pub replayed: bool,
}

impl<T> Outcome<T> {
    /// The output of work that was done now.
    pub fn fresh(output: T) -> Self {
        Self { output, replayed: false }
    }

    /// The same outcome with its output rendered otherwise.
    pub fn map<U>(self, render: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome { output: render(self.output), replayed: self.replayed }
    }
}

/// How long a response is stored.
pub const MEMORY: TimeDelta = TimeDelta::hours(24);

/// Makes a request idempotent, if it has a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Once(Option<IdempotencyKey>);

/// The terms of a change: it happens only if the record still has a version that the caller has seen, and under a key only
/// once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms {
    /// Which versions it may change.
    pub if_match: IfMatch,
    /// The key of the request, if it has one.
    pub once: Once,
}

impl From<IfMatch> for Terms {
    fn from(if_match: IfMatch) -> Self {
        Self { if_match, once: Once::default() }
    }
}

impl Once {
    /// A request with a key, or without.
    pub fn new(key: Option<IdempotencyKey>) -> Self {
        Self(key)
    }

    /// The id of a new company, which is also its realm. It is derived from the person and the key, so that a repeated
    /// request finds its stored response there. None without a key.
    pub(crate) fn realm_of(&self, person: Uuid) -> Option<Uuid> {
        let key = self.0.as_ref()?;
        let digest = Sha256::new().chain_update(b"company").chain_update(person).chain_update(&key.key);
        let digest: [u8; 32] = digest.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Some(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Runs the work in this unit of work and commits it together with its output, or returns the stored output if the
    /// same request has succeeded before. The unit of work has ended when this returns, so that a caller who was
    /// refused can send the key again at once.
    ///
    /// # Errors
    /// `idempotency_in_progress` while another request uses the key, `idempotency_key_reused` when it was used for
    /// another request; those of the work, of which nothing is stored then.
    pub async fn perform<T: Serialize + DeserializeOwned>(
        &self,
        tx: Box<dyn UnitOfWork>,
        work: impl AsyncFnOnce(&dyn UnitOfWork) -> Result<T>,
    ) -> Result<Outcome<T>> {
        self.perform_and_read(tx, work, async |_, output| Ok(output)).await
    }

    /// The same for an output that is read when the work is done.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub(crate) async fn perform_and_read<D, T: Serialize + DeserializeOwned>(
        &self,
        tx: Box<dyn UnitOfWork>,
        work: impl AsyncFnOnce(&dyn UnitOfWork) -> Result<D>,
        read: impl AsyncFnOnce(&dyn UnitOfWork, D) -> Result<T>,
    ) -> Result<Outcome<T>> {
        let recall = |remembered| {
            serde_json::from_value(remembered)
                .map_err(|cause| Error::internal("reading a remembered answer", cause))
        };
        self.perform_and_recall(tx, work, read, recall).await
    }

    /// The same for work on a record, whose output is the record as it is read.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub(crate) async fn perform_of<F: Fields>(
        &self,
        tx: Box<dyn UnitOfWork>,
        work: impl AsyncFnOnce(&dyn UnitOfWork) -> Result<Id<F::Kind>>,
    ) -> Result<Outcome<RecordView>> {
        let recall = |remembered| RecordView::recalled(F::TABLE, &remembered);
        self.perform_and_recall(tx, work, async |tx, id| tx.records::<F>().view(id).await, recall).await
    }

    async fn perform_and_recall<D, T: Serialize>(
        &self,
        tx: Box<dyn UnitOfWork>,
        work: impl AsyncFnOnce(&dyn UnitOfWork) -> Result<D>,
        read: impl AsyncFnOnce(&dyn UnitOfWork, D) -> Result<T>,
        recall: impl FnOnce(Value) -> Result<T>,
    ) -> Result<Outcome<T>> {
        let outcome = match self.replayed(&*tx, recall).await {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => match self.perform_now(&*tx, work, read).await {
                Ok(output) => return Ok(Outcome::fresh(output)),
                Err(refusal) => Err(refusal),
            },
            Err(refusal) => Err(refusal),
        };
        tx.rollback().await;
        outcome
    }

    /// Does the work, and commits it with its output.
    async fn perform_now<D, T: Serialize>(
        &self,
        tx: &dyn UnitOfWork,
        work: impl AsyncFnOnce(&dyn UnitOfWork) -> Result<D>,
        read: impl AsyncFnOnce(&dyn UnitOfWork, D) -> Result<T>,
    ) -> Result<T> {
        let done = work(tx).await?;
        if self.0.is_none() {
            return commit_and_read(tx, read(tx, done)).await;
        }
        let output = read(tx, done).await?;
        self.remember(tx, &output).await?;
        tx.conclude().await?;
        Ok(output)
    }

    /// Claims the key, and returns the stored output if the same request has succeeded before.
    async fn replayed<T>(
        &self,
        tx: &dyn UnitOfWork,
        recall: impl FnOnce(Value) -> Result<T>,
    ) -> Result<Option<Outcome<T>>> {
        let Some(key) = &self.0 else { return Ok(None) };
        match tx.idempotency_keys().claim(&key.key).await? {
            Claim::Busy => Err(Error::refused(Code::IdempotencyInProgress)),
            Claim::New => Ok(None),
            Claim::Used { fingerprint, .. } if fingerprint != key.fingerprint => {
                Err(Error::refused(Code::IdempotencyKeyReused))
            }
            Claim::Used { output, operation, .. } => {
                if let Some(operation) = operation {
                    tx.provenance().report(operation);
                }
                Ok(Some(Outcome { output: recall(output)?, replayed: true }))
            }
        }
    }

    /// Stores the output together with the change itself.
    async fn remember<T: Serialize>(&self, tx: &dyn UnitOfWork, output: &T) -> Result<()> {
        let Some(key) = &self.0 else { return Ok(()) };
        let output: Value =
            serde_json::to_value(output).map_err(|cause| Error::internal("remembering an answer", cause))?;
        tx.idempotency_keys().remember(&key.key, key.fingerprint, output).await
    }
}
