//! The background probe: what the API depends on, every five seconds.

use std::{sync::Arc, time::Duration};

use cartera_api_http::edge::{Check, HealthState, HealthStatus};
use cartera_application::ports::{MailError, Mailer};
use cartera_infra_postgres::PgStore;
use metrics::gauge;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{info, warn};

use crate::error::chain;

/// How often the dependencies are probed.
const PERIOD: Duration = Duration::from_secs(5);
/// How long a probe may take before the dependency counts as down.
const PATIENCE: Duration = Duration::from_secs(3);

/// Probes the database once.
pub async fn probe(store: &PgStore, health: &HealthState) {
    let started = Instant::now();
    let status = match timeout(PATIENCE, store.ping()).await {
        Ok(Ok(())) => HealthStatus::Ok,
        Ok(Err(error)) => {
            warn!(%error, "the database does not answer");
            HealthStatus::Down
        }
        Err(_elapsed) => {
            warn!("the database does not answer in time");
            HealthStatus::Down
        }
    };
    health.record(Check::Database, status, started.elapsed());
    let (used, open) = store.connections();
    gauge!("db_pool_connections", "state" => "used").set(f64::from(used));
    gauge!("db_pool_connections", "state" => "open").set(f64::from(open));
}

/// Probes for as long as the server runs.
pub async fn watch(store: PgStore, health: Arc<HealthState>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        probe(&store, &health).await;
    }
}

/// Probes the mail server for as long as this one runs. Without it mails wait, and everything else works: so it is a
/// watch of its own, which delays nobody.
pub async fn watch_mail(mailer: impl Mailer, health: Arc<HealthState>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was = HealthStatus::Ok;
    loop {
        ticks.tick().await;
        let started = Instant::now();
        let result = match timeout(PATIENCE, mailer.check()).await {
            Ok(result) => result,
            Err(elapsed) => Err(MailError::Later(elapsed.into())),
        };
        let status = if result.is_ok() { HealthStatus::Ok } else { HealthStatus::Down };
        health.record(Check::Mail, status, started.elapsed());
        // Said once, not every five seconds.
        match (was, result) {
            (HealthStatus::Ok, Err(error)) => {
                warn!(error = %chain(&error), "the mail server does not answer: mails wait");
            }
            (HealthStatus::Down, Ok(())) => info!("the mail server answers again"),
            _ => {}
        }
        was = status;
    }
}
