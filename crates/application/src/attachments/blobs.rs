//! The files of attachments, in a store of their own.

use std::time::Duration;

use async_trait::async_trait;
use cartera_domain::{
    attachments::{ContentType, FileName, Sha256},
    ids::AttachmentId,
};
use chrono::{DateTime, Utc};

use crate::{error::Result, security::Grant};

/// The key of a file in the store: the company, then the attachment. It is made from a grant, so that it can't point
/// into another company, and from ids only, so that it contains no user input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// The name of an attachment's file.
    pub fn new(grant: &Grant, id: AttachmentId) -> Self {
        Self(format!("{}/{id}", grant.company_id()))
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The properties that a file must have, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFacts {
    /// Its content type.
    pub content_type: ContentType,
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256.
    pub sha256: Sha256,
}

/// The state of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// It is what was announced, and is available from now on.
    Accepted,
    /// Nothing was uploaded.
    Missing,
    /// It is not what was announced.
    Different,
}

/// A bearer permission to upload one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// Where to send the bytes, with `PUT`.
    pub url: String,
    /// The headers that the client must set itself.
    pub headers: Vec<(&'static str, String)>,
    /// Until when an upload may begin.
    pub expires_at: DateTime<Utc>,
}

/// A bearer permission to download one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadTicket {
    /// Where the bytes are, for `GET`.
    pub url: String,
    /// Until when a download may begin.
    pub expires_at: DateTime<Utc>,
}

/// The file store. Never called while a unit of work is open.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Signs a URL to upload exactly this file under the key: the store refuses another size, type or content. The
    /// store need not be up.
    ///
    /// # Errors
    /// `internal` when it can't be signed.
    async fn permit_upload(
        &self,
        key: &BlobKey,
        facts: &BlobFacts,
        lifetime: Duration,
    ) -> Result<UploadTicket>;

    /// Signs a URL to download the accepted file under the key, as an attachment of this name and type. The store need
    /// not be up, nor the file exist.
    ///
    /// # Errors
    /// `internal` when it can't be signed.
    async fn permit_download(
        &self,
        key: &BlobKey,
        name: &FileName,
        content_type: &ContentType,
        lifetime: Duration,
    ) -> Result<DownloadTicket>;

    /// Compares an upload with what was announced, and moves it to its final place, which no upload URL can write to.
    /// Accepting it again changes nothing.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    async fn accept(&self, key: &BlobKey, facts: &BlobFacts) -> Result<Upload>;

    /// Whether an accepted file exists.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    async fn holds(&self, key: &BlobKey) -> Result<bool>;

    /// Removes the file under the key, accepted or not; succeeds if there is none.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    async fn remove(&self, key: &BlobKey) -> Result<()>;

    /// Whether the store answers, and has its bucket.
    ///
    /// # Errors
    /// `unavailable` when not.
    async fn check(&self) -> Result<()>;
}
