//! Probes the dependencies in the background, every five seconds.

use std::{error::Error, sync::Arc, time::Duration};

use cartera_api_http::edge::{Check, HealthState, HealthStatus};
use cartera_application::ports::{BlobStore, Mailer};
use cartera_config::Jobs;
use cartera_infra_postgres::{Access, PgStore, QueueStatus, Refusal, WorkerSettings, refused_writes};
use metrics::gauge;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

use crate::error::chain;

/// How often the dependencies are probed.
const PERIOD: Duration = Duration::from_secs(5);
/// How long a probe may take before the dependency counts as down.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long after its start a process does not report a missing worker, which may be starting too.
const START: Duration = Duration::from_secs(10);

/// Probes the dependencies.
pub struct Probe {
    store: PgStore,
    health: Arc<HealthState>,
    begun: Instant,
    dead_after: Duration,
    late_after: Duration,
}

impl Probe {
    /// A probe that stores its findings in `health`.
    pub fn new(store: PgStore, health: Arc<HealthState>, jobs: &Jobs) -> Self {
        let (dead_after, late_after) =
            (WorkerSettings::dead_after_heartbeats(jobs.heartbeat), jobs.late_after);
        Self { store, health, begun: Instant::now(), dead_after, late_after }
    }

    /// Probes everything once.
    pub async fn probe(&self) {
        self.probe_database().await;
        self.probe_jobs().await;
    }

    /// Probes for as long as the process runs.
    pub async fn watch(self) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.probe().await;
        }
    }

    async fn probe_database(&self) {
        let started = Instant::now();
        let status = match timeout(PATIENCE, self.store.ping()).await {
            Ok(Ok(Access::Full)) => takes_writes(),
            Ok(Ok(Access::ReadOnly)) => {
                warn!("the database answers, and is read only");
                HealthStatus::Degraded
            }
            Ok(Err(error)) => {
                warn!(%error, "the database does not answer");
                HealthStatus::Down
            }
            Err(_elapsed) => {
                warn!("the database does not answer in time");
                HealthStatus::Down
            }
        };
        self.health.record(Check::Database, status, started.elapsed());
        let (used, open) = self.store.connection_counts();
        gauge!("db_pool_connections", "state" => "used").set(f64::from(used));
        gauge!("db_pool_connections", "state" => "open").set(f64::from(open));
        gauge!("db_pool_waiting").set(f64::from(u32::try_from(self.store.waiting()).unwrap_or(u32::MAX)));
    }

    async fn probe_jobs(&self) {
        let started = Instant::now();
        let status = match timeout(PATIENCE, self.store.queue_status(self.dead_after)).await {
            Ok(Ok(queue)) => self.judge(queue),
            Ok(Err(error)) => {
                warn!(%error, "the job queue can't be read");
                HealthStatus::Degraded
            }
            Err(_elapsed) => {
                warn!("the job queue can't be read in time");
                HealthStatus::Degraded
            }
        };
        self.health.record(Check::Jobs, status, started.elapsed());
    }

    fn judge(&self, queue: QueueStatus) -> HealthStatus {
        let QueueStatus { ready, oldest, dead, workers } = queue;
        gauge!("jobs_ready").set(count(ready));
        gauge!("jobs_oldest_ready_age_seconds").set(oldest.as_secs_f64());
        gauge!("jobs_dead").set(count(dead));
        gauge!("jobs_workers").set(count(workers));
        if workers == 0 && self.begun.elapsed() > START {
            warn!("no worker is alive: jobs wait");
            return HealthStatus::Degraded;
        }
        if oldest > self.late_after {
            warn!(ready, oldest_seconds = oldest.as_secs(), "jobs wait too long");
            return HealthStatus::Degraded;
        }
        HealthStatus::Ok
    }
}

/// Whether writes work. A database that answers reads may refuse every write, because its disk is full.
fn takes_writes() -> HealthStatus {
    let Some(Refusal { sqlstate, .. }) = refused_writes() else { return HealthStatus::Ok };
    warn!(sqlstate, "the database answers, and refuses to write");
    HealthStatus::Degraded
}

/// Probes the mail server until the process ends. Without it mails wait, and everything else works.
pub async fn watch_mail(mailer: impl Mailer, health: Arc<HealthState>) {
    let words = Words {
        silent: "the mail server does not answer: mails wait",
        back: "the mail server answers again",
    };
    watch_beside(Check::Mail, &words, &health, async || mailer.check().await.map_err(Into::into)).await;
}

/// Probes the file store until the process ends. Without it only attachments don't work.
pub async fn watch_storage(blobs: impl BlobStore, health: Arc<HealthState>) {
    let words = Words {
        silent: "the store of files does not answer: attachments can't be uploaded or downloaded",
        back: "the store of files answers again",
    };
    watch_beside(Check::Storage, &words, &health, async || blobs.check().await.map_err(Into::into)).await;
}

/// What is logged when a dependency stops answering, and when it answers again.
struct Words {
    silent: &'static str,
    back: &'static str,
}

/// Probes a dependency that the API can do without. Each has a task of its own, so that none delays another.
async fn watch_beside(
    check: Check,
    words: &Words,
    health: &HealthState,
    ask: impl AsyncFn() -> Result<(), Box<dyn Error + Send + Sync>>,
) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was = HealthStatus::Ok;
    loop {
        ticks.tick().await;
        let started = Instant::now();
        let result = match timeout(PATIENCE, ask()).await {
            Ok(result) => result,
            Err(elapsed) => Err(elapsed.into()),
        };
        let status = if result.is_ok() { HealthStatus::Ok } else { HealthStatus::Down };
        health.record(check, status, started.elapsed());
        // Logged on changes only, not every five seconds.
        match (was, result) {
            (HealthStatus::Ok, Err(error)) => warn!(error = %chain(&*error), "{}", words.silent),
            (HealthStatus::Down, Ok(())) => info!("{}", words.back),
            _ => {}
        }
        was = status;
    }
}

/// The queue's length as a gauge's float. The loss of precision does not matter: no queue is that long.
fn count(number: i64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
