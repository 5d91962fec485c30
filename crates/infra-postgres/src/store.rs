//! The pool, and what it refuses to work with.

use std::time::Duration;

use async_trait::async_trait;
use cartera_application::{
    Result,
    ports::{Store, UnitOfWork},
    security::Grant,
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use thiserror::Error;

use crate::unit_of_work::PgUnitOfWork;

/// How the pool is sized.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// The most connections.
    pub size: u32,
    /// How long a request waits for a free one before it is told to come back.
    pub patience: Duration,
}

/// Why a database role or state is refused at start.
#[derive(Debug, Error)]
pub enum StartRefused {
    /// The role could walk around the walls between companies, or can't do the API's work.
    #[error("the database role `{role}` {why}: give DATABASE_URL the role cartera_api")]
    WrongRole {
        /// The role.
        role: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The database can't be asked.
    #[error("the database can't be reached or read")]
    Database(#[source] sqlx::Error),
}

/// Opens units of work on PostgreSQL.
#[derive(Clone)]
pub struct PgStore {
    pool: PgPool,
}

impl PgStore {
    /// A store on this database. Connections are opened when they are needed.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn new(url: &str, options: PoolOptions) -> Result<Self, sqlx::Error> {
        let pool = PgPoolOptions::new()
            .max_connections(options.size)
            .acquire_timeout(options.patience)
            .test_before_acquire(false)
            .connect_lazy(url)?;
        Ok(Self { pool })
    }

    /// The pool itself, for health checks and the directory; it is not handed out of this crate's users'
    /// sight: what it opens sees no company.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The connections in use and the open ones, for the gauges.
    pub fn connections(&self) -> (u32, u32) {
        let open = self.pool.size();
        (open.saturating_sub(u32::try_from(self.pool.num_idle()).unwrap_or(open)), open)
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        sqlx::query("select 1").execute(&self.pool).await.map(|_| ())
    }

    /// Refuses to serve as a role that could walk around the walls, or that is not the API's.
    ///
    /// # Errors
    /// [`StartRefused`].
    pub async fn require_harmless_role(&self) -> Result<(), StartRefused> {
        let (role, superuser, bypass, owns, reads): (String, bool, bool, bool, bool) = sqlx::query_as(
            "select r.rolname::text, r.rolsuper, r.rolbypassrls, \
             exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'public' and pg_has_role(r.oid, c.relowner, 'usage')) \
             or (exists (select from pg_roles o where o.rolname = 'cartera_owner' \
             and pg_has_role(r.oid, o.oid, 'member'))), \
             coalesce(has_table_privilege(to_regclass('public.companies'), 'select'), true) \
             from pg_roles r where r.rolname = current_user",
        )
        .fetch_one(&self.pool)
        .await
        .map_err(StartRefused::Database)?;
        let why = match (superuser, bypass, owns, reads) {
            (true, ..) => "is a superuser",
            (_, true, ..) => "bypasses row-level security",
            (_, _, true, _) => "owns the tables",
            (.., false) => "may not read the tables",
            (false, false, false, true) => return Ok(()),
        };
        Err(StartRefused::WrongRole { role, why })
    }

    /// The names of migrations that the database lacks.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn applied_migrations(&self) -> Result<Vec<String>, sqlx::Error> {
        let known: bool = sqlx::query_scalar("select to_regclass('public.seaql_migrations') is not null")
            .fetch_one(&self.pool)
            .await?;
        if !known {
            return Ok(Vec::new());
        }
        sqlx::query_scalar("select version from seaql_migrations order by version")
            .fetch_all(&self.pool)
            .await
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Store for PgStore {
    async fn begin(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>> {
        Ok(Box::new(PgUnitOfWork::begin(&self.pool, grant).await?))
    }
}
