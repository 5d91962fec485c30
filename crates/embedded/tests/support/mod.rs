//! Folders, processes and queries for the tests of this crate.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cartera_embedded::{Connection, DataDir, Postgres, PostgresOptions};

/// The variable with the data folder for the parent process of the kill tests.
pub(crate) const PARENT_DIR: &str = "CARTERA_EMBEDDED_TEST_PARENT";

/// A folder that is deleted after the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cartera-embedded-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder in the temporary folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A process that starts a server in a folder and waits to be killed.
pub(crate) struct Parent {
    process: Child,
    port: u16,
}

impl Parent {
    pub(crate) fn spawn(dir: &Path) -> Self {
        let process = Command::new(std::env::current_exe().expect("this program has a path"))
            .args(["--exact", "postgres::parent_process", "--ignored"])
            .env(PARENT_DIR, dir)
            .stdout(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut parent = Self { process, port: 0 };
        let found = wait_until(Duration::from_mins(1), || {
            parent.port =
                fs::read_to_string(dir.join("port")).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            parent.port != 0
        });
        assert!(found, "the parent process never had a server");
        parent
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it can be killed");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Parent {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

pub(crate) fn start(dir: &Path) -> Postgres {
    let lock = DataDir::lock(dir).expect("the folder is free");
    Postgres::start(lock, &PostgresOptions::from_env()).expect("the server starts")
}

/// Whether a PostgreSQL server answers there: it replies `N` or `S` to a TLS request.
pub(crate) fn answers(connection: &Connection) -> bool {
    let Ok(mut stream) = TcpStream::connect((connection.host(), connection.port())) else {
        return false;
    };
    let mut answer = [0_u8];
    let request = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
    stream.write_all(&request).and_then(|()| stream.read_exact(&mut answer)).is_ok()
        && b"NS".contains(&answer[0])
}

pub(crate) fn port_is_open(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Runs SQL with `psql`; without `psql`, returns `None` and prints a note instead of failing.
pub(crate) fn sql(connection: &Connection, statement: &str) -> Option<String> {
    let output = Command::new("psql")
        .args([&connection.superuser_url("postgres"), "-XAtqc", statement])
        .stdin(Stdio::null())
        .output();
    let Ok(output) = output else {
        note("no psql here: the SQL part was not tried");
        return None;
    };
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Starts the server of a stopped cluster without this crate, as an independent process.
pub(crate) fn plain_server(dir: &Path) -> Option<Child> {
    let cluster = dir.canonicalize().expect("it is there").join("postgres");
    let version = fs::read_to_string(cluster.join("PG_VERSION")).expect("a cluster has a version");
    let program = format!("/usr/lib/postgresql/{}/bin/postgres", version.trim());
    if !Path::new(&program).exists() {
        note("the server program is somewhere else here: leftovers were not tried");
        return None;
    }
    let metadata = fs::metadata(&cluster).expect("it is there");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let port = free.expect("a free port").port().to_string();
    let mut command = Command::new(program);
    command.arg("-D").arg(&cluster).args(["-p", &port, "-c", "unix_socket_directories="]);
    command.args(["-c", "listen_addresses=127.0.0.1"]).current_dir("/").stdout(Stdio::null());
    if is_root() {
        let (uid, gid) =
            (std::os::unix::fs::MetadataExt::uid(&metadata), std::os::unix::fs::MetadataExt::gid(&metadata));
        std::os::unix::process::CommandExt::uid(&mut command, uid);
        std::os::unix::process::CommandExt::gid(&mut command, gid);
    }
    let mut child = command.spawn().expect("it starts");
    let ready = wait_until(Duration::from_secs(20), || {
        assert!(child.try_wait().expect("it can be asked").is_none(), "the plain server ended");
        fs::read_to_string(cluster.join("postmaster.pid")).is_ok_and(|text| text.contains("ready"))
    });
    assert!(ready, "the plain server is not ready");
    Some(child)
}

pub(crate) fn kill(pid: u32) {
    let status = Command::new("sh").args(["-c", "kill -s KILL \"$1\"", "sh", &pid.to_string()]).status();
    assert!(status.expect("there is a shell").success(), "{pid} can't be killed");
}

pub(crate) fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("there is an id program");
    output.stdout.trim_ascii() == b"0"
}

/// Prints why something was skipped, where the reader of the test output sees it.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "note: {text}");
}

pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    done()
}
