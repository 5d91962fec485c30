//! The program with unread output. It listens on an address chosen beforehand, because the log can't tell it.

use std::{
    fs::File,
    io::{PipeReader, pipe},
    net::TcpListener,
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
};

use tokio::time::sleep;

use super::{
    Client, Record, program,
    server::{PATIENCE, program_with},
    wait_until,
};

/// A server or worker whose log may be unread.
#[derive(Debug)]
pub(crate) struct Unheard {
    child: Child,
    origin: String,
}

impl Unheard {
    /// Starts a command that listens on the address that this variable names, and waits until it is ready.
    pub(crate) async fn start(command: &mut Command, variable: &str) -> Self {
        let address = free_address();
        command.env(variable, &address);
        let child = command.spawn().expect("the program starts");
        // Otherwise the command would keep the pipe open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut unheard = Self { child, origin: format!("http://{address}") };
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let ready = reqwest::get(format!("{}/readyz", unheard.origin)).await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return unheard;
            }
            if let Some(status) = unheard.child.try_wait().expect("it can be asked") {
                panic!("it ended before it was ready: {status}");
            }
            assert!(std::time::Instant::now() < end, "it was never ready");
            sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// An unauthenticated client.
    pub(crate) fn nobody(&self) -> Client {
        Client::new(self.origin.clone(), Arc::new(Record::default()))
    }

    /// Tells it to stop, and waits for its end.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", "TERM", &pid]).status();
        assert!(status.expect("there is a kill program").success(), "it is there");
        let ended = wait_until(PATIENCE, || self.child.try_wait().expect("it can be asked").is_some());
        assert!(ended, "it does not end");
        self.child.wait().expect("it has ended")
    }
}

impl Drop for Unheard {
    fn drop(&mut self) {
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").to_string()
}

/// Sends both output streams of a command into one pipe.
pub(crate) fn into_pipe(command: &mut Command) -> PipeReader {
    let (reader, writer) = pipe().expect("a pipe");
    command.stdin(Stdio::null()).stdout(writer.try_clone().expect("a second end")).stderr(writer);
    reader
}

/// Sends both output streams of a command to a device or file.
pub(crate) fn into_file(command: &mut Command, file: &File) {
    command.stdin(Stdio::null()).stdout(file.try_clone().expect("a second end"));
    command.stderr(file.try_clone().expect("a third end"));
}

/// The program with a limit of this many blocks of 512 bytes for each file that it writes.
pub(crate) fn program_within(blocks: u32) -> Command {
    let mut command = program_with("sh");
    let exe = program().get_program().to_owned();
    command.args(["-c", &format!("ulimit -f {blocks}; exec \"$@\""), "limited"]).arg(exe);
    command
}
