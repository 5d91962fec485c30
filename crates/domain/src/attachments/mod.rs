//! Attachments: files that belong to an account, a contact or an opportunity. Their bytes never pass through the API:
//! these rules apply to what a client announces and to what is found in the store.

mod attachment;
mod fields;
mod target;
#[cfg(test)]
mod tests;
mod types;

pub use attachment::{Attachment, AttachmentRecord, AttachmentStatus};
pub use fields::{AttachmentFields, AttachmentInput, AttachmentRules, ContentType, FileName, Sha256};
pub use target::{AttachmentTarget, TargetType};
