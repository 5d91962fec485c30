//! Lists of records: the columns and keys of their fields, out of their table.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cartera_application::{
    Result,
    lists::{DELETED, FieldKind, FieldRef, FieldSpec, ListQuery, Listing},
    records::{CREATED_AT, CREATED_BY, DELETED_AT, NAME, RecordLists, RecordView, UPDATED_AT, list_of},
    security::Grant,
};
use cartera_domain::record::{Field, Table};

use super::views;
use crate::{
    error::explain,
    list::{self, Column, Key, KeyType, PageSql, SortColumn},
    store::PgStore,
};

/// How the lists of a table choose their page: of what is live, and of what lies in the bin.
#[derive(Clone, Copy)]
struct Pages {
    table: &'static Table,
    live: &'static PageSql,
    bin: &'static PageSql,
}

/// Text for as long as the program runs: statements are put together from such text alone. It is made once for a table.
fn text(text: String) -> &'static str {
    text.leak()
}

fn pages_of(table: &'static Table) -> Pages {
    static MADE: Mutex<Vec<Pages>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = made.iter().find(|known| known.table == table) {
        return *known;
    }
    let new = Pages {
        table,
        live: Box::leak(Box::new(page_of(table, " and t.deleted_at is null"))),
        bin: Box::leak(Box::new(page_of(table, " and t.deleted_at is not null"))),
    };
    made.push(new);
    new
}

fn page_of(table: &'static Table, always: &'static str) -> PageSql {
    let list = list_of(table);
    let own = list.fields.iter().map(|spec| (FieldRef::to(spec), column(table, spec)));
    let columns: Vec<_> = own.chain([(CREATED_BY, Column::filtered("t.created_by"))]).collect();
    PageSql {
        table: list,
        base: text(format!(" from {} t", table.plural)),
        company: "t.company_id",
        always,
        id: "t.id",
        columns: columns.leak(),
        search: Box::leak(Box::new(move |q: &str| {
            let keys = table.search_keys().map(|column| Key::Begins(of_row(column), q.to_owned()));
            keys.collect::<Vec<_>>()
        })),
    }
}

/// A column of the row, which statements call `t`. What is made for searches is made again and again, from few columns.
fn of_row(column: &str) -> &'static str {
    static MADE: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |known: &&&'static str| known.strip_prefix("t.") == Some(column);
    if let Some(known) = made.iter().find(is_it) {
        return known;
    }
    let new = text(format!("t.{column}"));
    made.push(new);
    new
}

/// By what SQL a field is filtered and sorted.
fn column(table: &Table, spec: &FieldSpec) -> Column {
    let field = table.fields.iter().find(|field| field.path == spec.name);
    let (column, key) = match (spec.name, field) {
        (CREATED_AT, _) => ("created_at", KeyType::Timestamp),
        (UPDATED_AT, _) => ("updated_at", KeyType::Timestamp),
        (DELETED_AT, _) => ("deleted_at", KeyType::Timestamp),
        (NAME, _) | (_, None) => ("name_fold", KeyType::Text),
        (_, Some(field)) => compared(field, spec),
    };
    let column = of_row(column);
    match (spec.sort, spec.nullable, key) {
        (false, ..) => Column::filtered(column),
        (true, true, key) => nullable(column, key),
        (true, false, key) => Column { sort: Some(sorted(column, key)), filter: column },
    }
}

/// A column that is never missing. Places hold whole numbers of 64 bits, whatever the column does; the order stays that of
/// its index.
fn sorted(column: &'static str, key: KeyType) -> SortColumn {
    let value = if key == KeyType::Integer { text(format!("{column}::bigint")) } else { column };
    SortColumn {
        key,
        value,
        ascending: column,
        descending: column,
        missing_ascending: "null",
        missing_descending: "null",
    }
}

/// A column that may be missing, as [`list::nullable`] writes it.
fn nullable(column: &'static str, key: KeyType) -> Column {
    let (last, first) = match key {
        KeyType::Text => ("U&'\\+10FFFF'", "''"),
        KeyType::Integer => ("2147483647", "-2147483648"),
        KeyType::Date | KeyType::Timestamp => ("'infinity'", "'-infinity'"),
    };
    let or = |missing: &str| text(format!("case when {column} is null then {missing} else {column} end"));
    let sort = SortColumn {
        ascending: or(last),
        descending: or(first),
        missing_ascending: last,
        missing_descending: first,
        ..sorted(column, key)
    };
    Column { filter: column, sort: Some(sort) }
}

/// The column that keeps what is compared: the key of what is unique, the folded form of other text, or the value itself.
fn compared(field: &Field, spec: &FieldSpec) -> (&'static str, KeyType) {
    match spec.kind {
        FieldKind::Email => (field.key_column, KeyType::Text),
        FieldKind::Text => (field.fold_column, KeyType::Text),
        FieldKind::Integer | FieldKind::Amount => (field.column, KeyType::Integer),
        FieldKind::Date => (field.column, KeyType::Date),
        FieldKind::Timestamp => (field.column, KeyType::Timestamp),
        FieldKind::Id
        | FieldKind::Person
        | FieldKind::Stage
        | FieldKind::OneOf(_)
        | FieldKind::Currency
        | FieldKind::Boolean => (field.column, KeyType::Text),
    }
}

#[async_trait]
impl RecordLists for PgStore {
    async fn list(
        &self,
        grant: &Grant,
        table: &'static Table,
        query: &ListQuery,
    ) -> Result<Listing<RecordView>> {
        let pages = pages_of(table);
        let page = if query.flag(DELETED) { pages.bin } else { pages.live };
        let tx = self.choosing(grant).await?;
        let found = list::chosen(&tx, page, query, |_, _| {}).await.map_err(explain("listing records"))?;
        let Listing { items: ids, next, total } = found;
        let items = views(&tx, table, ids).await?;
        tx.finish().await?;
        Ok(Listing { items, next, total })
    }
}

#[cfg(test)]
mod tests {
    use cartera_application::lists::FieldKind;
    use cartera_domain::{accounts::AccountFields, record::Fields};

    use super::*;

    #[test]
    fn the_place_of_a_whole_number_is_read_as_one_of_64_bits_and_ordered_as_its_index_is() {
        let of = |nullable| {
            let spec =
                FieldSpec { name: "employees", kind: FieldKind::Integer, filter: true, sort: true, nullable };
            column(AccountFields::TABLE, &spec).sort.expect("it is sorted by")
        };
        let (always, sometimes) = (of(false), of(true));
        assert_eq!((always.value, always.ascending), ("t.employees::bigint", "t.employees"));
        assert_eq!(sometimes.value, "t.employees::bigint");
        assert_eq!(
            sometimes.descending,
            "case when t.employees is null then -2147483648 else t.employees end"
        );
    }
}
