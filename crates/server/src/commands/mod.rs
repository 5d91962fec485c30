//! One module per command, except `serve`.

pub mod admin;
pub mod config;
pub mod doctor;
pub mod healthcheck;
pub mod mail;
pub mod migrate;
pub mod openapi;
pub mod seed;
pub mod worker;

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use cartera_application::{Application, security::Provenance};
use cartera_config::{Config, ProcessEnvironment};
use cartera_infra_crypto::SystemClock;
use cartera_infra_postgres::{PgStore, PoolOptions};

use crate::{
    database::{DatabaseAccess, WhenInUse},
    error::StartError,
    logging, wiring,
};

/// Reads the configuration of a command that prints: its logs go to stderr.
pub(crate) fn configuration() -> Result<Config, StartError> {
    let config = Config::from_env(&ProcessEnvironment)?;
    logging::start(&config.logging, true);
    Ok(config)
}

/// Prints a command's result. A reader that closes the pipe early is no error.
///
/// # Errors
/// When writing fails: half a document must not pass for a whole one.
pub(crate) fn print(result: &str) -> Result<(), StartError> {
    match writeln!(std::io::stdout(), "{result}") {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(StartError::Io { what: "printing the result".to_owned(), cause })
        }
        _ => Ok(()),
    }
}

/// Prints what a command did. If nobody reads it, the command still goes on and succeeds.
pub(crate) fn tell(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

/// A runtime for a command's asynchronous part.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| StartError::Io { what: "starting the runtime".to_owned(), cause })
}

/// The use cases over the command's database, whose schema must be current.
pub(crate) struct Workbench {
    pub(crate) application: Application,
    pub(crate) store: PgStore,
    pub(crate) access: DatabaseAccess,
    pub(crate) config: Config,
}

impl Workbench {
    /// Opens the database, attaching to the embedded one of a running server.
    pub(crate) fn open(config: Config, runtime: &tokio::runtime::Runtime) -> Result<Self, StartError> {
        let access = DatabaseAccess::open(&config, WhenInUse::Attach)?;
        let _context = runtime.enter();
        let store = access.store(PoolOptions { size: 4, patience: Duration::from_secs(10) })?;
        runtime.block_on(access.require_current_schema(&store))?;
        let application = wiring::application(&config, &access, &store, Arc::new(SystemClock), "cartera")?;
        Ok(Self { application, store, access, config })
    }

    /// Closes the pool, then the embedded server if this command started it.
    pub(crate) fn close(self, runtime: &tokio::runtime::Runtime) -> Result<(), StartError> {
        runtime.block_on(self.store.close());
        Ok(self.access.close()?)
    }
}

/// The request id under which a command works.
pub(crate) fn provenance(command: &str) -> Provenance {
    Provenance::job(format!("cli-{command}-{}", uuid::Uuid::now_v7()))
}
