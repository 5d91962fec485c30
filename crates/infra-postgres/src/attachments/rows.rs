//! Maps rows to records and back.

use cartera_domain::{
    attachments::{
        AttachmentFields, AttachmentRecord, AttachmentStatus, AttachmentTarget, ContentType, FileName, Sha256,
    },
    ids::Id,
    values::fold_key,
};
use sea_orm::{DbErr, Set};
use uuid::Uuid;

use super::entity;

pub(super) fn row(company_id: Uuid, record: &AttachmentRecord) -> entity::ActiveModel {
    let AttachmentRecord { id, fields, status, version, created_at, created_by, updated_at, deleted_at } =
        record;
    let AttachmentFields { target, file_name, content_type, size, sha256 } = fields;
    let (account_id, contact_id, opportunity_id) = match target {
        AttachmentTarget::Account(id) => (Some(id.uuid()), None, None),
        AttachmentTarget::Contact(id) => (None, Some(id.uuid()), None),
        AttachmentTarget::Opportunity(id) => (None, None, Some(id.uuid())),
    };
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        account_id: Set(account_id),
        contact_id: Set(contact_id),
        opportunity_id: Set(opportunity_id),
        file_name: Set(file_name.as_str().to_owned()),
        name_fold: Set(fold_key(file_name.as_str())),
        content_type: Set(content_type.as_str().to_owned()),
        size: Set(*size),
        sha256: Set(sha256.bytes().to_vec()),
        status: Set(status.as_str().to_owned()),
        version: Set(*version),
        created_at: Set(*created_at),
        created_by: Set(created_by.map(Id::uuid)),
        updated_at: Set(*updated_at),
        deleted_at: Set(*deleted_at),
    }
}

/// Maps a row that is attached to a record.
pub(super) fn record(row: entity::Model) -> Result<AttachmentRecord, DbErr> {
    let entity::Model {
        company_id: _,
        id,
        account_id,
        contact_id,
        opportunity_id,
        file_name,
        name_fold: _,
        content_type,
        size,
        sha256,
        status,
        version,
        created_at,
        created_by,
        updated_at,
        deleted_at,
    } = row;
    Ok(AttachmentRecord {
        id: Id::new(id),
        fields: AttachmentFields {
            target: target(account_id, contact_id, opportunity_id)?,
            file_name: FileName::trusted(file_name),
            content_type: ContentType::trusted(content_type),
            size,
            sha256: stored_sha256(sha256)?,
        },
        status: stored_status(&status)?,
        version,
        created_at,
        created_by: created_by.map(Id::new),
        updated_at,
        deleted_at,
    })
}

/// The record that a row is attached to.
pub(super) fn target(
    account_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    opportunity_id: Option<Uuid>,
) -> Result<AttachmentTarget, DbErr> {
    match (account_id, contact_id, opportunity_id) {
        (Some(id), None, None) => Ok(AttachmentTarget::Account(Id::new(id))),
        (None, Some(id), None) => Ok(AttachmentTarget::Contact(Id::new(id))),
        (None, None, Some(id)) => Ok(AttachmentTarget::Opportunity(Id::new(id))),
        _ => Err(DbErr::Custom("an attachment is not attached to one record".into())),
    }
}

pub(super) fn stored_sha256(bytes: Vec<u8>) -> Result<Sha256, DbErr> {
    let bytes = <[u8; 32]>::try_from(bytes);
    bytes.map(Sha256::new).map_err(|bytes| DbErr::Custom(format!("a hash has {} bytes", bytes.len())))
}

fn stored_status(status: &str) -> Result<AttachmentStatus, DbErr> {
    AttachmentStatus::parse(status).ok_or_else(|| DbErr::Custom(format!("unknown status {status}")))
}
