//! Records as they are read: by ids, by one text for each table.

use std::collections::HashMap;

use cartera_application::{
    Result,
    records::{RecordView, Shown, resource_of},
    views::NamedRef,
};
use cartera_domain::{
    events::{EntityType, FieldValue},
    ids::Id,
    record::{Field, Kind, Row, Table},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::columns::{named, shown};
use crate::{
    error::explain,
    names::{Names, names_version},
    row::PgRow,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// What the tables are called that fields refer to, one after the other.
const JOINED: [&str; 8] = ["r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"];

/// The fields whose records are joined for their names. Users are not: their names are known by their version.
fn joined(table: &'static Table) -> impl Iterator<Item = (&'static Field, &'static Table, &'static str)> {
    let referred = table.fields.iter().filter_map(|field| match field.kind {
        Kind::Reference(EntityType::User) => None,
        // What a record belongs to is told by its id alone.
        _ if field.uses.parent => None,
        Kind::Reference(entity) => Some((field, resource_of(entity).ok()?.table)),
        _ => None,
    });
    referred.zip(JOINED).map(|((field, table), alias)| (field, table, alias))
}

/// The statement that reads these records.
fn statement(tx: &PgUnitOfWork, table: &'static Table, ids: Vec<Uuid>) -> Sql {
    let mut sql = Sql::new("select t.id, t.version, t.created_at, t.created_by, t.updated_at, t.deleted_at");
    sql.push(names_version!()).bind(tx.company());
    for column in table.fields.iter().flat_map(named) {
        sql.push(", t.").push(column);
    }
    for (_, referred, alias) in joined(table) {
        sql.push(", ");
        call(&mut sql, referred, alias);
    }
    sql.push(" from ").push(table.plural).push(" t");
    for (field, referred, alias) in joined(table) {
        sql.push(" left join ").push(referred.plural).push(" ").push(alias);
        sql.push(" on ").push(alias).push(".company_id = t.company_id and ");
        sql.push(alias).push(".id = t.").push(field.column);
    }
    sql.push(" where t.company_id = $1 and t.id = any(").value(ids).push(")");
    sql
}

/// Adds how a record is called that statements know by this name.
fn call(sql: &mut Sql, table: &'static Table, alias: &'static str) {
    for (index, column) in called(table).enumerate() {
        sql.push(if index > 0 { " || coalesce(' ' || " } else { "" }).push(alias).push(".").push(column);
        sql.push(if index > 0 { ", '')" } else { "" });
    }
}

/// A record by id with how it is called, wherever it is; none when it is gone.
pub(crate) async fn reference(
    tx: &PgUnitOfWork,
    table: &'static Table,
    id: Uuid,
) -> Result<Option<NamedRef>, DbErr> {
    let mut sql = Sql::new("select ");
    call(&mut sql, table, "t");
    sql.push(" as name from ").push(table.plural).push(" t where t.company_id = ").value(tx.company());
    sql.push(" and t.id = ").value(id);
    let row = tx.all(sql).await?.pop();
    row.map(|row| Ok(NamedRef { id, name: row.get("name")? })).transpose()
}

/// A row that is not stored like this, as it is read.
pub(super) async fn shown_row(
    tx: &PgUnitOfWork,
    table: &'static Table,
    row: Row,
) -> Result<RecordView, DbErr> {
    let Row { id, values, version, created_at, created_by, updated_at, deletion } = row;
    let created_by = created_by.map(Id::uuid);
    let users = table.fields.iter().zip(&values).filter_map(|(field, value)| match (field.kind, value) {
        (Kind::Reference(EntityType::User), FieldValue::Reference(id)) => Some(Some(*id)),
        _ => None,
    });
    let users: Vec<_> = users.chain([created_by]).collect();
    let names = tx.names_now(|names| names.know(users.iter().copied())).await?;
    let mut view = RecordView {
        table,
        id,
        version,
        values: Vec::with_capacity(values.len()),
        created_at,
        created_by: created_by.and_then(|id| names.named(id)),
        updated_at,
        deleted_at: deletion.map(|deletion| deletion.at),
    };
    for (field, value) in table.fields.iter().zip(values) {
        let value = match (field.kind, value) {
            (_, FieldValue::Reference(id)) if field.uses.parent => Shown::Parent(id),
            (Kind::Reference(entity), FieldValue::Reference(id)) => {
                let found = match resource_of(entity) {
                    Ok(resource) => reference(tx, resource.table, id).await?,
                    Err(_no_table) => names.named(id),
                };
                found.map_or(Shown::Null, Shown::Reference)
            }
            (_, value) => Shown::from(value),
        };
        view.values.push(value);
    }
    Ok(view)
}

/// The columns of the fields by which records are called.
fn called(table: &'static Table) -> impl Iterator<Item = &'static str> {
    let fields = table.fields.iter().filter(|field| table.called.contains(&field.path));
    fields.map(|field| field.column)
}

/// A row that was read, before users have their names.
struct Found {
    view: RecordView,
    created_by: Option<Uuid>,
    /// Which of its values are users.
    users: Vec<(usize, Uuid)>,
    names_version: i64,
}

impl Found {
    fn of(table: &'static Table, row: &PgRow) -> Result<Self, DbErr> {
        let mut columns = row.columns();
        let mut view = RecordView {
            table,
            id: columns.take()?,
            version: columns.take()?,
            created_at: columns.take()?,
            created_by: None,
            values: Vec::with_capacity(table.fields.len()),
            updated_at: chrono::DateTime::default(),
            deleted_at: None,
        };
        let created_by = columns.take()?;
        (view.updated_at, view.deleted_at) = (columns.take()?, columns.take()?);
        let names_version = columns.take()?;
        let (mut users, mut others) = (Vec::new(), Vec::new());
        for (index, field) in table.fields.iter().enumerate() {
            let value = match field.kind {
                Kind::Reference(_) if field.uses.parent => {
                    columns.take::<Option<Uuid>>()?.map_or(Shown::Null, Shown::Parent)
                }
                Kind::Reference(entity) => {
                    let id = columns.take::<Option<Uuid>>()?;
                    let known = if entity == EntityType::User { &mut users } else { &mut others };
                    known.extend(id.map(|id| (index, id)));
                    Shown::Null
                }
                _ => shown(&mut columns, field)?,
            };
            view.values.push(value);
        }
        for (field, ..) in joined(table) {
            let name = columns.take::<Option<String>>()?;
            let place = others.iter().find(|(index, _)| table.fields[*index].column == field.column);
            if let (Some((index, id)), Some(name)) = (place, name) {
                view.values[*index] = Shown::Reference(NamedRef { id: *id, name });
            }
        }
        Ok(Self { view, created_by, users, names_version })
    }

    fn references(&self) -> impl Iterator<Item = Option<Uuid>> {
        self.users.iter().map(|(_, id)| Some(*id)).chain([self.created_by])
    }

    fn named(self, names: &Names) -> RecordView {
        let Self { mut view, created_by, users, names_version: _ } = self;
        for (index, id) in users {
            view.values[index] = names.named(id).map_or(Shown::Null, Shown::Reference);
        }
        view.created_by = created_by.and_then(|id| names.named(id));
        view
    }
}

async fn found(tx: &PgUnitOfWork, table: &'static Table, sql: Sql) -> Result<Vec<RecordView>, DbErr> {
    let rows = tx.look_up(sql).await?;
    let rows = rows.iter().map(|row| Found::of(table, row)).collect::<Result<Vec<_>, _>>()?;
    let Some(version) = rows.first().map(|row| row.names_version) else { return Ok(Vec::new()) };
    let names = tx.names(version, |names| rows.iter().all(|row| names.know(row.references()))).await?;
    Ok(rows.into_iter().map(|row| row.named(&names)).collect())
}

/// The records of these ids, in this order, live or not.
pub(crate) async fn views(
    tx: &PgUnitOfWork,
    table: &'static Table,
    ids: Vec<Uuid>,
) -> Result<Vec<RecordView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = statement(tx, table, ids.clone());
    let found = found(tx, table, sql).await.map_err(explain("reading records"))?;
    let mut by_id: HashMap<Uuid, RecordView> = found.into_iter().map(|view| (view.id, view)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// One live record.
pub(super) async fn view(tx: &PgUnitOfWork, table: &'static Table, id: Uuid) -> Result<Option<RecordView>> {
    let mut sql = statement(tx, table, vec![id]);
    sql.push(" and t.deleted_at is null");
    Ok(found(tx, table, sql).await.map_err(explain("reading a record"))?.pop())
}
