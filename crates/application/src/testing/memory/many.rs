//! Very many records at once: here one after the other, by the rules of one.

use async_trait::async_trait;
use cartera_domain::{
    Deletion,
    events::{Event, FieldValue},
    ids::{DeletionId, Id, UserId},
    record::{Changed, Field, Row, Table},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::MemoryUnitOfWork;
use crate::{
    error::Result,
    ports::Owners,
    records::{ManyRows, Rows},
};

fn owner(table: &Table, row: &Row) -> Option<UserId> {
    match table.owner().map(|index| &row.values[index]) {
        Some(FieldValue::Reference(id)) => Some(Id::new(*id)),
        Some(_) => None,
        None => row.created_by,
    }
}

impl MemoryUnitOfWork {
    /// Locks the rows that are wanted, one by one, and keeps those that still are when they are locked.
    async fn locked(
        &self,
        table: &'static Table,
        wanted: impl Fn(&Row) -> bool + Send + Sync,
    ) -> Result<Vec<Row>> {
        let mut locked = Vec::new();
        for id in self.wanted(table, &wanted) {
            self.held.exclusive(&self.existence_lock(table, id)).await?;
            self.lock(&Self::lock_name(table), id).await?;
            locked.extend(self.any_row(table, id).filter(|row| wanted(row)));
        }
        Ok(locked)
    }

    fn wanted(&self, table: &'static Table, wanted: impl Fn(&Row) -> bool) -> Vec<Uuid> {
        self.rows_of(table).into_iter().filter(|row| wanted(row)).map(|row| row.id).collect()
    }

    async fn change_each(
        &self,
        table: &'static Table,
        wanted: impl Fn(&Row) -> bool + Send + Sync,
        change: impl Fn(&mut Row) -> Event + Send + Sync,
    ) -> Result<()> {
        for id in self.wanted(table, &wanted) {
            if let Some(mut row) = self.any_row(table, id) {
                let event = change(&mut row);
                self.update(table, row, Changed::default(), vec![event]).await?;
            }
        }
        Ok(())
    }
}

/// To what a row refers by a field.
fn referred(table: &Table, field: &Field, row: &Row) -> Option<Uuid> {
    let index = table.fields.iter().position(|other| other.path == field.path)?;
    match row.values.get(index) {
        Some(FieldValue::Reference(id)) => Some(*id),
        _ => None,
    }
}

/// Whether a live row refers to this record.
fn refers(table: &'static Table, field: &'static Field, parent: Uuid) -> impl Fn(&Row) -> bool + Send + Sync {
    move |row| row.deletion.is_none() && referred(table, field, row) == Some(parent)
}

fn went(id: DeletionId) -> impl Fn(&Row) -> bool + Send + Sync {
    move |row| row.deletion.is_some_and(|deletion| deletion.id == id)
}

#[async_trait]
impl ManyRows for MemoryUnitOfWork {
    async fn lock_of(&self, table: &'static Table, field: &'static Field, parent: Uuid) -> Result<Owners> {
        let locked = self.locked(table, refers(table, field, parent)).await?;
        Ok(locked.iter().map(|row| owner(table, row)).collect())
    }

    async fn delete_of(
        &self,
        table: &'static Table,
        field: &'static Field,
        parent: Uuid,
        deletion: Deletion,
    ) -> Result<()> {
        self.change_each(table, refers(table, field, parent), |row| row.delete(table, deletion)).await
    }

    async fn lock_children(
        &self,
        table: &'static Table,
        field: &'static Field,
        parents: &[Uuid],
        limit: u32,
    ) -> Result<Vec<Uuid>> {
        let is_child = |row: &Row| referred(table, field, row).is_some_and(|id| parents.contains(&id));
        let locked = self.locked(table, is_child).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(locked.into_iter().map(|row| row.id).take(most).collect())
    }

    async fn lock_deletion(&self, table: &'static Table, id: DeletionId) -> Result<Owners> {
        let locked = self.locked(table, went(id)).await?;
        Ok(locked.iter().map(|row| owner(table, row)).collect())
    }

    async fn bring_back_deletion(
        &self,
        table: &'static Table,
        id: DeletionId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        self.change_each(table, went(id), |row| row.bring_back(table, at)).await
    }
}
