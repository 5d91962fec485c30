//! A witness of every statement, before it is run: how `make mutants` finds out what each condition on the
//! company is good for. It is built with the feature `mutation` only, which is never in the product.

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

/// Sees every statement of every unit of work.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Sees a statement that is about to be run in a company, on the transaction's own connection. It leaves the
    /// transaction as it was.
    async fn see(&self, connection: &mut PgConnection, company: Uuid, statement: &Statement);
}

static WITNESS: OnceLock<Box<dyn Witness>> = OnceLock::new();

/// The places of the sources, by file and line, that have said a piece of a statement.
static PLACES: Mutex<BTreeSet<(&str, u32)>> = Mutex::new(BTreeSet::new());

/// Remembers that whoever calls says a piece of a statement.
#[track_caller]
pub(crate) fn is_said_here() {
    let here = Location::caller();
    PLACES.lock().unwrap_or_else(PoisonError::into_inner).insert((here.file(), here.line()));
}

/// Where pieces were said since this was asked last, by file and line.
pub fn places() -> BTreeSet<(&'static str, u32)> {
    std::mem::take(&mut *PLACES.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Calls the witness of this process: the first one stays.
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
