//! Inspects and signals processes that aren't our children, without unsafe code.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The shutdown signals of PostgreSQL's postmaster.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Signal {
    /// SIGINT: fast shutdown, which terminates sessions and writes everything to disk.
    Fast,
    /// SIGQUIT: immediate shutdown; the next start recovers from the log.
    Immediate,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Fast => "INT",
            Self::Immediate => "QUIT",
        }
    }
}

/// Sends a signal through a shell, because `kill` is built into every shell but not a separate program everywhere.
pub(crate) fn signal(pid: u32, signal: Signal) -> bool {
    kill(pid, signal.name())
}

/// Whether a process with this pid runs; a zombie does not count.
pub(crate) fn is_alive(pid: u32) -> bool {
    if Path::new("/proc/self/stat").exists() {
        // The state follows the name, which is in brackets and may contain any characters.
        return fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
            let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
            !matches!(state, Some('Z' | 'X') | None)
        });
    }
    kill(pid, "0")
}

/// Whether the pid is taken, even by a zombie.
pub(crate) fn has_number(pid: u32) -> bool {
    if Path::new("/proc/self/stat").exists() {
        return Path::new(&format!("/proc/{pid}")).exists();
    }
    kill(pid, "0")
}

/// Whether `pid` is a postmaster that works in `cluster`.
pub(crate) fn is_postmaster_of(pid: u32, cluster: &Path) -> bool {
    if !is_alive(pid) {
        return false;
    }
    // The postmaster's working directory is its data folder; where that can't be read, its command line names the
    // folder.
    if fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == cluster) {
        return true;
    }
    let command_line = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => output("ps", &["-o", "command=", "-p", &pid.to_string()]),
    };
    command_line.contains("postgres") && command_line.contains(&*cluster.to_string_lossy())
}

/// Polls `done` every 10 ms, for at most `limit`.
pub(crate) fn wait_until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + limit;
    loop {
        if done() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// This process's effective user id.
pub(crate) fn current_uid() -> Option<u32> {
    output("id", &["-u"]).trim().parse().ok()
}

/// User and group id of a named user of this machine.
pub(crate) fn user(name: &str) -> Option<(u32, u32)> {
    let id = |flag: &str| output("id", &[flag, name]).trim().parse().ok();
    Some((id("-u")?, id("-g")?))
}

/// The output of a program; empty if it fails or doesn't exist.
pub(crate) fn output(program: &str, args: &[&str]) -> String {
    Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default()
}

fn kill(pid: u32, signal: &str) -> bool {
    Command::new("sh")
        .args(["-c", "kill -s \"$1\" \"$2\"", "sh", signal, &pid.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
