//! Runs the worker in this process, on threads of its own, so that a busy worker does not slow down requests.

use std::{sync::Arc, thread, time::Duration};

use cartera_config::{Config, Jobs};
use cartera_infra_crypto::SystemClock;
use cartera_infra_postgres::{PgStore, PgWorker, PoolOptions, WorkerSettings};
use cartera_migrations::queue;
use tokio::sync::oneshot;
use tracing::warn;

use crate::{database::DatabaseAccess, error::StartError, wiring};

/// The worker's threads.
const THREADS: usize = 2;
/// How long a job waits for a database connection before this attempt fails.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much longer than the grace period of running jobs the shutdown may take.
const MARGIN: Duration = Duration::from_secs(3);

/// A running worker.
#[derive(Debug)]
pub struct Worker {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

/// The worker's settings from the configuration.
pub fn settings(config: &Config) -> WorkerSettings {
    let Jobs { concurrency, poll_interval, heartbeat, retry_delay, late_after: _ } = config.jobs;
    WorkerSettings { concurrency, poll_interval, heartbeat, retry_delay, grace: config.http.shutdown_grace }
}

impl Worker {
    /// Starts the worker, if the database role and the queue are suitable. `origin` is the API's public origin.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(config: &Config, access: &DatabaseAccess, origin: &str) -> Result<Self, StartError> {
        let settings = settings(config);
        let options = PoolOptions { size: settings.connections(), patience: PATIENCE };
        let failed = |cause| StartError::Io { what: "starting the worker's threads".to_owned(), cause };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("jobs")
            .enable_all()
            .build()
            .map_err(failed)?;
        let store = {
            // Connections must be opened on the worker's runtime.
            let _context = runtime.enter();
            access.worker_store(options)?
        };
        let application = wiring::application(config, access, &store, Arc::new(SystemClock), origin)?;
        let worker = PgWorker::new(store.clone(), application.jobs, application.chores, settings);
        let (stop, stopped) = oneshot::channel::<()>();
        let (starting, started) = oneshot::channel();
        let (ending, ended) = oneshot::channel();
        let work = async move {
            let checked = check(&store).await;
            let fit = checked.is_ok();
            drop(starting.send(checked));
            if fit {
                worker.run(async move { drop(stopped.await) }).await;
            }
            store.close().await;
        };
        let spawned = thread::Builder::new().name("worker".to_owned()).spawn(move || {
            runtime.block_on(work);
            runtime.shutdown_timeout(MARGIN);
            // The caller may have stopped waiting.
            ending.send(()).ok();
        });
        spawned.map_err(failed)?;
        started.await.map_err(|_gone| StartError::WorkerEnded)??;
        Ok(Self { stop, ended })
    }

    /// Tells the worker to stop: it takes no more jobs. The returned future waits until running jobs are done or
    /// returned to the queue.
    pub fn stop(self, grace: Duration) -> impl Future<Output = ()> {
        let Self { stop, ended } = self;
        drop(stop);
        async move {
            if tokio::time::timeout(grace + MARGIN, ended).await.is_err() {
                warn!("the worker did not end in time; what it holds is taken over");
            }
        }
    }
}

/// Refuses an unsuitable database role or an outdated queue.
///
/// # Errors
/// [`StartError::Refused`], [`StartError::QueueOutdated`].
pub async fn check(store: &PgStore) -> Result<(), StartError> {
    store.require_worker_role().await?;
    let applied = store.queue_migration().await.map_err(StartError::Database)?;
    let wanted = queue::latest_migration();
    if applied < wanted {
        return Err(StartError::QueueOutdated { applied, wanted });
    }
    Ok(())
}

/// Stops the worker, if there is one.
pub async fn stop(worker: Option<Worker>, grace: Duration) {
    if let Some(worker) = worker {
        worker.stop(grace).await;
    }
}
