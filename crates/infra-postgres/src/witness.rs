//! Observes every statement before it runs: `make mutants` uses this to find out which test needs each condition on the
//! company. Built with the feature `mutation` only, which is never in the product.

use std::{
    collections::BTreeSet,
    panic::Location,
    sync::{Mutex, OnceLock, PoisonError},
};

use async_trait::async_trait;
use sea_orm::{Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::PgConnection;
use uuid::Uuid;

/// Observes every statement of every unit of work.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Called before a statement runs in a company, on the transaction's own connection. Must leave the transaction as
    /// it was.
    async fn see(&self, connection: &mut PgConnection, company: Uuid, statement: &Statement);
}

static WITNESS: OnceLock<Box<dyn Witness>> = OnceLock::new();

/// The source lines, by file and line, that have built a fragment of a statement.
static PLACES: Mutex<BTreeSet<(&str, u32)>> = Mutex::new(BTreeSet::new());

/// Tracks which source line built each SQL fragment.
#[track_caller]
pub(crate) fn is_said_here() {
    let here = Location::caller();
    PLACES.lock().unwrap_or_else(PoisonError::into_inner).insert((here.file(), here.line()));
}

/// The lines that have built fragments since the last call, by file and line.
pub fn places() -> BTreeSet<(&'static str, u32)> {
    std::mem::take(&mut *PLACES.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Sets the witness of this process; later calls have no effect.
pub fn call(witness: impl Witness + 'static) {
    let _ = WITNESS.set(Box::new(witness));
}

/// The values of a statement as they are sent.
pub fn arguments(statement: &Statement) -> SqlxValues {
    SqlxValues(statement.values.clone().unwrap_or_else(|| Values(Vec::new())))
}

pub(crate) async fn see(connection: &mut PgConnection, company: Uuid, statement: &Statement) {
    if let Some(witness) = WITNESS.get() {
        witness.see(connection, company, statement).await;
    }
}
