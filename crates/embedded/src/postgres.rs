//! The running server.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::binaries::Binaries;
use crate::cluster::{Layout, SUPERUSER};
use crate::connection::Connection;
use crate::data_dir::DataDirLock;
use crate::error::EmbeddedError;
use crate::launch::{Launch, has_death_signal};
use crate::pidfile::PidFile;
use crate::process::{self, Signal, wait_until};
use crate::watchdog::Watchdog;

/// A log is put aside at the start when it has grown beyond this.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;
/// How long a server that is starting is waited for by those who attach.
const ATTACH_PATIENCE: Duration = Duration::from_secs(20);
/// A server that can't bind its port, or finds memory of its predecessor, is started so often.
const ATTEMPTS: u32 = 5;

/// What holds for every server: loopback only, and no socket in a shared folder.
const ALWAYS: &[&str] = &["listen_addresses=127.0.0.1", "unix_socket_directories="];
/// Nothing acknowledged is lost, whatever the configuration file says.
const DURABLE: &[&str] = &["fsync=on", "full_page_writes=on"];
/// Made for speed, and thrown away whole.
const THROW_AWAY: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
    "max_connections=200",
    // Keeps plans and timings the same from run to run, and template databases free of connections.
    "autovacuum=off",
];

/// How to start a server.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Only the programs in this folder are used; without it the installed ones are searched.
    pub bin_dir: Option<PathBuf>,
    /// Every acknowledged commit survives a crash. Only test clusters do without.
    pub durable: bool,
    /// How long the server may take until it answers, recovery after a crash included.
    pub patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            bin_dir: None,
            durable: true,
            patience: Duration::from_mins(1),
        }
    }
}

impl PostgresOptions {
    /// The defaults, with the programs from `PG_BIN_DIR` if that is set.
    pub fn from_env() -> Self {
        let bin_dir = env::var_os("PG_BIN_DIR")
            .filter(|dir| !dir.is_empty())
            .map(PathBuf::from);
        Self {
            bin_dir,
            ..Self::default()
        }
    }
}

/// A PostgreSQL server of ours. It ends with [`Postgres::stop`], when this is dropped, or when the process dies.
#[derive(Debug)]
pub struct Postgres {
    connection: Connection,
    major: u32,
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
        let (child, keeper, port) = launch_server(&layout, &binaries, launch, die_with_parent, options)?;
        let mut postgres = Self {
            connection: Connection::new(port, SUPERUSER, password),
            major: binaries.major,
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
            version = postgres.major,
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
        let not_running = || EmbeddedError::NotRunning {
            dir: data_dir.to_owned(),
        };
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
        self.major
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
        let stages = [
            (first, Duration::from_secs(30)),
            (Signal::Immediate, Duration::from_secs(5)),
        ];
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
        Err(EmbeddedError::Leftover {
            dir: self.layout.cluster(),
            pid: self.child.id(),
        })
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

/// A thread that does nothing but exist: the kernel ties the parent-death signal to the thread that spawned the
/// server, and any other thread (a test's, a runtime's) may end before the process does.
#[derive(Debug)]
struct Keeper {
    // Its end ends the thread.
    _alive: mpsc::Sender<()>,
}

impl Keeper {
    fn spawn(mut command: Command) -> io::Result<(Child, Self)> {
        let (alive, over) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        thread::Builder::new()
            .name("postgres-keeper".to_owned())
            .stack_size(128 * 1024)
            .spawn(move || {
                // A receiver that is gone means that the caller is, too.
                let _ = tell.send(command.spawn());
                let _ = over.recv();
            })?;
        let child = told.recv().map_err(io::Error::other)??;
        Ok((child, Self { _alive: alive }))
    }
}

/// Starts the server on a free port; again on another one when somebody was faster.
fn launch_server(
    layout: &Layout,
    binaries: &Binaries,
    launch: Launch,
    die_with_parent: bool,
    options: &PostgresOptions,
) -> Result<(Child, Keeper, u16), EmbeddedError> {
    let cluster = layout.cluster();
    let program = binaries.program("postgres");
    let log = Log::open(layout.log())?;
    let mut attempt = 1;
    loop {
        let port = free_port().map_err(|source| EmbeddedError::Io {
            what: "can't find a free port".to_owned(),
            source,
        })?;
        let mut command = launch.command(&program, die_with_parent);
        command.arg("-D").arg(&cluster).args(["-p", &port.to_string()]);
        for setting in ALWAYS
            .iter()
            .chain(if options.durable { DURABLE } else { THROW_AWAY })
        {
            command.args(["-c", setting]);
        }
        let start = log.len();
        command
            .stdout(log.writer()?)
            .stderr(log.writer()?)
            .process_group(0);
        let (mut child, keeper) = Keeper::spawn(command).map_err(EmbeddedError::io("run", &program))?;
        let Err(reason) = wait_ready(&mut child, &cluster, port, options.patience) else {
            return Ok((child, keeper, port));
        };
        let tail = log.tail_from(start);
        let passing = [
            "could not bind",
            "could not create any TCP/IP sockets",
            "shared memory block",
        ];
        if attempt == ATTEMPTS || !passing.iter().any(|text| tail.contains(text)) {
            return Err(EmbeddedError::StartFailed {
                reason,
                log: log.path,
                tail,
            });
        }
        tracing::info!(attempt, "PostgreSQL could not start yet; trying again");
        attempt += 1;
        thread::sleep(Duration::from_millis(200));
    }
}

/// Waits for the server's own word that it is ready. One that isn't in time is ended.
fn wait_ready(child: &mut Child, cluster: &Path, port: u16, patience: Duration) -> Result<(), String> {
    let mut ended = None;
    let ready = wait_until(patience, || {
        ended = child.try_wait().ok().flatten();
        ended.is_some()
            || PidFile::read(cluster)
                .is_some_and(|file| file.ready && file.port == Some(port) && file.pid == child.id())
    });
    if let Some(status) = ended {
        return Err(format!("it ended ({status})"));
    }
    if ready {
        return Ok(());
    }
    process::signal(child.id(), Signal::Immediate);
    if !wait_until(Duration::from_secs(5), || matches!(child.try_wait(), Ok(Some(_)))) {
        // Nothing more can be done about it here, and the error is reported either way.
        let _ = child.kill().and_then(|()| child.wait());
    }
    Err(format!("it was not ready after {} s", patience.as_secs()))
}

/// Ends a server that an earlier owner of the folder left behind. We hold the lock, so nobody uses it.
pub(crate) fn end_leftover(cluster: &Path) -> Result<(), EmbeddedError> {
    let Some(PidFile { pid, .. }) = PidFile::read(cluster) else {
        return Ok(());
    };
    let gone = || !process::is_postmaster_of(pid, cluster);
    if gone() {
        if process::is_alive(pid) {
            // Another program has the number now (usual in containers), and PostgreSQL would believe that it is
            // itself. A number nobody has is no problem: it recovers by itself.
            let path = PidFile::path(cluster);
            tracing::info!(pid, "removing a stale postmaster.pid");
            fs::remove_file(&path).map_err(EmbeddedError::io("remove", &path))?;
        }
        return Ok(());
    }
    tracing::info!(pid, "an earlier PostgreSQL still runs here; stopping it");
    // Its parent's death may have told it already.
    if wait_until(Duration::from_millis(300), gone) {
        return Ok(());
    }
    for (signal, patience) in [
        (Signal::Fast, Duration::from_secs(20)),
        (Signal::Immediate, Duration::from_secs(5)),
    ] {
        process::signal(pid, signal);
        if wait_until(patience, gone) {
            return Ok(());
        }
    }
    Err(EmbeddedError::Leftover {
        dir: cluster.to_owned(),
        pid,
    })
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// What the server writes, across starts.
struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    fn open(path: PathBuf) -> Result<Self, EmbeddedError> {
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
            // An old log that can't be put aside only grows on.
            let _ = fs::rename(&path, path.with_extension("log.1"));
        }
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(EmbeddedError::io("open", &path))?;
        Ok(Self { path, file })
    }

    fn writer(&self) -> Result<File, EmbeddedError> {
        self.file
            .try_clone()
            .map_err(EmbeddedError::io("open", &self.path))
    }

    fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// The last lines that were written since the log had this length.
    fn tail_from(&self, start: u64) -> String {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        // What can't be read is missing from an error message that stands without it.
        let _ = file
            .seek(SeekFrom::Start(start))
            .and_then(|_| file.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
