//! The events that entities record when they change.
//!
//! An event has a kind ([`EventKind`]), the record it happened to, related records, and the changed values, old and
//! new. It contains ids and values, never a secret. Saving an entity writes its events to the outbox in the same
//! transaction, so no event is published for a change that did not commit.

mod kind;
#[cfg(test)]
mod tests;
mod value;

use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use kind::{EventKind, Verb};
pub use value::{FieldChange, FieldValue};

use crate::ids::{
    AccountId, ApiKeyId, AttachmentId, CompanyId, ContactId, Id, InvitationId, JobId, OpportunityId,
    PipelineId, SessionId, StageId, UserId, kinds,
};
use crate::resources::resources;

macro_rules! entity_types {
    ($($(#[doc = $doc:literal])+ $kind:ident = $wire:literal;)+) => {
        /// The kinds of record that events are about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EntityType {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl EntityType {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// The name on the wire and in storage.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $wire,)+ }
            }
        }

        $(impl Referable for kinds::$kind { const TYPE: EntityType = EntityType::$kind; })+
    };
}

macro_rules! entity_types_beside_resources {
    ($(
            $(#[doc = $doc:literal])+
            $kind:ident $id:ident $wire:literal $one:literal $plural:literal $an:literal $class:ident
                [$created:ident $updated:ident $deleted:ident $restored:ident $purged:ident]
                [$($action:ident $permission:ident),+];
        )+) => {
        entity_types! {
            /// A company.
            Company = "COMPANY";
            /// A user or platform administrator.
            User = "USER";
            /// A session.
            Session = "SESSION";
            /// An invitation.
            Invitation = "INVITATION";
            /// An API key.
            ApiKey = "API_KEY";
            /// A pipeline.
            Pipeline = "PIPELINE";
            /// A stage.
            Stage = "STAGE";
            /// A background job.
            Job = "JOB";
            /// An attachment.
            Attachment = "ATTACHMENT";
            $($(#[doc = $doc])+ $kind = $wire;)+
        }
    };
}
resources!(entity_types_beside_resources);

/// One record that an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntityRef {
    /// What it is.
    pub entity_type: EntityType,
    /// Which one.
    pub id: Uuid,
}

/// The kinds of record that events and fields can refer to.
pub trait Referable: std::fmt::Debug + Copy + Eq + Send + Sync + 'static {
    /// The kind of record, as events name it.
    const TYPE: EntityType;
}

macro_rules! entity_refs {
    ($($name:ident($id:ty) => $variant:ident),+ $(,)?) => {
        impl EntityRef {
            $(
                #[doc = concat!("Refers to one record of type `", stringify!($variant), "`.")]
                pub const fn $name(id: $id) -> Self {
                    Self { entity_type: EntityType::$variant, id: id.uuid() }
                }
            )+

            /// A reference to one record.
            pub const fn of<K: Referable>(id: Id<K>) -> Self {
                Self { entity_type: K::TYPE, id: id.uuid() }
            }
        }
    };
}

entity_refs! {
    company(CompanyId) => Company,
    user(UserId) => User,
    session(SessionId) => Session,
    invitation(InvitationId) => Invitation,
    api_key(ApiKeyId) => ApiKey,
    account(AccountId) => Account,
    contact(ContactId) => Contact,
    pipeline(PipelineId) => Pipeline,
    stage(StageId) => Stage,
    opportunity(OpportunityId) => Opportunity,
    job(JobId) => Job,
    attachment(AttachmentId) => Attachment,
}

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To which record.
    pub entity: EntityRef,
    /// Which other records it is about (an opportunity's account and contact, say).
    pub related: Vec<EntityRef>,
    /// The changed values.
    pub changes: Vec<FieldChange>,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The record's version after it; none where the version stayed, or the record is gone.
    pub version: Option<i32>,
}

impl Event {
    /// An event without changes.
    pub fn new(kind: EventKind, entity: EntityRef, occurred_at: DateTime<Utc>) -> Self {
        Self { kind, entity, related: Vec::new(), changes: Vec::new(), occurred_at, version: None }
    }

    /// Says which version of the record it made.
    #[must_use]
    pub fn making(self, version: i32) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Adds `other` as a related record.
    #[must_use]
    pub fn about(mut self, other: EntityRef) -> Self {
        self.related.push(other);
        self
    }

    /// Adds a value that was set by this event and had none before.
    #[must_use]
    pub fn noting(self, field: &'static str, new: impl Into<FieldValue>) -> Self {
        self.changing(field, FieldValue::Null, new)
    }

    /// Adds a changed value.
    #[must_use]
    pub fn changing(
        mut self,
        field: &'static str,
        old: impl Into<FieldValue>,
        new: impl Into<FieldValue>,
    ) -> Self {
        self.changes.push(FieldChange { field, old: old.into(), new: new.into() });
        self
    }
}
