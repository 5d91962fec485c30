//! How the worker works.

use std::time::Duration;

use crate::error::Reported;
use crate::reader::Reader;
use crate::settings::setting;

/// Work in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jobs {
    /// Jobs that one worker does at once.
    pub concurrency: usize,
    /// When a worker looks for jobs that nobody told it of.
    pub poll_interval: Duration,
    /// How often a worker gives a sign of life.
    pub heartbeat: Duration,
    /// How long a failed job waits at first.
    pub retry_delay: Duration,
    /// How long a job may have been due before that is worth a word.
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
