//! Every record by its table: the twin of the generic adapter, once for all resources.

use async_trait::async_trait;
use cartera_domain::{
    events::{EntityType, Event, FieldValue},
    ids::Id,
    record::{Changed, Entity, Field, Fields, Kind, Record, Row, Table},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{MemoryUnitOfWork, tables::RowKey};
use crate::{
    error::{Code, Error, Result},
    records::{RecordView, Rows, Shown, references_to, resource_of},
    views::NamedRef,
};

fn taken(table: &Table) -> Error {
    match resource_of(table.entity).map(|resource| resource.taken) {
        Ok(Some(code)) => Error::refused(code),
        Ok(None) => Error::Internal { what: "a unique field without a code", cause: None },
        Err(error) => error,
    }
}

fn foreign() -> Error {
    Error::Internal { what: "a reference to a record that is not of the company", cause: None }
}

impl MemoryUnitOfWork {
    fn place_of(&self, table: &Table, id: Uuid) -> RowKey {
        (self.company(), table.entity, id)
    }

    pub(super) fn lock_name(table: &Table) -> String {
        table.entity.as_str().to_lowercase()
    }

    pub(super) fn any_row(&self, table: &Table, id: Uuid) -> Option<Row> {
        self.row(|tables| &tables.records, &self.place_of(table, id)).filter(|_| !self.is_removed(id))
    }

    pub(super) fn rows_of(&self, table: &Table) -> Vec<Row> {
        let of = |(company, entity, id): &RowKey, _: &Row| {
            *company == self.company() && *entity == table.entity && !self.is_removed(*id)
        };
        self.rows(|tables| &tables.records, of)
    }

    /// What composite foreign keys, and the constraint on parents, refuse.
    fn require_own_references(&self, table: &Table, row: &Row) -> Result<()> {
        self.require_user(row.created_by)?;
        let parents = table.parents().filter(|(index, ..)| row.values.get(*index) != Some(&FieldValue::Null));
        if table.parents().next().is_some() && parents.count() != 1 {
            return Err(Error::Internal {
                what: "a record that does not belong to exactly one",
                cause: None,
            });
        }
        for (field, value) in table.fields.iter().zip(&row.values) {
            match (field.kind, value) {
                (Kind::Reference(EntityType::User), FieldValue::Reference(id)) => {
                    self.require_user(Some(Id::new(*id)))?;
                }
                (Kind::Reference(EntityType::Opportunity), FieldValue::Reference(id)) => {
                    let key = (self.company(), Id::new(*id));
                    self.row(|tables| &tables.opportunities, &key).ok_or_else(foreign)?;
                }
                (Kind::Reference(entity), FieldValue::Reference(id)) => {
                    let key = (self.company(), entity, *id);
                    self.row(|tables| &tables.records, &key).ok_or_else(foreign)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What unique indexes among live rows refuse.
    async fn claim_keys(&self, table: &'static Table, row: &Row) -> Result<()> {
        let unique = |row: &Row| {
            let columns: Vec<_> =
                table.fields.iter().filter(|field| field.uses.unique).map(|field| field.key_column).collect();
            let keys = row.keys(table, Changed::ALL).into_iter();
            keys.filter_map(|(column, key)| match key {
                FieldValue::Text(key) if columns.contains(&column) => Some((column, key)),
                _ => None,
            })
            .collect::<Vec<_>>()
        };
        if row.deletion.is_some() {
            return Ok(());
        }
        for (column, key) in unique(row) {
            self.lock(&format!("{} {column}", Self::lock_name(table)), &key).await?;
            let others = self.rows_of(table).into_iter();
            let mut others = others.filter(|other| other.id != row.id && other.deletion.is_none());
            if others.any(|other| unique(&other).contains(&(column, key.clone()))) {
                return Err(taken(table));
            }
        }
        Ok(())
    }

    async fn put(&self, table: &'static Table, row: Row) -> Result<()> {
        self.require_own_references(table, &row)?;
        self.claim_keys(table, &row).await?;
        self.written().records.insert(self.place_of(table, row.id), row);
        Ok(())
    }

    async fn replace_row(&self, table: &'static Table, row: Row) -> Result<()> {
        self.lock(&Self::lock_name(table), row.id).await?;
        match self.any_row(table, row.id) {
            Some(stored) if stored.version == row.version - 1 => self.put(table, row).await,
            Some(_) | None => Err(Error::refused(Code::EditConflict)),
        }
    }

    /// A record, live or in the bin.
    pub(super) fn any<F: Fields>(&self, id: Id<F::Kind>) -> Option<Record<F>> {
        self.any_row(F::TABLE, id.uuid()).and_then(Record::of)
    }

    /// The company's records that `wanted` picks, in the order of their ids.
    pub(super) fn records<F: Fields>(&self, wanted: impl Fn(&Record<F>) -> bool) -> Vec<Record<F>> {
        self.rows_of(F::TABLE).into_iter().filter_map(Record::of).filter(|record| wanted(record)).collect()
    }

    /// A live record.
    pub(super) fn live<F: Fields>(&self, id: Id<F::Kind>) -> Option<Record<F>> {
        self.any(id).filter(|record| record.deletion.is_none())
    }

    /// Stores a row as it is, without a check or an event.
    pub(super) fn overwrite(&self, table: &Table, row: Row) {
        self.written().records.insert(self.place_of(table, row.id), row);
    }

    /// Deleting takes this lock alone, referring shares it: so nothing new refers to what is being deleted.
    pub(super) fn existence_lock(&self, table: &Table, id: Uuid) -> String {
        format!("{}/{} existence/{id}", self.company(), Self::lock_name(table))
    }

    /// Keeps of expired records those that nobody else holds, at most `limit`, and locks them.
    pub(super) fn lock_free<F: Fields>(&self, expired: Vec<Record<F>>, limit: u32) -> Vec<Entity<F>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let lock = |record: Record<F>| {
            let lock = format!("{}/{}/{}", self.company(), Self::lock_name(F::TABLE), record.id);
            let free = self.held.try_exclusive(&lock);
            self.any::<F>(record.id).filter(|row| free && row.deletion.is_some()).map(Entity::stored)
        };
        expired.into_iter().filter_map(lock).take(limit).collect()
    }

    /// What another record is called where it is referred to.
    pub(super) fn named_record(&self, entity: EntityType, id: Uuid) -> Option<NamedRef> {
        if entity == EntityType::User {
            return self.named_user(Some(Id::new(id)));
        }
        let table = resource_of(entity).ok()?.table;
        let name = self.any_row(table, id)?.called(table);
        Some(NamedRef { id, name })
    }

    /// A row as it is read.
    pub(super) fn shown_row(&self, table: &'static Table, row: Row) -> RecordView {
        let Row { id, values, version, created_at, created_by, updated_at, deletion } = row;
        let shown = table.fields.iter().zip(values).map(|(field, value)| self.shown(field, value));
        RecordView {
            table,
            id,
            version,
            values: shown.collect(),
            created_at,
            created_by: self.named_user(created_by),
            updated_at,
            deleted_at: deletion.map(|deletion| deletion.at),
        }
    }

    fn shown(&self, field: &Field, value: FieldValue) -> Shown {
        match (field.kind, value) {
            (_, FieldValue::Reference(id)) if field.uses.parent => Shown::Parent(id),
            (Kind::Reference(entity), FieldValue::Reference(id)) => {
                self.named_record(entity, id).map_or(Shown::Null, Shown::Reference)
            }
            (Kind::Group(fields), FieldValue::Group(values)) => Shown::Group(
                fields.iter().zip(values).map(|(field, value)| self.shown(field, value)).collect(),
            ),
            (_, value) => Shown::from(value),
        }
    }
}

#[async_trait]
impl Rows for MemoryUnitOfWork {
    async fn find(&self, table: &'static Table, id: Uuid) -> Result<Option<Row>> {
        Ok(self.any_row(table, id))
    }

    async fn shown(&self, table: &'static Table, row: Row) -> Result<RecordView> {
        Ok(self.shown_row(table, row))
    }

    async fn can_be_referenced(&self, table: &'static Table, id: Uuid) -> Result<bool> {
        self.held.shared(&self.existence_lock(table, id)).await?;
        Ok(self.any_row(table, id).is_some_and(|row| row.deletion.is_none()))
    }

    async fn insert(&self, table: &'static Table, row: Row, events: Vec<Event>) -> Result<()> {
        self.put(table, row).await?;
        self.record(events);
        Ok(())
    }

    async fn update(&self, table: &'static Table, row: Row, _: Changed, events: Vec<Event>) -> Result<()> {
        self.replace_row(table, row).await?;
        self.record(events);
        Ok(())
    }

    async fn view(&self, table: &'static Table, id: Uuid) -> Result<Option<RecordView>> {
        let row = self.any_row(table, id).filter(|row| row.deletion.is_none());
        Ok(row.map(|row| self.shown_row(table, row)))
    }

    async fn lock_expired(
        &self,
        table: &'static Table,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Uuid>> {
        let refers = |row: &Row, id: Uuid, of: &Field, table: &Table| {
            let at = table.fields.iter().position(|field| field.path == of.path);
            at.and_then(|at| row.values.get(at)) == Some(&FieldValue::Reference(id))
        };
        let is_used = |id: Uuid| {
            references_to(table.entity)
                .any(|(of, field)| self.rows_of(of).iter().any(|row| refers(row, id, field, of)))
                || table.entity == EntityType::Account
                    && !self.opportunities_where(|row| row.links.account_id == Some(Id::new(id))).is_empty()
        };
        let expired = self
            .rows_of(table)
            .into_iter()
            .filter(|row| row.deletion.is_some_and(|deletion| deletion.at < before) && !is_used(row.id));
        let free = expired.map(|row| row.id).filter(|id| {
            self.held.try_exclusive(&format!("{}/{}/{id}", self.company(), Self::lock_name(table)))
        });
        Ok(free.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }

    async fn remove(&self, table: &'static Table, ids: Vec<Uuid>, events: Vec<Event>) -> Result<()> {
        for id in &ids {
            self.remove_row(*id);
        }
        self.forget_changes(table.entity, ids);
        self.record(events);
        Ok(())
    }
}
