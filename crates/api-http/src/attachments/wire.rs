//! Attachments on the wire.

use std::collections::BTreeMap;

use cartera_application::{
    attachments::Announced,
    ports::{DownloadTicket, UploadTicket},
    views::AttachmentView,
};
use cartera_domain::{attachments::AttachmentInput, input::Patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::patch,
    wire::{AttachmentStatusName, AttachmentTargetType, Reference, Timestamp},
};

/// A file that belongs to an account, a contact or an opportunity.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000030001",
    "version": 2,
    "entityType": "OPPORTUNITY",
    "entityId": "019a9f2e-0000-7000-8000-000000010001",
    "fileName": "Propuesta técnica.pdf",
    "contentType": "application/pdf",
    "size": 183_402,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "status": "AVAILABLE",
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:05.000000Z"
}))]
pub struct Attachment {
    /// The attachment's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// To what kind of record it is attached.
    #[schema(value_type = AttachmentTargetType)]
    pub entity_type: String,
    /// To which record.
    pub entity_id: Uuid,
    /// The file's name.
    pub file_name: String,
    /// Its content type.
    pub content_type: String,
    /// Its size in bytes.
    #[schema(minimum = 0)]
    pub size: i64,
    /// Its SHA-256, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// PENDING until the upload is confirmed, then AVAILABLE.
    #[schema(value_type = AttachmentStatusName)]
    pub status: String,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Who announced it.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl From<AttachmentView> for Attachment {
    fn from(view: AttachmentView) -> Self {
        let AttachmentView {
            id,
            version,
            entity_type,
            entity_id,
            file_name,
            content_type,
            size,
            sha256,
            status,
            created_at,
            created_by,
            updated_at,
        } = view;
        Self {
            id,
            version,
            entity_type,
            entity_id,
            file_name,
            content_type,
            size,
            sha256,
            status,
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
        }
    }
}

/// How to upload a file: send its bytes there, with these headers.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "method": "PUT",
    "url": "https://files.example.com/cartera/incoming/019a9f2e-0000-7000-8000-000000030001?X-Amz-Signature=0c1e",
    "headers": {
        "Content-Type": "application/pdf",
        "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
    },
    "expiresAt": "2026-01-31T12:15:00.000000Z"
}))]
pub struct Upload {
    /// Always PUT.
    pub method: String,
    /// Where to. Whoever has it can upload this one file, and nothing else.
    #[schema(format = "uri")]
    pub url: String,
    /// The headers to set, and no others of the kind `x-amz-…`. The client sets Host and Content-Length itself.
    pub headers: BTreeMap<String, String>,
    /// Until when the upload may begin.
    pub expires_at: Timestamp,
}

impl From<UploadTicket> for Upload {
    fn from(UploadTicket { url, headers, expires_at }: UploadTicket) -> Self {
        Self {
            method: "PUT".to_owned(),
            url,
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            expires_at: expires_at.into(),
        }
    }
}

/// A new attachment, and how to upload its file.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000030001",
    "version": 1,
    "entityType": "OPPORTUNITY",
    "entityId": "019a9f2e-0000-7000-8000-000000010001",
    "fileName": "Propuesta técnica.pdf",
    "contentType": "application/pdf",
    "size": 183_402,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "status": "PENDING",
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z",
    "upload": {
        "method": "PUT",
        "url": "https://files.example.com/cartera/incoming/019a9f2e-0000-7000-8000-000000030001?X-Amz-Signature=0c1e",
        "headers": {
            "Content-Type": "application/pdf",
            "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
        },
        "expiresAt": "2026-01-31T12:15:00.000000Z"
    }
}))]
pub struct AnnouncedAttachment {
    /// The attachment's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// To what kind of record it is attached.
    #[schema(value_type = AttachmentTargetType)]
    pub entity_type: String,
    /// To which record.
    pub entity_id: Uuid,
    /// The file's name.
    pub file_name: String,
    /// Its content type.
    pub content_type: String,
    /// Its size in bytes.
    #[schema(minimum = 0)]
    pub size: i64,
    /// Its SHA-256, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub sha256: String,
    /// PENDING until the upload is confirmed, then AVAILABLE.
    #[schema(value_type = AttachmentStatusName)]
    pub status: String,
    /// When it was announced.
    pub created_at: Timestamp,
    /// Who announced it.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How to upload the file. Null only when the request is a replay and the file is there, or the attachment
    /// gone.
    #[schema(required)]
    pub upload: Option<Upload>,
}

impl From<Announced> for AnnouncedAttachment {
    fn from(Announced { attachment, upload }: Announced) -> Self {
        let Attachment {
            id,
            version,
            entity_type,
            entity_id,
            file_name,
            content_type,
            size,
            sha256,
            status,
            created_at,
            created_by,
            updated_at,
        } = attachment.into();
        Self {
            id,
            version,
            entity_type,
            entity_id,
            file_name,
            content_type,
            size,
            sha256,
            status,
            created_at,
            created_by,
            updated_at,
            upload: upload.map(Into::into),
        }
    }
}

/// A file that is going to be uploaded. Only exactly this file will be taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "entityType": "OPPORTUNITY",
    "entityId": "019a9f2e-0000-7000-8000-000000010001",
    "fileName": "Propuesta técnica.pdf",
    "contentType": "application/pdf",
    "size": 183_402,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
}))]
pub struct CreateAttachment {
    /// To what kind of record it shall be attached.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = AttachmentTargetType, required)]
    pub entity_type: Patch<String>,
    /// To which record.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = Uuid, required)]
    pub entity_id: Patch<Uuid>,
    /// The file's name, without a path.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, min_length = 1, max_length = 255)]
    pub file_name: Patch<String>,
    /// Its content type, as the browser says it, of those that the deployment takes (`ATTACHMENT_TYPES`). What is empty or
    /// unknown is decided by the ending of the file's name; the answer says as what the file is taken.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, max_length = 127)]
    pub content_type: Patch<String>,
    /// Its size in bytes, at most what the deployment takes (`ATTACHMENT_MAX_SIZE`, 25 MiB unless set).
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = i64, required, minimum = 0)]
    pub size: Patch<i64>,
    /// Its SHA-256, in hexadecimal digits.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: Patch<String>,
}

impl From<CreateAttachment> for AttachmentInput {
    fn from(body: CreateAttachment) -> Self {
        let CreateAttachment { entity_type, entity_id, file_name, content_type, size, sha256 } = body;
        Self { entity_type, entity_id, file_name, content_type, size, sha256 }
    }
}

/// Where a file can be downloaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "url": "https://files.example.com/cartera/019a9f2e-0000-7000-8000-000000030001?X-Amz-Signature=0c1e",
    "expiresAt": "2026-01-31T12:05:00.000000Z"
}))]
pub struct Download {
    /// Where to: a `GET` answers the file as an attachment of its own name. Whoever has it can download this one
    /// file.
    #[schema(format = "uri")]
    pub url: String,
    /// Until when the download may begin.
    pub expires_at: Timestamp,
}

impl From<DownloadTicket> for Download {
    fn from(DownloadTicket { url, expires_at }: DownloadTicket) -> Self {
        Self { url, expires_at: expires_at.into() }
    }
}
