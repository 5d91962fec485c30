//! The store, and what it refuses to work with.

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

/// How long the database may take for a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(2);

/// Why a database role or state is refused at start.
#[derive(Debug, Error)]
pub enum StartRefused {
    /// The role could walk around the walls between companies, or can't do the API's work.
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
    /// The database can't be asked.
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

    /// A store whose connections are tried before they are used: for work that has nobody to send it again.
    ///
    /// # Errors
    /// When the URL is not one.
    pub fn careful(url: &str, options: PoolOptions) -> Result<Self, sqlx::Error> {
        Self::open(url, options, true, Rule::FirstCome)
    }

    fn open(url: &str, options: PoolOptions, careful: bool, rule: Rule) -> Result<Self, sqlx::Error> {
        Ok(Self { connections: Connections::new(url, options, careful, rule)?, name_cache: names::cache() })
    }

    /// The connections, for what is of no company.
    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Opens a unit of work to change records, or to read some that it locks.
    pub(crate) async fn writing(&self, grant: &Grant) -> Result<PgUnitOfWork> {
        PgUnitOfWork::begin(&self.connections, &self.name_cache, grant, Purpose::Write).await
    }

    /// Opens a unit of work that shows what is known by its keys: records, counters, reports.
    pub(crate) async fn reading(&self, grant: &Grant) -> Result<PgUnitOfWork> {
        PgUnitOfWork::begin(&self.connections, &self.name_cache, grant, Purpose::Read).await
    }

    /// Opens a unit of work that chooses the page of a list.
    pub(crate) async fn choosing(&self, grant: &Grant) -> Result<PgUnitOfWork> {
        PgUnitOfWork::begin(&self.connections, &self.name_cache, grant, Purpose::Choose).await
    }

    /// The connections in use and the open ones, for the gauges.
    pub fn connection_counts(&self) -> (u32, u32) {
        self.connections.counts()
    }

    /// How many requests wait for a connection, for the gauge.
    pub fn waiting(&self) -> usize {
        self.connections.waiting()
    }

    /// Asks the database for a sign of life, and what it can be used for.
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

    /// Asks again as long as only dead connections answer: a restarted database leaves them in the pool, which
    /// drops each that has failed.
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

    /// An answer with what stands behind its error.
    async fn caused<T>(&self, answer: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(cause(self.connections.probe(), error).await),
        }
    }

    /// Refuses to serve as a role that could walk around the walls, or that is not the API's.
    ///
    /// # Errors
    /// [`StartRefused`].
    pub async fn require_harmless_role(&self) -> Result<(), StartRefused> {
        let role = self.role().await?;
        let unable = if role.writes { None } else { Some("may not write the tables") };
        role.refuse("DATABASE_URL", API, unable)
    }

    /// Refuses to work as a role that could walk around the walls, or that is not the worker's.
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

    /// The names of migrations that the database lacks.
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

/// What a database role could do.
#[derive(sqlx::FromRow)]
struct RoleRow {
    name: String,
    /// How it could walk around the walls.
    flaw: Option<String>,
    /// Whether it may do the API's work.
    writes: bool,
    /// Whether it may do the worker's.
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
