//! The folder of mails.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use chrono::Utc;

use crate::{data_dir::random_secret, error::EmbeddedError};

/// The prefix of incomplete files, which does not match `*.eml`.
const UNFINISHED: &str = ".new-";

/// A folder that only its owner can read, because mails contain links that give access to accounts.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// Creates the folder if it is missing, and removes files that were never acknowledged.
    pub(super) fn open(folder: &Path) -> Result<Self, EmbeddedError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(EmbeddedError::io("create the folder of mails", folder))?;
        let entries = fs::read_dir(folder).map_err(EmbeddedError::io("read", folder))?;
        for entry in entries.filter_map(Result::ok) {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                // A leftover is harmless.
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Stores a mail. When this returns, it is on disk, complete and under its final name.
    pub(super) fn keep(&self, mail: &[u8]) -> io::Result<String> {
        let id = random_secret().map_err(io::Error::other)?;
        let id: String = id.chars().take(16).collect();
        let name = format!("{}-{id}.eml", Utc::now().format("%Y%m%dT%H%M%S%.6fZ"));
        self.write(&name, mail)?;
        Ok(id)
    }

    /// Writes a file atomically.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let unfinished = self.folder.join(format!("{UNFINISHED}{name}.part"));
        let written = self.publish(&unfinished, &self.folder.join(name), content);
        if written.is_err() {
            // Only the first error matters.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    fn publish(&self, unfinished: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(unfinished, path)?;
        File::open(&self.folder)?.sync_all()
    }
}
