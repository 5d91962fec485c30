//! A superuser's connection, for the benchmark's own queries.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use tokio::runtime::{Builder, Runtime};

use crate::error::{BenchError, Result};

/// A blocking superuser's connection to one database.
pub struct Superuser {
    runtime: Runtime,
    connection: PgConnection,
}

impl Superuser {
    /// Connects.
    pub fn connect(url: &str) -> Result<Self> {
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(BenchError::io("making a runtime"))?;
        let connection = runtime
            .block_on(PgConnection::connect(url))
            .map_err(BenchError::database("connecting as a superuser"))?;
        Ok(Self { runtime, connection })
    }

    /// Runs any number of statements.
    pub fn run(&mut self, what: &str, sql: &str) -> Result<()> {
        self.runtime
            .block_on(sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection))
            .map(|_| ())
            .map_err(BenchError::database(what))
    }

    /// The first column of every row, which is text.
    pub fn texts(&mut self, what: &str, sql: &str) -> Result<Vec<String>> {
        let rows = self
            .runtime
            .block_on(sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection))
            .map_err(BenchError::database(what))?;
        rows.iter()
            .map(|row| row.try_get(0))
            .collect::<std::result::Result<_, _>>()
            .map_err(BenchError::database(what))
    }

    /// The single text that a query returns.
    pub fn text(&mut self, what: &str, sql: &str) -> Result<String> {
        let mut texts = self.texts(what, sql)?;
        match (texts.pop(), texts.is_empty()) {
            (Some(text), true) => Ok(text),
            _ => Err(BenchError::Unexpected(format!("{what}: not just one row"))),
        }
    }
}
