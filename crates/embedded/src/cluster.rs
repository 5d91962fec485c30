//! The cluster's files: their paths, and their creation.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::binaries::Binaries;
use crate::data_dir::{random_secret, write_secret};
use crate::error::EmbeddedError;
use crate::launch::Launch;

/// The role that `initdb` creates.
pub(crate) const SUPERUSER: &str = "postgres";

/// The initial settings of a new cluster. Its owner may change them; mandatory settings are passed at each start
/// instead.
const SETTINGS: &str = "
# Set by Cartera when it made this cluster.
shared_buffers = 128MB
max_connections = 60
timezone = 'UTC'
log_timezone = 'UTC'
password_encryption = scram-sha-256
log_line_prefix = '%m [%p] %q%u@%d '
";

/// PostgreSQL's paths in a data folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    data_dir: PathBuf,
}

impl Layout {
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self { data_dir: data_dir.to_owned() }
    }

    /// The cluster, complete if it exists.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.data_dir.join("postgres")
    }

    /// Where a new cluster is created; useless after a crash.
    fn staging(&self) -> PathBuf {
        self.data_dir.join("postgres.initdb")
    }

    /// The superuser's password.
    pub(crate) fn password(&self) -> PathBuf {
        self.data_dir.join("postgres.password")
    }

    /// The log of the server's standard error.
    pub(crate) fn log(&self) -> PathBuf {
        self.data_dir.join("postgres.log")
    }

    /// The superuser's password of the existing cluster.
    pub(crate) fn read_password(&self) -> Result<String, EmbeddedError> {
        let path = self.password();
        let text = fs::read_to_string(&path).map_err(EmbeddedError::io("read", &path))?;
        Ok(text.trim().to_owned())
    }

    /// Removes an incomplete cluster; returns whether a complete one exists.
    pub(crate) fn sweep(&self) -> Result<bool, EmbeddedError> {
        let staging = self.staging();
        if staging.exists() {
            tracing::info!(folder = %staging.display(), "removing a half-made database");
            fs::remove_dir_all(&staging).map_err(EmbeddedError::io("remove", &staging))?;
        }
        let cluster = self.cluster();
        if cluster.join("PG_VERSION").is_file() {
            return Ok(true);
        }
        // An empty folder may be a mount point or created by the user, and can be replaced; anything else must not be
        // touched.
        match fs::remove_dir(&cluster) {
            Ok(()) => Ok(false),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => {
                Err(EmbeddedError::io("use, because it is no PostgreSQL data folder,", &cluster)(error))
            }
        }
    }

    /// Creates the cluster under another name, and renames it when it is complete.
    pub(crate) fn create(
        &self,
        binaries: &Binaries,
        launch: Launch,
        durable: bool,
    ) -> Result<(), EmbeddedError> {
        let staging = self.staging();
        let result = self.create_in(&staging, binaries, launch, durable);
        if result.is_err() {
            // The original error matters more than a failure here; the next start cleans up again.
            let _ = fs::remove_dir_all(&staging);
        }
        result
    }

    fn create_in(
        &self,
        staging: &Path,
        binaries: &Binaries,
        launch: Launch,
        durable: bool,
    ) -> Result<(), EmbeddedError> {
        DirBuilder::new().mode(0o700).create(staging).map_err(EmbeddedError::io("create", staging))?;
        let password = random_secret()?;
        // initdb reads a copy, because it may run as another user.
        let copy = staging.join("password");
        write_secret(&copy, &password)?;
        launch.give(staging)?;
        let made = staging.join("cluster");
        self.initdb(binaries, launch, durable, &made, &copy)?;
        let conf = made.join("postgresql.conf");
        OpenOptions::new()
            .append(true)
            .open(&conf)
            .and_then(|mut file| file.write_all(SETTINGS.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(EmbeddedError::io("write", &conf))?;
        // Before the rename, so that an existing cluster always has its password.
        write_secret(&self.password(), &password)?;
        let cluster = self.cluster();
        fs::rename(&made, &cluster).map_err(EmbeddedError::io("publish", &cluster))?;
        File::open(&self.data_dir)
            .and_then(|dir| dir.sync_all())
            .map_err(EmbeddedError::io("write out", &self.data_dir))?;
        fs::remove_dir_all(staging).map_err(EmbeddedError::io("remove", staging))
    }

    fn initdb(
        &self,
        binaries: &Binaries,
        launch: Launch,
        durable: bool,
        target: &Path,
        password: &Path,
    ) -> Result<(), EmbeddedError> {
        let mut said = String::new();
        // C.UTF-8 sorts by code point everywhere and supports Unicode letters; systems without it have C.
        for locale in ["C.UTF-8", "C"] {
            let mut command = launch.command(&binaries.program("initdb"), false);
            command.arg("--pgdata").arg(target).arg("--pwfile").arg(password);
            command.args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8"]);
            command.args(["--locale", locale, "--no-instructions"]);
            command.arg(if durable { "--data-checksums" } else { "--no-sync" });
            let output = command.output().map_err(EmbeddedError::io("run", &binaries.program("initdb")))?;
            if output.status.success() {
                return Ok(());
            }
            String::from_utf8_lossy(&output.stderr).trim().clone_into(&mut said);
            if !said.contains("locale") {
                break;
            }
        }
        Err(EmbeddedError::InitFailed { dir: self.cluster(), output: said })
    }
}
