//! Queries and rows of reports.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::views::{MoneyView, NamedRef, StageRefView};

/// The validated query of `top-accounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopAccountsQuery {
    /// The most rows, 1 to 50.
    pub limit: u32,
    /// Only opportunities closed from here on.
    pub from: Option<DateTime<Utc>>,
    /// Only opportunities closed before.
    pub until: Option<DateTime<Utc>>,
}

/// One row of `top-accounts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopAccountRow {
    /// The account.
    pub account_id: Uuid,
    /// Its name.
    pub account_name: String,
    /// How many opportunities were won with it.
    pub wins: i64,
    /// How much they were worth, by currency.
    pub total_amount: Vec<MoneyView>,
}

/// One row of `stage-changes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageChangeReportRow {
    /// The stage change's id.
    pub id: Uuid,
    /// The opportunity that moved.
    pub opportunity_id: Uuid,
    /// Its title.
    pub opportunity_title: String,
    /// The account it is a sale to.
    pub account_id: Option<Uuid>,
    /// The account's name.
    pub account_name: Option<String>,
    /// The stage it left; none on creation.
    pub from_stage: Option<StageRefView>,
    /// The stage it came to.
    pub new_stage: StageRefView,
    /// When.
    pub changed_at: DateTime<Utc>,
    /// Who.
    pub changed_by: Option<NamedRef>,
    /// Why; none on creation.
    pub reason: Option<String>,
}
