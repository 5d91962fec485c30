//! `cartera worker`: the background jobs alone, until Ctrl-C or SIGTERM.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::rt::System;
use cartera_api_http::edge::{HealthState, Readiness};
use cartera_config::{Config, ProcessEnvironment};
use cartera_infra_postgres::PoolOptions;
use tokio::time::timeout;
use tracing::{info, warn};

use crate::{
    database::{DatabaseAccess, WhenInUse},
    drain::WITHOUT_DATABASE,
    error::StartError,
    health::{self, Probe},
    logging, operations,
    stop::Signals,
    wiring,
    worker::Worker,
};

/// The store of the probe, which has a connection of its own.
const PROBE: PoolOptions = PoolOptions { size: 1, patience: Duration::from_secs(3) };

/// Works until told to stop, then ends what is in hand.
///
/// # Errors
/// [`StartError`] when it can't start.
pub fn run() -> Result<(), StartError> {
    let started = Instant::now();
    let config = Config::from_env(&ProcessEnvironment)?;
    logging::start(&config.logging, false);
    for warning in &config.warnings {
        warn!(variable = %warning.variable, "{}", warning.message);
    }
    let mut access = DatabaseAccess::open(&config, WhenInUse::Attach)?;
    let worked = System::new().block_on(work(&config, &mut access, started));
    let closed = access.close();
    worked?;
    closed?;
    info!("stopped");
    Ok(())
}

async fn work(config: &Config, access: &mut DatabaseAccess, started: Instant) -> Result<(), StartError> {
    let metrics = operations::metrics_recorder()?;
    let listener = config.metrics.addr.map(operations::listen).transpose()?;
    let store = access.worker_store(PROBE)?;
    access.require_current_schema(&store).await?;
    let origin = config.http.public_origin(config.http.addr);
    let worker = Worker::start(config, access, origin.as_str()).await?;
    let health = Arc::new(HealthState::default());
    let readiness = Arc::new(Readiness::default());
    let probe = Probe::new(store.clone(), Arc::clone(&health), &config.jobs);
    probe.probe().await;
    actix_web::rt::spawn(probe.watch());
    actix_web::rt::spawn(health::watch_mail(wiring::mailer(config, access)?, Arc::clone(&health)));
    let mut address = None;
    if let Some(listener) = listener {
        address = listener.local_addr().ok();
        let (health, readiness) = (Arc::clone(&health), Arc::clone(&readiness));
        actix_web::rt::spawn(operations::serve(listener, metrics, health, readiness)?);
    } else {
        info!("without METRICS_ADDR, health and metrics are served nowhere");
    }
    let mut signals = Signals::listen()?;
    readiness.set(true);
    info!(
        address = address.map(tracing::field::display),
        elapsed_ms = started.elapsed().as_millis(),
        "ready"
    );
    let stopped = signals.stop(access.server.as_mut()).await;
    info!("draining");
    readiness.drain();
    let working = worker.stop(config.http.shutdown_grace);
    match stopped {
        Ok(_told) => working.await,
        Err(error) => {
            drop(timeout(WITHOUT_DATABASE, working).await);
            return Err(error);
        }
    }
    store.close().await;
    Ok(())
}
