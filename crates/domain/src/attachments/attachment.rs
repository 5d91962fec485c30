//! The attachment itself.

use chrono::{DateTime, Utc};

use super::AttachmentFields;
use crate::{
    events::{EntityRef, Event, EventKind},
    ids::{AttachmentId, UserId},
};

/// Whether the file has been uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentStatus {
    /// Announced; the upload has not been confirmed yet.
    Pending,
    /// Uploaded and found as announced.
    Available,
}

impl AttachmentStatus {
    /// Every status.
    pub const ALL: &[Self] = &[Self::Pending, Self::Available];

    /// The name on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Available => "AVAILABLE",
        }
    }

    /// The status of this name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.as_str() == name)
    }
}

/// The stored state of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRecord {
    /// The attachment's id.
    pub id: AttachmentId,
    /// The fields as announced.
    pub fields: AttachmentFields,
    /// Whether the file has been uploaded.
    pub status: AttachmentStatus,
    /// Counts the changes, from 1.
    pub version: i32,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// Who announced it.
    pub created_by: Option<UserId>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted. Its file is removed from the store soon after, and then this row too.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A file that belongs to a record.
#[derive(Debug, Clone)]
pub struct Attachment {
    record: AttachmentRecord,
    events: Vec<Event>,
}

impl Attachment {
    /// A new attachment, announced and at version 1.
    pub fn create(
        id: AttachmentId,
        fields: AttachmentFields,
        created_by: Option<UserId>,
        now: DateTime<Utc>,
    ) -> Self {
        let event = Event::new(EventKind::AttachmentCreated, EntityRef::attachment(id), now)
            .making(1)
            .about(fields.target.entity())
            .noting("fileName", fields.file_name.as_str())
            .noting("contentType", fields.content_type.as_str())
            .noting("size", fields.size);
        let record = AttachmentRecord {
            id,
            fields,
            status: AttachmentStatus::Pending,
            version: 1,
            created_at: now,
            created_by,
            updated_at: now,
            deleted_at: None,
        };
        Self { record, events: vec![event] }
    }

    /// Wraps a stored attachment.
    pub fn stored(record: AttachmentRecord) -> Self {
        Self { record, events: Vec::new() }
    }

    /// The stored state.
    pub fn record(&self) -> &AttachmentRecord {
        &self.record
    }

    /// Takes the events recorded since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Marks the file as found in the store as announced; returns false if it was confirmed already.
    pub fn confirm(&mut self, now: DateTime<Utc>) -> bool {
        if self.record.status == AttachmentStatus::Available {
            return false;
        }
        let event = self.event(EventKind::AttachmentConfirmed, now).changing(
            "status",
            AttachmentStatus::Pending.as_str(),
            AttachmentStatus::Available.as_str(),
        );
        self.record.status = AttachmentStatus::Available;
        self.touch(now);
        self.events.push(event);
        true
    }

    /// Deletes the attachment.
    pub fn delete(&mut self, now: DateTime<Utc>) {
        self.record.deleted_at = Some(now);
        self.touch(now);
        let event = self.event(EventKind::AttachmentDeleted, now);
        self.events.push(event.noting("fileName", self.record.fields.file_name.as_str()));
    }

    fn event(&self, kind: EventKind, now: DateTime<Utc>) -> Event {
        Event::new(kind, EntityRef::attachment(self.record.id), now)
            .making(self.record.version)
            .about(self.record.fields.target.entity())
    }

    fn touch(&mut self, now: DateTime<Utc>) {
        self.record.updated_at = now;
        self.record.version += 1;
    }
}
