//! The running server.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use crate::binaries::Binaries;
use crate::cluster::{Layout, SUPERUSER};
use crate::connection::Connection;
use crate::data_dir::DataDirLock;
use crate::error::EmbeddedError;
use crate::launch::{Launch, has_death_signal};
use crate::options::PostgresOptions;
use crate::pidfile::PidFile;
use crate::process::{self, Signal, wait_until};
use crate::server::{Keeper, Server, free_port};
use crate::watchdog::Watchdog;

/// How long attaching waits for a server that is starting.
const ATTACH_PATIENCE: Duration = Duration::from_secs(20);

impl PostgresOptions {
    /// The defaults, with the programs from `PG_BIN_DIR` if that is set.
    pub fn from_env() -> Self {
        let bin_dir = env::var_os("PG_BIN_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        Self { bin_dir, ..Self::default() }
    }
}

/// A running PostgreSQL server. It stops on [`Postgres::stop`], on drop, or when the process dies.
#[derive(Debug)]
pub struct Postgres {
    connection: Connection,
    binaries: Binaries,
    created: bool,
    layout: Layout,
    child: Child,
    watchdog: Option<Watchdog>,
    // The order matters: the folder must be unlocked only after the server and its keeper thread are gone.
    _keeper: Keeper,
    lock: DataDirLock,
}

impl Postgres {
    /// Starts the server of this data folder, creating its cluster if there is none.
    ///
    /// A server left behind by an earlier process is stopped first. Blocks until the server answers: 0.2 s, or some
    /// seconds if the cluster must be created.
    ///
    /// # Errors
    /// Missing programs or a wrong version, an unusable folder, or a server that does not become ready: each variant of
    /// [`EmbeddedError`] says what to do.
    pub fn start(lock: DataDirLock, options: &PostgresOptions) -> Result<Self, EmbeddedError> {
        Self::start_inner(lock, options, false)
    }

    /// Starts a server whose whole data folder is deleted when this process ends, even by a crash.
    pub(crate) fn start_throw_away(
        lock: DataDirLock,
        options: &PostgresOptions,
    ) -> Result<Self, EmbeddedError> {
        Self::start_inner(lock, options, true)
    }

    fn start_inner(
        lock: DataDirLock,
        options: &PostgresOptions,
        remove: bool,
    ) -> Result<Self, EmbeddedError> {
        let began = Instant::now();
        let layout = Layout::new(lock.path());
        let cluster = layout.cluster();
        let binaries = Binaries::find(options.bin_dir.as_deref(), &cluster)?;
        end_leftover(&cluster)?;
        let exists = layout.sweep()?;
        let launch = Launch::choose(lock.path(), &cluster, &binaries)?;
        if !exists {
            tracing::info!(folder = %cluster.display(), version = binaries.major, "creating the database folder");
            layout.create(&binaries, launch, options.durable)?;
        }
        let password = layout.read_password()?;
        let die_with_parent = has_death_signal();
        let server = Server { layout: &layout, binaries: &binaries, launch, die_with_parent, options };
        let (child, keeper, port) = server.launch(free_port)?;
        let mut postgres = Self {
            connection: Connection::new(port, SUPERUSER, password),
            binaries,
            created: !exists,
            layout,
            child,
            watchdog: None,
            _keeper: keeper,
            lock,
        };
        if remove || !die_with_parent {
            let folder = remove.then(|| postgres.data_dir().to_owned());
            let watchdog = Watchdog::spawn(postgres.child.id(), &cluster, folder.as_deref())
                .map_err(EmbeddedError::io("run", Path::new("/bin/sh")))?;
            postgres.watchdog = Some(watchdog);
        }
        tracing::info!(
            port,
            version = postgres.binaries.major,
            elapsed_ms = began.elapsed().as_millis(),
            "PostgreSQL is ready"
        );
        Ok(postgres)
    }

    /// The connection to the server that another of our processes runs in `data_dir`. Waits while it is starting.
    ///
    /// # Errors
    /// [`EmbeddedError::NotRunning`] when there is none; [`EmbeddedError::Io`] when its password can't be read.
    pub fn attach(data_dir: &Path) -> Result<Connection, EmbeddedError> {
        let not_running = || EmbeddedError::NotRunning { dir: data_dir.to_owned() };
        let dir = data_dir.canonicalize().map_err(|_gone| not_running())?;
        let layout = Layout::new(&dir);
        let cluster = layout.cluster();
        let end = Instant::now() + ATTACH_PATIENCE;
        loop {
            let running = PidFile::read(&cluster).filter(|file| file.ready && process::is_alive(file.pid));
            if let Some(port) = running.and_then(|file| file.port) {
                return Ok(Connection::new(port, SUPERUSER, layout.read_password()?));
            }
            // A process owns the folder, so the server may be starting.
            if Instant::now() >= end || !DataDirLock::is_held(&dir) {
                return Err(not_running());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Where the server listens, and its superuser.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The data folder, as an absolute path.
    pub fn data_dir(&self) -> &Path {
        self.lock.path()
    }

    /// Whether this start created the cluster.
    pub fn is_new(&self) -> bool {
        self.created
    }

    /// PostgreSQL's major version.
    pub fn major_version(&self) -> u32 {
        self.binaries.major
    }

    /// The path of a program of this version, such as `pgbench`. Not every installation has all of them.
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.program(name)
    }

    /// The postmaster's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the server is running. It restarts its own workers, so if it exits, that is final.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the server (fast shutdown): sessions are terminated and everything is written to disk. Waits until it
    /// exits.
    ///
    /// # Errors
    /// [`EmbeddedError::Leftover`] if it doesn't exit within half a minute.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.shut_down(Signal::Fast)
    }

    /// Stops the server without writing anything to disk.
    pub(crate) fn abandon(mut self) -> Result<(), EmbeddedError> {
        self.shut_down(Signal::Immediate)
    }

    fn shut_down(&mut self, first: Signal) -> Result<(), EmbeddedError> {
        let stages = [(first, Duration::from_secs(30)), (Signal::Immediate, Duration::from_secs(5))];
        for (signal, patience) in stages {
            if self.is_running() {
                process::signal(self.child.id(), signal);
            }
            if wait_until(patience, || !self.is_running()) {
                if let Some(watchdog) = self.watchdog.take() {
                    watchdog.dismiss();
                }
                return Ok(());
            }
        }
        Err(EmbeddedError::Leftover { dir: self.layout.cluster(), pid: self.child.id() })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.is_running()
            && let Err(error) = self.shut_down(Signal::Fast)
        {
            tracing::error!(%error, "PostgreSQL was left running");
        }
    }
}

/// Stops a server left behind by an earlier owner of the folder. We hold the lock, so nobody uses it.
pub(crate) fn end_leftover(cluster: &Path) -> Result<(), EmbeddedError> {
    let Some(PidFile { pid, .. }) = PidFile::read(cluster) else {
        return Ok(());
    };
    let gone = || !process::is_postmaster_of(pid, cluster);
    if !gone() {
        tracing::info!(pid, "an earlier PostgreSQL still runs here; stopping it");
        // It may already be stopping because its parent died.
        let stages = [
            (None, Duration::from_millis(300)),
            (Some(Signal::Fast), Duration::from_secs(20)),
            (Some(Signal::Immediate), Duration::from_secs(5)),
        ];
        let ended = stages.into_iter().any(|(signal, patience)| {
            if let Some(signal) = signal {
                process::signal(pid, signal);
            }
            wait_until(patience, gone)
        });
        if !ended {
            return Err(EmbeddedError::Leftover { dir: cluster.to_owned(), pid });
        }
    }
    remove_stale_pid_file(cluster, pid)
}

/// PostgreSQL itself recovers from a pid file with an unused pid. But another program may have the pid now (common in
/// containers), or a killed server may keep it as a zombie that nobody reaps: then PostgreSQL would assume that the
/// server is still running.
fn remove_stale_pid_file(cluster: &Path, pid: u32) -> Result<(), EmbeddedError> {
    if PidFile::read(cluster).is_none_or(|file| file.pid != pid) || !process::has_number(pid) {
        return Ok(());
    }
    let path = PidFile::path(cluster);
    tracing::info!(pid, "removing a stale postmaster.pid");
    fs::remove_file(&path).map_err(EmbeddedError::io("remove", &path))
}
