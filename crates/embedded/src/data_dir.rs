//! The data folder and its exclusive lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::EmbeddedError;

const LOCK_FILE: &str = "cartera.lock";

/// Whether this process or another one owns the data folder.
#[derive(Debug)]
pub enum DataDir {
    /// This process owns the folder as long as it keeps the lock.
    Owned(DataDirLock),
    /// Another process owns it; its server can be reached with [`crate::Postgres::attach`].
    InUse(PathBuf),
}

/// Exclusive ownership of a data folder. The operating system releases it when the process ends, even by a crash.
#[derive(Debug)]
pub struct DataDirLock {
    dir: PathBuf,
    file: File,
}

impl DataDir {
    /// Creates the folder if it is missing, and locks it unless another process has.
    ///
    /// # Errors
    /// [`EmbeddedError::Io`] if the folder can't be created or its lock file can't be written.
    pub fn lock_or_attach(dir: &Path) -> Result<Self, EmbeddedError> {
        // Other users may enter, because PostgreSQL may have to run as another user; every secret in it has mode 0600.
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(dir)
            .map_err(EmbeddedError::io("create the data folder", dir))?;
        let dir = dir.canonicalize().map_err(EmbeddedError::io("resolve the data folder", dir))?;
        let path = dir.join(LOCK_FILE);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(EmbeddedError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Self::InUse(dir)),
            Err(TryLockError::Error(error)) => return Err(EmbeddedError::io("lock", &path)(error)),
        }
        // The pid is only for error messages; the lock decides.
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(EmbeddedError::io("write", &path))?;
        Ok(Self::Owned(DataDirLock { dir, file }))
    }

    /// Locks the folder; the error names the process that owns it.
    ///
    /// # Errors
    /// [`EmbeddedError::DataDirInUse`], and those of [`DataDir::lock_or_attach`].
    pub fn lock(dir: &Path) -> Result<DataDirLock, EmbeddedError> {
        match Self::lock_or_attach(dir)? {
            Self::Owned(lock) => Ok(lock),
            Self::InUse(dir) => {
                let pid =
                    fs::read_to_string(dir.join(LOCK_FILE)).ok().and_then(|text| text.trim().parse().ok());
                Err(EmbeddedError::DataDirInUse { dir, pid })
            }
        }
    }
}

impl DataDirLock {
    /// The folder, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// Whether a process owns `dir` now. Creates nothing.
    pub(crate) fn is_held(dir: &Path) -> bool {
        let Ok(file) = File::open(dir.join(LOCK_FILE)) else {
            return false;
        };
        match file.try_lock_shared() {
            Ok(()) => {
                let _ = file.unlock();
                false
            }
            Err(error) => matches!(error, TryLockError::WouldBlock),
        }
    }
}

/// Closing the file is not enough: a child that another thread forks shares the lock until it executes its program,
/// and the next owner would find the folder in use.
impl Drop for DataDirLock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Atomically writes a secret that only its owner can read.
pub(crate) fn write_secret(path: &Path, secret: &str) -> Result<(), EmbeddedError> {
    let new = path.with_extension("new");
    // A leftover would keep its mode, because `mode` below only applies to a new file.
    let _ = fs::remove_file(&new);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    };
    write().map_err(EmbeddedError::io("write", path))
}

/// 24 random bytes in hexadecimal.
pub(crate) fn random_secret() -> Result<String, EmbeddedError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 24];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(EmbeddedError::io("read", path))?;
    let mut secret = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            secret.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{DataDir, DataDirLock};

    #[test]
    fn a_dropped_lock_is_free_although_a_forked_child_still_shares_its_file() {
        let dir = std::env::temp_dir().join(format!("cartera-lock-{}", std::process::id()));
        let lock = DataDir::lock(&dir).expect("it is new");
        let shared_with_a_child = lock.file.try_clone().expect("it is open");
        assert!(DataDirLock::is_held(&dir));
        drop(lock);
        assert!(!DataDirLock::is_held(&dir));
        let again = DataDir::lock(&dir);
        drop(shared_with_a_child);
        fs::remove_dir_all(&dir).expect("it is ours");
        again.expect("nobody owns the folder");
    }
}
