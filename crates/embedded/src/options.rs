//! Options of a server.

use std::path::PathBuf;
use std::time::Duration;

/// How to start a server.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Only the programs in this folder are used; without it the installed ones are searched.
    pub bin_dir: Option<PathBuf>,
    /// Whether every acknowledged commit survives a crash; false only for test clusters.
    pub durable: bool,
    /// How long the server may take until it answers, including crash recovery.
    pub patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { bin_dir: None, durable: true, patience: Duration::from_mins(1) }
    }
}
