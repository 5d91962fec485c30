//! Typed identifiers: the compiler rejects an [`AccountId`] where a [`UserId`] is expected.

use std::{cmp::Ordering, fmt, hash::Hash, hash::Hasher, marker::PhantomData};

use uuid::Uuid;

/// The id of a record of kind `K`: a UUID (version 7 for new records, so ids sort by creation).
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K> Id<K> {
    /// Wraps a UUID as the id of a `K`. Only adapters and tests should need it: use cases receive ids.
    pub const fn new(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The bare UUID, for storage and wire forms.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }

    /// The id at a position of the series that starts with this id: the last 32 bits count up, the rest stays. So one
    /// generated id yields an id for each of very many new records, and every store computes the same ones.
    #[must_use]
    pub fn nth(self, position: u32) -> Self {
        let mut bytes = self.uuid.into_bytes();
        bytes[12..].copy_from_slice(&position.to_be_bytes());
        Self::new(Uuid::from_bytes(bytes))
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

/// Marker types for [`Id`], one per kind of record. They are never constructed.
pub mod kinds {
    macro_rules! kinds {
        ($($(#[$doc:meta])* $kind:ident),+ $(,)?) => {
            $($(#[$doc])* #[derive(Debug, Clone, Copy, PartialEq, Eq)] pub enum $kind {})+
        };
    }
    kinds! {
        /// A tenant.
        Company,
        /// A person of a company.
        User,
        /// A signed-in device.
        Session,
        /// A link by which somebody joins a company.
        Invitation,
        /// A permission to choose a new password.
        PasswordReset,
        /// An API key.
        ApiKey,
        /// An ordered funnel.
        Pipeline,
        /// A step of a pipeline.
        Stage,
        /// An entry in an opportunity's history: its move to another stage.
        StageChange,
        /// A background job.
        Job,
        /// Everything that one unit of work wrote.
        Operation,
        /// One soft delete, shared by all records that went to the bin together.
        Deletion,
        /// A file that belongs to a record.
        Attachment,
    }
    macro_rules! kinds_of_resources {
        ($(
            $(#[doc = $doc:literal])+
            $kind:ident $id:ident $wire:literal $one:literal $plural:literal $an:literal $class:ident
                [$created:ident $updated:ident $deleted:ident $restored:ident $purged:ident]
                [$($action:ident $permission:ident),+];
        )+) => {
            kinds! { $($(#[doc = $doc])+ $kind),+ }
        };
    }
    crate::resources::resources!(kinds_of_resources);
}

macro_rules! ids_of_resources {
    ($(
            $(#[doc = $doc:literal])+
            $kind:ident $id:ident $wire:literal $one:literal $plural:literal $an:literal $class:ident
                [$created:ident $updated:ident $deleted:ident $restored:ident $purged:ident]
                [$($action:ident $permission:ident),+];
        )+) => {
        $(#[doc = concat!("The id of a record of type `", $wire, "`.")] pub type $id = Id<kinds::$kind>;)+
    };
}
crate::resources::resources!(ids_of_resources);

/// The id of a company, which is the tenant of everything it owns.
pub type CompanyId = Id<kinds::Company>;
/// The id of a user, or of a platform administrator.
pub type UserId = Id<kinds::User>;
/// The id of a session.
pub type SessionId = Id<kinds::Session>;
/// The id of an invitation.
pub type InvitationId = Id<kinds::Invitation>;
/// The id of a password reset.
pub type PasswordResetId = Id<kinds::PasswordReset>;
/// The id of an API key.
pub type ApiKeyId = Id<kinds::ApiKey>;
/// The id of a pipeline.
pub type PipelineId = Id<kinds::Pipeline>;
/// The id of a stage.
pub type StageId = Id<kinds::Stage>;
/// The id of a stage change.
pub type StageChangeId = Id<kinds::StageChange>;
/// The id of a background job.
pub type JobId = Id<kinds::Job>;
/// The id of everything that one unit of work wrote.
pub type OperationId = Id<kinds::Operation>;
/// The id of one soft delete.
pub type DeletionId = Id<kinds::Deletion>;
/// The id of an attachment.
pub type AttachmentId = Id<kinds::Attachment>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_counts_in_the_last_32_bits() {
        let first: AccountId = Id::new(Uuid::from_u128(0x0123_4567_89ab_7def_8123_4567_89ab_cdef));
        let nth = |position| first.nth(position).uuid().as_u128();
        assert_eq!(nth(1), 0x0123_4567_89ab_7def_8123_4567_0000_0001);
        assert_eq!(nth(u32::MAX), 0x0123_4567_89ab_7def_8123_4567_ffff_ffff);
        assert!(first.nth(1) < first.nth(2));
    }
}
