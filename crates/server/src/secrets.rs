//! The secrets of the embedded stack, generated at the first start and kept in the data folder.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The file, readable by its owner alone.
const FILE: &str = "secrets.env";
const JWT_SECRET: &str = "JWT_SECRET";
const OWNER_PASSWORD: &str = "OWNER_PASSWORD";
const API_PASSWORD: &str = "API_PASSWORD";
const WORKER_PASSWORD: &str = "WORKER_PASSWORD";
const FILES_SECRET: &str = "FILES_SECRET";

/// The secrets of the first version. A file without one of them is damaged, because data in the folder depends on it.
const FIRST: [&str; 4] = [JWT_SECRET, OWNER_PASSWORD, API_PASSWORD, WORKER_PASSWORD];
/// Secrets that later versions added; they are added to an older version's file.
const LATER: [&str; 1] = [FILES_SECRET];

/// The secrets of the embedded stack. Sessions survive a restart because the signing secret does.
#[derive(Clone)]
pub struct Secrets {
    values: BTreeMap<&'static str, String>,
}

impl Secrets {
    /// Reads the secrets of a data folder, or generates them, or adds those that a later version needs. The file is
    /// written under another name and renamed, so that it is never half-written.
    ///
    /// # Errors
    /// When the folder can't be read or written.
    pub fn load_or_create(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let secrets = Self::parse(&text).ok_or_else(|| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("{} is damaged: restore it from a backup of the data folder", path.display()),
                    )
                })?;
                secrets.completed(data_dir)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self { values: FIRST.into_iter().map(|name| (name, random())).collect() }.completed(data_dir)
            }
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let given: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let value = |name| Some((name, (*given.get(name)?).to_owned()));
        let mut values = FIRST.into_iter().map(value).collect::<Option<BTreeMap<_, _>>>()?;
        values.extend(LATER.into_iter().filter_map(value));
        Some(Self { values })
    }

    /// Generates missing secrets and stores them in the file.
    fn completed(mut self, data_dir: &Path) -> io::Result<Self> {
        let missing: Vec<_> = LATER.into_iter().filter(|name| !self.values.contains_key(name)).collect();
        if missing.is_empty() {
            return Ok(self);
        }
        self.values.extend(missing.into_iter().map(|name| (name, random())));
        self.write(data_dir)?;
        Ok(self)
    }

    fn write(&self, data_dir: &Path) -> io::Result<()> {
        let lines: Vec<_> = self.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let unfinished = data_dir.join(format!("{FILE}.new"));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(lines.join("\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, data_dir.join(FILE))?;
        File::open(data_dir)?.sync_all()
    }

    fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// The secret that signs access tokens.
    pub fn jwt_secret(&self) -> &str {
        self.value(JWT_SECRET)
    }

    /// The password of the role that owns the tables.
    pub fn owner_password(&self) -> &str {
        self.value(OWNER_PASSWORD)
    }

    /// The password of the API's role.
    pub fn api_password(&self) -> &str {
        self.value(API_PASSWORD)
    }

    /// The password of the worker's role.
    pub fn worker_password(&self) -> &str {
        self.value(WORKER_PASSWORD)
    }

    /// The secret key of the file store.
    pub fn files_secret(&self) -> &str {
        self.value(FILES_SECRET)
    }
}

fn random() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_version_lacks_is_added_and_the_rest_kept() {
        let folder = std::env::temp_dir().join(format!("cartera-secrets-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&folder).expect("a folder");
        let earlier = "JWT_SECRET=a\nOWNER_PASSWORD=b\nAPI_PASSWORD=c\nWORKER_PASSWORD=d";
        fs::write(folder.join(FILE), earlier).expect("it is written");
        let first = Secrets::load_or_create(&folder).expect("it is completed");
        assert_eq!((first.jwt_secret(), first.worker_password()), ("a", "d"));
        assert!(first.files_secret().len() >= 43);
        let second = Secrets::load_or_create(&folder).expect("it is read");
        assert_eq!(second.values, first.values);
        fs::write(folder.join(FILE), "JWT_SECRET=a").expect("it is written");
        let damaged = Secrets::load_or_create(&folder).err().expect("three secrets are lost");
        assert_eq!(damaged.kind(), io::ErrorKind::InvalidData);
        fs::remove_dir_all(folder).expect("the folder goes");
    }
}
