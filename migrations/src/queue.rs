//! The schema of the job queue: graphile_worker's own migrations, applied by `cartera migrate` and never by a
//! worker that starts.
//!
//! A new version of graphile_worker may bring tables: then a migration of ours gives the worker's role and
//! `cartera_lookup` their rights on them, as `m20261126_000002_jobs` does.

use graphile_worker_migrations::{GraphileWorkerMigration, MigrateError, sql::GRAPHILE_WORKER_MIGRATIONS};
use sqlx::PgPool;

/// The schema in which the queue lives.
pub const SCHEMA: &str = "graphile_worker";

/// The last migration that this program's queue needs.
pub fn latest_migration() -> u32 {
    GRAPHILE_WORKER_MIGRATIONS.iter().map(GraphileWorkerMigration::migration_number).max().unwrap_or(0)
}

/// Applies what is missing, as the owner.
pub(crate) async fn migrate(owner: PgPool) -> Result<(), MigrateError> {
    graphile_worker_migrations::migrate(owner, SCHEMA).await
}
