//! Rows as PostgreSQL answers them.

use sea_orm::DbErr;
use tokio_postgres::types::FromSql;

/// A row of an answer.
#[derive(Debug)]
pub(crate) struct PgRow(tokio_postgres::Row);

impl From<tokio_postgres::Row> for PgRow {
    fn from(row: tokio_postgres::Row) -> Self {
        Self(row)
    }
}

impl PgRow {
    /// The value of the column of this name.
    ///
    /// # Errors
    /// When there is none, or its type is another one.
    pub(crate) fn get<'a, T: FromSql<'a>>(&'a self, name: &str) -> Result<T, DbErr> {
        self.0.try_get(name).map_err(|error| unreadable(name, &error))
    }

    /// The row as a value of this type.
    ///
    /// # Errors
    /// When a column is missing or has another type.
    pub(crate) fn read<R: FromRow>(&self) -> Result<R, DbErr> {
        R::from_row(self)
    }

    /// The columns one after the other.
    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns { row: &self.0, next: 0 }
    }
}

fn unreadable(column: impl std::fmt::Display, error: &tokio_postgres::Error) -> DbErr {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    DbErr::Type(format!("the column {column} can't be read: {error} {cause}"))
}

/// Reads the columns of a row in the order in which the statement names them.
pub(crate) struct Columns<'a> {
    row: &'a tokio_postgres::Row,
    next: usize,
}

impl<'a> Columns<'a> {
    /// The next column.
    pub(crate) fn take<T: FromSql<'a>>(&mut self) -> Result<T, DbErr> {
        let index = self.next;
        self.next += 1;
        self.row.try_get(index).map_err(|error| unreadable(index, &error))
    }

    /// The column of this name. It costs nothing to find where it is the next one.
    pub(crate) fn named<T: FromSql<'a>>(&mut self, name: &str) -> Result<T, DbErr> {
        let columns = self.row.columns();
        let is_it = |index: &usize| columns.get(*index).is_some_and(|column| column.name() == name);
        let found = Some(self.next).filter(is_it).or_else(|| (0..columns.len()).find(is_it));
        self.next = found.ok_or_else(|| DbErr::Type(format!("there is no column {name}")))?;
        self.take()
    }
}

/// What a row can be read as.
pub(crate) trait FromRow: Sized {
    /// Reads the columns.
    ///
    /// # Errors
    /// When a column is missing or has another type.
    fn from_row(row: &PgRow) -> Result<Self, DbErr>;
}

/// Defines a structure that is read from the columns with the names of its fields.
macro_rules! row {
    ($(#[$about:meta])* $vis:vis struct $name:ident {
        $($(#[$about_field:meta])* $vis_field:vis $field:ident: $kind:ty,)*
    }) => {
        $(#[$about])*
        $vis struct $name {
            $($(#[$about_field])* $vis_field $field: $kind,)*
        }

        impl $crate::row::FromRow for $name {
            fn from_row(row: &$crate::row::PgRow) -> Result<Self, sea_orm::DbErr> {
                let mut columns = row.columns();
                Ok(Self { $($field: columns.named(stringify!($field))?,)* })
            }
        }
    };
}

pub(crate) use row;
