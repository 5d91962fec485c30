//! The typed face of the rows of a unit of work.

use std::marker::PhantomData;

use cartera_domain::{
    Deletion,
    accounts::AccountFields,
    contacts::ContactFields,
    ids::{DeletionId, Id},
    record::{Entity, Field, Fields, Record, Row},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ManyRows, Owners, RecordView, Rows};
use crate::{
    error::{Code, Error, Result},
    ports::UnitOfWork,
};

/// The typed face of [`Rows`] and [`ManyRows`]: ids of another kind, or a row that does not fit its fields, can't get through.
pub struct Records<'a, F> {
    rows: &'a dyn Rows,
    many: &'a dyn ManyRows,
    of: PhantomData<fn() -> F>,
}

impl<F> Clone for Records<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Records<'_, F> {}

impl dyn UnitOfWork + '_ {
    /// The records of a resource.
    pub fn records<F: Fields>(&self) -> Records<'_, F> {
        Records { rows: self.rows(), many: self.many_rows(), of: PhantomData }
    }

    /// Accounts.
    pub fn accounts(&self) -> Records<'_, AccountFields> {
        self.records()
    }

    /// Contacts.
    pub fn contacts(&self) -> Records<'_, ContactFields> {
        self.records()
    }
}

impl<F: Fields> Records<'_, F> {
    /// A record, live or in the bin.
    ///
    /// # Errors
    /// `not_found`.
    pub(super) async fn any(self, id: Id<F::Kind>) -> Result<Record<F>> {
        let row = self.rows.find(F::TABLE, id.uuid()).await?.ok_or_else(Error::not_found)?;
        record(row)
    }

    /// A live record.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(self, id: Id<F::Kind>) -> Result<Entity<F>> {
        let record = self.any(id).await?;
        if record.deletion.is_some() { Err(Error::not_found()) } else { Ok(Entity::stored(record)) }
    }

    /// A record that lies in the bin.
    ///
    /// # Errors
    /// `not_found`, `not_deleted` for a live one.
    pub async fn deleted(self, id: Id<F::Kind>) -> Result<Entity<F>> {
        let record = self.any(id).await?;
        if record.deletion.is_none() {
            return Err(Error::refused(Code::NotDeleted));
        }
        Ok(Entity::stored(record))
    }

    /// Whether a live record is there to be referred to; it can't be deleted until the end.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn can_be_referenced(self, id: Id<F::Kind>) -> Result<bool> {
        self.rows.can_be_referenced(F::TABLE, id.uuid()).await
    }

    /// Stores a new record.
    ///
    /// # Errors
    /// As [`Rows::insert`].
    pub async fn insert(self, entity: &mut Entity<F>) -> Result<()> {
        self.rows.insert(F::TABLE, entity.record().row(), entity.take_events()).await
    }

    /// Stores a changed record whose version has grown by one.
    ///
    /// # Errors
    /// As [`Rows::update`].
    pub async fn update(self, entity: &mut Entity<F>) -> Result<()> {
        self.rows.update(F::TABLE, entity.record().row(), entity.changed(), entity.take_events()).await
    }

    /// A live record as it is read.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn view(self, id: Id<F::Kind>) -> Result<RecordView> {
        self.rows.view(F::TABLE, id.uuid()).await?.ok_or_else(Error::not_found)
    }

    /// As [`Rows::shown`].
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn shown(self, row: Row) -> Result<RecordView> {
        self.rows.shown(F::TABLE, row).await
    }

    /// As [`Rows::lock_expired`].
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lock_expired(self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Uuid>> {
        self.rows.lock_expired(F::TABLE, before, limit).await
    }

    /// As [`Rows::remove`].
    ///
    /// # Errors
    /// Those of the store.
    pub async fn remove(self, entities: &mut [Entity<F>]) -> Result<()> {
        if entities.is_empty() {
            return Ok(());
        }
        let ids = entities.iter().map(|entity| entity.record().id.uuid()).collect();
        let events = entities.iter_mut().flat_map(Entity::take_events).collect();
        self.rows.remove(F::TABLE, ids, events).await
    }
}

fn record<F: Fields>(row: Row) -> Result<Record<F>> {
    Record::of(row).ok_or(Error::Internal { what: "a row that does not fit its table", cause: None })
}

impl<F: Fields> Records<'_, F> {
    /// As [`ManyRows::lock_of`], by the name of the field.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lock_of<P>(self, field: &'static str, parent: Id<P>) -> Result<Owners> {
        self.many.lock_of(F::TABLE, referring::<F>(field)?, parent.uuid()).await
    }

    /// As [`ManyRows::delete_of`], by the name of the field.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn delete_of<P>(self, field: &'static str, parent: Id<P>, deletion: Deletion) -> Result<()> {
        self.many.delete_of(F::TABLE, referring::<F>(field)?, parent.uuid(), deletion).await
    }

    /// As [`ManyRows::lock_deletion`].
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lock_deletion(self, id: DeletionId) -> Result<Owners> {
        self.many.lock_deletion(F::TABLE, id).await
    }

    /// As [`ManyRows::bring_back_deletion`].
    ///
    /// # Errors
    /// The resource's `taken`.
    pub async fn bring_back_deletion(self, id: DeletionId, at: DateTime<Utc>) -> Result<()> {
        self.many.bring_back_deletion(F::TABLE, id, at).await
    }
}

fn referring<F: Fields>(name: &str) -> Result<&'static Field> {
    let found = F::FIELDS.iter().find(|field| field.path == name);
    found.ok_or(Error::Internal { what: "a field that the table does not have", cause: None })
}
