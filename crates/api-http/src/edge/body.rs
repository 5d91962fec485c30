//! Request bodies: read within limits of size and time, JSON only, unknown fields refused.

use std::time::Duration;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    error::PayloadError,
    web::{Bytes, BytesMut},
};
use cartera_application::{
    Code,
    idempotency::{IdempotencyKey, Once},
};
use cartera_domain::input::{Patch, Rule};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    Edge, Problem, json,
    media::require_json,
    turn::{in_turn, is_anybodys},
};

/// The header that makes a repeated POST execute only once.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest key.
const MAX_KEY: usize = 200;
/// The largest body, in bytes, of a request that needs no authentication. It is small, so that a thousand of them at
/// once need little memory.
const STRANGERS_BODY: usize = 64 * 1024;

/// A JSON body.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = require_json(request).map(|()| read(request, payload));
        in_turn(request, async move { json::parse(&bytes?.await?).map(Self) })
    }
}

/// A JSON body with its `Idempotency-Key`, under which it executes only once.
#[derive(Debug, Clone)]
pub struct Submission<T> {
    /// The body.
    pub body: T,
    /// The key, if there was one.
    pub once: Once,
}

impl<T: DeserializeOwned + 'static> FromRequest for Submission<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = require_json(request).map(|()| read(request, payload));
        let of = request.clone();
        in_turn(request, async move {
            let key = idempotency_key(&of)?;
            let bytes = bytes?.await?;
            let body = json::parse(&bytes)?;
            Ok(Self { body, once: once(&of, key, &bytes) })
        })
    }
}

/// An action without a body. An empty JSON object is accepted, for clients that always send one.
#[derive(Debug, Clone)]
pub struct NoBody {
    /// The `Idempotency-Key`, if there was one.
    pub once: Once,
}

impl FromRequest for NoBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bytes = read(request, payload);
        let of = request.clone();
        in_turn(request, async move {
            let key = idempotency_key(&of)?;
            let bytes = bytes.await?;
            if !bytes.is_empty() {
                require_json(&of)?;
                json::parse::<Empty>(&bytes)?;
            }
            Ok(Self { once: once(&of, key, b"") })
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

/// Deserializes a field of a merge-patch: `#[serde(default, deserialize_with = "crate::edge::patch")]`.
///
/// # Errors
/// The value is neither null nor a `T`.
pub fn patch<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Patch<T>, D::Error> {
    Option::deserialize(deserializer).map(|value| value.map_or(Patch::Null, Patch::Value))
}

/// Reads a body within the limits of the settings.
fn read(request: &HttpRequest, payload: &mut Payload) -> LocalBoxFuture<'static, Result<Bytes, Problem>> {
    let most = if is_anybodys(request) { STRANGERS_BODY } else { usize::MAX };
    let limits =
        Edge::of(request).map(|edge| (edge.settings.body_limit.min(most), edge.settings.body_timeout));
    let payload = payload.take();
    Box::pin(async move {
        let (limit, timeout) = limits?;
        read_within(payload, limit, timeout).await
    })
}

async fn read_within(mut payload: Payload, limit: usize, timeout: Duration) -> Result<Bytes, Problem> {
    let whole = async {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| broken(&error))?;
            if bytes.len() + chunk.len() > limit {
                return Err(Problem::refused(Code::PayloadTooLarge));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes.freeze())
    };
    match tokio::time::timeout(timeout, whole).await {
        Ok(read) => read,
        Err(_elapsed) => Err(Problem::refused(Code::RequestTimeout)),
    }
}

fn broken(error: &PayloadError) -> Problem {
    match error {
        PayloadError::Overflow => Problem::refused(Code::PayloadTooLarge),
        _ => Problem::invalid("", Rule::Malformed { expected: "sent whole" }),
    }
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all(IDEMPOTENCY_KEY);
    let (Some(value), second) = (values.next(), values.next()) else { return Ok(None) };
    let sound = (1..=MAX_KEY).contains(&value.len()) && value.as_bytes().iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if sound && second.is_none() => Ok(Some(key.to_owned())),
        _ => Err(Problem::invalid(
            "header:Idempotency-Key",
            Rule::Malformed { expected: "one key of 1 to 200 visible ASCII characters" },
        )),
    }
}

fn once(request: &HttpRequest, key: Option<String>, body: &[u8]) -> Once {
    Once::new(key.map(|key| IdempotencyKey { key, fingerprint: fingerprint(request, body) }))
}

/// The fingerprint of a request: a key that is reused with another fingerprint is refused. Every part is preceded by
/// its length, so that different requests can't give the same bytes.
fn fingerprint(request: &HttpRequest, body: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    let uri = request.uri();
    for part in [
        request.method().as_str().as_bytes(),
        uri.path().as_bytes(),
        uri.query().unwrap_or_default().as_bytes(),
        body,
    ] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}
