//! The refresh cookie, and the check of the pages that may use it.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    cookie::{Cookie, SameSite, time::OffsetDateTime},
    dev::Payload,
    http::header,
};
use cartera_application::Code;
use chrono::{DateTime, Utc};

use super::{Edge, EdgeSettings, Problem};

/// The cookie's name.
pub const REFRESH_COOKIE: &str = "cartera_refresh";
/// The path of the only routes that receive it.
const PATH: &str = "/api/v1/auth";

/// The cookie that holds a refresh token until its session ends.
pub fn refresh_cookie(settings: &EdgeSettings, token: String, expires_at: DateTime<Utc>) -> Cookie<'static> {
    let mut cookie = bare(settings, token);
    // If the time is out of range for the cookie library, the cookie lasts until the browser closes.
    if let Ok(at) = OffsetDateTime::from_unix_timestamp(expires_at.timestamp()) {
        cookie.set_expires(at);
    }
    cookie
}

/// The cookie that makes the browser delete it.
pub fn cleared_refresh_cookie(settings: &EdgeSettings) -> Cookie<'static> {
    let mut cookie = bare(settings, String::new());
    cookie.make_removal();
    cookie
}

fn bare(settings: &EdgeSettings, value: String) -> Cookie<'static> {
    Cookie::build(REFRESH_COOKIE, value)
        .path(PATH)
        .http_only(true)
        .secure(settings.https())
        .same_site(SameSite::Strict)
        .finish()
}

/// The refresh token of the request's cookie, if there is one.
#[derive(Clone)]
pub struct RefreshCookie(pub Option<String>);

impl FromRequest for RefreshCookie {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // The quotes that a value may stand in are no part of it (RFC 6265, 4.1.1).
        let cookie = request.cookie(REFRESH_COOKIE).map(|cookie| {
            let value = cookie.value();
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            quoted.unwrap_or(value).to_owned()
        });
        ready(Ok(Self(cookie.filter(|value| !value.is_empty()))))
    }
}

/// Refuses browser pages of other sites (CSRF), on routes that authenticate by the cookie. A request without `Origin`
/// and `Sec-Fetch-Site` does not come from a browser, and is accepted.
#[derive(Debug, Clone, Copy)]
pub struct OriginGuard;

impl FromRequest for OriginGuard {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Edge::of(request).and_then(|edge| {
            if from_allowed_origin(request, &edge.settings) {
                Ok(Self)
            } else {
                Err(Problem::refused(Code::OriginNotAllowed))
            }
        }))
    }
}

fn from_allowed_origin(request: &HttpRequest, settings: &EdgeSettings) -> bool {
    if request.headers().contains_key(header::ORIGIN) {
        return super::caller::only(request, header::ORIGIN.as_str())
            .is_some_and(|origin| settings.allows_origin(origin));
    }
    let mut sites = request.headers().get_all("sec-fetch-site");
    sites.all(|site| matches!(site.as_bytes(), b"same-origin" | b"none"))
}
