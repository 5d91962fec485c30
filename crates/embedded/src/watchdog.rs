//! A small shell process that outlives us briefly, and stops the server when we are gone for any reason.
//!
//! It waits for the end of a pipe whose other end only we hold, so it needs only POSIX. It removes the folder of a test
//! cluster, and replaces parent-death signals where there are none (macOS).

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Checks the pid file first, so that it does not signal another process that got the same pid.
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
    /// Watches the postmaster `pid` of `cluster`. When we are gone, it stops the server; with `remove`, immediately,
    /// and deletes that folder.
    pub(crate) fn spawn(pid: u32, cluster: &Path, remove: Option<&Path>) -> io::Result<Self> {
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "cartera-watchdog", &pid.to_string()])
            .arg(cluster)
            .arg(if remove.is_some() { "QUIT" } else { "INT" })
            .arg(remove.unwrap_or(Path::new("")))
            .current_dir("/")
            // Ctrl-C goes to the foreground process group, which this must outlive.
            .process_group(0)
            .stdin(Stdio::piped())
            // Otherwise it would keep our output open for its readers.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { shell })
    }

    /// Ends the watchdog, because the server has stopped.
    pub(crate) fn dismiss(mut self) {
        if let Some(mut stdin) = self.shell.stdin.take() {
            // If this fails, the watchdog finds no server left to stop.
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
