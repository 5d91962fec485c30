//! The one port of all records: rows by a table, within a unit of work.

use async_trait::async_trait;
use cartera_domain::{
    events::Event,
    record::{Changed, Row, Table},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::RecordView;
use crate::error::Result;

/// The rows of the company of a unit of work, whatever their table. It is object-safe: an adapter is written, and
/// compiled, once for all resources.
#[async_trait]
pub trait Rows: Send + Sync {
    /// A row, live or in the bin. It is not locked: `update` notices when somebody else was faster.
    ///
    /// # Errors
    /// Those of the store.
    async fn find(&self, table: &'static Table, id: Uuid) -> Result<Option<Row>>;

    /// Whether a live record is there to be referred to; it can't be deleted until the end.
    ///
    /// # Errors
    /// Those of the store.
    async fn can_be_referenced(&self, table: &'static Table, id: Uuid) -> Result<bool>;

    /// Stores a new row and what happened.
    ///
    /// # Errors
    /// The resource's `taken` when another live record has the value of a unique field.
    async fn insert(&self, table: &'static Table, row: Row, events: Vec<Event>) -> Result<()>;

    /// Stores the changed fields of a row whose version has grown by one, and what happened.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another, the resource's `taken`.
    async fn update(
        &self,
        table: &'static Table,
        row: Row,
        changed: Changed,
        events: Vec<Event>,
    ) -> Result<()>;

    /// A live record as it is read.
    ///
    /// # Errors
    /// Those of the store.
    async fn view(&self, table: &'static Table, id: Uuid) -> Result<Option<RecordView>>;

    /// A row that is not stored like this, as it is read: with the names of what it refers to as they are now.
    ///
    /// # Errors
    /// Those of the store.
    async fn shown(&self, table: &'static Table, row: Row) -> Result<RecordView>;

    /// At most `limit` records that went to the bin before a moment and to which no record of another table refers,
    /// locked; those that somebody else holds are left out.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_expired(
        &self,
        table: &'static Table,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Uuid>>;

    /// Removes records for good, and from the events that tell of them what users wrote; what happened is that they
    /// are gone.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, table: &'static Table, ids: Vec<Uuid>, events: Vec<Event>) -> Result<()>;
}
