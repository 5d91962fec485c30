//! Throw-away clusters for tests.

use std::env;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::cluster::Layout;
use crate::connection::Connection;
use crate::data_dir::DataDir;
use crate::error::EmbeddedError;
use crate::options::PostgresOptions;
use crate::postgres::{Postgres, end_leftover};
use crate::process::{current_uid, output};

const PREFIX: &str = "cartera-test-";
/// A younger folder may belong to a process that hasn't locked it yet.
const SETTLED: Duration = Duration::from_secs(10);
/// The shared memory that a test run needs; the default 64 MB of containers are not enough.
const WANTED_KIB: u64 = 1024 * 1024;

/// An in-memory cluster without durability. Its folder is deleted with it, however this process ends.
#[derive(Debug)]
pub struct TestCluster {
    dir: PathBuf,
    // `None` only during drop.
    postgres: Option<Postgres>,
}

impl TestCluster {
    /// The environment variable that names a running cluster by its superuser's URL.
    pub const VARIABLE: &str = "CARTERA_TEST_CLUSTER";

    /// Starts a separate cluster, which takes about a second. First removes the leftovers of killed test runs.
    ///
    /// # Errors
    /// Those of [`Postgres::start`].
    pub fn start() -> Result<Self, EmbeddedError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let base = base();
        sweep(&base);
        let name = format!("{PREFIX}{}-{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let dir = base.join(name);
        // A folder with that name can only be our own leftover; if it is another user's, the next line fails.
        let _ = fs::remove_dir_all(&dir);
        DirBuilder::new().mode(0o711).create(&dir).map_err(EmbeddedError::io("create", &dir))?;
        let options = PostgresOptions { durable: false, ..PostgresOptions::from_env() };
        match DataDir::lock(&dir).and_then(|lock| Postgres::start_throw_away(lock, &options)) {
            Ok(postgres) => Ok(Self { dir, postgres: Some(postgres) }),
            Err(error) => {
                // Only the original error matters; the next start cleans up again.
                let _ = fs::remove_dir_all(&dir);
                Err(error)
            }
        }
    }

    /// The cluster of this test run: the one that `CARTERA_TEST_CLUSTER` names, or else one for this process, started
    /// on the first call.
    ///
    /// # Errors
    /// Those of [`TestCluster::start`], and [`EmbeddedError::BadUrl`]. Every call returns the same error.
    pub fn shared() -> Result<&'static Connection, &'static EmbeddedError> {
        static SHARED: OnceLock<Result<(Connection, Option<TestCluster>), EmbeddedError>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| match env::var(Self::VARIABLE) {
            Ok(url) if !url.is_empty() => Ok((Connection::from_superuser_url(&url)?, None)),
            _ => Self::start().map(|cluster| (cluster.connection().clone(), Some(cluster))),
        });
        shared.as_ref().map(|(connection, _)| connection)
    }

    /// Its address and superuser.
    ///
    /// # Panics
    /// Never: the server exists until this is dropped.
    pub fn connection(&self) -> &Connection {
        self.postgres.as_ref().expect("the server is there until the end").connection()
    }

    /// Its folder, which is deleted on drop.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for TestCluster {
    fn drop(&mut self) {
        // If this fails, the next test run cleans up.
        let _ = self.postgres.take().map(Postgres::abandon);
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The shared memory folder if it is large enough, or else the temporary folder.
fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let free: Option<u64> = output("df", &["-Pk", "/dev/shm"])
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3))
        .and_then(|free| free.parse().ok());
    if memory.is_dir() && free.is_some_and(|free| free >= WANTED_KIB) {
        memory.to_owned()
    } else {
        env::temp_dir()
    }
}

/// Removes the clusters of ended test runs. Only our own folders, because the base is writable for everybody.
fn sweep(base: &Path) {
    let (Ok(entries), Some(uid)) = (fs::read_dir(base), current_uid()) else {
        return;
    };
    for entry in entries.flatten() {
        let dir = entry.path();
        let settled = |metadata: &fs::Metadata| {
            metadata.modified().is_ok_and(|time| time.elapsed().is_ok_and(|age| age > SETTLED))
        };
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && fs::symlink_metadata(&dir)
                .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == uid && settled(&metadata));
        if !ours {
            continue;
        }
        // A running process still holds the lock.
        if let Ok(DataDir::Owned(_lock)) = DataDir::lock_or_attach(&dir)
            && end_leftover(&Layout::new(&dir).cluster()).is_ok()
        {
            // Its own watchdog may be deleting it as well.
            let _ = fs::remove_dir_all(&dir);
        }
    }
}
