//! A parsed list query, and its result.

use std::collections::BTreeSet;

use super::{Cursor, FieldRef, ListTable, Predicate, Test};

/// The page size when none is given.
pub const DEFAULT_LIMIT: u32 = 20;
/// The most rows of a page.
pub const MAX_LIMIT: u32 = 100;
/// How far `page` reaches, in rows; beyond that the cursor must be used.
pub const MAX_PAGED_ROWS: u32 = 10_000;
/// The greatest total that is counted exactly.
pub const TOTAL_CAP: u32 = 10_000;

/// The sort order of a list; the id breaks ties in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The field.
    pub field: FieldRef,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Where the page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// At the beginning, or after the row that a cursor names.
    After(Option<Cursor>),
    /// At page N, from 1.
    Page(u32),
}

/// A parsed list query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// The table that the query was read by.
    pub table: &'static ListTable,
    /// What rows must meet.
    pub predicate: Predicate,
    /// The order.
    pub sort: Sort,
    /// A folded prefix of the record's search keys.
    pub q: Option<String>,
    /// The most rows wanted.
    pub limit: u32,
    /// Where to start.
    pub position: Position,
    /// Whether the total is wanted on a cursor page.
    pub count: bool,
    /// The flags that were `true`.
    pub flags: BTreeSet<&'static str>,
    /// The fingerprint that ties a cursor to this query: its sort and conditions.
    pub(super) fingerprint: String,
}

impl ListQuery {
    /// The first rows of a list, in ascending order.
    pub(crate) fn first(table: &'static ListTable, limit: u32) -> Self {
        Self {
            table,
            predicate: Predicate::All(Vec::new()),
            sort: Sort { field: table.default_sort, descending: false },
            q: None,
            limit,
            position: Position::After(None),
            count: false,
            flags: BTreeSet::new(),
            fingerprint: String::new(),
        }
    }

    /// Whether a flag was set.
    pub fn flag(&self, name: &str) -> bool {
        self.flags.contains(name)
    }

    /// Whether the field is filtered by at all.
    pub fn filters_by(&self, field: FieldRef) -> bool {
        self.predicate.fields().contains(&field)
    }

    /// The tests that every row must meet.
    pub fn tests(&self) -> impl Iterator<Item = (FieldRef, &Test)> {
        self.predicate.tests()
    }

    /// Adds a condition that the caller did not write: a nested list's parent, a default. Every row must meet it in
    /// addition.
    #[must_use]
    pub fn with(self, field: FieldRef, test: Test) -> Self {
        self.within(Predicate::Test(field, test))
    }

    /// The same for a whole predicate.
    #[must_use]
    pub fn within(self, scope: Predicate) -> Self {
        Self { predicate: self.predicate.and(scope), ..self }
    }

    /// The same page with another condition in place of the caller's.
    #[must_use]
    pub fn asking(&self, predicate: Predicate) -> Self {
        Self { predicate, ..self.clone() }
    }

    /// Whether the total must be counted.
    pub fn wants_total(&self) -> bool {
        self.count || matches!(self.position, Position::Page(_))
    }

    /// How many rows to skip: only pages skip.
    pub fn offset(&self) -> u64 {
        match self.position {
            Position::After(_) => 0,
            Position::Page(page) => u64::from(page.saturating_sub(1)) * u64::from(self.limit),
        }
    }

    /// Makes the caller's page from the adapter's result.
    pub fn page<T>(&self, listing: Listing<T>) -> Page<T> {
        let Listing { items, next, total } = listing;
        let (page, next_cursor) = match self.position {
            Position::After(_) => (None, next.map(|cursor| cursor.encode(&self.fingerprint))),
            Position::Page(page) => (Some(page), None),
        };
        Page { items, limit: self.limit, page, next_cursor, total }
    }
}

/// How many rows there are, exact up to [`TOTAL_CAP`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The count, at most [`TOTAL_CAP`].
    pub count: u32,
    /// Whether there are more.
    pub capped: bool,
}

/// The result of an adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows, at most `limit`.
    pub items: Vec<T>,
    /// The cursor of the last row, when there are more.
    pub next: Option<Cursor>,
    /// The total, when it was wanted.
    pub total: Option<Total>,
}

impl<T> Listing<T> {
    /// The same listing with other items.
    pub fn map<U>(self, into: impl FnMut(T) -> U) -> Listing<U> {
        let Self { items, next, total } = self;
        Listing { items: items.into_iter().map(into).collect(), next, total }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The most rows wanted.
    pub limit: u32,
    /// Which page, when pages were asked for.
    pub page: Option<u32>,
    /// The cursor of the next page, when there are more rows.
    pub next_cursor: Option<String>,
    /// The total, when it was wanted.
    pub total: Option<Total>,
}

impl<T> Page<T> {
    /// The same page with other items.
    ///
    /// # Errors
    /// The first that `into` answers.
    pub fn try_map<U, E>(
        self,
        into: impl FnMut(T) -> std::result::Result<U, E>,
    ) -> std::result::Result<Page<U>, E> {
        let Self { items, limit, page, next_cursor, total } = self;
        let items = items.into_iter().map(into).collect::<std::result::Result<_, _>>()?;
        Ok(Page { items, limit, page, next_cursor, total })
    }
}
