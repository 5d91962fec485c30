//! `cartera serve`: the API until Ctrl-C or SIGTERM.

use std::{
    net::TcpListener,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{HttpServer, rt::System};
use cartera_api_http::{
    app,
    edge::{
        AllowedOrigins, Edge, EdgeSettings, EdgeState, HealthState, MetricsAccess, MetricsRenderer,
        ProxyHeader, Rate, RateLimits, Readiness, TrustedProxies,
    },
    openapi,
};
use cartera_application::{Application, security::Provenance};
use cartera_config::{Config, Database, ProcessEnvironment};
use cartera_domain::values::{Country, Phone};
use cartera_infra_crypto::SystemClock;
use cartera_infra_postgres::{PgStore, PoolOptions};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::time::interval;
use tracing::{info, warn};

use crate::{
    database::{DatabaseAccess, WhenInUse},
    demo,
    drain::Serving,
    error::{StartError, chain},
    health::{self, Probe},
    logging,
    operations::{self, listen, metrics_recorder},
    stop::Signals,
    wiring,
    worker::Worker,
};

/// How long a request waits for a database connection of its company's share before it is refused and told to retry.
const POOL_PATIENCE: Duration = Duration::from_secs(2);
/// How long a client may take to send a request's headers.
const HEADER_PATIENCE: Duration = Duration::from_secs(5);
/// How often uses of API keys are written to the database and expired metrics removed.
const HOUSEKEEPING: Duration = Duration::from_secs(30);

/// Serves until told to stop, then drains: readiness first, then the requests in flight, then the
/// database.
///
/// # Errors
/// [`StartError`] when it can't start.
pub fn run(demo: bool, works: bool) -> Result<(), StartError> {
    let started = Instant::now();
    let config = Config::from_env(&ProcessEnvironment)?;
    logging::start(&config.logging, false);
    for warning in &config.warnings {
        warn!(variable = %warning.variable, "{}", warning.message);
    }
    if demo && !config.database.is_embedded() {
        return Err(StartError::DemoRefused);
    }
    if works && matches!(&config.database, Database::External { worker: None, .. }) {
        return Err(StartError::NoWorkerRole);
    }
    // Comes first, so that an address in use is found before anything is changed.
    let listener = listen(config.http.addr)?;
    // Before the async runtime, because starting the embedded server blocks.
    let mut access = DatabaseAccess::open(&config, WhenInUse::Refuse)?;
    let wanted = Wanted { demo, works };
    let served = System::new().block_on(serve(&config, &mut access, listener, wanted, started));
    let closed = access.close();
    served?;
    closed?;
    info!("stopped");
    Ok(())
}

/// The options of the command line.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// Whether to create demo data.
    demo: bool,
    /// Whether to run the worker in this process.
    works: bool,
}

async fn serve(
    config: &Config,
    access: &mut DatabaseAccess,
    listener: TcpListener,
    Wanted { demo, works }: Wanted,
    started: Instant,
) -> Result<(), StartError> {
    let metrics = metrics_recorder()?;
    let store = access.store(PoolOptions { size: config.database_pool_size, patience: POOL_PATIENCE })?;
    if access.is_embedded() {
        // It migrates the embedded database, which may be empty.
        access.require_current_schema(&store).await?;
        store.require_harmless_role().await?;
    } else {
        store.require_harmless_role().await?;
        access.require_current_schema(&store).await?;
    }
    let address =
        listener.local_addr().map_err(|cause| StartError::Listen { address: config.http.addr, cause })?;
    let provenance = config.http.public_origin(address);
    let application =
        wiring::application(config, access, &store, Arc::new(SystemClock), provenance.as_str())?;
    let worker = if works { Some(Worker::start(config, access, provenance.as_str()).await?) } else { None };
    let health = Arc::new(HealthState::default());
    let probe = Probe::new(store.clone(), Arc::clone(&health), &config.jobs);
    probe.probe().await;
    let readiness = Arc::new(Readiness::default());
    let edge = Edge::new(
        edge_settings(config, provenance.as_str(), demo),
        Arc::clone(&health),
        Arc::clone(&readiness),
        MetricsRenderer::new({
            let metrics = metrics.clone();
            move || metrics.render()
        }),
        &openapi::document(),
    )
    .map_err(|cause| StartError::UseCase { what: "preparing the API document", cause })?;
    let state = EdgeState::new(application.clone(), edge);
    let server = HttpServer::new({
        let state = state.clone();
        move || app(&state)
    })
    .workers(config.http.workers)
    .client_request_timeout(HEADER_PATIENCE)
    .keep_alive(config.http.keep_alive)
    .shutdown_timeout(config.http.shutdown_grace.as_secs())
    .disable_signals()
    .listen(listener)
    .map_err(|cause| StartError::Listen { address, cause })?
    .run();
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);
    if let Some(address) = config.metrics.addr {
        let listener = listen(address)?;
        let (health, readiness) = (Arc::clone(&health), Arc::clone(&readiness));
        actix_web::rt::spawn(operations::serve(listener, metrics.clone(), health, readiness)?);
    }
    actix_web::rt::spawn(probe.watch());
    actix_web::rt::spawn(health::watch_mail(wiring::mailer(config, access)?, Arc::clone(&health)));
    actix_web::rt::spawn(health::watch_storage(wiring::blobs(config, access)?, health));
    actix_web::rt::spawn(housekeeping(application.clone(), state.clone(), metrics));
    if demo {
        demo::seed(config, access, &store).await?;
    }
    let mut signals = Signals::listen()?;
    readiness.set(true);
    // Loading the numbering plans is slow the first time: do it now, not in the first request.
    drop(tokio::task::spawn_blocking(warm_up));
    info!(%address, elapsed_ms = started.elapsed().as_millis(), "ready");
    announce(config, access, provenance.as_str(), demo);
    let told = signals.stop(access.server.as_mut()).await;
    let serving = Serving { handle, ended: serving, worker, readiness };
    serving.end(told, signals, &config.http, access.server.as_mut()).await?;
    finish(&application, &store).await;
    Ok(())
}

fn warm_up() {
    // Any number loads the plans.
    let read = Country::parse("UY").map(|country| Phone::parse("+59899123456", &country));
    drop(read);
}

fn edge_settings(config: &Config, provenance: &str, demo: bool) -> EdgeSettings {
    let rate = |rate: cartera_config::Rate| Rate { requests: rate.requests, period: rate.period };
    let cors = config.http.cors_origins.clone();
    let proxies = config.http.trusted_proxies.clone();
    EdgeSettings {
        public_origin: provenance.to_owned(),
        cors_origins: AllowedOrigins::new(move |provenance| cors.allows(provenance)),
        trusted_proxies: TrustedProxies::new(move |address| proxies.contains(address)),
        proxy_header: match config.http.proxy_header {
            cartera_config::ProxyHeader::XForwardedFor => ProxyHeader::XForwardedFor,
            cartera_config::ProxyHeader::Forwarded => ProxyHeader::Forwarded,
        },
        body_limit: config.http.body_limit,
        body_timeout: config.http.body_timeout,
        request_timeout: config.http.request_timeout,
        rate_limits: config.rate_limits.map(|limits| RateLimits {
            sign_in_per_email: rate(limits.sign_in_per_email),
            sign_in_per_address: rate(limits.sign_in_per_address),
            register: rate(limits.register),
            invitations: rate(limits.invitations),
            requests: rate(limits.requests),
            refresh: rate(limits.refresh),
            bad_cookies: rate(limits.bad_cookies),
            public: rate(limits.public),
        }),
        metrics: match (&config.metrics.token, config.metrics.open) {
            (Some(token), _) => MetricsAccess::Bearer(token.expose().to_owned()),
            (None, true) => MetricsAccess::Open,
            (None, false) => MetricsAccess::Absent,
        },
        demo: demo.then(demo::who),
    }
}

/// Periodic housekeeping: writes uses of API keys, and removes old rate limits and metrics.
async fn housekeeping(application: Application, state: EdgeState, metrics: PrometheusHandle) {
    let mut ticks = interval(HOUSEKEEPING);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
        state.limits.sweep();
        note_key_uses(&application).await;
    }
}

async fn note_key_uses(application: &Application) {
    let id = Provenance::job(format!("housekeeping-{}", uuid::Uuid::now_v7()));
    if let Err(error) = application.authenticator.note_key_uses(id).await {
        warn!(error = %chain(&error), "the use of API keys could not be written down; it will be later");
    }
}

async fn finish(application: &Application, store: &PgStore) {
    note_key_uses(application).await;
    store.close().await;
}

/// Prints the addresses for people at a terminal; in production the log line is enough.
fn announce(config: &Config, access: &DatabaseAccess, provenance: &str, demo: bool) {
    if !config.database.is_embedded() {
        return;
    }
    let mails = access.mail_sink.as_ref().map(|sink| format!("  Mail  {}/*.eml\n", sink.folder().display()));
    let mails = mails.unwrap_or_default();
    let mut text =
        format!("\nCartera is ready.\n  API   {provenance}/api/v1\n  Docs  {provenance}/docs\n{mails}");
    if demo {
        text.push_str(&demo::sign_ins());
    }
    text.push_str("\nCtrl-C stops it.\n");
    logging::show(&text);
}
