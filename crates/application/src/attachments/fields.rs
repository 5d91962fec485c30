//! How attachments are listed.

use cartera_domain::{
    attachments::{AttachmentTarget, TargetType},
    input::{Form, Patch, Rule, Violations},
};
use uuid::Uuid;

use crate::lists::list_fields;

list_fields! {
    /// What lists of attachments know.
    AttachmentList of "attachments" {
        /// When it was announced.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// The file's name.
        FILE_NAME = "fileName": Text [filter, sort],
        /// The file's size.
        SIZE = "size": Integer [filter, sort],
        /// Whether the file is there.
        STATUS = "status": OneOf(&["PENDING", "AVAILABLE"]) [filter],
    }
    default_sort: Self::CREATED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: true,
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
