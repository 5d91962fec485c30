//! The secrets of the embedded stack, made at the first start and kept in the data folder.

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

/// The secrets of the embedded stack. Sessions survive a restart because the signing secret does.
#[derive(Clone)]
pub struct Secrets {
    values: BTreeMap<&'static str, String>,
}

impl Secrets {
    /// Reads the secrets of a data folder, or makes them. A half-written file is never left: it is written
    /// under another name and renamed.
    ///
    /// # Errors
    /// When the folder can't be read or written.
    pub fn load_or_create(data_dir: &Path) -> io::Result<Self> {
        let path = data_dir.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("{} is damaged: restore it from a backup of the data folder", path.display()),
                )
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(data_dir),
            Err(error) => Err(error),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let given: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        let values = [JWT_SECRET, OWNER_PASSWORD, API_PASSWORD, WORKER_PASSWORD]
            .into_iter()
            .map(|name| Some((name, (*given.get(name)?).to_owned())))
            .collect::<Option<_>>()?;
        Some(Self { values })
    }

    fn create(data_dir: &Path) -> io::Result<Self> {
        let values = [JWT_SECRET, OWNER_PASSWORD, API_PASSWORD, WORKER_PASSWORD]
            .into_iter()
            .map(|name| (name, URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
            .collect();
        let secrets = Self { values };
        let lines: Vec<_> = secrets.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let unfinished = data_dir.join(format!("{FILE}.new"));
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(lines.join("\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, data_dir.join(FILE))?;
        File::open(data_dir)?.sync_all()?;
        Ok(secrets)
    }

    fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Signs access tokens.
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
}
