//! Every record by its table: how rows are written and read back, once for all resources.

mod columns;
mod lists;
mod many;
mod view;

use async_trait::async_trait;
use cartera_application::{
    Result,
    records::{OTHER_REFERENCES, RecordView, Rows, references_to},
};
use cartera_domain::{
    events::Event,
    ids::Id,
    record::{Changed, Entity, Fields, Record, Row, Table},
};
use chrono::{DateTime, Utc};
use sea_orm::{DbErr, Value};
use uuid::Uuid;

pub(crate) use view::reference;

use view::views;

use crate::{bin::stored_deletion, error::explain, row::PgRow, sql::Sql, unit_of_work::PgUnitOfWork};
use columns::{bound_of, keys, named, value};

/// Begins `select` with the columns of a row, in the order in which [`row_of`] takes them. Rows are named `t`.
pub(crate) fn select(table: &'static Table) -> Sql {
    let mut sql = Sql::new(
        "select t.id, t.version, t.created_at, t.created_by, t.updated_at, t.deleted_at, t.deletion_id",
    );
    for column in table.fields.iter().flat_map(named) {
        sql.push(", t.").push(column);
    }
    sql.push(" from ").push(table.plural).push(" t where t.company_id = ");
    sql
}

/// A row as the store told it.
fn row_of(table: &'static Table, row: &PgRow) -> Result<Row, DbErr> {
    let mut columns = row.columns();
    let (id, version, created_at) = (columns.take()?, columns.take()?, columns.take()?);
    let created_by: Option<Uuid> = columns.take()?;
    let (updated_at, deleted_at, deletion_id) = (columns.take()?, columns.take()?, columns.take()?);
    Ok(Row {
        id,
        values: table.fields.iter().map(|field| value(&mut columns, field)).collect::<Result<_, _>>()?,
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
        deletion: stored_deletion(id, deleted_at, deletion_id),
    })
}

/// The columns of a row that change, with their values: those of changed fields and of their keys, and those that every
/// change changes.
fn columns_of(table: &'static Table, row: &Row, changed: Changed) -> Vec<(&'static str, Value)> {
    let fields = table.fields.iter().zip(&row.values).enumerate();
    let mut columns: Vec<_> = fields
        .filter(|(index, _)| changed.has(*index))
        .flat_map(|(_, (field, value))| bound_of(field, value.clone()))
        .collect();
    columns.extend(keys(table, row, changed));
    columns.extend([
        ("version", row.version.into()),
        ("updated_at", row.updated_at.into()),
        ("deleted_at", row.deletion.map(|deletion| deletion.at).into()),
        ("deletion_id", row.deletion.map(|deletion| deletion.id.uuid()).into()),
    ]);
    columns
}

impl PgUnitOfWork {
    fn insert_row(&self, table: &'static Table, row: &Row) {
        let mut columns = columns_of(table, row, Changed::ALL);
        columns.extend([
            ("id", row.id.into()),
            ("created_at", row.created_at.into()),
            ("created_by", row.created_by.map(Id::uuid).into()),
        ]);
        let mut sql = Sql::new("insert into ");
        sql.push(table.plural).push(" (company_id");
        for (column, _) in &columns {
            sql.push(", ").push(column);
        }
        sql.push(") values (").value(self.company());
        for (_, value) in columns {
            sql.push(", ").value(value);
        }
        sql.push(")");
        self.later(sql);
    }

    fn update_row(&self, table: &'static Table, row: &Row, changed: Changed) {
        let mut sql = Sql::new("update ");
        sql.push(table.plural);
        for (index, (column, value)) in columns_of(table, row, changed).into_iter().enumerate() {
            sql.push(if index > 0 { ", " } else { " set " }).push(column).push(" = ").value(value);
        }
        sql.push(" where company_id = ").value(self.company()).push(" and id = ").value(row.id);
        sql.push(" and version = ").value(row.version - 1);
        self.change_later(sql);
    }

    async fn find_row(&self, table: &'static Table, id: Uuid) -> Result<Option<Row>, DbErr> {
        let mut sql = select(table);
        sql.value(self.company()).push(" and t.id = ").value(id);
        let row = self.first(sql).await?;
        row.map(|row| row_of(table, &row)).transpose()
    }

    async fn lock_reference(&self, table: &'static Table, id: Uuid) -> Result<bool, DbErr> {
        let mut sql = Sql::new("select id from ");
        sql.push(table.plural)
            .push(" where company_id = ")
            .value(self.company())
            .push(" and id = ")
            .value(id);
        sql.push(" and deleted_at is null for key share");
        Ok(self.first(sql).await?.is_some())
    }

    async fn lock_expired_rows(
        &self,
        table: &'static Table,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Uuid>, DbErr> {
        let mut sql = Sql::new("select t.id from ");
        sql.push(table.plural).push(" t where t.company_id = ").value(self.company());
        sql.push(" and t.deleted_at is not null and t.deleted_at < ").value(before);
        let fields = references_to(table.entity).map(|(referring, field)| (referring.plural, field.column));
        let others = OTHER_REFERENCES.iter().filter(|(entity, ..)| *entity == table.entity);
        for (referring, column) in fields.chain(others.map(|(_, referring, column)| (*referring, *column))) {
            sql.push(" and not exists (select from ").push(referring);
            sql.push(" r where r.company_id = t.company_id and r.").push(column).push(" = t.id)");
        }
        sql.push(" order by t.deleted_at, t.id limit ").value(i64::from(limit));
        sql.push(" for update skip locked");
        self.all(sql).await?.iter().map(|row| row.get("id")).collect()
    }

    async fn remove_rows(&self, table: &'static Table, ids: Vec<Uuid>) -> Result<(), DbErr> {
        self.forget_changes(table.entity, ids.clone()).await?;
        let mut sql = Sql::new("delete from ");
        sql.push(table.plural).push(" where company_id = ").value(self.company());
        sql.push(" and id = any(").value(ids).push(")");
        self.run(sql).await.map(|_| ())
    }

    /// The records that a statement finds which begins as [`select`] does.
    pub(crate) async fn found<F: Fields>(&self, sql: Sql, what: &'static str) -> Result<Vec<Entity<F>>> {
        let rows = self.all(sql).await.map_err(explain(what))?;
        let found = |row: PgRow| {
            let record = Record::of(row_of(F::TABLE, &row)?);
            let record = record.ok_or_else(|| DbErr::Type("a row that does not fit its table".into()))?;
            Ok(Entity::stored(record))
        };
        rows.into_iter().map(found).collect::<Result<_, _>>().map_err(explain(what))
    }
}

#[async_trait]
impl Rows for PgUnitOfWork {
    async fn find(&self, table: &'static Table, id: Uuid) -> Result<Option<Row>> {
        self.find_row(table, id).await.map_err(explain("reading a record"))
    }

    async fn can_be_referenced(&self, table: &'static Table, id: Uuid) -> Result<bool> {
        self.lock_reference(table, id).await.map_err(explain("looking a record up"))
    }

    async fn insert(&self, table: &'static Table, row: Row, events: Vec<Event>) -> Result<()> {
        self.insert_row(table, &row);
        self.record(events);
        Ok(())
    }

    async fn update(
        &self,
        table: &'static Table,
        row: Row,
        changed: Changed,
        events: Vec<Event>,
    ) -> Result<()> {
        self.update_row(table, &row, changed);
        self.record(events);
        Ok(())
    }

    async fn view(&self, table: &'static Table, id: Uuid) -> Result<Option<RecordView>> {
        view::view(self, table, id).await
    }

    async fn shown(&self, table: &'static Table, row: Row) -> Result<RecordView> {
        view::shown_row(self, table, row).await.map_err(explain("naming what a record refers to"))
    }

    async fn lock_expired(
        &self,
        table: &'static Table,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Uuid>> {
        self.lock_expired_rows(table, before, limit).await.map_err(explain("looking for expired records"))
    }

    async fn remove(&self, table: &'static Table, ids: Vec<Uuid>, events: Vec<Event>) -> Result<()> {
        self.remove_rows(table, ids).await.map_err(explain("removing records"))?;
        self.record(events);
        Ok(())
    }
}
