//! Wire types of opportunities in answers.

use cartera_application::{
    ports::BoardColumn as BoardColumnView,
    views::{OpportunityView, StageChangeView},
};
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::{Money, RecordCan, Reference, StageKind, StageReference, Timestamp};

/// A possible sale.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000010001",
    "version": 1,
    "number": 1,
    "title": "Flota nueva",
    "account": {"id": "019a9f2e-0000-7000-8000-00000000c001", "name": "Acme S.A."},
    "contact": null,
    "description": null,
    "amount": {"amount": "1250.00", "currency": "UYU"},
    "pipeline": {"id": "019a9f2e-0000-7000-8000-00000000d001", "name": "Ventas"},
    "stage": {
        "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Preparación", "kind": "OPEN",
        "color": "#64748B"
    },
    "status": "OPEN",
    "closedAt": null,
    "expectedCloseDate": "2026-03-31",
    "owner": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "tags": [],
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "createdBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "updatedAt": "2026-01-31T12:00:00.000000Z",
    "deletedAt": null
}))]
pub struct Opportunity {
    /// The opportunity's id.
    pub id: Uuid,
    /// Counts the changes, from 1; also in `ETag`.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Its number in the company: 1, 2, 3…
    #[schema(minimum = 1)]
    pub number: i64,
    /// The title.
    pub title: String,
    /// The account it is a sale to.
    #[schema(required)]
    pub account: Option<Reference>,
    /// The contact it is a sale to; null while that contact lies in the bin, and back when it is restored.
    #[schema(required)]
    pub contact: Option<Reference>,
    /// Free text.
    #[schema(required)]
    pub description: Option<String>,
    /// How much it is worth.
    pub amount: Money,
    /// The pipeline.
    pub pipeline: Reference,
    /// The stage.
    pub stage: StageReference,
    /// The kind of its stage.
    #[schema(value_type = StageKind)]
    pub status: String,
    /// When it was won or lost.
    #[schema(required)]
    pub closed_at: Option<Timestamp>,
    /// When the sale is expected.
    #[schema(required)]
    pub expected_close_date: Option<NaiveDate>,
    /// Whose opportunity it is.
    #[schema(required)]
    pub owner: Option<Reference>,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it.
    #[schema(required)]
    pub created_by: Option<Reference>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it went to the bin; null while it is live.
    #[schema(required)]
    pub deleted_at: Option<Timestamp>,
    /// What the caller may do with it; with `include=can`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub can: Option<RecordCan>,
}

impl From<OpportunityView> for Opportunity {
    fn from(view: OpportunityView) -> Self {
        let OpportunityView {
            id,
            version,
            number,
            title,
            account,
            contact,
            description,
            amount,
            pipeline,
            stage,
            status,
            closed_at,
            expected_close_date,
            owner,
            tags,
            created_at,
            created_by,
            updated_at,
            deleted_at,
        } = view;
        Self {
            id,
            version,
            number,
            title,
            account: account.map(Into::into),
            contact: contact.map(Into::into),
            description,
            amount: amount.into(),
            pipeline: pipeline.into(),
            stage: stage.into(),
            status,
            closed_at: closed_at.map(Into::into),
            expected_close_date,
            owner: owner.map(Into::into),
            tags,
            created_at: created_at.into(),
            created_by: created_by.map(Into::into),
            updated_at: updated_at.into(),
            deleted_at: deleted_at.map(Into::into),
            can: None,
        }
    }
}

/// The record that an opportunity moved. It is never edited.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000020001",
    "opportunityId": "019a9f2e-0000-7000-8000-000000010001",
    "fromStage": {
        "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Preparación", "kind": "OPEN",
        "color": "#64748B"
    },
    "newStage": {
        "id": "019a9f2e-0000-7000-8000-00000000e002", "name": "Negociación", "kind": "OPEN",
        "color": "#F59E0B"
    },
    "reason": "Pidieron una propuesta",
    "changedAt": "2026-02-03T15:04:05.000000Z",
    "changedBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"}
}))]
pub struct StageChange {
    /// The stage change's id.
    pub id: Uuid,
    /// The opportunity that moved.
    pub opportunity_id: Uuid,
    /// The stage it left; null on creation.
    #[schema(required)]
    pub from_stage: Option<StageReference>,
    /// The stage it came to.
    pub new_stage: StageReference,
    /// Why; null on creation.
    #[schema(required)]
    pub reason: Option<String>,
    /// When.
    pub changed_at: Timestamp,
    /// Who.
    #[schema(required)]
    pub changed_by: Option<Reference>,
}

impl From<StageChangeView> for StageChange {
    fn from(view: StageChangeView) -> Self {
        let StageChangeView { id, opportunity_id, from_stage, new_stage, reason, changed_at, changed_by } =
            view;
        Self {
            id,
            opportunity_id,
            from_stage: from_stage.map(Into::into),
            new_stage: new_stage.into(),
            reason,
            changed_at: changed_at.into(),
            changed_by: changed_by.map(Into::into),
        }
    }
}

/// Count and amounts of the opportunities in one stage.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "stage": {
        "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Preparación", "kind": "OPEN",
        "color": "#64748B"
    },
    "count": 2,
    "countCapped": false,
    "amounts": [{"amount": "2500.00", "currency": "UYU"}]
}))]
pub struct BoardColumn {
    /// The stage.
    pub stage: StageReference,
    /// How many opportunities stand in it; at least so many when `countCapped`.
    #[schema(minimum = 0)]
    pub count: i64,
    /// Whether more than 10,000 opportunities meet the board's filters: then only so many were counted. Without
    /// filters, or with one on the pipeline alone, counts are always exact.
    pub count_capped: bool,
    /// How much they are worth, by currency; null when `countCapped`.
    #[schema(required)]
    pub amounts: Option<Vec<Money>>,
}

impl From<BoardColumnView> for BoardColumn {
    fn from(BoardColumnView { stage, count, count_capped, amounts }: BoardColumnView) -> Self {
        let amounts = amounts.map(|amounts| amounts.into_iter().map(Into::into).collect());
        Self { stage: stage.into(), count, count_capped, amounts }
    }
}
