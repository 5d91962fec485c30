//! The events of a company, as they are read.

use async_trait::async_trait;
use cartera_domain::{events::EntityRef, ids::OperationId};
use chrono::{DateTime, Utc};

use super::{EventView, OperationView};
use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    security::Grant,
};

/// How many events are read to go back: a record that a program has changed more often since is not told as it was.
pub const MOST_SINCE: u32 = 10_000;

/// The events that tell of one record, within the snapshot of a unit of work.
#[async_trait]
pub trait History: Send + Sync {
    /// The record's events after a moment, newest first, and the last one before it: the [`MOST_SINCE`] newest of these.
    ///
    /// # Errors
    /// Those of the store.
    async fn since(&self, record: EntityRef, at: DateTime<Utc>) -> Result<Vec<EventView>>;
}

/// Lists of operations and events.
#[async_trait]
pub trait HistoryQueries: Send + Sync {
    /// The operations that the query asks for.
    ///
    /// # Errors
    /// Those of the store.
    async fn operations(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<OperationView>>;

    /// One operation; none when the company has no such one.
    ///
    /// # Errors
    /// Those of the store.
    async fn operation(&self, grant: &Grant, id: OperationId) -> Result<Option<OperationView>>;

    /// The events that the query asks for; use cases limit it to a record or an operation.
    ///
    /// # Errors
    /// Those of the store.
    async fn events(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<EventView>>;
}
