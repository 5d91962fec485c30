//! The list fields of contacts.

use crate::lists::{DELETED, FieldKind, FieldSpec, ListField};

/// The list fields of contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContactField {
    /// When it was created.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// First and last name.
    Name,
    /// The e-mail.
    Email,
    /// At which account.
    AccountId,
    /// Whose contact it is.
    OwnerId,
    /// When it went to the bin.
    DeletedAt,
}

impl ListField for ContactField {
    const ALL: &'static [Self] = &[
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Name,
        Self::Email,
        Self::AccountId,
        Self::OwnerId,
        Self::DeletedAt,
    ];
    const FLAGS: &'static [&'static str] = &[DELETED];
    const DEFAULT_SORT: Self = Self::CreatedAt;
    const IN_BIN_SINCE: Option<Self> = Some(Self::DeletedAt);
    const SEARCHABLE: bool = true;

    fn spec(self) -> FieldSpec {
        use FieldKind as K;
        let (name, kind, sort, nullable) = match self {
            Self::CreatedAt => ("createdAt", K::Timestamp, true, false),
            Self::UpdatedAt => ("updatedAt", K::Timestamp, true, false),
            Self::Name => ("name", K::Text, true, false),
            Self::Email => ("email", K::Email, true, true),
            Self::AccountId => ("accountId", K::Id, false, true),
            Self::OwnerId => ("ownerId", K::Person, false, true),
            Self::DeletedAt => ("deletedAt", K::Timestamp, true, false),
        };
        FieldSpec { name, kind, filter: true, sort, nullable }
    }
}
