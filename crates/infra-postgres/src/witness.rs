//! Observes every statement before it runs: `make mutants` uses this to find out which test needs each condition on the
//! company. Built with the feature `mutation` only, which is never in the product.

use std::{
    collections::BTreeSet,
    panic::Location,
    sync::{Mutex, OnceLock, PoisonError},
};

use async_trait::async_trait;
use sea_orm::{DbErr, Statement};
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::{
    connections::{Answer, End, Held},
    error::failed,
};

/// Observes every statement of every unit of work.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Called before a statement runs in a company, on the transaction's own connection. Must leave the transaction as
    /// it was.
    async fn see(&self, connection: &mut Watched<'_>, company: Uuid, statement: &Statement);
}

/// A row as bytes, column by column; `None` is null.
pub type RawRow = Vec<Option<Vec<u8>>>;

/// The connection of the transaction that is observed.
pub struct Watched<'a>(&'a mut Held);

impl Watched<'_> {
    /// Runs statements without values.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn batch(&mut self, text: &str) -> Result<(), sqlx::Error> {
        self.0.batch(text).await
    }

    /// Runs a statement; returns the rows that it finds and how many it changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn run(&mut self, statement: Statement) -> Result<(Vec<RawRow>, u64), sqlx::Error> {
        let mut answers = self.0.fly(vec![statement], None).await?;
        let Answer { rows, changed } = answers.pop().unwrap_or_default();
        let raw = rows.iter().map(|row| {
            let mut columns = row.columns();
            std::iter::from_fn(|| columns.take::<Raw>().ok()).map(|Raw(bytes)| bytes).collect()
        });
        Ok((raw.collect(), changed))
    }
}

/// A value of any type, as bytes.
struct Raw(Option<Vec<u8>>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Some(raw.to_vec())))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
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

/// Sends statements one after the other, each under the eyes of the witness: together, the effect of the first would
/// not be there when the second is examined.
pub(crate) async fn fly(
    held: &mut Held,
    company: Uuid,
    statements: Vec<Statement>,
    end: Option<End>,
) -> Result<Vec<Answer>, DbErr> {
    let mut answers = Vec::new();
    for statement in statements {
        if let Some(witness) = WITNESS.get() {
            witness.see(&mut Watched(held), company, &statement).await;
        }
        answers.extend(held.fly(vec![statement], None).await.map_err(failed)?);
    }
    if end.is_some() {
        held.commit().await.map_err(failed)?;
    }
    Ok(answers)
}
