//! Decides what happens to a failed job: when it is retried, or that it is dead.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::Utc;
use graphile_worker::{FailureReason, Job, JobRecoveryContext, JobRecoveryResult, WorkerRecoveredContext};
use metrics::counter;
use sqlx::PgPool;

/// The longest wait between two attempts.
const LONGEST_DELAY: Duration = Duration::from_hours(4);

/// Why a job failed, until that is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed {
    /// Fixed text for administrators.
    pub(super) what: &'static str,
    /// Whether a retry is pointless.
    pub(super) never: bool,
}

/// Stores the outcome of failed jobs. If that fails, graphile_worker's own time of the next attempt holds.
#[derive(Debug, Clone)]
pub(super) struct Settlement {
    pool: PgPool,
    first_delay: Duration,
    failures: Arc<Mutex<HashMap<i64, Failed>>>,
}

impl Settlement {
    pub(super) fn new(pool: PgPool, first_delay: Duration) -> Self {
        Self { pool, first_delay, failures: Arc::default() }
    }

    /// Notes why a job failed.
    pub(super) fn note(&self, job: i64, failed: Failed) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).insert(job, failed);
    }

    /// Stores why the job failed and when it runs next.
    pub(super) async fn settle(&self, job: &Job) {
        let noted = self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(job.id());
        let Failed { what, never } = noted.unwrap_or(Failed { what: "the job ended badly", never: false });
        let delay = delay(self.first_delay, *job.attempts());
        let settled = sqlx::query(
            "update graphile_worker._private_jobs set last_error = $2, updated_at = now(), \
             attempts = case when $3 then max_attempts else attempts end, \
             run_at = now() + make_interval(secs => $4 * (0.9 + 0.2 * random())) \
             where id = $1 and locked_at is null",
        )
        .bind(job.id())
        .bind(what)
        .bind(never)
        .bind(delay.as_secs_f64())
        .execute(&self.pool)
        .await;
        if let Err(error) = settled {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(job = job.id(), error, "a failed job keeps the queue's own time for its next try");
        }
    }
}

/// How long a job waits after its nth failure.
fn delay(first: Duration, attempts: i16) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(31);
    first.saturating_mul(1 << doublings).min(LONGEST_DELAY)
}

/// Reschedules a killed worker's jobs at once. The interrupted run counts as an attempt, so that a job that kills its
/// worker is retried only so often.
pub(super) fn take_over(context: &JobRecoveryContext) -> JobRecoveryResult {
    match context.reason {
        FailureReason::WorkerCrashed => {
            JobRecoveryResult::Reschedule { run_at: Utc::now(), attempts: Some(*context.job.attempts()) }
        }
        FailureReason::ShutdownAborted | FailureReason::TaskError | FailureReason::TaskPanic => {
            JobRecoveryResult::Default
        }
    }
}

/// Logs and counts that another worker's jobs were taken over.
pub(super) fn tell_recovered(context: &WorkerRecoveredContext) {
    if context.dead_worker_ids.is_empty() {
        return;
    }
    let (workers, jobs) = (context.dead_worker_ids.len() as u64, context.jobs_recovered as u64);
    counter!("jobs_recovered_total").increment(jobs);
    tracing::warn!(workers, jobs, "workers have died; their jobs were taken over");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_four_hours() {
        let first = Duration::from_secs(4);
        let waits: Vec<_> = [1, 2, 3, 12, 13, 24].map(|attempts| delay(first, attempts).as_secs()).into();
        assert_eq!(waits, [4, 8, 16, 8192, 14_400, 14_400]);
        assert_eq!(delay(first, 0), first);
        assert_eq!(delay(first, i16::MAX), LONGEST_DELAY);
    }
}
