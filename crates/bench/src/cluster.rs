//! The benchmark's own PostgreSQL, with the mail server and the file store that the program needs.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use cartera_embedded::{DataDir, Files, FilesOptions, MailSink, MailSinkOptions, Postgres, PostgresOptions};

use crate::{
    error::{BenchError, Result},
    superuser::Superuser,
};

/// The database's name.
const DATABASE: &str = "cartera";
/// The password of the API's and the worker's role, at an address that only this machine reaches.
pub const PASSWORD: &str = "bench";
/// The access key of the store of files, and its secret.
const FILES_KEY: &str = "bench";
const FILES_SECRET: &str = "a-secret-of-the-benchmark-for-the-store-of-files";
const BUCKET: &str = "cartera";

/// The cluster's settings besides those of every embedded one: memory for a machine that also does other work, and no
/// background processes, which would disturb some measurements and not others.
pub const SETTINGS: [(&str, &str); 6] = [
    ("shared_buffers", "512MB"),
    ("maintenance_work_mem", "512MB"),
    ("max_connections", "100"),
    ("max_wal_size", "4GB"),
    ("checkpoint_timeout", "1h"),
    ("autovacuum", "off"),
];

/// The prefix of every line of PostgreSQL's log: the process and the role.
const LOG_PREFIX: &str = "%p|%u|";

/// A running cluster with its database. Dropping it stops everything.
pub struct Cluster {
    postgres: Postgres,
    mails: MailSink,
    files: Files,
}

impl Cluster {
    /// Starts the cluster of a folder; creates it first, with its settings and an empty database, if there is none.
    pub fn start(folder: &Path) -> Result<Self> {
        let mut cluster = Self::begin(folder)?;
        if cluster.postgres.is_new() {
            let mut superuser = Superuser::connect(&cluster.postgres.connection().superuser_url("postgres"))?;
            for (name, value) in SETTINGS.into_iter().chain([("log_line_prefix", LOG_PREFIX)]) {
                superuser.run("setting the cluster", &format!("alter system set {name} = '{value}'"))?;
            }
            superuser.run("making the database", &format!("create database {DATABASE}"))?;
            drop(superuser);
            cluster.stop()?;
            cluster = Self::begin(folder)?;
        }
        Ok(cluster)
    }

    fn begin(folder: &Path) -> Result<Self> {
        let postgres = Postgres::start(DataDir::lock(folder)?, &PostgresOptions::from_env())?;
        let mails = MailSink::start(&folder.join("mail"), MailSinkOptions::default())?;
        let files = Files::start(
            folder,
            &FilesOptions {
                access_key: FILES_KEY.to_owned(),
                secret_key: FILES_SECRET.to_owned(),
                bucket: BUCKET.to_owned(),
                origins: Arc::new(|_| false),
            },
        )?;
        Ok(Self { postgres, mails, files })
    }

    /// Stops it after a checkpoint.
    pub fn stop(self) -> Result<()> {
        self.mails.stop();
        self.files.stop();
        Ok(self.postgres.stop()?)
    }

    /// The postmaster's process id.
    pub fn postmaster(&self) -> u32 {
        self.postgres.pid()
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.postgres.connection().port()
    }

    /// One of PostgreSQL's own programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.postgres.program(name)
    }

    /// The API's connection URL through another address, which forwards to this server.
    pub fn api_url_at(&self, address: SocketAddr) -> String {
        let port = |port: u16| format!(":{port}/");
        let url = self.postgres.connection().url("cartera_api", PASSWORD, DATABASE);
        url.replace(&port(self.port()), &port(address.port()))
    }

    /// PostgreSQL's version, as it reports it.
    pub fn version(&self) -> Result<String> {
        self.superuser()?.text("asking for the version", "select current_setting('server_version')")
    }

    /// A superuser's connection to the database.
    pub fn superuser(&self) -> Result<Superuser> {
        Superuser::connect(&self.postgres.connection().superuser_url(DATABASE))
    }

    /// The path of PostgreSQL's log.
    pub fn log(&self) -> PathBuf {
        self.postgres.data_dir().join("postgres.log")
    }

    /// A program, with every setting that lets it work on this database.
    pub fn command(&self, program: &Path) -> Command {
        let connection = self.postgres.connection();
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(["PATH", "HOME", "TZ"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("DATABASE_URL", connection.url("cartera_api", PASSWORD, DATABASE))
            .env("WORKER_DATABASE_URL", connection.url("cartera_worker", PASSWORD, DATABASE))
            .env("MIGRATION_DATABASE_URL", connection.superuser_url(DATABASE))
            .env("JWT_SECRET", "a signing secret of the benchmark, of more than 32 bytes")
            .env("SECRETS_KEY", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
            .env("SMTP_URL", format!("smtp://{}", self.mails.address()))
            .env("MAIL_FROM", "Cartera <noreply@crm.example.com>")
            .env("S3_ENDPOINT", self.files.endpoint())
            .env("S3_BUCKET", BUCKET)
            .env("S3_ACCESS_KEY_ID", FILES_KEY)
            .env("S3_SECRET_ACCESS_KEY", FILES_SECRET)
            // A benchmark sends very many requests as one user.
            .env("RATE_LIMITS", "off")
            .env("HTTP_ADDR", "127.0.0.1:0")
            .env("LOG_FORMAT", "json");
        command
    }

    /// Runs a command of the program to completion, and returns its output.
    pub fn run(&self, program: &Path, arguments: &[&str]) -> Result<String> {
        let what = format!("cartera {}", arguments.join(" "));
        let output = self
            .command(program)
            .args(arguments)
            .output()
            .map_err(BenchError::io(format!("running {what}")))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(printed);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(BenchError::Unexpected(format!("{what} ended with {}:\n{printed}{said}", output.status)))
    }
}
