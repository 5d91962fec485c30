//! Settings of the background worker.

use std::time::Duration;

use crate::error::Reported;
use crate::lookup::setting;
use crate::reader::Reader;

/// Background jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jobs {
    /// Jobs that one worker runs at once.
    pub concurrency: usize,
    /// How often a worker polls for jobs when no notification came.
    pub poll_interval: Duration,
    /// How often a worker sends a heartbeat.
    pub heartbeat: Duration,
    /// How long a job waits after its first failure.
    pub retry_delay: Duration,
    /// How long a job may be overdue before the health check reports it.
    pub late_after: Duration,
}

impl Jobs {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let concurrency = reader.size(const { setting("JOBS_CONCURRENCY") });
        let poll_interval = reader.milliseconds(const { setting("JOBS_POLL_INTERVAL") });
        let heartbeat = reader.milliseconds(const { setting("JOBS_HEARTBEAT") });
        let retry_delay = reader.milliseconds(const { setting("JOBS_RETRY_DELAY") });
        let late_after = reader.seconds(const { setting("JOBS_LATE_AFTER") });
        Ok(Self {
            concurrency: concurrency?,
            poll_interval: poll_interval?,
            heartbeat: heartbeat?,
            retry_delay: retry_delay?,
            late_after: late_after?,
        })
    }
}
