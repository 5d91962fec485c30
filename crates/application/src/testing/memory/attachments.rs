//! Attachments.

use async_trait::async_trait;
use cartera_domain::{
    accounts::AccountFields,
    attachments::{Attachment, AttachmentRecord, AttachmentStatus, AttachmentTarget},
    contacts::ContactFields,
    events::EntityType,
    ids::AttachmentId,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::{Attachments, Removable},
    views::AttachmentView,
};

/// Where the record of an attachment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Live,
    Bin,
    Gone,
}

impl MemoryUnitOfWork {
    fn place(&self, target: AttachmentTarget) -> Place {
        let deletion = match target {
            AttachmentTarget::Account(id) => self.any::<AccountFields>(id).map(|row| row.deletion),
            AttachmentTarget::Contact(id) => self.any::<ContactFields>(id).map(|row| row.deletion),
            AttachmentTarget::Opportunity(id) => {
                self.row(|tables| &tables.opportunities, &(self.company(), id)).map(|row| row.deletion)
            }
        };
        match deletion {
            Some(None) => Place::Live,
            Some(Some(_)) => Place::Bin,
            None => Place::Gone,
        }
    }

    fn stored_attachment(&self, id: AttachmentId) -> Option<AttachmentRecord> {
        self.row(|tables| &tables.attachments, &(self.company(), id)).flatten()
    }

    fn live_attachment(&self, id: AttachmentId) -> Result<AttachmentRecord> {
        self.stored_attachment(id)
            .filter(|row| row.deleted_at.is_none() && self.place(row.fields.target) == Place::Live)
            .ok_or_else(Error::not_found)
    }

    fn attachments_of_company(&self) -> Vec<AttachmentRecord> {
        let rows = self.rows(|tables| &tables.attachments, |(company, _), _| *company == self.company());
        rows.into_iter().flatten().collect()
    }

    fn is_removable(&self, row: &AttachmentRecord) -> bool {
        row.deleted_at.is_some() || self.place(row.fields.target) == Place::Gone
    }
}

#[async_trait]
impl Attachments for MemoryUnitOfWork {
    async fn get(&self, id: AttachmentId) -> Result<Attachment> {
        self.live_attachment(id).map(Attachment::stored)
    }

    async fn insert(&self, attachment: &mut Attachment) -> Result<()> {
        let record = attachment.record().clone();
        self.require_user(record.created_by)?;
        if self.place(record.fields.target) == Place::Gone {
            return Err(Error::Internal { what: "an attachment to a record of no company", cause: None });
        }
        self.written().attachments.insert((self.company(), record.id), Some(record));
        self.record(attachment.take_events());
        Ok(())
    }

    async fn update(&self, attachment: &mut Attachment) -> Result<()> {
        let record = attachment.record().clone();
        self.lock("attachment", record.id).await?;
        match self.stored_attachment(record.id) {
            Some(stored) if stored.version == record.version - 1 => {}
            Some(_) | None => return Err(Error::refused(Code::EditConflict)),
        }
        self.written().attachments.insert((self.company(), record.id), Some(record));
        self.record(attachment.take_events());
        Ok(())
    }

    async fn view(&self, id: AttachmentId) -> Result<AttachmentView> {
        let record = self.live_attachment(id)?;
        let created_by = self.named_user(record.created_by);
        Ok(AttachmentView::new(record, created_by))
    }

    async fn abandoned(&self, before: DateTime<Utc>, limit: u32) -> Result<Vec<Attachment>> {
        let mut rows = self.attachments_of_company();
        rows.retain(|row| {
            row.status == AttachmentStatus::Pending && row.created_at < before && !self.is_removable(row)
        });
        rows.sort_by_key(|row| (row.created_at, row.id));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows.into_iter().map(Attachment::stored).collect())
    }

    async fn removable(&self, after: Option<AttachmentId>, limit: u32) -> Result<Vec<Removable>> {
        let mut rows = self.attachments_of_company();
        rows.retain(|row| after.is_none_or(|after| row.id > after) && self.is_removable(row));
        rows.sort_by_key(|row| row.id);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows.into_iter().map(|row| Removable { id: row.id, created_at: row.created_at }).collect())
    }

    async fn forget(&self, id: AttachmentId) -> Result<()> {
        if self.stored_attachment(id).is_some_and(|row| self.is_removable(&row)) {
            self.written().attachments.insert((self.company(), id), None);
            self.forget_changes(EntityType::Attachment, vec![id.uuid()]);
        }
        Ok(())
    }
}
