//! Starts the server program: its settings, its port, its log, and waiting until it answers.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::binaries::Binaries;
use crate::cluster::Layout;
use crate::error::EmbeddedError;
use crate::launch::Launch;
use crate::options::PostgresOptions;
use crate::pidfile::PidFile;
use crate::process::{self, Signal, wait_until};

/// The log is rotated at the start if it has grown beyond this size.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;
/// How often the start is tried if the port can't be bound, or shared memory of the predecessor still exists.
const ATTEMPTS: u32 = 5;

/// The server's messages for temporary errors: a taken port, or shared memory that a predecessor still uses.
const PASSING: [&str; 3] = ["could not bind", "could not create any TCP/IP sockets", "shared memory block"];

/// Mandatory settings of every server: loopback only, no socket in a shared folder, and no user data in the log (DETAIL
/// quotes the row, STATEMENT the query text, and parameters the bound values).
const ALWAYS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_parameter_max_length=0",
    "log_parameter_max_length_on_error=0",
];
/// No acknowledged commit is lost, whatever the configuration file says.
const DURABLE: &[&str] = &["fsync=on", "full_page_writes=on"];
/// For throw-away clusters: fast, without durability.
const THROW_AWAY: &[&str] = &[
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=256MB",
    "max_connections=200",
    // Keeps plans and timings reproducible, and template databases free of connections.
    "autovacuum=off",
];

/// A thread that only stays alive: the kernel ties the parent-death signal to the thread that spawned the server, and
/// any other thread (a test's, a runtime's) may end before the process does.
#[derive(Debug)]
pub(crate) struct Keeper {
    // Dropping it ends the thread.
    _alive: mpsc::Sender<()>,
}

impl Keeper {
    fn spawn(mut command: Command) -> io::Result<(Child, Self)> {
        let (alive, over) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        thread::Builder::new().name("postgres-keeper".to_owned()).stack_size(128 * 1024).spawn(
            move || {
                // If the receiver is gone, so is the caller.
                let _ = tell.send(command.spawn());
                let _ = over.recv();
            },
        )?;
        let child = told.recv().map_err(io::Error::other)??;
        Ok((child, Self { _alive: alive }))
    }
}

/// The parameters of a start.
pub(crate) struct Server<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) binaries: &'a Binaries,
    pub(crate) launch: Launch,
    pub(crate) die_with_parent: bool,
    pub(crate) options: &'a PostgresOptions,
}

impl Server<'_> {
    /// Starts the server on a free port; retries on another one if the port was taken meanwhile.
    pub(crate) fn launch(
        &self,
        mut free_port: impl FnMut() -> io::Result<u16>,
    ) -> Result<(Child, Keeper, u16), EmbeddedError> {
        let cluster = self.layout.cluster();
        let program = self.binaries.program("postgres");
        let log = Log::open(self.layout.log())?;
        let mut attempt = 1;
        loop {
            let port = free_port()
                .map_err(|source| EmbeddedError::Io { what: "can't find a port".to_owned(), source })?;
            let mut command = self.command(&program, &cluster, port);
            let start = log.len();
            command.stdout(log.writer()?).stderr(log.writer()?).process_group(0);
            let (mut child, keeper) = Keeper::spawn(command).map_err(EmbeddedError::io("run", &program))?;
            let Err(reason) = wait_ready(&mut child, &cluster, port, self.options.patience) else {
                return Ok((child, keeper, port));
            };
            let tail = log.tail_from(start);
            if attempt == ATTEMPTS || !PASSING.iter().any(|text| tail.contains(text)) {
                return Err(EmbeddedError::StartFailed { reason, log: log.path, tail });
            }
            tracing::info!(attempt, "PostgreSQL could not start yet; trying again");
            attempt += 1;
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn command(&self, program: &Path, cluster: &Path, port: u16) -> Command {
        let mut command = self.launch.command(program, self.die_with_parent);
        command.arg("-D").arg(cluster).args(["-p", &port.to_string()]);
        for setting in ALWAYS.iter().chain(if self.options.durable { DURABLE } else { THROW_AWAY }) {
            command.args(["-c", setting]);
        }
        command
    }
}

/// Waits until the server reports that it is ready. One that isn't in time is killed.
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
        // A failure can't be handled here, and the error is reported either way.
        let _ = child.kill().and_then(|()| child.wait());
    }
    Err(format!("it was not ready after {} s", patience.as_secs()))
}

/// A port that is free at this moment.
pub(crate) fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The server's log, across starts.
struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    fn open(path: PathBuf) -> Result<Self, EmbeddedError> {
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LOG_LIMIT) {
            // If the old log can't be rotated, it just keeps growing.
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
        self.file.try_clone().map_err(EmbeddedError::io("open", &self.path))
    }

    fn len(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// The last lines written after this offset.
    fn tail_from(&self, start: u64) -> String {
        let mut bytes = Vec::new();
        let mut file = &self.file;
        // If the log can't be read, the error message is less detailed.
        let _ = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_dir::DataDir;
    use crate::postgres::Postgres;

    #[test]
    fn a_taken_port_is_given_up_for_another_one() {
        let dir = std::env::temp_dir().join(format!("cartera-server-{}", std::process::id()));
        let options = PostgresOptions::from_env();
        let lock = DataDir::lock(&dir).expect("it is free");
        Postgres::start(lock, &options).and_then(Postgres::stop).expect("starts and stops");

        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let taken_port = taken.local_addr().expect("it has one").port();
        let mut ports = [taken_port, free_port().expect("another one")].into_iter();
        let layout = Layout::new(&dir);
        let binaries = Binaries::find(None, &layout.cluster()).expect("installed");
        let launch = Launch::choose(&dir, &layout.cluster(), &binaries).expect("usable");
        let server = Server {
            layout: &layout,
            binaries: &binaries,
            launch,
            die_with_parent: false,
            options: &options,
        };
        let (mut child, _keeper, port) =
            server.launch(|| ports.next().ok_or(io::ErrorKind::Other.into())).expect("starts");
        assert_ne!(port, taken_port);
        assert!(ports.next().is_none(), "the taken port was not tried");
        process::signal(child.id(), Signal::Immediate);
        child.wait().expect("it ends");
        fs::remove_dir_all(&dir).expect("it can go");
    }
}
