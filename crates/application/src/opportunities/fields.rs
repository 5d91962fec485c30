//! The list fields of opportunities and stage changes.

use crate::lists::{DELETED, FieldKind, FieldSpec, ListField};

/// The list fields of opportunities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpportunityField {
    /// When it was created.
    CreatedAt,
    /// When it last changed.
    UpdatedAt,
    /// The title.
    Title,
    /// The number in the company.
    Number,
    /// The stage.
    Stage,
    /// OPEN, WON or LOST.
    Status,
    /// The account it is a sale to.
    AccountId,
    /// The contact it is a sale to.
    ContactId,
    /// Whose opportunity it is.
    OwnerId,
    /// The pipeline.
    PipelineId,
    /// How much it is worth.
    Amount,
    /// In which currency.
    Currency,
    /// When the sale is expected.
    ExpectedCloseDate,
    /// When it was won or lost.
    ClosedAt,
    /// When it went to the bin.
    DeletedAt,
}

impl ListField for OpportunityField {
    const ALL: &'static [Self] = &[
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Title,
        Self::Number,
        Self::Stage,
        Self::Status,
        Self::AccountId,
        Self::ContactId,
        Self::OwnerId,
        Self::PipelineId,
        Self::Amount,
        Self::Currency,
        Self::ExpectedCloseDate,
        Self::ClosedAt,
        Self::DeletedAt,
    ];
    const FLAGS: &'static [&'static str] = &["board", DELETED];
    const DEFAULT_SORT: Self = Self::CreatedAt;
    const IN_BIN_SINCE: Option<Self> = Some(Self::DeletedAt);
    const SEARCHABLE: bool = true;

    fn spec(self) -> FieldSpec {
        use FieldKind as K;
        let (name, kind, filter, sort, nullable) = match self {
            Self::CreatedAt => ("createdAt", K::Timestamp, true, true, false),
            Self::UpdatedAt => ("updatedAt", K::Timestamp, true, true, false),
            Self::Title => ("title", K::Text, false, true, false),
            Self::Number => ("number", K::Integer, true, true, false),
            Self::Stage => ("stage", K::Stage, true, false, false),
            Self::Status => ("status", K::OneOf(&["OPEN", "WON", "LOST"]), true, false, false),
            Self::AccountId => ("accountId", K::Id, true, false, true),
            Self::ContactId => ("contactId", K::Id, true, false, true),
            Self::OwnerId => ("ownerId", K::Person, true, false, true),
            Self::PipelineId => ("pipelineId", K::Id, true, false, false),
            Self::Amount => ("amount", K::Amount, true, true, false),
            Self::Currency => ("currency", K::Currency, true, false, false),
            Self::ExpectedCloseDate => ("expectedCloseDate", K::Date, true, true, true),
            Self::ClosedAt => ("closedAt", K::Timestamp, true, true, true),
            Self::DeletedAt => ("deletedAt", K::Timestamp, true, true, false),
        };
        FieldSpec { name, kind, filter, sort, nullable }
    }
}

/// The list fields of stage changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageChangeField {
    /// When it happened.
    ChangedAt,
    /// Which opportunity moved; set by the use case, not by callers.
    OpportunityId,
    /// The stage it came to; set by the report, not by callers.
    NewStage,
}

impl ListField for StageChangeField {
    const ALL: &'static [Self] = &[Self::ChangedAt, Self::OpportunityId, Self::NewStage];
    const FLAGS: &'static [&'static str] = &[];
    const DEFAULT_SORT: Self = Self::ChangedAt;
    const SEARCHABLE: bool = false;

    fn spec(self) -> FieldSpec {
        let (name, kind, sort) = match self {
            Self::ChangedAt => ("changedAt", FieldKind::Timestamp, true),
            Self::OpportunityId => ("opportunityId", FieldKind::Id, false),
            Self::NewStage => ("newStage", FieldKind::Id, false),
        };
        FieldSpec { name, kind, filter: false, sort, nullable: false }
    }
}
