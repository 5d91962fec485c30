//! Why the program can't start or continue, in words for its operator.

pub use cartera_application::error::chain;
use std::io;

use cartera_application::Error;
use cartera_config::ConfigErrors;
use cartera_embedded::EmbeddedError;
use cartera_infra_mail::SetupError;
use cartera_infra_postgres::StartRefused;
use cartera_infra_storage::BadStorage;
use cartera_migrations::MigrateError;
use thiserror::Error as ThisError;

/// Why a command failed.
#[derive(Debug, ThisError)]
pub enum StartError {
    /// Settings are missing or wrong; every one is named.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The embedded PostgreSQL can't be used.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The embedded stack's secrets can't be read or written.
    #[error("the secrets in the data folder can't be read or written")]
    Secrets(#[source] io::Error),
    /// The database can't be reached.
    #[error("the database can't be reached")]
    Database(#[source] sqlx::Error),
    /// No role is configured that may migrate.
    #[error("MIGRATION_DATABASE_URL is missing: give it a role that may migrate (see docs/operations.md)")]
    NoOwner,
    /// No role is configured for the worker.
    #[error(
        "WORKER_DATABASE_URL is missing: give it the role cartera_worker, or start with --no-worker and run \
         `cartera worker` elsewhere (see docs/operations.md)"
    )]
    NoWorkerRole,
    /// The job queue lacks migrations.
    #[error("the job queue lacks migrations (it has {applied} of {wanted}): run `cartera migrate` first")]
    QueueOutdated {
        /// The last one that was applied.
        applied: u32,
        /// The last one that is needed.
        wanted: u32,
    },
    /// The worker's thread ended without reporting whether it started.
    #[error("the worker did not start")]
    WorkerEnded,
    /// The database lacks migrations.
    #[error("the database lacks {} migration(s), {}: run `cartera migrate` first", .0.len(), .0.join(", "))]
    PendingMigrations(Vec<String>),
    /// Migrating failed.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The role of DATABASE_URL must not serve, or that of WORKER_DATABASE_URL must not run jobs.
    #[error(transparent)]
    Refused(#[from] StartRefused),
    /// Mail can't be set up.
    #[error(transparent)]
    Mail(#[from] SetupError),
    /// The store of files can't be set up.
    #[error(transparent)]
    Storage(#[from] BadStorage),
    /// The address can't be listened on.
    #[error("can't listen on {address}: is another program using it? Choose another HTTP_ADDR")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The embedded PostgreSQL ended while it was needed.
    #[error("the embedded PostgreSQL has ended: see postgres.log in the data folder, then start again")]
    DatabaseEnded,
    /// Demo data is only for the embedded database.
    #[error("demo data is only for the embedded database: unset DATABASE_URL")]
    DemoRefused,
    /// A use case refused or failed.
    #[error("{what}")]
    UseCase {
        /// What was being done.
        what: &'static str,
        /// Why it failed.
        #[source]
        cause: Error,
    },
    /// Checks found something wrong.
    #[error("{0} problem(s) found")]
    Unsound(usize),
    /// Anything about files, sockets and signals.
    #[error("{what}")]
    Io {
        /// What was being done.
        what: String,
        /// Why it failed.
        #[source]
        cause: io::Error,
    },
}
