//! The schedules of chores. However many workers run the scheduler, each run is queued once: they synchronise on the
//! schedule's row.
//! in the database is unique.

use cartera_application::chores::{ChoreService, Schedule};
use graphile_worker::{Cron, Crontab, CrontabFill, CrontabTimerError};
use serde_json::json;

use super::tasks::ChoreTask;

/// How often a chore that failed in some company is retried before its next scheduled run.
const ATTEMPTS: u16 = 5;
/// Chores run one at a time, so that they never take all places from the jobs that people wait for.
const QUEUE: &str = "chores";

/// The schedule of every chore. A run missed within the last period is made up for.
pub(super) fn crontabs(chores: &ChoreService) -> Result<Vec<Crontab>, CrontabTimerError> {
    chores
        .all()
        .iter()
        .map(|chore| {
            let (cron, fill) = match chore.schedule() {
                Schedule::Hourly { minute } => {
                    (Cron::hourly_at::<ChoreTask>(minute.into())?, CrontabFill::hours(1))
                }
                Schedule::Daily { hour, minute } => {
                    (Cron::daily_at::<ChoreTask>(hour.into(), minute.into())?, CrontabFill::days(1))
                }
            };
            let cron = cron.id(chore.name()).job_key(chore.name()).queue(QUEUE).max_attempts(ATTEMPTS);
            Ok(cron.fill(fill).payload_value(json!({ "chore": chore.name() })).build())
        })
        .collect()
}
