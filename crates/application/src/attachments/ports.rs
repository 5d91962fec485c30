//! The attachments of a company: their rows and lists.

use async_trait::async_trait;
use cartera_domain::{
    attachments::{Attachment, AttachmentTarget},
    ids::AttachmentId,
};
use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    security::Grant,
    views::AttachmentView,
};

/// An attachment whose file is to be removed from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removable {
    /// Which one.
    pub id: AttachmentId,
    /// When it was announced: its upload URL may be valid for a while after that.
    pub created_at: DateTime<Utc>,
}

/// The company's attachments; deleted ones, and those of records in the trash, are absent.
#[async_trait]
pub trait Attachments: Send + Sync {
    /// One attachment, not locked: `update` detects a concurrent change (optimistic locking).
    ///
    /// # Errors
    /// `not_found`.
    async fn get(&self, id: AttachmentId) -> Result<Attachment>;

    /// Stores a new attachment.
    ///
    /// # Errors
    /// Those of the store.
    async fn insert(&self, attachment: &mut Attachment) -> Result<()>;

    /// Stores a changed attachment whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn update(&self, attachment: &mut Attachment) -> Result<()>;

    /// The attachment as it is read.
    ///
    /// # Errors
    /// `not_found`.
    async fn view(&self, id: AttachmentId) -> Result<AttachmentView>;

    /// Attachments announced before `before` whose upload was never confirmed, oldest first, including those of records
    /// in the trash.
    ///
    /// # Errors
    /// Those of the store.
    async fn abandoned(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Attachment>>;

    /// Attachments that were deleted, or whose record was deleted permanently, in the order of their ids, after
    /// `after`.
    ///
    /// # Errors
    /// Those of the store.
    async fn removable(&self, after: Option<AttachmentId>, limit: u32) -> Result<Vec<Removable>>;

    /// Deletes an attachment's row, if it is removable. There is no event: the attachment was deleted before.
    ///
    /// # Errors
    /// Those of the store.
    async fn forget(&self, id: AttachmentId) -> Result<()>;
}

/// Lists of attachments.
#[async_trait]
pub trait AttachmentQueries: Send + Sync {
    /// The attachments of one live record that the query asks for.
    ///
    /// # Errors
    /// `not_found` when there is no such live record.
    async fn list(
        &self,
        grant: &Grant,
        target: AttachmentTarget,
        query: &ListQuery,
    ) -> Result<Listing<AttachmentView>>;
}
