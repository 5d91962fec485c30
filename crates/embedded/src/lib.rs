//! A PostgreSQL server that stops with its parent process, and a mail server that stores mails as files. `cartera
//! serve` starts them if no database is configured, and the tests run on them.
//!
//! # Recipes
//!
//! Start it, or use the one that another of our processes already runs in the same folder:
//! ```no_run
//! use cartera_embedded::{DataDir, Postgres, PostgresOptions};
//!
//! # fn main() -> Result<(), cartera_embedded::EmbeddedError> {
//! let url = match DataDir::lock_or_attach(".data".as_ref())? {
//!     DataDir::Owned(lock) => {
//!         let postgres = Postgres::start(lock, &PostgresOptions::from_env())?;
//!         let url = postgres.connection().superuser_url("postgres");
//!         // … and in the end:
//!         postgres.stop()?;
//!         url
//!     }
//!     DataDir::InUse(dir) => Postgres::attach(&dir)?.superuser_url("postgres"),
//! };
//! # drop(url);
//! # Ok(())
//! # }
//! ```
//! Store mails in a folder instead of sending them: [`MailSink::start`].
//!
//! In tests: [`TestCluster::shared`], one throw-away cluster for the test process or for the whole test run.
//!
//! # Guarantees
//! - One owner: `cartera.lock` in the data folder is an operating system lock, so a crash releases it.
//! - An incomplete cluster is never used: `initdb` works under another name, and the folder is renamed at the end.
//! - Nothing is left running: the server has its own process group (Ctrl-C reaches only the parent, which
//!   stops it), gets a fast-shutdown signal when the parent dies, and a leftover is stopped at the next start.
//! - A parent-death signal depends on the spawning *thread*, so a thread that exists only for this purpose spawns the
//!   server; callers may start it from any thread.
//! - PostgreSQL refuses to run as root: see [`EmbeddedError::NotTraversable`] and the `launch` module.
//!
//! Everything here is synchronous and blocks for up to some seconds: call it before the async runtime starts, or
//! from a blocking thread.

mod binaries;
mod cluster;
mod connection;
mod data_dir;
mod error;
mod files;
mod launch;
mod mail_sink;
mod options;
mod pidfile;
mod postgres;
mod process;
mod server;
mod test_cluster;
mod watchdog;

pub use connection::Connection;
pub use data_dir::{DataDir, DataDirLock};
pub use error::EmbeddedError;
pub use files::{Files, FilesOptions, OriginCheck};
pub use mail_sink::{MailSink, MailSinkOptions};
pub use options::PostgresOptions;
pub use postgres::Postgres;
pub use test_cluster::TestCluster;
