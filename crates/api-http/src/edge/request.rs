//! Extracts the request's origin, its id, the id in its path and its `If-Match`.

use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv4Addr},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use cartera_application::{Code, identity::Device, security::Provenance};
use cartera_domain::ids::Id;
use futures_util::future::LocalBoxFuture;
use uuid::Uuid;

use super::{Edge, Problem, forwarded, trace, turn::in_turn};

/// The header with a request's id, in the request and in the answer.
pub const REQUEST_ID: &str = "x-request-id";
/// The header with the id of the operation that a request wrote.
pub const OPERATION_ID: &str = "x-operation-id";
/// The longest id that is taken from a caller.
const MAX_REQUEST_ID: usize = 128;
/// The longest user agent that is stored.
const MAX_USER_AGENT: usize = 400;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    /// Its id, in the answer, the log and events, and what it wrote.
    pub provenance: Provenance,
    /// The device, for the list of sessions.
    pub device: Device,
    /// The caller's address; behind trusted proxies, the one that they saw.
    pub address: IpAddr,
}

impl FromRequest for RequestInfo {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl RequestInfo {
    fn of(request: &HttpRequest) -> Self {
        let (provenance, address) = match trace::current() {
            Some(trace) => (trace.provenance.clone(), trace.address),
            None => (unnamed(), peer(request)),
        };
        let user_agent = request
            .headers()
            .get(header::USER_AGENT)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).chars().take(MAX_USER_AGENT).collect());
        let device = Device { user_agent, address: Some(address.to_string()) };
        Self { provenance, device, address }
    }
}

/// The request by the caller's id, if that is short and has only safe characters, or else by a new one.
pub(super) fn provenance(given: Option<&header::HeaderValue>) -> Provenance {
    let sound = |text: &&str| {
        (1..=MAX_REQUEST_ID).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    match given.and_then(|value| value.to_str().ok()).filter(sound) {
        Some(text) => Provenance::request(text),
        None => unnamed(),
    }
}

fn unnamed() -> Provenance {
    Provenance::request(Uuid::now_v7().to_string())
}

fn peer(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip().to_canonical())
}

/// The caller's address: the last one that a trusted proxy did not add itself. Whatever stands further left in the
/// proxies' header was written by the caller.
pub(super) fn caller_address(request: &HttpRequest, edge: &Edge) -> IpAddr {
    let (peer, settings) = (peer(request), &edge.settings);
    if !settings.trusted_proxies.contains(peer) {
        return peer;
    }
    let trusted = |address| settings.trusted_proxies.contains(address);
    forwarded::caller(peer, request.headers(), settings.proxy_header, trusted, &edge.unread_proxies)
}

/// The id in the path segment `{id}`. A malformed one belongs to no record, so the answer is "not found".
pub struct PathId<K>(pub Id<K>);

impl<K: 'static> FromRequest for PathId<K> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(plain_uuid);
        let id = id.map(|id| Self(Id::new(id))).ok_or_else(|| Problem::refused(Code::NotFound));
        in_turn(request, ready(id))
    }
}

/// Accepts only the hyphenated form, so that a record has exactly one URL.
fn plain_uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok().filter(|_| text.len() == 36)
}
