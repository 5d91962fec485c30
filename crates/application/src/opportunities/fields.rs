//! The list fields of opportunities and stage changes.

use crate::lists::{DELETED, list_fields};

list_fields! {
    /// What lists of opportunities know.
    OpportunityList of "opportunities" {
        /// When it was created.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// When it last changed.
        UPDATED_AT = "updatedAt": Timestamp [filter, sort],
        /// The title.
        TITLE = "title": Text [sort],
        /// The number in the company.
        NUMBER = "number": Integer [filter, sort],
        /// The stage.
        STAGE = "stage": Stage [filter],
        /// OPEN, WON or LOST.
        STATUS = "status": OneOf(&["OPEN", "WON", "LOST"]) [filter],
        /// The account it is a sale to.
        ACCOUNT_ID = "accountId": Id [filter, nullable],
        /// The contact it is a sale to.
        CONTACT_ID = "contactId": Id [filter, nullable],
        /// Whose opportunity it is.
        OWNER_ID = "ownerId": Person [filter, nullable],
        /// The pipeline.
        PIPELINE_ID = "pipelineId": Id [filter],
        /// How much it is worth.
        AMOUNT = "amount": Amount [filter, sort],
        /// In which currency.
        CURRENCY = "currency": Currency [filter],
        /// When the sale is expected.
        EXPECTED_CLOSE_DATE = "expectedCloseDate": Date [filter, sort, nullable],
        /// When it was won or lost.
        CLOSED_AT = "closedAt": Timestamp [filter, sort, nullable],
        /// When it went to the bin.
        DELETED_AT = "deletedAt": Timestamp [filter, sort],
    }
    default_sort: Self::CREATED_AT,
    in_bin_since: Some(Self::DELETED_AT),
    flags: &["board", DELETED],
    searchable: true,
}

list_fields! {
    /// What lists of stage changes know.
    StageChangeList of "stage_changes" {
        /// When it happened.
        CHANGED_AT = "changedAt": Timestamp [sort],
        /// Which opportunity moved; set by the use case, not by callers.
        OPPORTUNITY_ID = "opportunityId": Id [],
        /// The stage it came to; set by the report, not by callers.
        NEW_STAGE = "newStage": Id [],
    }
    default_sort: Self::CHANGED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: false,
}
