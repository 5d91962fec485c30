//! Health of the job queue.

use std::time::Duration;

use crate::store::PgStore;

/// Figures of the job queue, over all companies together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct QueueStatus {
    /// Jobs that are due and wait for a worker.
    pub ready: i64,
    /// How long the oldest of them has been due.
    pub oldest: Duration,
    /// Jobs that failed for good.
    pub dead: i64,
    /// Workers with a recent heartbeat.
    pub workers: i64,
}

impl PgStore {
    /// Reads the queue's figures. A worker counts as alive when its last heartbeat is younger than `alive_within`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn queue_status(&self, alive_within: Duration) -> Result<QueueStatus, sqlx::Error> {
        let seconds = alive_within.as_secs_f64();
        let ask = async || -> Result<(i64, f64, i64, i64), sqlx::Error> {
            let mut tx = self.connections().probing().await?;
            let status = sqlx::query_as(
                "select ready, oldest_seconds, dead, workers from jobs.status(make_interval(secs => $1))",
            )
            .bind(seconds)
            .fetch_one(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(status)
        };
        let (ready, oldest, dead, workers) = self.persistently(ask).await?;
        Ok(QueueStatus { ready, oldest: Duration::from_secs_f64(oldest.max(0.0)), dead, workers })
    }
}
