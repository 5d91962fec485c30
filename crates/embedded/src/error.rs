//! Errors, whose messages say what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded PostgreSQL could not be started, found or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No PostgreSQL server programs were found.
    #[error(
        "PostgreSQL's server programs (postgres, initdb; version 15 to 18) were not found. Install them with \
         `apt-get install postgresql` (Debian, Ubuntu) or `brew install postgresql@17` (macOS), or name their \
         folder in PG_BIN_DIR. Searched: {}", list(.searched)
    )]
    BinariesMissing {
        /// The folders that were searched.
        searched: Vec<PathBuf>,
    },

    /// The data folder was created by a major version of PostgreSQL that is not installed.
    #[error(
        "{} was made by PostgreSQL {cluster}, and only {} is installed. Install PostgreSQL {cluster} \
         (`apt-get install postgresql-{cluster}` or `brew install postgresql@{cluster}`), or name its folder in \
         PG_BIN_DIR, or choose another DATA_DIR", .dir.display(), versions(.found)
    )]
    VersionMismatch {
        /// The cluster's folder.
        dir: PathBuf,
        /// The major version in its `PG_VERSION`.
        cluster: u32,
        /// The major versions that are installed.
        found: Vec<u32>,
    },

    /// Another process owns the data folder.
    #[error("the data folder {} is in use by another process{}", .dir.display(), by(*.pid))]
    DataDirInUse {
        /// The data folder.
        dir: PathBuf,
        /// The owner's process id, where it is known.
        pid: Option<u32>,
    },

    /// The cluster belongs to another user of this machine.
    #[error(
        "the database in {} belongs to user id {owner}, and this is user id {current}: run as that user, or choose \
         another DATA_DIR", .dir.display()
    )]
    ForeignOwner {
        /// The cluster's folder.
        dir: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Who we are.
        current: u32,
    },

    /// This is root, PostgreSQL refuses to run as root, and no other user can reach the data folder.
    #[error(
        "PostgreSQL does not run as root, and user id {uid} can't use {} ({reason}). Choose a DATA_DIR whose parent \
         folders everybody may enter, such as /var/lib/cartera, or run as another user", .dir.display()
    )]
    NotTraversable {
        /// The data folder.
        dir: PathBuf,
        /// The user that was tried.
        uid: u32,
        /// The errors of the attempts.
        reason: String,
    },

    /// `initdb` failed; nothing was left behind.
    #[error("PostgreSQL could not create its data folder {}: {output}", .dir.display())]
    InitFailed {
        /// The cluster's folder.
        dir: PathBuf,
        /// The output of `initdb`.
        output: String,
    },

    /// The server exited, or was not ready in time.
    #[error("PostgreSQL did not start: {reason}. The end of {}:\n{tail}", .log.display())]
    StartFailed {
        /// Ended or too slow.
        reason: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },

    /// A PostgreSQL server of an earlier run still uses the data folder and can't be stopped.
    #[error(
        "a PostgreSQL server (process {pid}) still runs in {} and does not stop; end it, then start again",
        .dir.display()
    )]
    Leftover {
        /// The cluster's folder.
        dir: PathBuf,
        /// The server's process id.
        pid: u32,
    },

    /// Nothing to attach to.
    #[error("no PostgreSQL server runs in {}", .dir.display())]
    NotRunning {
        /// The data folder.
        dir: PathBuf,
    },

    /// The URL of the configured test cluster is invalid.
    #[error("CARTERA_TEST_CLUSTER must be postgres://user:password@host:port/database: {reason}")]
    BadUrl {
        /// What is wrong with it.
        reason: String,
    },

    /// The operating system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}

impl EmbeddedError {
    /// Wraps an I/O error with what was tried on which path.
    pub(crate) fn io(action: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let what = format!("can't {action} {}", path.display());
        move |source| Self::Io { what, source }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn versions(found: &[u32]) -> String {
    found.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn by(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" ({pid})")).unwrap_or_default()
}
