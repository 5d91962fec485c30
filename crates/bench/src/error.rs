//! Why a benchmark failed.

use std::io;

use cartera_embedded::EmbeddedError;

/// The outcome of a step of the benchmark.
pub type Result<T> = std::result::Result<T, BenchError>;

/// Why a benchmark failed.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file, a socket or a child process failed.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The cluster failed.
    #[error("the cluster")]
    Cluster(#[from] EmbeddedError),
    /// A statement of the benchmark's own failed.
    #[error("{what}")]
    Database {
        /// What was tried.
        what: String,
        /// The database's answer.
        #[source]
        source: sqlx::Error,
    },
    /// An unexpected answer.
    #[error("{0}")]
    Unexpected(String),
}

impl BenchError {
    /// Wraps a system error with what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    /// Wraps a database error with what was tried.
    pub fn database(what: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        let what = what.into();
        move |source| Self::Database { what, source }
    }

    /// The whole chain of causes on one line.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
