//! `test-cluster -- COMMAND ARGS…`: runs a command with a throw-away PostgreSQL cluster, whose URL is in
//! `CARTERA_TEST_CLUSTER`, and returns its exit code. The cluster is deleted when this program ends, also on Ctrl-C.

use std::env;
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

use cartera_embedded::TestCluster;

fn main() -> ExitCode {
    match run() {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            // If standard error is closed, there is nowhere to report the error.
            let _ = writeln!(io::stderr(), "test-cluster: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<u8, String> {
    let mut words = env::args_os().skip(1).skip_while(|word| word == "--");
    let program = words.next().ok_or("usage: test-cluster -- COMMAND ARGS…")?;
    let cluster = TestCluster::start().map_err(|error| error.to_string())?;
    let status = Command::new(&program)
        .args(words)
        .env(TestCluster::VARIABLE, cluster.connection().superuser_url("postgres"))
        .status()
        .map_err(|error| format!("can't run {}: {error}", program.display()))?;
    drop(cluster);
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}
