//! `postmaster.pid`, which PostgreSQL keeps in its data folder while it runs.

use std::fs;
use std::path::{Path, PathBuf};

/// The contents of `postmaster.pid`. Later lines are missing while the server starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PidFile {
    /// Line 1.
    pub(crate) pid: u32,
    /// Line 4.
    pub(crate) port: Option<u16>,
    /// Line 8 reads `ready`.
    pub(crate) ready: bool,
}

impl PidFile {
    /// Its path in a cluster.
    pub(crate) fn path(cluster: &Path) -> PathBuf {
        cluster.join("postmaster.pid")
    }

    /// Reads it; `None` if it is missing, unreadable or incomplete.
    pub(crate) fn read(cluster: &Path) -> Option<Self> {
        Self::parse(&fs::read_to_string(Self::path(cluster)).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        Some(Self {
            // Standalone backends write a negative number.
            pid: lines.first()?.trim_start_matches('-').parse().ok()?,
            port: lines.get(3).and_then(|line| line.parse().ok()),
            ready: lines.get(7) == Some(&"ready"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_each_state_of_the_file() {
        let starting = "812\n/data/postgres\n1763670000\n";
        assert_eq!(PidFile::parse(starting), Some(PidFile { pid: 812, port: None, ready: false }));
        let waiting = "812\n/data\n1763670000\n40123\n\n127.0.0.1\n  1234  0\nstarting\n";
        assert_eq!(PidFile::parse(waiting), Some(PidFile { pid: 812, port: Some(40123), ready: false }));
        let ready = "812\n/data\n1763670000\n40123\n\n127.0.0.1\n  1234  0\nready   \n";
        assert_eq!(PidFile::parse(ready), Some(PidFile { pid: 812, port: Some(40123), ready: true }));
        assert_eq!(PidFile::parse(""), None);
    }
}
