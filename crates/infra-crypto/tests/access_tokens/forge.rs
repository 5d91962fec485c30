//! Valid tokens, and helpers to make invalid ones.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cartera_application::{
    Code, Result,
    ports::{AccessClaims, AccessTokens},
    security::PLATFORM,
};
use cartera_domain::{
    identity::{Role, Subject},
    ids::Id,
};
use cartera_infra_crypto::JwtTokens;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const SECRET: &[u8] = b"a-secret-of-at-least-32-bytes-01";
pub(crate) const OLD_SECRET: &[u8] = b"a-secret-of-at-least-32-bytes-00";
/// The first 8 bytes of SHA-256 of `cartera-kid` and the secret, computed by `sha256sum`.
pub(crate) const KEY_ID: &str = "ee02c9967a65430b";
pub(crate) const ISSUER: &str = "https://crm.example.com";
pub(crate) const AUDIENCE: &str = "cartera";

/// Long past, which shows that the machine's clock is not used.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_500_000_000, 0).expect("in range")
}

pub(crate) fn tokens_of(secret: &[u8], previous: Option<&[u8]>) -> JwtTokens {
    JwtTokens::new(secret, previous, ISSUER.to_owned(), AUDIENCE.to_owned())
}

pub(crate) fn tokens() -> JwtTokens {
    tokens_of(SECRET, None)
}

pub(crate) fn user() -> AccessClaims {
    AccessClaims {
        subject: Subject::User(Id::new(Uuid::from_u128(1))),
        company_id: Id::new(Uuid::from_u128(2)),
        role: Role::Owner.as_str().to_owned(),
        session_id: Id::new(Uuid::from_u128(3)),
        issued_at: now(),
        expires_at: now() + TimeDelta::minutes(15),
    }
}

pub(crate) fn platform_administrator() -> AccessClaims {
    AccessClaims {
        subject: Subject::PlatformAdministrator(Id::new(Uuid::from_u128(1))),
        company_id: PLATFORM,
        role: "PLATFORM_ADMIN".to_owned(),
        ..user()
    }
}

pub(crate) fn header() -> Value {
    json!({ "typ": "at+jwt", "alg": "HS256", "kid": KEY_ID })
}

/// The claims of [`user`]'s token.
pub(crate) fn payload() -> Value {
    json!({
        "sub": "00000000-0000-0000-0000-000000000001",
        "companyId": "00000000-0000-0000-0000-000000000002",
        "role": "OWNER",
        "sid": "00000000-0000-0000-0000-000000000003",
        "iat": 1_500_000_000,
        "exp": 1_500_000_900,
        "iss": ISSUER,
        "aud": AUDIENCE,
    })
}

/// `value` with one member set.
pub(crate) fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value
}

/// `value` without one member.
pub(crate) fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().expect("an object").remove(name).expect("it was there");
    value
}

pub(crate) fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

pub(crate) fn decoded(part: &str) -> Value {
    let text = URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&text).expect("JSON")
}

/// A token of these texts with a valid signature.
pub(crate) fn signed(header: &str, payload: &str, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", encoded(header), encoded(payload));
    let signature = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(SECRET), algorithm)
        .expect("the algorithm takes a secret");
    format!("{message}.{signature}")
}

/// A token with a valid signature over any content.
pub(crate) fn forged_with(header: &Value, payload: &Value, algorithm: Algorithm) -> String {
    signed(&header.to_string(), &payload.to_string(), algorithm)
}

/// The same with the right algorithm.
pub(crate) fn forged(header: &Value, payload: &Value) -> String {
    forged_with(header, payload, Algorithm::HS256)
}

pub(crate) fn is_refused(answer: &Result<AccessClaims>) -> bool {
    answer.as_ref().is_err_and(|error| error.is(Code::Unauthenticated))
}

/// Asserts that the token is refused, even where an expired one would be accepted.
pub(crate) fn assert_refused(token: &str, why: &str) {
    assert!(is_refused(&tokens().verify(token, now())), "{why}");
    assert!(is_refused(&tokens().verify_even_expired(token)), "even expired: {why}");
}
