//! Maps graphile_worker's tasks to the application's jobs and chores.

use std::{fmt, marker::PhantomData, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use cartera_application::{
    chores::{ChoreReport, ChoreService},
    error::chain,
    jobs::{Job, JobFailure, JobService, QueuedJob},
    ports::CompanyRoll,
    security::Provenance,
};
use futures_util::FutureExt;
use graphile_worker::{IntoTaskHandlerResult, JobDefinition, TaskHandler, WorkerContext};
use metrics::{counter, histogram};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::settle::{Failed, Settlement};

/// All tasks that the worker can run. A job of another name waits for a worker that knows it, so a new version's jobs
/// are safe beside workers of the old one.
pub(super) fn definitions() -> [JobDefinition; 3] {
    [Queued::<SendNotice>::definition(), Queued::<NoteLockout>::definition(), ChoreTask::definition()]
}

/// A job's name, as a type.
trait Named: Send + Sync + 'static {
    const NAME: &'static str;
}

enum SendNotice {}

impl Named for SendNotice {
    const NAME: &'static str = Job::NAMES[0];
}

enum NoteLockout {}

impl Named for NoteLockout {
    const NAME: &'static str = Job::NAMES[1];
}

/// A job's payload of any shape: parsing it is part of the job.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Queued<N> {
    payload: Value,
    #[serde(skip)]
    name: PhantomData<fn() -> N>,
}

impl<N: Named> TaskHandler for Queued<N> {
    const IDENTIFIER: &'static str = N::NAME;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let runner = Runner::of(&ctx)?;
        let work = async {
            let queued = QueuedJob::read(&self.payload)?;
            runner.jobs.run(queued).await
        };
        runner.run(N::NAME, &ctx, work).await
    }
}

/// A chore that is due.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct ChoreTask(Value);

impl TaskHandler for ChoreTask {
    const IDENTIFIER: &'static str = "chore";

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let runner = Runner::of(&ctx)?;
        let wanted = self.0.get("chore").and_then(Value::as_str).unwrap_or_default();
        let chores = runner.chores.all();
        // Only known names reach the metrics.
        let name = chores.iter().map(|chore| chore.name()).find(|name| *name == wanted);
        let name = name.unwrap_or("unknown_chore");
        runner.run(name, &ctx, runner.chore(name, *ctx.job().id())).await
    }
}

/// The error that graphile_worker gets: fixed text, which [`Settlement`] stores again in our own words.
struct Failure(&'static str);

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Runs jobs, and reports their outcome.
#[derive(Clone)]
pub(super) struct Runner {
    jobs: JobService,
    chores: ChoreService,
    roll: Arc<dyn CompanyRoll>,
    settlement: Settlement,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Runner(..)")
    }
}

impl Runner {
    pub(super) fn new(
        jobs: JobService,
        chores: ChoreService,
        roll: Arc<dyn CompanyRoll>,
        settlement: Settlement,
    ) -> Self {
        Self { jobs, chores, roll, settlement }
    }

    fn of(ctx: &WorkerContext) -> Result<Self, Failure> {
        ctx.extensions().get::<Self>().cloned().ok_or(Failure("the worker is not wired"))
    }

    async fn chore(&self, name: &'static str, job: i64) -> Result<(), JobFailure> {
        let id = Provenance::job(format!("chore-{name}-{job}"));
        let ChoreReport { companies, failed, items } = self.chores.run(name, &*self.roll, &id).await?;
        counter!("chores_items_total", "name" => name).increment(items);
        tracing::info!(chore = name, companies, failed, items, "a chore was done");
        if failed > 0 {
            return Err(JobFailure::later("the chore failed in some companies"));
        }
        Ok(())
    }

    /// Runs the work, counts it and notes why it failed.
    async fn run(
        &self,
        name: &'static str,
        ctx: &WorkerContext,
        work: impl Future<Output = Result<(), JobFailure>>,
    ) -> Result<(), Failure> {
        let (job, attempt, last) = (*ctx.job().id(), *ctx.job().attempts(), *ctx.job().max_attempts());
        let started = Instant::now();
        let done = AssertUnwindSafe(work).catch_unwind().await;
        let elapsed = started.elapsed();
        histogram!("jobs_run_duration_seconds", "name" => name).record(elapsed);
        let count = |result| counter!("jobs_run_total", "name" => name, "result" => result).increment(1);
        let failure = match done {
            Ok(Ok(())) => {
                count("done");
                tracing::info!(job, name, attempt, elapsed_ms = elapsed.as_millis(), "a job was done");
                return Ok(());
            }
            Ok(Err(failure)) => failure,
            // The panic message may contain anything, so it isn't stored; the panic hook has printed it.
            Err(_panic) => JobFailure::later("the job panicked"),
        };
        let (what, never) = match &failure {
            JobFailure::Later { what, .. } => (*what, false),
            JobFailure::Never { what, .. } => (*what, true),
        };
        let error = chain(&failure);
        if never || attempt >= last {
            count("dead");
            tracing::error!(job, name, attempt, %error, "a job was given up");
        } else {
            count("retried");
            tracing::warn!(job, name, attempt, %error, "a job failed; it is tried again");
        }
        self.settlement.note(job, Failed { what, never });
        Err(Failure(what))
    }
}
