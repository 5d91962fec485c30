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
    idempotency::{IdempotencyKey, Once, Terms},
};
use cartera_domain::input::{Patch, Rule};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{
    Edge, Problem,
    blank::OrBlank,
    conditions::IfMatchHeader,
    json,
    media::require_json,
    turn::{in_turn, is_anybodys},
};

/// The header that makes a repeated request execute only once.
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

/// The `Idempotency-Key` of a request whose body is not read.
#[derive(Debug, Clone)]
pub struct OnceHeader(pub Once);

impl FromRequest for OnceHeader {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let key = idempotency_key(request);
        let of = request.clone();
        in_turn(request, async move { Ok(Self(once(&of, key?, b""))) })
    }
}

/// A change of a record: a JSON body, and on what terms it happens.
#[derive(Debug, Clone)]
pub struct Change<T> {
    /// The body.
    pub body: T,
    /// `If-Match` and `Idempotency-Key`.
    pub terms: Terms,
}

impl<T: DeserializeOwned + 'static> FromRequest for Change<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let if_match = IfMatchHeader::from_request(request, payload);
        let submission = Submission::from_request(request, payload);
        Box::pin(async move {
            let IfMatchHeader(if_match) = if_match.await?;
            let Submission { body, once } = submission.await?;
            Ok(Self { body, terms: Terms { if_match, once } })
        })
    }
}

/// On what terms a change without a body happens.
#[derive(Debug, Clone)]
pub struct TermsHeaders(pub Terms);

impl FromRequest for TermsHeaders {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let if_match = IfMatchHeader::from_request(request, payload);
        let once = OnceHeader::from_request(request, payload);
        Box::pin(async move {
            let (IfMatchHeader(if_match), OnceHeader(once)) = (if_match.await?, once.await?);
            Ok(Self(Terms { if_match, once }))
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

/// Reads one field of a merge-patch: `#[serde(default, deserialize_with = "crate::edge::patch")]`. A blank text where no
/// text belongs is null ([`OrBlank`]).
///
/// # Errors
/// The value is neither null nor a `T`.
pub fn patch<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Patch<T>, D::Error> {
    let given = Option::<OrBlank<T>>::deserialize(deserializer)?;
    Ok(given.and_then(|OrBlank(value)| value).map_or(Patch::Null, Patch::Value))
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
    let key = value.to_str().ok().and_then(read_key).filter(|key| key.len() <= MAX_KEY && second.is_none());
    key.map(Some).ok_or_else(|| {
        Problem::invalid(
            "header:Idempotency-Key",
            Rule::Malformed { expected: "one key of 1 to 200 visible ASCII characters" },
        )
    })
}

/// A key as it is, or as the string of RFC 9651 that the draft of the header asks for: both are the same key, so that a
/// client that changes its library repeats nothing.
fn read_key(text: &str) -> Option<String> {
    let is_visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    match quoted.and_then(unescaped) {
        Some(key) => Some(key).filter(|key| key.bytes().any(|byte| byte != b' ')),
        None => is_visible(text).then(|| text.to_owned()),
    }
}

/// What stands between the quotes; none when a quote or a backslash stands there by itself.
fn unescaped(quoted: &str) -> Option<String> {
    let (mut text, mut letters) = (String::new(), quoted.chars());
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => letters.next().filter(|next| matches!(next, '"' | '\\'))?,
            '"' => return None,
            ' '..='~' => letter,
            _ => return None,
        });
    }
    Some(text)
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

#[cfg(test)]
mod tests {
    use super::read_key;

    #[test]
    fn a_quoted_key_is_the_key_between_the_quotes() {
        for (text, key) in [
            ("order-17", Some("order-17")),
            ("\"order-17\"", Some("order-17")),
            ("\"order 17\"", Some("order 17")),
            (r#""a\"b\\""#, Some(r#"a"b\"#)),
            (r#""a\b""#, Some(r#""a\b""#)),
            ("\"a", Some("\"a")),
            ("a\"", Some("a\"")),
            ("\"a\";v=1", Some("\"a\";v=1")),
            ("\"\"", None),
            ("\"  \"", None),
            ("\"", Some("\"")),
            ("a b", None),
            ("", None),
        ] {
            assert_eq!(read_key(text).as_deref(), key, "{text}");
        }
    }
}
