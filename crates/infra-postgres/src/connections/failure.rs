//! Errors of the client of units of work, as the errors that the rest knows: with SQLSTATE and constraint.

use std::{borrow::Cow, error::Error as StdError, fmt, io};

use sqlx::error::{DatabaseError, ErrorKind};
use tokio_postgres::error::{DbError, SqlState};

/// An error that PostgreSQL reported.
#[derive(Debug)]
struct Reported(DbError);

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without its detail, which may quote the values of a row.
        f.write_str(self.0.message())
    }
}

impl StdError for Reported {}

impl DatabaseError for Reported {
    fn message(&self) -> &str {
        self.0.message()
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.0.code().code().into())
    }

    fn constraint(&self) -> Option<&str> {
        self.0.constraint()
    }

    fn table(&self) -> Option<&str> {
        self.0.table()
    }

    fn kind(&self) -> ErrorKind {
        match *self.0.code() {
            SqlState::UNIQUE_VIOLATION => ErrorKind::UniqueViolation,
            SqlState::FOREIGN_KEY_VIOLATION => ErrorKind::ForeignKeyViolation,
            SqlState::NOT_NULL_VIOLATION => ErrorKind::NotNullViolation,
            SqlState::CHECK_VIOLATION => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }
}

/// The same error as sqlx would report it: from PostgreSQL, of the connection, or of our own statement.
pub(crate) fn of_wire(error: tokio_postgres::Error) -> sqlx::Error {
    if let Some(reported) = error.as_db_error() {
        return sqlx::Error::Database(Box::new(Reported(reported.clone())));
    }
    let ended = error.is_closed();
    let text = error.to_string();
    match error.into_source() {
        Some(source) => match source.downcast::<io::Error>() {
            Ok(cause) => sqlx::Error::Io(*cause),
            Err(source) if ended => sqlx::Error::Io(io::Error::other(source)),
            Err(source) => sqlx::Error::Protocol(format!("{text}: {source}")),
        },
        None if ended => sqlx::Error::Io(io::Error::new(io::ErrorKind::ConnectionReset, text)),
        None => sqlx::Error::Protocol(text),
    }
}
