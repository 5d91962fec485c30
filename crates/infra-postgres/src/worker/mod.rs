//! The background worker: takes jobs from the queue and runs them.
//!
//! graphile_worker fetches and locks jobs, keeps the schedule and takes over from workers that died; the application
//! defines what a job does. The settings were found by experiment: without a local queue a worker does eight jobs a
//! second; without heartbeats and sweeps the jobs of a killed worker stay locked forever; and without a pause an idle
//! worker keeps a third of a core busy.

mod calendar;
mod settle;
mod tasks;

use std::{fmt, sync::Arc, time::Duration};

use cartera_application::{chores::ChoreService, jobs::JobService};
use cartera_migrations::queue;
use futures_util::{FutureExt, future::Shared};
use graphile_worker::{
    JobFail, JobPermanentlyFail, JobRecovery, LocalQueueConfig, RefetchDelayConfig, Worker, WorkerBuildError,
    WorkerOptions, WorkerRecovered, WorkerRecoveryConfig,
};
use metrics::counter;
use thiserror::Error;

use self::{settle::Settlement, tasks::Runner};
use crate::store::PgStore;

/// How many heartbeats a worker may miss before others take over its jobs.
const MISSED_HEARTBEATS: u32 = 6;
/// How long the worker pauses after the queue failed, at first and at most.
const REST: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));
/// How many jobs are fetched ahead for each that is running.
const FETCHED_AHEAD: usize = 4;

/// Settings of the worker.
#[derive(Debug, Clone, Copy)]
pub struct WorkerSettings {
    /// How many jobs it works on at once.
    pub concurrency: usize,
    /// How often it polls for jobs when no notification came.
    pub poll_interval: Duration,
    /// How often it sends a heartbeat.
    pub heartbeat: Duration,
    /// How long a job waits after its first failure; the wait doubles with each further one.
    pub retry_delay: Duration,
    /// How long running jobs may go on after the worker is told to stop. Then they are returned to the queue.
    pub grace: Duration,
}

impl WorkerSettings {
    /// The most database connections that its jobs use at once. The queue has some of its own.
    pub fn connections(&self) -> u32 {
        u32::try_from(self.concurrency).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// A worker without a heartbeat for this long is considered dead.
    pub fn dead_after(&self) -> Duration {
        Self::dead_after_heartbeats(self.heartbeat)
    }

    /// The same, computed from the heartbeat interval alone.
    pub fn dead_after_heartbeats(heartbeat: Duration) -> Duration {
        heartbeat * MISSED_HEARTBEATS
    }
}

/// Why the worker was interrupted.
#[derive(Debug, Error)]
enum Interruption {
    #[error("the queue can't be used")]
    Build(#[source] Box<WorkerBuildError>),
    #[error("the queue failed")]
    Runtime(#[source] Box<graphile_worker::runner::WorkerRuntimeError>),
    #[error("the calendar can't be kept")]
    Calendar(#[source] graphile_worker::CrontabTimerError),
}

/// Takes jobs from the queue and runs them.
pub struct PgWorker {
    store: PgStore,
    jobs: JobService,
    chores: ChoreService,
    settings: WorkerSettings,
}

impl fmt::Debug for PgWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgWorker").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl PgWorker {
    /// A worker on a store of the worker's role.
    pub fn new(store: PgStore, jobs: JobService, chores: ChoreService, settings: WorkerSettings) -> Self {
        Self { store, jobs, chores, settings }
    }

    /// Runs until `stop` is done, then lets running jobs finish within the grace period, or returns them to the queue.
    /// While the database is away it keeps trying.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send + 'static) {
        let stop = stop.boxed().shared();
        let mut rest = REST.0;
        loop {
            let begun = tokio::time::Instant::now();
            let ended = self.work(stop.clone()).await;
            if stop.peek().is_some() {
                if let Err(error) = ended {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "the worker stopped with an error; what it held is taken over");
                }
                return;
            }
            match ended {
                Ok(()) => tracing::warn!("the worker ended by itself; it starts again"),
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "the worker was interrupted; it starts again");
                }
            }
            counter!("jobs_worker_interruptions_total").increment(1);
            rest = if begun.elapsed() > REST.1 { REST.0 } else { (rest * 2).min(REST.1) };
            tokio::select! {
                () = stop.clone() => return,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    async fn work(
        &self,
        stop: Shared<impl Future<Output = ()> + Send + 'static>,
    ) -> Result<(), Interruption> {
        let options = self.options(stop)?;
        let worker = options.init().await.map_err(|error| Interruption::Build(Box::new(error)))?;
        tracing::info!(concurrency = self.settings.concurrency, "the worker takes jobs");
        worker.run().await.map_err(|error| Interruption::Runtime(Box::new(error)))
    }

    fn options(
        &self,
        stop: Shared<impl Future<Output = ()> + Send + 'static>,
    ) -> Result<WorkerOptions, Interruption> {
        let WorkerSettings { concurrency, poll_interval, heartbeat, retry_delay, grace } = self.settings;
        let recovery = WorkerRecoveryConfig::default()
            .heartbeat_interval(heartbeat)
            .sweep_interval(heartbeat * 2)
            .sweep_threshold(self.settings.dead_after())
            .recovery_delay(Duration::ZERO);
        let settlement = Settlement::new(self.store.connections().queue().clone(), retry_delay);
        let runner = Runner::new(
            self.jobs.clone(),
            self.chores.clone(),
            Arc::new(self.store.clone()),
            settlement.clone(),
        );
        let crontabs = calendar::crontabs(&self.chores).map_err(Interruption::Calendar)?;
        let options = Worker::options()
            .pg_pool(self.store.connections().queue().clone())
            .schema(queue::SCHEMA)
            .concurrency(concurrency)
            .poll_interval(poll_interval)
            .local_queue(
                LocalQueueConfig::default()
                    .with_size(concurrency * FETCHED_AHEAD)
                    .with_refetch_delay(rest_when_empty(poll_interval)),
            )
            .worker_recovery(recovery)
            .listen_os_shutdown_signals(false)
            .shutdown_signal(stop)
            .shutdown_grace_period(grace)
            .shutdown_interrupted_job_retry_delay(Duration::ZERO)
            .add_extension(runner)
            .define_jobs(tasks::definitions())
            .with_crons(crontabs)
            .on(JobRecovery, |context| async move { settle::take_over(&context) })
            .on(WorkerRecovered, |context| async move { settle::tell_recovered(&context) })
            .on(JobFail, {
                let settlement = settlement.clone();
                move |context| {
                    let settlement = settlement.clone();
                    async move { settlement.settle(&context.job).await }
                }
            })
            .on(JobPermanentlyFail, move |context| {
                let settlement = settlement.clone();
                async move { settlement.settle(&context.job).await }
            });
        Ok(options)
    }
}

/// The pause after an empty fetch, which the notification of a new job ends at once. Without it graphile_worker 0.14
/// polls as fast as the database answers, because each fetch triggers the next one.
fn rest_when_empty(poll_interval: Duration) -> RefetchDelayConfig {
    RefetchDelayConfig::default().with_duration(poll_interval).with_threshold(0).with_max_abort_threshold(1)
}
