//! How attachments are listed.

use cartera_domain::{
    attachments::{AttachmentTarget, TargetType},
    input::{Form, Patch, Rule, Violations},
};
use uuid::Uuid;

use crate::lists::{FieldKind, FieldSpec, ListField};

/// The list fields of attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentField {
    /// When it was announced.
    CreatedAt,
    /// The file's name.
    FileName,
    /// The file's size.
    Size,
    /// Whether the file is there.
    Status,
}

impl ListField for AttachmentField {
    const ALL: &'static [Self] = &[Self::CreatedAt, Self::FileName, Self::Size, Self::Status];
    const FLAGS: &'static [&'static str] = &[];
    const DEFAULT_SORT: Self = Self::CreatedAt;
    const SEARCHABLE: bool = true;

    fn spec(self) -> FieldSpec {
        let (name, kind, sort) = match self {
            Self::CreatedAt => ("createdAt", FieldKind::Timestamp, true),
            Self::FileName => ("fileName", FieldKind::Text, true),
            Self::Size => ("size", FieldKind::Integer, true),
            Self::Status => ("status", FieldKind::OneOf(&["PENDING", "AVAILABLE"]), false),
        };
        FieldSpec { name, kind, filter: true, sort, nullable: false }
    }
}

/// The record whose attachments are listed, as a caller names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedTarget {
    /// ACCOUNT, CONTACT or OPPORTUNITY.
    pub entity_type: Option<String>,
    /// Its id.
    pub entity_id: Option<String>,
}

impl WantedTarget {
    /// Reads both.
    ///
    /// # Errors
    /// Every violation found: both are mandatory.
    pub fn read(self) -> Result<AttachmentTarget, Violations> {
        let Self { entity_type, entity_id } = self;
        let mut form = Form::default();
        let kind = form.required("entityType", Patch::from(entity_type), None, TargetType::parse);
        let id = form.required("entityId", Patch::from(entity_id), None, |raw: String| {
            Uuid::try_parse(&raw).map_err(|_no_id| Rule::Malformed { expected: "a UUID" })
        });
        form.finish(kind.zip(id).map(|(kind, id)| AttachmentTarget::new(kind, id)))
    }
}
