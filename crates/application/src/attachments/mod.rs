//! The use cases of attachments: files of accounts, contacts and opportunities.
//!
//! Files go directly between the client and the file store, by URLs signed here. Permissions are those on the record: a
//! caller who may read it sees its attachments, one who may change it adds some, one who may delete it deletes them,
//! and "only one's own" means "only one's own uploads". The store is never called while a unit of work is open: a file
//! is accepted before its row says that it exists, and removed after its row says that it is deleted.

mod blobs;
mod download;
mod fields;
mod ports;
mod sweep;

use std::{sync::Arc, time::Duration};

use cartera_domain::{
    attachments::{
        Attachment, AttachmentFields, AttachmentInput, AttachmentRecord, AttachmentRules, AttachmentStatus,
        AttachmentTarget, TargetType,
    },
    identity::Permission,
    ids::{AttachmentId, Id},
};
use tracing::warn;

pub use blobs::{BlobFacts, BlobKey, BlobStore, DownloadTicket, Upload, UploadTicket};
pub use download::Download;
pub use fields::{AttachmentList, WantedTarget};
pub use ports::{AttachmentQueries, Attachments, Removable};
pub use sweep::SweepFiles;

use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome, Terms},
    lists::{ListQuery, Page},
    ports::{Ports, UnitOfWork},
    security::{Actor, Grant},
    views::AttachmentView,
};

/// How long after its creation an upload URL may be used.
pub const UPLOAD_LIFETIME: Duration = Duration::from_mins(15);

/// The result of announcing an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The attachment.
    pub attachment: AttachmentView,
    /// The URL to upload its file; `None` on a replay after the upload, or after the attachment was deleted.
    pub upload: Option<UploadTicket>,
}

/// A confirmed attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// The attachment, and whether an earlier request gave this answer.
    pub outcome: Outcome<AttachmentView>,
    /// Whether it became available by this very call.
    pub is_news: bool,
}

/// The use cases of attachments.
#[derive(Clone)]
pub struct AttachmentService {
    ports: Arc<Ports>,
    rules: AttachmentRules,
}

impl AttachmentService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>, rules: AttachmentRules) -> Self {
        Self { ports, rules }
    }

    /// The deployment's rules for files.
    pub fn rules(&self) -> &AttachmentRules {
        &self.rules
    }

    /// Announces an attachment, and signs a URL to upload its file. Upload URLs are not stored, so a replay signs a new
    /// one, unless the file is there already.
    ///
    /// # Errors
    /// `forbidden`, `validation_failed`, `invalid_reference`, `unavailable` while the store is down.
    pub async fn create(
        &self,
        actor: &Actor,
        input: AttachmentInput,
        once: &Once,
    ) -> Result<Outcome<Announced>> {
        actor.authorize_any(TargetType::ALL.iter().map(|kind| kind.write_permission()))?;
        let fields = AttachmentFields::read(input, &self.rules)?;
        let grant = actor.authorize(fields.target.kind().write_permission())?;
        // Otherwise only the client would find out that the URL does not work.
        self.ports.blobs.check().await?;
        let tx = self.ports.store.begin(&grant).await?;
        let facts = facts(&fields);
        let work = async |tx: &dyn UnitOfWork| {
            if !is_live(tx, fields.target).await? {
                return Err(Error::invalid_reference("entityId"));
            }
            let id = Id::new(self.ports.randomness.id());
            let mut attachment = Attachment::create(id, fields, grant.user_id(), self.ports.clock.now());
            tx.attachments().insert(&mut attachment).await?;
            Ok(id)
        };
        let read = async |tx: &dyn UnitOfWork, id| tx.attachments().view(id).await;
        let outcome = once.perform_and_read(tx, work, read).await?;
        let Outcome { output: attachment, replayed } = outcome;
        let id = Id::new(attachment.id);
        let is_awaited = !replayed || self.is_pending(&grant, id).await?;
        let upload = if is_awaited {
            let key = BlobKey::new(&grant, id);
            Some(self.ports.blobs.permit_upload(&key, &facts, UPLOAD_LIFETIME).await?)
        } else {
            None
        };
        Ok(Outcome { output: Announced { attachment, upload }, replayed })
    }

    async fn is_pending(&self, grant: &Grant, id: AttachmentId) -> Result<bool> {
        let tx = self.ports.store.read(grant).await?;
        let status = match tx.attachments().get(id).await {
            Ok(attachment) => Some(attachment.record().status),
            Err(error) if error.is(Code::NotFound) => None,
            Err(error) => return Err(error),
        };
        tx.commit().await?;
        Ok(status == Some(AttachmentStatus::Pending))
    }

    /// Lists the attachments of a record, pending ones included.
    ///
    /// # Errors
    /// `forbidden`, `validation_failed`, `not_found` when there is no such record.
    pub async fn list(
        &self,
        actor: &Actor,
        wanted: WantedTarget,
        query: &ListQuery,
    ) -> Result<Page<AttachmentView>> {
        actor.authorize_any(TargetType::ALL.iter().map(|kind| kind.read_permission()))?;
        let target = wanted.read()?;
        let grant = actor.authorize(target.kind().read_permission())?;
        {
            let tx = self.ports.store.read(&grant).await?;
            if !is_live(&*tx, target).await? {
                return Err(Error::not_found());
            }
            tx.commit().await?;
        }
        Ok(query.page(self.ports.attachment_queries.list(&grant, target, query).await?))
    }

    /// Reads an attachment.
    ///
    /// # Errors
    /// `not_found`, `forbidden`.
    pub async fn get(&self, actor: &Actor, id: AttachmentId) -> Result<AttachmentView> {
        let tx = self.ports.store.read(&anywhere(actor, TargetType::read_permission)?).await?;
        let (_, attachment) = load(&*tx, actor, id, TargetType::read_permission).await?;
        let view = tx.attachments().view(attachment.record().id).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Confirms an upload: checks that the file is in the store and is the announced one. Confirming again changes
    /// nothing.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `upload_missing`, `upload_mismatch`, `unavailable` while the store is down.
    pub async fn confirm(&self, actor: &Actor, id: AttachmentId, once: &Once) -> Result<Confirmed> {
        match self.confirm_now(actor, id, once).await {
            // Another request has just confirmed it, so that this is no news, or deleted it, which the second attempt
            // will see.
            Err(error) if error.is(Code::EditConflict) => self.confirm_now(actor, id, once).await,
            done => done,
        }
    }

    async fn confirm_now(&self, actor: &Actor, id: AttachmentId, once: &Once) -> Result<Confirmed> {
        let tx = self.ports.store.read(&anywhere(actor, TargetType::write_permission)?).await?;
        let (grant, attachment) = load(&*tx, actor, id, TargetType::write_permission).await?;
        tx.commit().await?;
        let record = attachment.record();
        if record.status == AttachmentStatus::Pending {
            self.require_upload(&BlobKey::new(&grant, id), &facts(&record.fields)).await?;
        }
        let tx = self.ports.store.begin(&grant).await?;
        let mut is_news = false;
        let work = async |tx: &dyn UnitOfWork| {
            let mut attachment = tx.attachments().get(id).await?;
            is_news = attachment.confirm(self.ports.clock.now());
            if is_news {
                tx.attachments().update(&mut attachment).await?;
            }
            Ok(())
        };
        let read = async |tx: &dyn UnitOfWork, ()| tx.attachments().view(id).await;
        let outcome = once.perform_and_read(tx, work, read).await?;
        Ok(Confirmed { outcome, is_news })
    }

    async fn require_upload(&self, key: &BlobKey, facts: &BlobFacts) -> Result<()> {
        match self.ports.blobs.accept(key, facts).await? {
            Upload::Accepted => Ok(()),
            Upload::Different => Err(Error::refused(Code::UploadMismatch)),
            Upload::Missing => Err(Error::refused(Code::UploadMissing)),
        }
    }

    /// Deletes an attachment and its file. If the store is down, the sweep removes the file later.
    ///
    /// # Errors
    /// `not_found`, `forbidden` for another's upload when only one's own may be deleted, `version_mismatch`,
    /// `edit_conflict`.
    pub async fn delete(
        &self,
        actor: &Actor,
        id: AttachmentId,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let tx = self.ports.store.begin(&anywhere(actor, TargetType::delete_permission)?).await?;
        let mut deleted = None;
        let work = async |tx: &dyn UnitOfWork| {
            let (grant, mut attachment) = load(tx, actor, id, TargetType::delete_permission).await?;
            grant.require_reach(attachment.record().created_by)?;
            if_match.check(attachment.record().version)?;
            attachment.delete(self.ports.clock.now());
            tx.attachments().update(&mut attachment).await?;
            deleted = Some(BlobKey::new(&grant, id));
            Ok(())
        };
        let done = once.perform(tx, work).await.map_err(|error| if_match.explain(error))?;
        if let Some(file) = deleted
            && let Err(error) = self.ports.blobs.remove(&file).await
        {
            warn!(%error, attachment = %id, "the file of a deleted attachment stays until the next sweep");
        }
        Ok(done)
    }
}

/// Authorizes a caller who has the permission named by `wanted` on at least one kind of record.
pub(super) fn anywhere(actor: &Actor, wanted: fn(TargetType) -> Permission) -> Result<Grant> {
    actor.authorize_any(TargetType::ALL.iter().map(|kind| wanted(*kind)))
}

/// Loads an attachment, if the caller has the permission named by `wanted` on its record.
pub(super) async fn load(
    tx: &dyn UnitOfWork,
    actor: &Actor,
    id: AttachmentId,
    wanted: fn(TargetType) -> Permission,
) -> Result<(Grant, Attachment)> {
    let attachment = tx.attachments().get(id).await?;
    let grant = actor.authorize(wanted(attachment.record().fields.target.kind()))?;
    Ok((grant, attachment))
}

/// The properties that the file of an attachment must have.
fn facts(fields: &AttachmentFields) -> BlobFacts {
    let AttachmentFields { target: _, file_name: _, content_type, size, sha256 } = fields;
    BlobFacts { content_type: content_type.clone(), size: *size, sha256: *sha256 }
}

/// Whether the company has this record and it is not in the bin.
async fn is_live(tx: &dyn UnitOfWork, target: AttachmentTarget) -> Result<bool> {
    let found = match target {
        AttachmentTarget::Account(id) => tx.accounts().get(id).await.map(drop),
        AttachmentTarget::Contact(id) => tx.contacts().get(id).await.map(drop),
        AttachmentTarget::Opportunity(id) => tx.opportunities().get(id).await.map(drop),
    };
    match found {
        Ok(()) => Ok(true),
        Err(error) if error.is(Code::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The view of a record whose creator is named.
impl AttachmentView {
    /// An attachment with its creator named.
    pub fn new(record: AttachmentRecord, created_by: Option<crate::views::NamedRef>) -> Self {
        let AttachmentRecord {
            id,
            fields,
            status,
            version,
            created_at,
            created_by: _,
            updated_at,
            deleted_at: _,
        } = record;
        let AttachmentFields { target, file_name, content_type, size, sha256 } = fields;
        Self {
            id: id.uuid(),
            version,
            entity_type: target.kind().as_str().to_owned(),
            entity_id: target.uuid(),
            file_name: file_name.as_str().to_owned(),
            content_type: content_type.as_str().to_owned(),
            size,
            sha256: sha256.to_string(),
            status: status.as_str().to_owned(),
            created_at,
            created_by,
            updated_at,
        }
    }
}
