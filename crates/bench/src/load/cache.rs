//! Templates: filled data folders, by what they were filled with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cartera_test_database::COMPANY;
use sha2::{Digest, Sha256};

use crate::{
    cluster::SETTINGS,
    error::{BenchError, Result},
    progress::say,
};

/// The loader itself: what it does decides what the data is.
const LOADER: [&str; 2] = [COMPANY, include_str!("mod.rs")];

/// A data folder that was filled once.
#[derive(Debug, Clone)]
pub struct Template(PathBuf);

impl Template {
    /// The template for a build's migrations, loaded if there is none yet.
    ///
    /// # Errors
    /// When the data can't be loaded.
    pub fn of(bench: &Path, migrations: &Path, program: &Path) -> Result<Self> {
        fs::create_dir_all(bench).map_err(BenchError::io("making the folder of the benchmark"))?;
        let folder = bench.join(format!("template-{}", key(migrations)?));
        if folder.exists() {
            return Ok(Self(folder));
        }
        say("loading the data");
        let unfinished = bench.join("template-unfinished");
        clear(&unfinished)?;
        super::load(&unfinished, program)?;
        fs::rename(&unfinished, &folder).map_err(BenchError::io("keeping the template"))?;
        Ok(Self(folder))
    }

    /// Copies it into a folder, which is emptied first.
    ///
    /// # Errors
    /// When there is no room.
    pub fn copy_to(&self, folder: &Path) -> Result<()> {
        clear(folder)?;
        // The owner of the files is PostgreSQL's, who may be another user.
        let copied = Command::new("cp")
            .args(["-a", "--reflink=auto"])
            .args([&self.0, folder])
            .status()
            .map_err(BenchError::io("copying the data"))?;
        if copied.success() {
            Ok(())
        } else {
            Err(BenchError::Unexpected(format!("copying {}: {copied}", self.0.display())))
        }
    }
}

fn clear(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BenchError::io(format!("clearing {}", folder.display()))(error))
        }
        _ => Ok(()),
    }
}

/// A name for the data that a build's migrations and this loader make.
fn key(migrations: &Path) -> Result<String> {
    let mut files = Vec::new();
    collect(migrations, &mut files).map_err(BenchError::io("reading the migrations"))?;
    files.sort();
    let mut digest = Sha256::new();
    for file in &files {
        let text = fs::read(file).map_err(BenchError::io(format!("reading {}", file.display())))?;
        let name = file.strip_prefix(migrations).unwrap_or(file);
        digest.update(name.to_string_lossy().as_bytes());
        digest.update([0]);
        digest.update(text);
    }
    for text in LOADER {
        digest.update(text);
    }
    digest.update(format!("{SETTINGS:?}"));
    let mut name = format!("{:x}", digest.finalize());
    name.truncate(12);
    Ok(name)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_migration_makes_other_data() {
        let folder = std::env::temp_dir().join(format!("cartera-bench-key-{}", std::process::id()));
        fs::create_dir_all(folder.join("m1")).expect("a folder");
        fs::write(folder.join("m1/a.sql"), "create table a ()").expect("a file");
        let first = key(&folder).expect("a key");
        assert_eq!(first, key(&folder).expect("a key"), "the same twice");
        fs::write(folder.join("m1/b.sql"), "create table b ()").expect("a file");
        let second = key(&folder).expect("a key");
        fs::rename(folder.join("m1/b.sql"), folder.join("m1/c.sql")).expect("renamed");
        let third = key(&folder).expect("a key");
        assert!(first != second && second != third, "{first} {second} {third}");
        fs::remove_dir_all(&folder).expect("it can go");
    }
}
