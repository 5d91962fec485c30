//! A small shell that outlives us by a moment, and ends the server when we are gone however that came about.
//!
//! It waits for the end of a pipe whose other end only we hold, so it needs nothing from the operating system
//! beyond POSIX. It clears away what a test cluster leaves, and stands in for parent-death signals where there are
//! none (macOS).

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Looks at the pid file first, so that a number given to another process meanwhile is left alone.
const SCRIPT: &str = r#"
read -r word
[ "$word" = done ] && exit 0
if [ "$(head -n 1 "$2/postmaster.pid" 2>/dev/null)" = "$1" ]; then
    kill -s "$3" "$1"
    tries=0
    while [ -e "$2/postmaster.pid" ] && kill -s 0 "$1" && [ "$tries" -lt 50 ]; do
        sleep 0.1 || sleep 1
        tries=$((tries + 1))
    done
fi
[ -z "$4" ] || rm -rf "$4"
"#;

#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Watches over the postmaster `pid` of `cluster`. When we are gone it is stopped; with `remove` at once, and
    /// that folder goes too.
    pub(crate) fn spawn(pid: u32, cluster: &Path, remove: Option<&Path>) -> io::Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "cartera-watchdog", &pid.to_string()])
            .arg(cluster)
            .arg(if remove.is_some() { "QUIT" } else { "INT" })
            .arg(remove.unwrap_or(Path::new("")))
            .current_dir("/")
            // Ctrl-C goes to the foreground group, and this must outlive it.
            .process_group(0)
            .stdin(Stdio::piped())
            // Nobody should wait for the end of our output because of it.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { shell })
    }

    /// Sends it home: the server has ended.
    pub(crate) fn dismiss(mut self) {
        if let Some(mut stdin) = self.shell.stdin.take() {
            // If it can't be told, it finds that there is nothing left to end.
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
