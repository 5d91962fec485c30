//! A POST that is sent twice happens once.
//!
//! The claim (an advisory lock of the transaction) comes first in the unit of work, the remembered output
//! last, just before the commit: so there is no moment at which a change is stored without its answer, or
//! an answer without its change.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::{Code, Error, Result},
    ports::{Claim, UnitOfWork},
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
    /// The output, the first one's on a replay.
    pub output: T,
    /// Whether nothing was done now.
    pub replayed: bool,
}

impl<T> Outcome<T> {
    /// The output of work that was done now.
    pub fn fresh(output: T) -> Self {
        Self { output, replayed: false }
    }
}

/// Makes a request happen once, if it carries a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Once(Option<IdempotencyKey>);

impl Once {
    /// A request with a key, or without.
    pub fn new(key: Option<IdempotencyKey>) -> Self {
        Self(key)
    }

    /// Claims the key, and answers the first output if the same request has succeeded before.
    ///
    /// # Errors
    /// `idempotency_in_progress` while the same key is being used, `idempotency_key_reused` when it was
    /// used for another request.
    pub async fn replayed<T: DeserializeOwned>(&self, tx: &dyn UnitOfWork) -> Result<Option<Outcome<T>>> {
        let Some(key) = &self.0 else { return Ok(None) };
        match tx.idempotency_keys().claim(&key.key).await? {
            Claim::Busy => Err(Error::refused(Code::IdempotencyInProgress)),
            Claim::New => Ok(None),
            Claim::Used { fingerprint, .. } if fingerprint != key.fingerprint => {
                Err(Error::refused(Code::IdempotencyKeyReused))
            }
            Claim::Used { output, .. } => {
                let output = serde_json::from_value(output)
                    .map_err(|cause| Error::internal("reading a remembered answer", cause))?;
                Ok(Some(Outcome { output, replayed: true }))
            }
        }
    }

    /// Remembers the output, to be stored with the change itself.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remember<T: Serialize>(&self, tx: &dyn UnitOfWork, output: &T) -> Result<()> {
        let Some(key) = &self.0 else { return Ok(()) };
        let output: Value =
            serde_json::to_value(output).map_err(|cause| Error::internal("remembering an answer", cause))?;
        tx.idempotency_keys().remember(&key.key, key.fingerprint, output).await
    }
}
