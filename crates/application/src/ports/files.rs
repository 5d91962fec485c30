//! Where the bytes of attachments lie.

use std::time::Duration;

use async_trait::async_trait;
use cartera_domain::{
    attachments::{ContentType, FileName, Sha256},
    ids::AttachmentId,
};
use chrono::{DateTime, Utc};

use crate::{error::Result, security::Grant};

/// The name of a file in the store: the company, then the attachment. It is made from a grant, so that none
/// can lead into another company, and from ids only, so that nothing a user wrote gets into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobKey(String);

impl BlobKey {
    /// The name of an attachment's file.
    pub fn new(grant: &Grant, id: AttachmentId) -> Self {
        Self(format!("{}/{id}", grant.company_id()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a file must be, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFacts {
    /// Its content type.
    pub content_type: ContentType,
    /// Its size in bytes.
    pub size: i64,
    /// Its SHA-256.
    pub sha256: Sha256,
}

/// What became of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// It is what was announced, and in its place from now on.
    Accepted,
    /// Nothing was uploaded.
    Missing,
    /// It is not what was announced.
    Different,
}

/// A permission to upload one file, by whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadTicket {
    /// Where to send the bytes, with `PUT`.
    pub url: String,
    /// The headers that the client must set itself.
    pub headers: Vec<(&'static str, String)>,
    /// Until when an upload may begin.
    pub expires_at: DateTime<Utc>,
}

/// A permission to download one file, by whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadTicket {
    /// Where the bytes are, for `GET`.
    pub url: String,
    /// Until when a download may begin.
    pub expires_at: DateTime<Utc>,
}

/// The store of files. Never called while a unit of work is open.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Permits to upload exactly this file under the key: the store refuses another size, type or content.
    /// The store need not be up for it.
    ///
    /// # Errors
    /// `internal` when it can't be signed.
    async fn permit_upload(
        &self,
        key: &BlobKey,
        facts: &BlobFacts,
        lifetime: Duration,
    ) -> Result<UploadTicket>;

    /// Permits to download the accepted file under the key, as an attachment of this name and type. The store need not
    /// be up for it, nor the file be there.
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

    /// Compares what was uploaded with what was announced, and puts it in its place. What lies in its place
    /// can't be changed by anybody who has a URL: uploads arrive elsewhere. Accepting it again changes nothing.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    async fn accept(&self, key: &BlobKey, facts: &BlobFacts) -> Result<Upload>;

    /// Whether an accepted file is there.
    ///
    /// # Errors
    /// `unavailable` when the store does not answer.
    async fn holds(&self, key: &BlobKey) -> Result<bool>;

    /// Removes what is under the key, accepted or not; nothing being there is as good.
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
