//! `cartera doctor`: checks every dependency, tenant isolation, the whole database catalogue, and whether histories,
//! sequences, directory and counters agree with the records.

use std::{error::Error, time::Duration};

use cartera_application::{
    ports::{BlobStore, Mailer},
    security::Actor,
};
use cartera_config::Config;
use cartera_domain::{ids::CompanyId, opportunities::CounterDeltas};
use cartera_infra_postgres::{
    PgStore, PoolOptions, QueueStatus,
    audit::{self, Finding},
};
use cartera_migrations::catalogue;

use super::{configuration, provenance, runtime, tell};
use crate::{
    database::{DatabaseAccess, WhenInUse},
    error::{StartError, chain},
    wiring, worker,
};

/// Runs every check, and corrects counters when asked to.
///
/// # Errors
/// [`StartError::Unsound`] with the number of problems that remain.
pub fn run(fix: bool) -> Result<(), StartError> {
    let config = configuration()?;
    tell(&format!("configuration: {} warning(s)", config.warnings.len()));
    for warning in &config.warnings {
        tell(&format!("  {}: {}", warning.variable, warning.message));
    }
    let access = DatabaseAccess::open(&config, WhenInUse::Attach)?;
    let runtime = runtime()?;
    let problems = runtime.block_on(examine(&config, &access, fix));
    access.close()?;
    match problems? {
        0 => {
            tell("No problem found.");
            Ok(())
        }
        count => Err(StartError::Unsound(count)),
    }
}

async fn examine(config: &Config, access: &DatabaseAccess, fix: bool) -> Result<usize, StartError> {
    let store = access.store(PoolOptions { size: 2, patience: Duration::from_secs(10) })?;
    access.require_current_schema(&store).await?;
    tell("database: reachable, migrations current");
    store.require_harmless_role().await?;
    tell("database role of the API: harmless");
    let mut problems =
        mail(config, access).await? + jobs(config, access).await? + storage(config, access).await?;
    let Some(owner) = &access.owner_url else {
        tell("walls, catalogue, records and counters: not checked, MIGRATION_DATABASE_URL is missing");
        store.close().await;
        return Ok(problems);
    };
    let walls = audit::walls(owner, catalogue::CHECKS).await.map_err(StartError::Database)?;
    problems += report("walls between companies", &walls);
    let catalogue = audit::catalogue(owner).await.map_err(StartError::Database)?;
    problems += report("catalogue", &catalogue);
    let companies = audit::companies(owner).await.map_err(StartError::Database)?;
    let records = audit::records(owner, &companies).await.map_err(StartError::Database)?;
    problems += report("records", &records);
    let drift = drift(&store, &companies, fix).await?;
    let found = report("counters", &drift);
    if fix && found > 0 {
        tell("counters: mended");
    } else {
        problems += found;
    }
    store.close().await;
    Ok(problems)
}

/// Checks that the mail server accepts us, user and password included.
async fn mail(config: &Config, access: &DatabaseAccess) -> Result<usize, StartError> {
    let checked = wiring::mailer(config, access)?.check().await;
    Ok(answers("mail: the mail server answers", "mail", checked))
}

/// Checks that background jobs can run, and reports on the queue. Dead jobs are not a problem of the deployment.
async fn jobs(config: &Config, access: &DatabaseAccess) -> Result<usize, StartError> {
    if access.worker_url.is_none() {
        tell("jobs: not checked, WORKER_DATABASE_URL is missing");
        return Ok(0);
    }
    let store = access.worker_store(PoolOptions { size: 1, patience: Duration::from_secs(10) })?;
    worker::check(&store).await?;
    tell("database role of the worker: harmless, job queue current");
    let QueueStatus { ready, oldest: _, dead, workers } =
        store.queue_status(worker::settings(config).dead_after()).await.map_err(StartError::Database)?;
    store.close().await;
    tell(&format!("jobs: {ready} due, {dead} dead, {workers} worker(s) alive"));
    Ok(0)
}

/// Checks that the file store accepts us and has the bucket.
async fn storage(config: &Config, access: &DatabaseAccess) -> Result<usize, StartError> {
    let checked = wiring::blobs(config, access)?.check().await;
    Ok(answers("storage: the store of files answers", "storage", checked))
}

/// Prints the result of one check; returns the number of problems.
fn answers(well: &str, what: &str, checked: Result<(), impl Error + 'static>) -> usize {
    match checked {
        Ok(()) => {
            tell(well);
            0
        }
        Err(error) => {
            tell(&format!("{what}: {}", chain(&error)));
            1
        }
    }
}

async fn drift(store: &PgStore, companies: &[CompanyId], fix: bool) -> Result<Vec<Finding>, StartError> {
    let failed = |cause| StartError::UseCase { what: "recounting", cause };
    let mut findings = Vec::new();
    for company in companies {
        let grant = Actor::system(*company, provenance("doctor")).authorize_system().map_err(failed)?;
        let CounterDeltas { wins, won_amounts, stages } =
            store.counter_drift(&grant, fix).await.map_err(failed)?;
        let off = wins.len() + won_amounts.len() + stages.len();
        if off > 0 {
            let subject = format!("{off} counter(s) of company {company}");
            findings.push(Finding { what: "a counter differs from the recount", subject });
        }
    }
    Ok(findings)
}

fn report(what: &str, findings: &[Finding]) -> usize {
    match findings {
        [] => tell(&format!("{what}: sound")),
        findings => {
            for Finding { what: found, subject } in findings {
                tell(&format!("{what}: {found}: {subject}"));
            }
        }
    }
    findings.len()
}
