//! Access tokens as JWT (RFC 7519, RFC 9068), signed with HS256.

use std::fmt;

use cartera_application::{
    Code, Error, Result,
    ports::{AccessClaims, AccessTokens},
    security::PLATFORM,
};
use cartera_domain::{
    identity::Subject,
    ids::{CompanyId, SessionId, UserId},
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The one algorithm. The header's word is never taken for it.
const ALGORITHM: Algorithm = Algorithm::HS256;

/// The class of token (RFC 9068): no other kind of JWT passes for an access token.
const CLASS: &str = "at+jwt";

/// The role of a platform administrator, in tokens only.
const PLATFORM_ADMIN: &str = "PLATFORM_ADMIN";

/// How far another process's clock may be ahead when it stamps a token.
const CLOCK_SKEW: TimeDelta = TimeDelta::seconds(60);

/// Makes and checks access tokens with a secret, and checks those made with the secret before it.
pub struct JwtTokens {
    signing: EncodingKey,
    current: VerifyingKey,
    previous: Option<VerifyingKey>,
    validation: Validation,
    issuer: String,
    audience: String,
}

struct VerifyingKey {
    id: String,
    key: DecodingKey,
}

/// The claims on the wire, each of them mandatory but `nbf`, which is never issued.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireClaims {
    sub: Uuid,
    // Named on purpose: a nullable field without a function of its own may be absent.
    #[serde(deserialize_with = "nullable")]
    company_id: Option<Uuid>,
    role: String,
    sid: Uuid,
    iat: i64,
    exp: i64,
    iss: String,
    aud: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

impl JwtTokens {
    /// Signs with `secret` (32 bytes or more, which the configuration checks); `previous` is the secret that
    /// it replaced, so that tokens of before the change live on.
    pub fn new(secret: &[u8], previous: Option<&[u8]>, issuer: String, audience: String) -> Self {
        let mut validation = Validation::new(ALGORITHM);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&audience]);
        validation.leeway = 0;
        // The library asks the system's clock; times are compared with the caller's `now` here.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            signing: EncodingKey::from_secret(secret),
            current: VerifyingKey::new(secret),
            previous: previous.map(VerifyingKey::new),
            validation,
            issuer,
            audience,
        }
    }

    /// Everything but the times.
    fn read(&self, token: &str) -> Result<WireClaims> {
        let header = decode_header(token).map_err(refuse)?;
        // `crit` lists extensions that must be understood (RFC 7515, 4.1.11), and none is.
        if header.typ.as_deref() != Some(CLASS) || header.crit.is_some() {
            return Err(unauthenticated());
        }
        let key = [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| header.kid.as_ref() == Some(&key.id))
            .ok_or_else(unauthenticated)?;
        decode::<WireClaims>(token, &key.key, &self.validation).map(|sound| sound.claims).map_err(refuse)
    }
}

impl AccessTokens for JwtTokens {
    /// Times are cut to whole seconds.
    fn issue(&self, claims: &AccessClaims) -> Result<String> {
        let mut header = Header::new(ALGORITHM);
        header.typ = Some(CLASS.to_owned());
        header.kid = Some(self.current.id.clone());
        let wire = WireClaims {
            sub: claims.subject.id().uuid(),
            company_id: company_on_wire(claims)?,
            role: claims.role.clone(),
            sid: claims.session_id.uuid(),
            iat: claims.issued_at.timestamp(),
            exp: claims.expires_at.timestamp(),
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            nbf: None,
        };
        encode(&header, &wire, &self.signing)
            .map_err(|cause| Error::internal("signing an access token", cause))
    }

    fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims> {
        let wire = self.read(token)?;
        let not_before = wire.nbf.map(time).transpose()?;
        let claims = AccessClaims::try_from(wire)?;
        let is_early = not_before.is_some_and(|start| now < start) || claims.issued_at - now > CLOCK_SKEW;
        if is_early || now >= claims.expires_at {
            return Err(unauthenticated());
        }
        Ok(claims)
    }

    /// No time is compared with any clock: there is no `now` to compare with.
    fn verify_even_expired(&self, token: &str) -> Result<AccessClaims> {
        self.read(token)?.try_into()
    }
}

impl VerifyingKey {
    fn new(secret: &[u8]) -> Self {
        let digest = Sha256::new().chain_update("cartera-kid").chain_update(secret).finalize();
        Self { id: hex::encode(&digest[..8]), key: DecodingKey::from_secret(secret) }
    }
}

impl TryFrom<WireClaims> for AccessClaims {
    type Error = Error;

    fn try_from(wire: WireClaims) -> Result<Self> {
        let user_id = UserId::new(wire.sub);
        let (subject, company_id) = match wire.company_id.map(CompanyId::new) {
            None if wire.role == PLATFORM_ADMIN => (Subject::PlatformAdministrator(user_id), PLATFORM),
            Some(company_id) if wire.role != PLATFORM_ADMIN && company_id != PLATFORM => {
                (Subject::User(user_id), company_id)
            }
            _ => return Err(unauthenticated()),
        };
        Ok(Self {
            subject,
            company_id,
            session_id: SessionId::new(wire.sid),
            issued_at: time(wire.iat)?,
            expires_at: time(wire.exp)?,
            role: wire.role,
        })
    }
}

/// The company as the token names it: none for a platform administrator.
fn company_on_wire(claims: &AccessClaims) -> Result<Option<Uuid>> {
    let is_platform = (claims.company_id == PLATFORM, claims.role == PLATFORM_ADMIN);
    match (claims.subject, is_platform) {
        (Subject::User(_), (false, false)) => Ok(Some(claims.company_id.uuid())),
        (Subject::PlatformAdministrator(_), (true, true)) => Ok(None),
        _ => Err(Error::internal(
            "signing an access token",
            "subject, company and role disagree about the platform",
        )),
    }
}

fn nullable<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<Uuid>, D::Error> {
    Option::deserialize(value)
}

fn time(seconds: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 0).ok_or_else(unauthenticated)
}

/// Why a token is not sound is the caller's affair, and would only help somebody who forges one.
fn refuse(_why: jsonwebtoken::errors::Error) -> Error {
    unauthenticated()
}

fn unauthenticated() -> Error {
    Error::refused(Code::Unauthenticated)
}

impl fmt::Debug for JwtTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtTokens")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("key_id", &self.current.id)
            .field("previous_key_id", &self.previous.as_ref().map(|key| &key.id))
            .finish_non_exhaustive()
    }
}
