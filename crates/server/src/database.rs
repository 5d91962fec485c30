//! The database behind a command: the configured one, the embedded one of a running server, or one that the
//! command starts for itself.

use std::{net::SocketAddr, path::Path, sync::Arc};

use cartera_config::{Config, CorsOrigins, Database};
use cartera_embedded::{
    Connection, DataDir, EmbeddedError, Files, FilesOptions, MailSink, MailSinkOptions, Postgres,
    PostgresOptions,
};
use cartera_infra_postgres::{PgStore, PoolOptions};
use cartera_migrations::{
    Migrator, MigratorTrait,
    roles::{API, Passwords, WORKER},
};
use percent_encoding::percent_decode_str;
use sqlx::{Connection as _, PgConnection};
use tracing::info;
use url::Url;

use crate::{error::StartError, secrets::Secrets};

/// The embedded database's name.
const DATABASE: &str = "cartera";
/// Where the embedded stack keeps mails, below its data folder.
const MAILS: &str = "mail";
/// The bucket of the embedded file store.
pub const FILES_BUCKET: &str = "cartera";
/// The access key of the embedded file store; the secret is generated.
pub const FILES_KEY: &str = "cartera";

/// How a command connects to its database.
pub struct DatabaseAccess {
    /// With the API's role.
    pub api_url: String,
    /// With the worker's role, when one is configured.
    pub worker_url: Option<String>,
    /// With a role that may migrate, when one is configured.
    pub owner_url: Option<String>,
    /// The passwords for roles that must be created.
    pub passwords: Passwords,
    /// The embedded stack's own secrets.
    pub secrets: Option<Secrets>,
    /// The embedded server, when this process runs it: it ends with this value.
    pub server: Option<Postgres>,
    /// The address of the embedded file store.
    pub files_endpoint: Option<String>,
    /// The embedded file store, when this process runs it: it ends with this value.
    pub files: Option<Files>,
    /// The address of the embedded mail server.
    pub mail_address: Option<SocketAddr>,
    /// The embedded mail server, when this process runs it: it ends with this value.
    pub mail_sink: Option<MailSink>,
}

/// What a command does when another Cartera process runs the embedded database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenInUse {
    /// Connect to it.
    Attach,
    /// Refuse: two servers can't serve one data folder.
    Refuse,
}

impl DatabaseAccess {
    /// Connects to the database, starting the embedded one if needed. Blocks meanwhile: call it outside the async
    /// runtime.
    ///
    /// # Errors
    /// [`StartError`] when the embedded server can't be started or its folder is in use.
    pub fn open(config: &Config, when_in_use: WhenInUse) -> Result<Self, StartError> {
        match &config.database {
            Database::External { api, owner, worker } => Ok(Self {
                api_url: api.expose().to_owned(),
                worker_url: worker.as_ref().map(|url| url.expose().to_owned()),
                owner_url: owner.as_ref().map(|url| url.expose().to_owned()),
                passwords: Passwords {
                    owner: None,
                    api: password_of(api.expose()),
                    worker: worker.as_ref().and_then(|url| password_of(url.expose())),
                },
                secrets: None,
                server: None,
                files_endpoint: None,
                files: None,
                mail_address: None,
                mail_sink: None,
            }),
            Database::Embedded { data_dir, bin_dir } => {
                let options = PostgresOptions { bin_dir: bin_dir.clone(), ..PostgresOptions::default() };
                let access = Self::embedded(data_dir, &options, when_in_use)?;
                let access =
                    if config.mail.server.is_some() { access } else { access.with_mails(data_dir)? };
                if config.storage.server.is_some() { Ok(access) } else { access.with_files(data_dir, config) }
            }
        }
    }

    fn embedded(
        data_dir: &Path,
        options: &PostgresOptions,
        when_in_use: WhenInUse,
    ) -> Result<Self, StartError> {
        let lock = match when_in_use {
            WhenInUse::Refuse => DataDir::Owned(DataDir::lock(data_dir)?),
            WhenInUse::Attach => DataDir::lock_or_attach(data_dir)?,
        };
        let (connection, server, dir) = match lock {
            DataDir::Owned(lock) => {
                let dir = lock.path().to_owned();
                let server = Postgres::start(lock, options)?;
                (server.connection().clone(), Some(server), dir)
            }
            DataDir::InUse(dir) => (Postgres::attach(&dir)?, None, dir),
        };
        let secrets = Secrets::load_or_create(&dir).map_err(StartError::Secrets)?;
        Ok(Self::of_embedded(&connection, secrets, server))
    }

    /// Adds the embedded mail server: the process that owns the folder starts it, others look up its address.
    fn with_mails(self, data_dir: &Path) -> Result<Self, StartError> {
        let folder = data_dir.join(MAILS);
        let mail_sink = match self.server {
            Some(_) => Some(MailSink::start(&folder, MailSinkOptions::default())?),
            None => None,
        };
        Ok(Self { mail_address: MailSink::find(&folder), mail_sink, ..self })
    }

    /// Adds the embedded file store: the process that owns the folder starts it, others look up its address.
    fn with_files(self, data_dir: &Path, config: &Config) -> Result<Self, StartError> {
        let files = match (&self.server, &self.secrets) {
            (Some(_), Some(secrets)) => {
                let listed = config.http.cors_origins.clone();
                let options = FilesOptions {
                    access_key: FILES_KEY.to_owned(),
                    secret_key: secrets.files_secret().to_owned(),
                    bucket: FILES_BUCKET.to_owned(),
                    // Pages on this machine are always allowed: developers run front ends there.
                    origins: Arc::new(move |origin| {
                        listed.allows(origin) || CorsOrigins::AnyLoopback.allows(origin)
                    }),
                };
                Some(Files::start(data_dir, &options)?)
            }
            _ => None,
        };
        Ok(Self { files_endpoint: Files::attach(data_dir), files, ..self })
    }

    fn of_embedded(connection: &Connection, secrets: Secrets, server: Option<Postgres>) -> Self {
        Self {
            api_url: connection.url(API, secrets.api_password(), DATABASE),
            worker_url: Some(connection.url(WORKER, secrets.worker_password(), DATABASE)),
            owner_url: Some(connection.superuser_url(DATABASE)),
            passwords: Passwords {
                owner: Some(secrets.owner_password().to_owned()),
                api: Some(secrets.api_password().to_owned()),
                worker: Some(secrets.worker_password().to_owned()),
            },
            secrets: Some(secrets),
            server,
            files_endpoint: None,
            files: None,
            mail_address: None,
            mail_sink: None,
        }
    }

    /// Whether the database is the embedded one.
    pub fn is_embedded(&self) -> bool {
        self.secrets.is_some()
    }

    /// A store as the API's role.
    ///
    /// # Errors
    /// [`StartError::Database`] when the URL is not one.
    pub fn store(&self, options: PoolOptions) -> Result<PgStore, StartError> {
        PgStore::new(&self.api_url, options).map_err(StartError::Database)
    }

    /// A store as the worker's role.
    ///
    /// # Errors
    /// [`StartError::NoWorkerRole`] without one, [`StartError::Database`] when the URL is not one.
    pub fn worker_store(&self, options: PoolOptions) -> Result<PgStore, StartError> {
        let url = self.worker_url.as_ref().ok_or(StartError::NoWorkerRole)?;
        PgStore::careful(url, options).map_err(StartError::Database)
    }

    /// Applies pending migrations; returns how many.
    ///
    /// # Errors
    /// [`StartError`] without a role that may migrate, or when a migration fails.
    pub async fn migrate(&self) -> Result<usize, StartError> {
        let url = self.owner_url.as_ref().ok_or(StartError::NoOwner)?;
        if self.is_embedded() {
            create_database(url).await.map_err(StartError::Database)?;
        }
        Ok(cartera_migrations::migrate(url, &self.passwords).await?)
    }

    /// Makes sure that the schema matches the program: the embedded database is migrated, any other must be current
    /// already.
    ///
    /// # Errors
    /// [`StartError::PendingMigrations`], or as [`DatabaseAccess::migrate`].
    pub async fn require_current_schema(&self, store: &PgStore) -> Result<(), StartError> {
        let pending = match store.applied_migrations().await {
            Ok(applied) => pending(&applied),
            // The embedded database, or its roles, may not exist yet.
            Err(_not_yet_there) if self.is_embedded() => pending(&[]),
            Err(error) => return Err(StartError::Database(error)),
        };
        if pending.is_empty() {
            return Ok(());
        }
        if !self.is_embedded() {
            return Err(StartError::PendingMigrations(pending));
        }
        info!(migrations = pending.len(), "bringing the database up to date");
        self.migrate().await.map(|_| ())
    }

    /// Stops the embedded servers, if this process runs them.
    ///
    /// # Errors
    /// [`EmbeddedError`] when it can't be stopped.
    pub fn close(self) -> Result<(), EmbeddedError> {
        if let Some(sink) = self.mail_sink {
            sink.stop();
        }
        if let Some(files) = self.files {
            files.stop();
        }
        self.server.map_or(Ok(()), Postgres::stop)
    }
}

fn pending(applied: &[String]) -> Vec<String> {
    Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .filter(|name| !applied.contains(name))
        .collect()
}

/// The password in a database URL, decoded.
fn password_of(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(percent_decode_str(url.password()?).decode_utf8_lossy().into_owned())
}

/// Creates the embedded database if it does not exist.
async fn create_database(url: &str) -> Result<(), sqlx::Error> {
    let maintenance = url.replace(&format!("/{DATABASE}"), "/postgres");
    let mut connection = PgConnection::connect(&maintenance).await?;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        sqlx::query("create database cartera").execute(&mut connection).await?;
    }
    connection.close().await
}
