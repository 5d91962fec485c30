//! The state of the API's dependencies, as the background probe last found it.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use serde::Serialize;
use utoipa::ToSchema;

/// Something that the API depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    /// The database: without it nothing works.
    Database,
    /// The store of attachments.
    Storage,
    /// The background jobs.
    Jobs,
    /// Outgoing mail.
    Mail,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// It works.
    Ok,
    /// It works in part.
    Degraded,
    /// It does not work.
    Down,
}

/// What one probe found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// How it is.
    pub status: HealthStatus,
    /// How long the probe took, in milliseconds.
    pub latency_ms: f64,
}

/// How the service is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct HealthReport {
    /// `down` only without the database; `degraded` when anything is not `ok` otherwise.
    pub status: HealthStatus,
    /// Every check that was made.
    pub checks: BTreeMap<Check, CheckReport>,
}

/// The last results of the server's probe, which runs every few seconds, so that reading them is cheap.
#[derive(Debug, Default)]
pub struct HealthState(RwLock<BTreeMap<Check, CheckReport>>);

impl HealthState {
    /// Records the result of a probe.
    pub fn record(&self, check: Check, status: HealthStatus, latency: Duration) {
        let latency_ms = (latency.as_secs_f64() * 1e6).round() / 1e3;
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(check, CheckReport { status, latency_ms });
    }

    /// The last results. A database that was never probed counts as down.
    pub fn report(&self) -> HealthReport {
        let checks = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        let database = checks.get(&Check::Database).map_or(HealthStatus::Down, |report| report.status);
        let status = if database == HealthStatus::Down {
            HealthStatus::Down
        } else if checks.values().all(|report| report.status == HealthStatus::Ok) {
            HealthStatus::Ok
        } else {
            HealthStatus::Degraded
        };
        HealthReport { status, checks }
    }
}
