//! CORS: which pages of other origins may call the API, and what they may read.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};
use cartera_application::Code;

use super::{EdgeSettings, Problem};

const METHODS: HeaderValue = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-API-Key, X-Request-Id",
);
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Location, X-Request-Id, X-Operation-Id, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed",
);
/// How long a browser may cache the answer to a preflight, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Answers a preflight; `None` for any other request.
pub(super) fn preflight(
    method: &Method,
    headers: &HeaderMap,
    settings: &EdgeSettings,
) -> Option<HttpResponse> {
    let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let origin = headers.get(header::ORIGIN).filter(|_| *method == Method::OPTIONS && asks)?;
    if !origin.to_str().is_ok_and(|origin| settings.allows_origin(origin)) {
        return Some(Problem::refused(Code::OriginNotAllowed).error_response());
    }
    let mut response = HttpResponse::NoContent().finish();
    let answer = response.headers_mut();
    answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    answer.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    Some(response)
}

/// Allows a page of an allowed origin to read the answer.
pub(super) fn allow(origin: Option<&HeaderValue>, settings: &EdgeSettings, answer: &mut HeaderMap) {
    answer.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else { return };
    if origin.to_str().is_ok_and(|origin| settings.allows_origin(origin)) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        answer.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}
