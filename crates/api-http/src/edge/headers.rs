//! The headers of every answer.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::{
    EdgeSettings, landing, pages,
    request::{OPERATION_ID, REQUEST_ID},
    trace::{Standing, Trace},
};

/// The API only answers data, so nothing may run, load or be framed.
const CSP: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// The page of the API document only runs its own scripts and calls the API.
const DOCS_CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Adds the security headers for browsers.
pub(super) fn secure(path: &str, settings: &EdgeSettings, answer: &mut HeaderMap) {
    let docs = path == "/docs" || path.starts_with("/docs/");
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    answer.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let policy = if docs {
        DOCS_CSP
    } else if pages::PATHS.contains(&path) || landing::is_at(path) {
        pages::CSP
    } else {
        CSP
    };
    answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    if settings.https() {
        answer.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    let api = path == "/api" || path.starts_with("/api/");
    if api && !answer.contains_key(header::CACHE_CONTROL) {
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Adds the request's id and the state of the caller's rate limits.
pub(super) fn describe(trace: &Trace, answer: &mut HeaderMap) {
    set(answer, REQUEST_ID, trace.provenance.request_id());
    let standings = trace.standings.borrow();
    if standings.is_empty() {
        return;
    }
    let policy =
        |standing: &Standing| format!("\"{}\";q={};w={}", standing.name, standing.quota, standing.window);
    let limit =
        |standing: &Standing| format!("\"{}\";r={};t={}", standing.name, standing.remaining, standing.reset);
    set(answer, "ratelimit-policy", &list(&standings, policy));
    set(answer, "ratelimit", &list(&standings, limit));
}

/// Names the operation that the request wrote.
pub(super) fn name_operation(trace: &Trace, answer: &mut HeaderMap) {
    if let Some(operation) = trace.provenance.written() {
        set(answer, OPERATION_ID, &operation.to_string());
    }
}

fn list(standings: &[Standing], item: impl Fn(&Standing) -> String) -> String {
    standings.iter().map(item).collect::<Vec<_>>().join(", ")
}

fn set(answer: &mut HeaderMap, name: &'static str, value: &str) {
    // These values only have ASCII without control characters.
    if let Ok(value) = HeaderValue::try_from(value) {
        answer.insert(HeaderName::from_static(name), value);
    }
}
