//! Generates the SQL of every resource's list from its table of columns.
//!
//! A list is two statements in one snapshot. The first chooses the page: ids and sort keys of one table, planned for
//! the actual values, so that PostgreSQL can choose between the index of the sort order and that of a condition. The
//! second reads the rows of those ids, by a fixed text with its joins. A single statement would join before it knows
//! which rows it needs: expecting few, PostgreSQL joined all rows of a company.

mod branches;
mod conditions;
mod page;
mod rows;
#[cfg(test)]
mod tests;

use cartera_application::lists::{Cursor, FieldRef, ListQuery, ListTable, Listing};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    error::explain,
    named::{self, Named},
    row::FromRow,
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

pub(crate) use branches::{Key, Search};
pub(crate) use page::some;

/// The type of a sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    Text,
    Integer,
    Date,
    Timestamp,
}

/// The SQL by which a field is filtered and sorted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// The column that conditions test.
    pub(crate) filter: &'static str,
    /// The sort key, if the field can be sorted.
    pub(crate) sort: Option<SortColumn>,
}

/// The sort key of a field. A nullable field has a key for each direction, so that missing values come last in both;
/// the expressions are those of the indexes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SortColumn {
    pub(crate) key: KeyType,
    pub(crate) value: &'static str,
    pub(crate) ascending: &'static str,
    pub(crate) descending: &'static str,
    pub(crate) missing_ascending: &'static str,
    pub(crate) missing_descending: &'static str,
}

impl SortColumn {
    fn is_a_nullable_date(&self) -> bool {
        matches!(self.key, KeyType::Date | KeyType::Timestamp) && self.missing_ascending != "null"
    }
}

impl Column {
    /// A column that is only filtered.
    pub(crate) const fn filtered(column: &'static str) -> Self {
        Self { filter: column, sort: None }
    }

    /// A NOT NULL column that is filtered and sorted by itself.
    pub(crate) const fn sorted(column: &'static str, key: KeyType) -> Self {
        Self::sorted_by(column, column, key)
    }

    /// A NOT NULL column that is sorted by another expression.
    pub(crate) const fn sorted_by(filter: &'static str, sort: &'static str, key: KeyType) -> Self {
        let sort = SortColumn {
            key,
            value: sort,
            ascending: sort,
            descending: sort,
            missing_ascending: "null",
            missing_descending: "null",
        };
        Self { filter, sort: Some(sort) }
    }
}

/// A nullable column. Missing values come last in both directions, so each direction has a key of its own: `last` and
/// `first` of all values. A CASE and not a COALESCE, because PostgreSQL does not consider COALESCE leakproof: under
/// row-level security it would then read everything before a page to find where the page begins.
macro_rules! nullable {
    ($key:ident, $column:literal, $last:literal, $first:literal) => {
        crate::list::Column {
            filter: $column,
            sort: Some(crate::list::SortColumn {
                key: crate::list::KeyType::$key,
                value: $column,
                ascending: concat!("case when ", $column, " is null then ", $last, " else ", $column, " end"),
                descending: concat!(
                    "case when ",
                    $column,
                    " is null then ",
                    $first,
                    " else ",
                    $column,
                    " end"
                ),
                missing_ascending: $last,
                missing_descending: $first,
            }),
        }
    };
}

pub(crate) use nullable;

/// The columns of a list's fields.
pub(crate) type Columns = &'static [(FieldRef, Column)];

/// Checks at compile time that every field of a list has a column, and every sortable field a sort key.
pub(crate) const fn complete(table: &ListTable, columns: Columns) -> Columns {
    let mut i = 0;
    while i < table.fields.len() {
        let (field, mut j, mut known) = (&table.fields[i], 0, false);
        while j < columns.len() {
            let (named, column) = &columns[j];
            if same(named.name().as_bytes(), field.name.as_bytes()) {
                assert!(!field.sort || column.sort.is_some(), "a field that lists are sorted by has no key");
                known = true;
            }
            j += 1;
        }
        assert!(known, "a field of the list has no column");
        i += 1;
    }
    columns
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut i = 0;
    while i < one.len() && i < other.len() && one[i] == other[i] {
        i += 1;
    }
    i == one.len() && i == other.len()
}

/// The SQL that chooses a list's page.
pub(crate) struct PageSql {
    /// What it lists.
    pub(crate) table: &'static ListTable,
    /// `from …` with only the tables that conditions need.
    pub(crate) base: &'static str,
    /// The column of the company.
    pub(crate) company: &'static str,
    /// Conditions that always hold, beginning with ` and `.
    pub(crate) always: &'static str,
    /// The id that breaks ties.
    pub(crate) id: &'static str,
    /// The columns of the fields.
    pub(crate) columns: Columns,
    /// The keys that `q` searches, each by an index of its own.
    pub(crate) search: &'static Search,
}

/// The SQL of one resource's list.
pub(crate) struct ListSql {
    /// How its page is chosen.
    pub(crate) page: PageSql,
    /// `select …` with every column of the row, without `from`. It may name the company as `$1`.
    pub(crate) select: &'static str,
    /// `from …` with the joins that rows need.
    pub(crate) joins: &'static str,
}

impl PageSql {
    /// The column of a field. Fields are data, so a missing column is an error at run time.
    fn column(&self, field: FieldRef) -> Result<Column, DbErr> {
        let found = self.columns.iter().find(|(named, _)| *named == field);
        let (_, column) =
            found.ok_or_else(|| DbErr::Custom(format!("{field:?} has no column in this list")))?;
        Ok(*column)
    }
}

/// Runs a list.
pub(crate) async fn run<R: FromRow>(
    tx: &PgUnitOfWork,
    list: &ListSql,
    query: &ListQuery,
) -> Result<Listing<R>, DbErr> {
    run_within(tx, list, query, |_, _| {}).await
}

/// Runs a list with an extra condition that `more` adds to each branch; callers can't write it.
pub(crate) async fn run_within<R: FromRow>(
    tx: &PgUnitOfWork,
    list: &ListSql,
    query: &ListQuery,
    more: impl Fn(&mut Sql, &ListQuery),
) -> Result<Listing<R>, DbErr> {
    let Listing { items: ids, next, total } = chosen(tx, &list.page, query, more).await?;
    let items = rows::of(tx, list, ids).await?;
    Ok(Listing { items, next, total })
}

/// The places of a list's page: its rows' sort keys and ids.
pub(crate) async fn places(
    tx: &PgUnitOfWork,
    list: &PageSql,
    query: &ListQuery,
    more: impl Fn(&mut Sql, &ListQuery),
) -> Result<Listing<Cursor>, DbErr> {
    let (mut places, total) = page::choose(tx, list, query, &more).await?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let next = if places.len() > limit { places.get(limit - 1).cloned() } else { None };
    places.truncate(limit);
    Ok(Listing { items: places, next, total })
}

/// The ids of a list's page.
pub(crate) async fn chosen(
    tx: &PgUnitOfWork,
    list: &PageSql,
    query: &ListQuery,
    more: impl Fn(&mut Sql, &ListQuery),
) -> Result<Listing<Uuid>, DbErr> {
    Ok(places(tx, list, query, more).await?.map(|Cursor { id, .. }| id))
}

/// Runs a list whose rows refer to named records, and resolves the names. `what` describes the read in errors.
pub(crate) async fn show<R: Named>(
    tx: &PgUnitOfWork,
    list: &ListSql,
    query: &ListQuery,
    what: &'static str,
    more: impl Fn(&mut Sql, &ListQuery),
) -> cartera_application::Result<Listing<R::View>> {
    let found = run_within::<R>(tx, list, query, more).await.map_err(explain(what))?;
    let Listing { items, next, total } = found;
    Ok(Listing { items: named::name_all(tx, items).await?, next, total })
}

/// Reads one record, if it meets the list's fixed conditions. `what` describes the read in errors.
pub(crate) async fn show_one<R: Named>(
    tx: &PgUnitOfWork,
    list: &ListSql,
    id: Uuid,
    what: &'static str,
) -> cartera_application::Result<Option<R::View>> {
    let row: Option<R> = rows::one(tx, list, id).await.map_err(explain(what))?;
    Ok(named::name_all(tx, row.into_iter().collect()).await?.pop())
}
