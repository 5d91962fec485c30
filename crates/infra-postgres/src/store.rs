//! The entry to the database, and the roles that it refuses to run as.

use std::{io, time::Duration};

use async_trait::async_trait;
use cartera_application::{
    Result,
    ports::{Store, UnitOfWork},
    security::Grant,
};
use cartera_migrations::roles::{API, WORKER};
use thiserror::Error;
use tokio::time::timeout;

use crate::{
    connections::{Connections, PoolOptions, Rule, cause, is_dead_connection},
    names::{self, NameCache},
    unit_of_work::{PgUnitOfWork, Purpose},
    writes::Access,
};

/// Timeout of a liveness probe.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// Why the program refuses to start with this database or role.
#[derive(Debug, Error)]
pub enum StartRefused {
    /// The role could bypass tenant isolation, or lacks the rights that it needs.
    #[error("the database role `{role}` {why}: give {variable} the role {wanted}")]
    WrongRole {
        /// The role.
        role: String,
        /// The setting that names it.
        variable: &'static str,
        /// The role that it must name.
        wanted: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The database can't be reached or read.
    #[error("the database can't be reached or read")]
    Database(#[source] sqlx::Error),
}

/// Opens units of work on PostgreSQL.
#[derive(Clone)]
pub struct PgStore {
    connections: Connections,
    name_cache: NameCache,
}

impl PgStore {
    /// A store on this database. Connections are opened when they are needed.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn new(url: &str, options: PoolOptions) -> Result<Self, sqlx::Error> {
        Self::open(url, options, false, Rule::ByCompany)
    }

    /// A store that tests each connection before use: for work that no client would send again.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn careful(url: &str, options: PoolOptions) -> Result<Self, sqlx::Error> {
        Self::open(url, options, true, Rule::FirstCome)
    }

    fn open(url: &str, options: PoolOptions, careful: bool, rule: Rule) -> Result<Self, sqlx::Error> {
        Ok(Self { connections: Connections::new(url, options, careful, rule)?, name_cache: names::cache() })
    }

    /// The connections, for work that belongs to no company.
    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Opens a unit of work that changes records, or reads some under lock.
    pub(crate) async fn writing(&self, grant: &Grant) -> Result<PgUnitOfWork> {
        PgUnitOfWork::begin(&self.connections, &self.name_cache, grant, Purpose::Write).await
    }

    /// Opens a read-only unit of work for lookups by key: records, counters, reports.
    pub(crate) async fn reading(&self, grant: &Grant) -> Result<PgUnitOfWork> {
        PgUnitOfWork::begin(&self.connections, &self.name_cache, grant, Purpose::Read).await
    }

    /// Opens a read-only unit of work that chooses the page of a list.
    pub(crate) async fn choosing(&self, grant: &Grant) -> Result<PgUnitOfWork> {
        PgUnitOfWork::begin(&self.connections, &self.name_cache, grant, Purpose::Choose).await
    }

    /// The number of connections in use and of open ones, for the gauges.
    pub fn connection_counts(&self) -> (u32, u32) {
        self.connections.counts()
    }

    /// How many requests wait for a connection, for the gauge.
    pub fn waiting(&self) -> usize {
        self.connections.waiting()
    }

    /// Checks that the database answers, and whether it accepts writes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ping(&self) -> Result<Access, sqlx::Error> {
        let asked = self.persistently(async || {
            sqlx::query_scalar("select current_setting('transaction_read_only')::boolean")
                .fetch_one(self.connections.probe())
                .await
        });
        if let Ok(answer) = timeout(SIGN_OF_LIFE, asked).await {
            return answer.map(|read_only| if read_only { Access::ReadOnly } else { Access::Full });
        }
        match cause(self.connections.probe(), sqlx::Error::PoolTimedOut).await {
            sqlx::Error::PoolTimedOut => Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into())),
            cause => Err(cause),
        }
    }

    /// Retries while errors come from dead connections: a restarted database leaves them in the pool, which drops each
    /// one that has failed.
    pub(crate) async fn persistently<T>(
        &self,
        ask: impl AsyncFn() -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut attempts = self.connections.probe().size();
        loop {
            match ask().await {
                Err(error) if attempts > 0 && is_dead_connection(&error) => attempts -= 1,
                answer => return self.caused(answer).await,
            }
        }
    }

    /// Replaces an error by its cause.
    async fn caused<T>(&self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(cause(self.connections.probe(), error).await),
        }
    }

    /// Refuses to serve as a role that could bypass tenant isolation or lacks the API's rights.
    ///
    /// # Errors
    /// [`StartRefused`].
    pub async fn require_harmless_role(&self) -> Result<(), StartRefused> {
        let role = self.role().await?;
        let unable = if role.writes { None } else { Some("may not write the tables") };
        role.refuse("DATABASE_URL", API, unable)
    }

    /// Refuses to work as a role that could bypass tenant isolation or lacks the worker's rights.
    ///
    /// # Errors
    /// [`StartRefused`].
    pub async fn require_worker_role(&self) -> Result<(), StartRefused> {
        let role = self.role().await?;
        let unable = if role.works { None } else { Some("may not use the job queue") };
        role.refuse("WORKER_DATABASE_URL", WORKER, unable)
    }

    async fn role(&self) -> Result<RoleRow, StartRefused> {
        let asked = sqlx::query_as(
            "select r.rolname::text as name, case when r.rolsuper then 'is a superuser' \
             when r.rolbypassrls then 'bypasses row-level security' \
             when exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'public' and pg_has_role(r.oid, c.relowner, 'usage')) \
             or (exists (select from pg_roles o where o.rolname = 'cartera_owner' \
             and pg_has_role(r.oid, o.oid, 'member'))) then 'owns the tables' end as flaw, \
             coalesce(has_table_privilege(to_regclass('public.companies'), 'insert'), true) as writes, \
             coalesce((select has_schema_privilege(n.oid, 'usage') from pg_namespace n \
             where n.nspname = 'graphile_worker'), true) as works \
             from pg_roles r where r.rolname = current_user",
        )
        .fetch_one(self.connections.probe())
        .await;
        self.caused(asked).await.map_err(StartRefused::Database)
    }

    /// The last migration of the job queue that was applied; only the worker's role may ask.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn queue_migration(&self) -> Result<u32, sqlx::Error> {
        let asked = sqlx::query_scalar("select max(id) from graphile_worker.migrations")
            .fetch_one(self.connections.probe())
            .await;
        let applied: Option<i32> = self.caused(asked).await?;
        Ok(applied.and_then(|applied| u32::try_from(applied).ok()).unwrap_or(0))
    }

    /// The names of the migrations that the database has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn applied_migrations(&self) -> Result<Vec<String>, sqlx::Error> {
        let asked = sqlx::query_scalar("select to_regclass('public.seaql_migrations') is not null")
            .fetch_one(self.connections.probe())
            .await;
        let known: bool = self.caused(asked).await?;
        if !known {
            return Ok(Vec::new());
        }
        sqlx::query_scalar("select version from seaql_migrations order by version")
            .fetch_all(self.connections.probe())
            .await
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.connections.close().await;
    }
}

/// What a database role can do.
#[derive(sqlx::FromRow)]
struct RoleRow {
    name: String,
    /// How the role could bypass tenant isolation.
    flaw: Option<String>,
    /// Whether the role has the API's rights.
    writes: bool,
    /// Whether the role has the worker's rights.
    works: bool,
}

impl RoleRow {
    fn refuse(
        self,
        variable: &'static str,
        wanted: &'static str,
        unable: Option<&'static str>,
    ) -> Result<(), StartRefused> {
        let Self { name, flaw, writes: _, works: _ } = self;
        match flaw.or_else(|| unable.map(str::to_owned)) {
            Some(why) => Err(StartRefused::WrongRole { role: name, variable, wanted, why }),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Store for PgStore {
    async fn begin(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.writing(grant).await?))
    }

    async fn read(&self, grant: &Grant) -> Result<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.reading(grant).await?))
    }
}
