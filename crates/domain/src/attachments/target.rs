//! The records that a file can be attached to.

use uuid::Uuid;

use crate::{
    events::EntityRef,
    identity::Permission,
    ids::{AccountId, ContactId, Id, OpportunityId},
    input::{Rule, one_of},
};

/// The kinds of record that can have attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetType {
    /// An account.
    Account,
    /// A contact.
    Contact,
    /// An opportunity.
    Opportunity,
}

impl TargetType {
    /// Every kind.
    pub const ALL: &[Self] = &[Self::Account, Self::Contact, Self::Opportunity];

    /// The name on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Contact => "CONTACT",
            Self::Opportunity => "OPPORTUNITY",
        }
    }

    /// Parses a name.
    ///
    /// # Errors
    /// [`Rule::NotAllowed`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        one_of(&raw, Self::ALL, Self::as_str)
    }

    /// The permission to see such a record, which also covers its attachments.
    pub const fn read_permission(self) -> Permission {
        match self {
            Self::Account => Permission::AccountsRead,
            Self::Contact => Permission::ContactsRead,
            Self::Opportunity => Permission::OpportunitiesRead,
        }
    }

    /// The permission to change such a record, which also covers attaching files to it.
    pub const fn write_permission(self) -> Permission {
        match self {
            Self::Account => Permission::AccountsWrite,
            Self::Contact => Permission::ContactsWrite,
            Self::Opportunity => Permission::OpportunitiesWrite,
        }
    }

    /// The permission to delete such a record, which also covers deleting its attachments.
    pub const fn delete_permission(self) -> Permission {
        match self {
            Self::Account => Permission::AccountsDelete,
            Self::Contact => Permission::ContactsDelete,
            Self::Opportunity => Permission::OpportunitiesDelete,
        }
    }
}

/// The record that a file is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttachmentTarget {
    /// An account.
    Account(AccountId),
    /// A contact.
    Contact(ContactId),
    /// An opportunity.
    Opportunity(OpportunityId),
}

impl AttachmentTarget {
    /// A record by its kind and bare id.
    pub const fn new(kind: TargetType, id: Uuid) -> Self {
        match kind {
            TargetType::Account => Self::Account(Id::new(id)),
            TargetType::Contact => Self::Contact(Id::new(id)),
            TargetType::Opportunity => Self::Opportunity(Id::new(id)),
        }
    }

    /// What kind of record it is.
    pub const fn kind(self) -> TargetType {
        match self {
            Self::Account(_) => TargetType::Account,
            Self::Contact(_) => TargetType::Contact,
            Self::Opportunity(_) => TargetType::Opportunity,
        }
    }

    /// Its bare id.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Account(id) => id.uuid(),
            Self::Contact(id) => id.uuid(),
            Self::Opportunity(id) => id.uuid(),
        }
    }

    /// The reference that events use.
    pub const fn entity(self) -> EntityRef {
        match self {
            Self::Account(id) => EntityRef::account(id),
            Self::Contact(id) => EntityRef::contact(id),
            Self::Opportunity(id) => EntityRef::opportunity(id),
        }
    }
}
