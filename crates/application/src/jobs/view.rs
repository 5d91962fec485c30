//! Dead jobs as they are listed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::lists::list_fields;

list_fields! {
    /// What lists of dead jobs know.
    DeadJobList of "dead_jobs" {
        /// When it was given up.
        FAILED_AT = "failedAt": Timestamp [filter, sort],
        /// When it was queued.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// What it is.
        NAME = "name": Text [filter],
        /// Of which company.
        COMPANY_ID = "companyId": Id [filter, nullable],
    }
    default_sort: Self::FAILED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: false,
}

/// A job that failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadJobView {
    /// Its id.
    pub id: Uuid,
    /// What it is, such as `send_notice`.
    pub name: String,
    /// Its company; `None` for a chore, which runs in all of them.
    pub company_id: Option<Uuid>,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it failed the last time, in fixed words: no secret, no address.
    pub last_error: String,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it was given up.
    pub failed_at: DateTime<Utc>,
}
