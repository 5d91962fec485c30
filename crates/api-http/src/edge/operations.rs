//! The operations routes: health, readiness, metrics and the documents.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use cartera_application::Code;
use sha2::{Digest, Sha256};

use super::{Edge, Handled, HealthStatus, MetricsAccess, Problem, document_routes, landing, pages};

/// Adds the routes.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource(["/health", "/healthz"]).get(health))
        .service(web::resource("/livez").get(alive))
        .service(web::resource("/readyz").get(ready))
        .service(web::resource("/metrics").get(metrics))
        .configure(landing::routes)
        .configure(document_routes::routes)
        .configure(pages::routes);
}

async fn health(edge: web::Data<Edge>) -> HttpResponse {
    let report = edge.health.report();
    let status = match report.status {
        HealthStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
        HealthStatus::Ok | HealthStatus::Degraded => StatusCode::OK,
    };
    answer(status, &report)
}

async fn alive() -> HttpResponse {
    answer(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

async fn ready(edge: web::Data<Edge>) -> HttpResponse {
    // Without its database a replica answers 503 to everything, so the load balancer should send traffic elsewhere.
    let usable = edge.health.report().status != HealthStatus::Down;
    let (status, text) = if edge.readiness.get() && usable {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    answer(status, &serde_json::json!({ "status": text }))
}

fn answer(status: StatusCode, body: &impl serde::Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}

async fn metrics(request: HttpRequest, edge: web::Data<Edge>) -> Handled {
    match &edge.settings.metrics {
        MetricsAccess::Absent => return Err(Problem::refused(Code::NotFound)),
        MetricsAccess::Open => {}
        MetricsAccess::Bearer(token) => {
            let given =
                super::caller::bearer(&request).ok_or_else(|| Problem::refused(Code::Unauthenticated))?;
            // Compares digests, so that the duration of the comparison reveals nothing about the token.
            if Sha256::digest(given) != Sha256::digest(token) {
                return Err(Problem::refused(Code::Unauthenticated));
            }
        }
    }
    Ok(HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(edge.metrics.render()))
}
