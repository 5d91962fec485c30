//! A file store in memory, with the HTTP access that clients of a real one have.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use cartera_domain::attachments::{ContentType, FileName, Sha256};
use chrono::{DateTime, Utc};
use sha2::Digest;

use crate::{
    error::{Error, Result},
    ports::{BlobFacts, BlobKey, BlobStore, Clock, DownloadTicket, Upload, UploadTicket},
};

/// The response to a client of the store: a status, headers and bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BlobAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in lower case.
    pub headers: BTreeMap<String, String>,
    /// The bytes of a download.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone)]
enum Permission {
    Upload(BlobKey, BlobFacts),
    Download { key: BlobKey, name: FileName, content_type: ContentType },
}

#[derive(Debug, Default)]
struct Contents {
    uploads: BTreeMap<BlobKey, (String, Vec<u8>)>,
    accepted: BTreeMap<BlobKey, (String, Vec<u8>)>,
    permissions: BTreeMap<String, (Permission, DateTime<Utc>)>,
    is_down: bool,
}

/// Keeps files in a map. Clones share them.
#[derive(Clone)]
pub struct MemoryBlobs {
    contents: Arc<Mutex<Contents>>,
    clock: Arc<dyn Clock>,
}

impl MemoryBlobs {
    /// An empty store; the clock decides when a URL expires.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { contents: Arc::default(), clock }
    }

    /// From now on the store is down, or up again.
    pub fn set_down(&self, is_down: bool) {
        self.contents().is_down = is_down;
    }

    /// The names of all files, accepted or not.
    pub fn keys(&self) -> Vec<BlobKey> {
        let contents = self.contents();
        contents.uploads.keys().chain(contents.accepted.keys()).cloned().collect()
    }

    /// Stores bytes under a key without any check, like a store that ignores checksums.
    pub fn tamper(&self, key: &BlobKey, content_type: &str, bytes: &[u8]) {
        self.contents().uploads.insert(key.clone(), (content_type.to_owned(), bytes.to_owned()));
    }

    /// `PUT`: what the holder of a URL can do.
    pub fn put(&self, url: &str, headers: &[(&str, String)], bytes: &[u8]) -> u16 {
        let mut contents = self.contents();
        let Some((Permission::Upload(key, facts), expires_at)) = contents.permissions.get(url).cloned()
        else {
            return 403;
        };
        let header = |name: &str| {
            headers
                .iter()
                .find(|(given, _)| given.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.as_str())
        };
        let is_signed = headers_of(&facts).iter().all(|(name, value)| header(name) == Some(value));
        if self.clock.now() > expires_at || !is_signed || i64::try_from(bytes.len()) != Ok(facts.size) {
            return 403;
        }
        if hash(bytes) != facts.sha256 {
            return 400;
        }
        contents.uploads.insert(key, (facts.content_type.as_str().to_owned(), bytes.to_owned()));
        200
    }

    /// `GET`: what the holder of a URL can do.
    pub fn get(&self, url: &str) -> BlobAnswer {
        let contents = self.contents();
        let refused = BlobAnswer { status: 403, ..BlobAnswer::default() };
        let Some((Permission::Download { key, name, content_type }, expires_at)) =
            contents.permissions.get(url)
        else {
            return refused;
        };
        if self.clock.now() > *expires_at {
            return refused;
        }
        let Some((_, bytes)) = contents.accepted.get(key) else {
            return BlobAnswer { status: 404, ..BlobAnswer::default() };
        };
        let headers = [
            ("content-type".to_owned(), content_type.as_str().to_owned()),
            ("content-disposition".to_owned(), format!("attachment; name={}", name.as_str())),
        ];
        BlobAnswer { status: 200, headers: headers.into(), bytes: bytes.clone() }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn up(&self) -> Result<MutexGuard<'_, Contents>> {
        let contents = self.contents();
        if contents.is_down {
            return Err(Error::Unavailable { what: "the store of files", cause: None });
        }
        Ok(contents)
    }

    fn permit(&self, permission: Permission, lifetime: Duration) -> (String, DateTime<Utc>) {
        let mut contents = self.contents();
        let url = format!("memory://files/{}", contents.permissions.len() + 1);
        let expires_at = self.clock.now() + lifetime;
        contents.permissions.insert(url.clone(), (permission, expires_at));
        (url, expires_at)
    }
}

/// The SHA-256 of some bytes.
pub fn hash(bytes: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(bytes).into())
}

fn headers_of(facts: &BlobFacts) -> Vec<(&'static str, String)> {
    vec![
        ("Content-Type", facts.content_type.as_str().to_owned()),
        ("x-amz-checksum-sha256", STANDARD.encode(facts.sha256.bytes())),
    ]
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn permit_upload(
        &self,
        key: &BlobKey,
        facts: &BlobFacts,
        lifetime: Duration,
    ) -> Result<UploadTicket> {
        let (url, expires_at) = self.permit(Permission::Upload(key.clone(), facts.clone()), lifetime);
        Ok(UploadTicket { url, headers: headers_of(facts), expires_at })
    }

    async fn permit_download(
        &self,
        key: &BlobKey,
        name: &FileName,
        content_type: &ContentType,
        lifetime: Duration,
    ) -> Result<DownloadTicket> {
        let (key, name, content_type) = (key.clone(), name.clone(), content_type.clone());
        let (url, expires_at) = self.permit(Permission::Download { key, name, content_type }, lifetime);
        Ok(DownloadTicket { url, expires_at })
    }

    async fn accept(&self, key: &BlobKey, facts: &BlobFacts) -> Result<Upload> {
        let mut contents = self.up()?;
        let Some((content_type, bytes)) = contents.uploads.get(key).cloned() else {
            let is_there = contents.accepted.contains_key(key);
            return Ok(if is_there { Upload::Accepted } else { Upload::Missing });
        };
        if content_type != facts.content_type.as_str() || hash(&bytes) != facts.sha256 {
            return Ok(Upload::Different);
        }
        contents.uploads.remove(key);
        contents.accepted.insert(key.clone(), (content_type, bytes));
        Ok(Upload::Accepted)
    }

    async fn holds(&self, key: &BlobKey) -> Result<bool> {
        Ok(self.up()?.accepted.contains_key(key))
    }

    async fn remove(&self, key: &BlobKey) -> Result<()> {
        let mut contents = self.up()?;
        contents.uploads.remove(key);
        contents.accepted.remove(key);
        Ok(())
    }

    async fn check(&self) -> Result<()> {
        self.up().map(drop)
    }
}
