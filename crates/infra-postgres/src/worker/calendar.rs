//! When chores are due. However many workers keep the calendar, a chore is queued once: they meet at its row.

use cartera_application::chores::{ChoreService, Schedule};
use graphile_worker::{Cron, Crontab, CrontabFill, CrontabTimerError};
use serde_json::json;

use super::tasks::ChoreTask;

/// How often a chore that failed in some company is tried again before it waits for its next time.
const ATTEMPTS: u16 = 5;
/// Chores wait for one another, so that they never take every place from the jobs that people wait for.
const QUEUE: &str = "chores";

/// The calendar of every chore. What was missed within the last period is made up for.
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
