//! Reports on the wire. The rows of the pipeline report are the board's columns.

use cartera_application::reports::{StageChangeReportRow, TopAccountRow};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::{Money, Reference, StageReference, Timestamp};

/// An account with the opportunities won with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "accountId": "019a9f2e-0000-7000-8000-00000000c001",
    "accountName": "Acme S.A.",
    "wins": 7,
    "totalAmount": [{"amount": "91250.00", "currency": "UYU"}]
}))]
pub struct TopAccount {
    /// The account.
    pub account_id: Uuid,
    /// Its name.
    pub account_name: String,
    /// How many opportunities were won with it.
    #[schema(minimum = 1)]
    pub wins: i64,
    /// How much they were worth, by currency.
    pub total_amount: Vec<Money>,
}

impl From<TopAccountRow> for TopAccount {
    fn from(TopAccountRow { account_id, account_name, wins, total_amount }: TopAccountRow) -> Self {
        Self {
            account_id,
            account_name,
            wins,
            total_amount: total_amount.into_iter().map(Into::into).collect(),
        }
    }
}

/// A stage change with the opportunity and account that it is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-000000020001",
    "opportunityId": "019a9f2e-0000-7000-8000-000000010001",
    "opportunityTitle": "Flota nueva",
    "accountId": "019a9f2e-0000-7000-8000-00000000c001",
    "accountName": "Acme S.A.",
    "fromStage": {
        "id": "019a9f2e-0000-7000-8000-00000000e001", "name": "Preparación", "kind": "OPEN",
        "color": "#64748B"
    },
    "newStage": {
        "id": "019a9f2e-0000-7000-8000-00000000e004", "name": "Venta", "kind": "WON",
        "color": "#16A34A"
    },
    "changedAt": "2026-02-03T15:04:05.000000Z",
    "changedBy": {"id": "019a9f2e-0000-7000-8000-00000000a001", "name": "Ana Paz"},
    "reason": "Firmaron"
}))]
pub struct ReportedStageChange {
    /// The stage change's id.
    pub id: Uuid,
    /// The opportunity that moved.
    pub opportunity_id: Uuid,
    /// Its title.
    pub opportunity_title: String,
    /// The account it is a sale to.
    #[schema(required)]
    pub account_id: Option<Uuid>,
    /// The account's name.
    #[schema(required)]
    pub account_name: Option<String>,
    /// The stage it left; null on creation.
    #[schema(required)]
    pub from_stage: Option<StageReference>,
    /// The stage it came to.
    pub new_stage: StageReference,
    /// When.
    pub changed_at: Timestamp,
    /// Who.
    #[schema(required)]
    pub changed_by: Option<Reference>,
    /// Why; null on creation.
    #[schema(required)]
    pub reason: Option<String>,
}

impl From<StageChangeReportRow> for ReportedStageChange {
    fn from(row: StageChangeReportRow) -> Self {
        let StageChangeReportRow {
            id,
            opportunity_id,
            opportunity_title,
            account_id,
            account_name,
            from_stage,
            new_stage,
            changed_at,
            changed_by,
            reason,
        } = row;
        Self {
            id,
            opportunity_id,
            opportunity_title,
            account_id,
            account_name,
            from_stage: from_stage.map(Into::into),
            new_stage: new_stage.into(),
            changed_at: changed_at.into(),
            changed_by: changed_by.map(Into::into),
            reason,
        }
    }
}
