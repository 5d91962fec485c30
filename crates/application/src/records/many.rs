//! Very many records at once: those that belong to another record, and those that went to the bin together.

use std::collections::BTreeSet;

use async_trait::async_trait;
use cartera_domain::{
    Deletion,
    ids::{DeletionId, UserId},
    record::{Field, Table},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;

/// Whose records are: there are far fewer of them than records. Nobody's count, too; no records have no owners.
pub type Owners = BTreeSet<Option<UserId>>;

/// Sets of rows of the company of a unit of work, whatever their table. Each method takes as many statements for a hundred
/// thousand rows as for one. Whoever needs locks on a record and on what belongs to it takes the record's first.
#[async_trait]
pub trait ManyRows: Send + Sync {
    /// Locks every live record whose field refers to `parent`, in the order of their ids, against uses and changes until
    /// the end. Answers whose they are.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_of(&self, table: &'static Table, field: &'static Field, parent: Uuid) -> Result<Owners>;

    /// Puts what `lock_of` has locked into the bin, each with its event.
    ///
    /// # Errors
    /// Those of the store.
    async fn delete_of(
        &self,
        table: &'static Table,
        field: &'static Field,
        parent: Uuid,
        deletion: Deletion,
    ) -> Result<()>;

    /// At most `limit` records, live or not, whose field refers to one of `parents`, locked.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_children(
        &self,
        table: &'static Table,
        field: &'static Field,
        parents: &[Uuid],
        limit: u32,
    ) -> Result<Vec<Uuid>>;

    /// Locks the records of one deletion, in the order of their ids. Answers whose they are.
    ///
    /// # Errors
    /// Those of the store.
    async fn lock_deletion(&self, table: &'static Table, id: DeletionId) -> Result<Owners>;

    /// Takes what `lock_deletion` has locked out of the bin, each with its event.
    ///
    /// # Errors
    /// The resource's `taken`.
    async fn bring_back_deletion(
        &self,
        table: &'static Table,
        id: DeletionId,
        at: DateTime<Utc>,
    ) -> Result<()>;
}
