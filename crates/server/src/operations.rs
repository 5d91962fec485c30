//! Metrics, and the internal listener: health, readiness and metrics on a second address for operators.

use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use actix_web::{App, HttpResponse, HttpServer, dev::Server, http::StatusCode, http::header, web};
use cartera_api_http::edge::{HealthState, HealthStatus, Readiness};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;

use crate::{error::StartError, logging::lost_lines, metric_table};

/// The buckets of all duration histograms, in seconds: fine around a millisecond, up to ten seconds.
const BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0];

/// Installs the metrics recorder, once per process, and registers every metric.
///
/// # Errors
/// [`StartError::Io`] when a recorder is installed already.
pub fn metrics_recorder() -> Result<PrometheusHandle, StartError> {
    let failed = |error: metrics_exporter_prometheus::BuildError| StartError::Io {
        what: "starting the metrics".to_owned(),
        cause: std::io::Error::other(error),
    };
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("duration_seconds".to_owned()), &BUCKETS)
        .map_err(failed)?
        .install_recorder()
        .map_err(failed)?;
    metric_table::register();
    // Lines lost before the recorder was installed.
    metrics::counter!("log_lines_lost_total").absolute(lost_lines());
    Ok(handle)
}

/// Listens on an address.
///
/// # Errors
/// [`StartError::Listen`].
pub fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|cause| StartError::Listen { address, cause })
}

#[derive(Clone)]
struct Shown {
    metrics: PrometheusHandle,
    health: Arc<HealthState>,
    readiness: Arc<Readiness>,
}

/// Serves `/health`, `/livez`, `/readyz` and `/metrics` on an address of their own.
///
/// # Errors
/// [`StartError::Listen`].
pub fn serve(
    listener: TcpListener,
    metrics: PrometheusHandle,
    health: Arc<HealthState>,
    readiness: Arc<Readiness>,
) -> Result<Server, StartError> {
    let failed = |cause| StartError::Io { what: "listening on METRICS_ADDR".to_owned(), cause };
    let shown = web::Data::new(Shown { metrics, health, readiness });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shown.clone())
            .service(web::resource("/health").get(show_health).route(web::head().to(show_health)))
            .service(web::resource("/healthz").get(show_health).route(web::head().to(show_health)))
            .service(web::resource("/livez").get(show_alive).route(web::head().to(show_alive)))
            .service(web::resource("/readyz").get(show_ready).route(web::head().to(show_ready)))
            .service(web::resource("/metrics").get(show_metrics).route(web::head().to(show_metrics)))
    });
    Ok(server.workers(1).disable_signals().listen(listener).map_err(failed)?.run())
}

async fn show_health(shown: web::Data<Shown>) -> HttpResponse {
    let report = shown.health.report();
    let status = match report.status {
        HealthStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
    };
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(report)
}

async fn show_alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

async fn show_ready(shown: web::Data<Shown>) -> HttpResponse {
    if shown.readiness.get() && shown.health.report().status != HealthStatus::Down {
        HttpResponse::Ok().json(json!({ "status": "ready" }))
    } else {
        HttpResponse::ServiceUnavailable().json(json!({ "status": "not ready" }))
    }
}

async fn show_metrics(shown: web::Data<Shown>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(shown.metrics.render())
}
