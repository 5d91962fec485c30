//! Dead jobs on the wire.

use cartera_application::jobs::DeadJobView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::Timestamp;

/// A background job that was given up.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "00000000-0000-8000-8000-00000000002a",
    "name": "send_notice",
    "companyId": "019a9f2e-0000-7000-8000-00000000c0de",
    "attempts": 24,
    "lastError": "the mail server refuses the mail",
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "failedAt": "2026-01-31T12:00:05.000000Z"
}))]
pub struct DeadJob {
    /// The job's id.
    pub id: Uuid,
    /// What it is.
    pub name: String,
    /// Of which company; null for what is done in all of them.
    #[schema(required)]
    pub company_id: Option<Uuid>,
    /// How often it was tried.
    #[schema(minimum = 0)]
    pub attempts: i32,
    /// Why it failed the last time, in fixed words.
    pub last_error: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub failed_at: Timestamp,
}

impl From<DeadJobView> for DeadJob {
    fn from(view: DeadJobView) -> Self {
        let DeadJobView { id, name, company_id, attempts, last_error, created_at, failed_at } = view;
        Self {
            id,
            name,
            company_id,
            attempts,
            last_error,
            created_at: created_at.into(),
            failed_at: failed_at.into(),
        }
    }
}
