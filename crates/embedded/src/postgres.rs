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

/// How long a server that is starting is waited for by those who attach.
const ATTACH_PATIENCE: Duration = Duration::from_secs(20);

impl PostgresOptions {
    /// The defaults, with the programs from `PG_BIN_DIR` if that is set.
    pub fn from_env() -> Self {
        let bin_dir = env::var_os("PG_BIN_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        Self { bin_dir, ..Self::default() }
    }
}

/// A PostgreSQL server of ours. It ends with [`Postgres::stop`], when this is dropped, or when the process dies.
#[derive(Debug)]
pub struct Postgres {
    connection: Connection,
    binaries: Binaries,
    created: bool,
    layout: Layout,
    child: Child,
    watchdog: Option<Watchdog>,
    // The order matters: the folder is free only when the server and the thread it hangs on are gone.
    _keeper: Keeper,
    lock: DataDirLock,
}

impl Postgres {
    /// Starts the server of this data folder, making its cluster when there is none.
    ///
    /// A server that an earlier process left behind is stopped first. Blocks until the server answers: 0.2 s, or
    /// some seconds when the cluster must be made.
    ///
    /// # Errors
    /// Programs missing or of the wrong version, a folder that can't be used, a server that doesn't get ready:
    /// each variant of [`EmbeddedError`] says what to do.
    pub fn start(lock: DataDirLock, options: &PostgresOptions) -> Result<Self, EmbeddedError> {
        Self::start_inner(lock, options, false)
    }

    /// Starts a server whose whole data folder goes when this process ends, by whatever means.
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

    /// How to reach the server that another process of ours runs in `data_dir`. Waits while it is starting.
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
            // Somebody owns the folder, so it may be on its way.
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

    /// Whether this start made the cluster.
    pub fn is_new(&self) -> bool {
        self.created
    }

    /// PostgreSQL's major version.
    pub fn major_version(&self) -> u32 {
        self.binaries.major
    }

    /// Where a program of this version is, such as `pgbench`. Not every installation has all of them.
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.program(name)
    }

    /// The postmaster's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the server is still there. It restarts its own workers, so its end is final.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the server: sessions are cut, everything is written out. Waits for its end.
    ///
    /// # Errors
    /// [`EmbeddedError::Leftover`] if it doesn't end within half a minute.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.shut_down(Signal::Fast)
    }

    /// Stops the server without writing anything out.
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

/// Ends a server that an earlier owner of the folder left behind. We hold the lock, so nobody uses it.
pub(crate) fn end_leftover(cluster: &Path) -> Result<(), EmbeddedError> {
    let Some(PidFile { pid, .. }) = PidFile::read(cluster) else {
        return Ok(());
    };
    let gone = || !process::is_postmaster_of(pid, cluster);
    if !gone() {
        tracing::info!(pid, "an earlier PostgreSQL still runs here; stopping it");
        // Its parent's death may have told it already.
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

/// PostgreSQL recovers by itself from a file with a number that nobody has. But another program may have the
/// number now (usual in containers), or a killed server may keep it as a zombie that nobody collects: then
/// PostgreSQL would believe that it is running.
fn remove_stale_pid_file(cluster: &Path, pid: u32) -> Result<(), EmbeddedError> {
    if PidFile::read(cluster).is_none_or(|file| file.pid != pid) || !process::has_number(pid) {
        return Ok(());
    }
    let path = PidFile::path(cluster);
    tracing::info!(pid, "removing a stale postmaster.pid");
    fs::remove_file(&path).map_err(EmbeddedError::io("remove", &path))
}
