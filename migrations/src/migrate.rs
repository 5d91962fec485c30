//! Applying migrations, once, however many start at the same time.

use sea_orm::{DbErr, SqlxPostgresConnector};
use sea_orm_migration::MigratorTrait;
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgPoolOptions};
use thiserror::Error;

use crate::{
    Migrator, queue,
    roles::{self, OWNER, Passwords},
};

/// The advisory lock under which migrations run.
const LOCK: i64 = 0x0063_6172_7465_7261;

/// Why a database could not be migrated.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The database can't be reached.
    #[error("the database can't be reached as its owner")]
    Connect(#[source] sqlx::Error),
    /// The roles are not as they must be.
    #[error(
        "the database roles are missing or can't be used: give MIGRATION_DATABASE_URL a role that may create \
         roles, or create cartera_owner, cartera_api, cartera_worker and cartera_lookup beforehand"
    )]
    Roles(#[source] sqlx::Error),
    /// A migration of the job queue failed; it was rolled back whole.
    #[error("a migration of the job queue failed and was undone")]
    Queue(#[source] graphile_worker_migrations::MigrateError),
    /// A migration failed; it was rolled back whole.
    #[error("a migration failed and was undone")]
    Migration(#[source] DbErr),
}

/// Makes the roles that are missing and applies every pending migration, the job queue's too, as
/// `cartera_owner`, under an advisory lock on a connection of its own. Answers how many of ours were applied.
///
/// # Errors
/// [`MigrateError`]; what was applied before stays.
pub async fn migrate(url: &str, passwords: &Passwords) -> Result<usize, MigrateError> {
    let mut guard = PgConnection::connect(url).await.map_err(MigrateError::Connect)?;
    roles::ensure(&mut guard, passwords).await.map_err(MigrateError::Roles)?;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut guard)
        .await
        .map_err(MigrateError::Connect)?;
    let applied = apply(url).await;
    // Closing the connection releases the lock, even when unlocking can't.
    guard.close().await.map_err(MigrateError::Connect)?;
    applied
}

async fn apply(url: &str) -> Result<usize, MigrateError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::query(AssertSqlSafe(format!("set role {OWNER}"))).execute(connection).await.map(|_| ())
            })
        })
        .connect(url)
        .await
        .map_err(MigrateError::Roles)?;
    // The queue's schema first: ours refers to it.
    if let Err(error) = queue::migrate(pool.clone()).await {
        pool.close().await;
        return Err(MigrateError::Queue(error));
    }
    #[expect(clippy::disallowed_methods, reason = "migrations are the owner's, of no company")]
    let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    let applied = async {
        let before = Migrator::get_pending_migrations(&connection).await?.len();
        Migrator::up(&connection, None).await?;
        Ok(before)
    }
    .await
    .map_err(MigrateError::Migration);
    pool.close().await;
    applied
}
