//! The program with its embedded PostgreSQL, in a folder that is deleted after the test.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use super::{
    Client, Record, program,
    server::{PATIENCE, keep},
};

/// A data folder below the system's folder for temporary files.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("cartera-lifecycle-{}-{name}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The process id of the PostgreSQL server in this folder, if one left its file.
    pub(crate) fn postgres(&self) -> Option<u32> {
        let file = fs::read_to_string(self.0.join("postgres/postmaster.pid")).ok()?;
        file.lines().next()?.trim().parse().ok()
    }

    /// A command of the program on this folder.
    pub(crate) fn program(&self) -> Command {
        let mut command = program();
        command
            .env("DATA_DIR", &self.0)
            .env("HTTP_ADDR", "127.0.0.1:0")
            // Fixed, because it is the issuer of tokens, which must not change with the port.
            .env("PUBLIC_URL", "http://127.0.0.1:8080")
            .env("RATE_LIMITS", "off")
            .env("LOG_FORMAT", "json");
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // After a server is killed, its PostgreSQL stops shortly after.
        wait_until(Duration::from_secs(10), || self.postgres().is_none_or(|pid| !is_alive(pid)));
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A server with its own PostgreSQL.
#[derive(Debug)]
pub(crate) struct Embedded {
    child: Child,
    pub(crate) address: String,
    pub(crate) record: Arc<Record>,
}

impl Embedded {
    /// Starts the server of a folder and waits until it is ready.
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::start_with(folder, arguments, &[])
    }

    /// Starts it with these additional settings.
    pub(crate) fn start_with(folder: &Folder, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut child = folder
            .program()
            .arg("serve")
            .args(arguments)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let record = Arc::new(Record::default());
        let (ready, address) = mpsc::channel();
        keep(child.stdout.take().expect("a pipe"), &record, Some(ready));
        keep(child.stderr.take().expect("a pipe"), &record, None);
        match address.recv_timeout(PATIENCE) {
            Ok(address) => Self { child, address, record },
            Err(error) => {
                drop(child.kill().and_then(|()| child.wait()));
                panic!("the server did not start ({error}):\n{}", record.log());
            }
        }
    }

    /// An unauthenticated client.
    pub(crate) fn nobody(&self) -> Client {
        Client::new(format!("http://{}", self.address), Arc::clone(&self.record))
    }

    /// Asks the server to stop, like a supervisor (SIGTERM).
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Asks the server to stop, like Ctrl-C (SIGINT).
    pub(crate) fn interrupt(&self) {
        self.signal("INT");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(status.expect("there is a kill program").success(), "the server is there");
    }

    /// Kills the server, which can't clean up.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the server is there");
        self.child.wait().expect("it ends");
    }

    /// Waits until the server exits.
    pub(crate) fn end(mut self) -> ExitStatus {
        let ended = wait_until(PATIENCE, || self.child.try_wait().expect("it can be asked").is_some());
        assert!(ended, "the server does not end:\n{}", self.record.log());
        self.child.wait().expect("it has ended")
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

/// Whether a process exists.
pub(crate) fn is_alive(pid: u32) -> bool {
    let status = Command::new("kill").args(["-s", "0", &pid.to_string()]).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Kills a process.
pub(crate) fn kill(pid: u32) {
    let status = Command::new("kill").args(["-s", "KILL", &pid.to_string()]).status();
    assert!(status.expect("there is a kill program").success(), "{pid} is there");
}

/// Runs a command to completion: its success, and its output on both streams.
pub(crate) fn run(command: &mut Command) -> (bool, String) {
    run_with(command, "")
}

/// Runs a command that reads this from its standard input.
pub(crate) fn run_with(command: &mut Command, input: &str) -> (bool, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    // A command that doesn't read this has exited, and its output says why.
    drop(child.stdin.take().expect("a pipe").write_all(input.as_bytes()));
    let Output { status, stdout, stderr } = child.wait_with_output().expect("it ends");
    let said = [stdout, stderr].concat();
    (status.success(), String::from_utf8_lossy(&said).into_owned())
}

/// Waits until a condition holds, up to a limit; returns whether it does.
pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if done() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    done()
}
