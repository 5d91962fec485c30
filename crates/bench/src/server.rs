//! The program under measurement, as a child process.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    cluster::Cluster,
    error::{BenchError, Result},
};

/// How long a server may take until it is ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server, killed on drop.
pub struct Server {
    child: Child,
    /// Its address.
    pub address: SocketAddr,
}

impl Server {
    /// Starts `cartera serve` on a cluster, with these arguments and settings, its log in a file.
    pub fn start(
        cluster: &Cluster,
        program: &Path,
        arguments: &[&str],
        settings: &[(&str, &str)],
        log: &Path,
    ) -> Result<Self> {
        let serve = cluster.command(program);
        // It must not outlive us. `setpriv` replaces itself with the program, so the process id stays the same.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).arg("serve").args(arguments);
        command.env_clear();
        command.envs(serve.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.envs(settings.iter().copied());
        let what = || format!("starting {}", program.display());
        let log_file = File::create(log).map_err(BenchError::io(what()))?;
        let errors = log_file.try_clone().map_err(BenchError::io(what()))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(BenchError::io(what()))?;
        let output = child.stdout.take().ok_or_else(|| BenchError::Unexpected("no pipe".to_owned()))?;
        let (ready, address) = mpsc::channel();
        thread::spawn(move || drain(BufReader::new(output), log_file, &ready));
        let mut server = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        server.address = address.recv_timeout(PATIENCE).map_err(|_gone| {
            BenchError::Unexpected(format!("the server did not get ready: see {}", log.display()))
        })?;
        Ok(server)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has nothing important left to write.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Stores a server's log until it is ready, and reports its address. Afterwards the lines are discarded, so that the
/// disk does not affect the measurement.
fn drain(output: impl BufRead, mut log: File, ready: &mpsc::Sender<SocketAddr>) {
    let mut started = false;
    for line in output.split(b'\n').map_while(std::result::Result::ok) {
        if started {
            continue;
        }
        // If the log can't be written, an error message is less detailed.
        drop(std::io::Write::write_all(&mut log, &[line.as_slice(), b"\n"].concat()));
        if let Some(address) = address_in(&line) {
            started = true;
            let _ = ready.send(address);
        }
    }
}

/// The address of a server, from the log line that reports that it is ready.
fn address_in(line: &[u8]) -> Option<SocketAddr> {
    let said: Value = serde_json::from_slice(line).ok()?;
    if said["message"] == "ready" { said["address"].as_str()?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_ready_tells_the_address() {
        let line = br#"{"level":"INFO","message":"ready","address":"127.0.0.1:4711"}"#;
        assert_eq!(address_in(line), Some(SocketAddr::from(([127, 0, 0, 1], 4711))));
        assert_eq!(address_in(br#"{"message":"draining","address":"127.0.0.1:4711"}"#), None);
        assert_eq!(address_in(b"no JSON"), None);
    }
}
