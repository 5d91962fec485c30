//! Downloading.

use std::time::Duration;

use cartera_domain::{
    attachments::{AttachmentFields, AttachmentStatus, TargetType},
    ids::AttachmentId,
};

use super::{AttachmentService, anywhere, load};
use crate::{
    error::{Code, Error, Result},
    ports::{BlobKey, DownloadTicket},
    security::Actor,
};

/// How long after its creation a download URL may be used.
pub const DOWNLOAD_LIFETIME: Duration = Duration::from_mins(5);

/// Where a file can be downloaded.
pub type Download = DownloadTicket;

impl AttachmentService {
    /// Signs a URL that downloads the file, under its own name.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `attachment_not_available` before the upload was confirmed, `unavailable` while
    /// the store is down.
    pub async fn download(&self, actor: &Actor, id: AttachmentId) -> Result<Download> {
        let tx = self.ports.store.read(&anywhere(actor, TargetType::read_permission)?).await?;
        let (grant, attachment) = load(&*tx, actor, id, TargetType::read_permission).await?;
        tx.commit().await?;
        if attachment.record().status == AttachmentStatus::Pending {
            return Err(Error::refused(Code::AttachmentNotAvailable));
        }
        let key = BlobKey::new(&grant, id);
        if !self.ports.blobs.holds(&key).await? {
            return Err(Error::Internal { what: "the file of an available attachment is gone", cause: None });
        }
        let AttachmentFields { target: _, file_name, content_type, size: _, sha256: _ } =
            &attachment.record().fields;
        self.ports.blobs.permit_download(&key, file_name, content_type, DOWNLOAD_LIFETIME).await
    }
}
