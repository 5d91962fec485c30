//! Time, randomness and cryptography under the control of tests.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use cartera_domain::{
    identity::Subject,
    ids::{CompanyId, Id},
    values::Password,
};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    error::{Code, Error, Result},
    identity::TokenKind,
    ports::{AccessClaims, AccessTokens, Clock, DerivedSecrets, PasswordHasher, Randomness},
};

/// A clock that stands still until a test moves it. Clones show the same time.
#[derive(Debug, Clone)]
pub struct FixedClock(Arc<Mutex<DateTime<Utc>>>);

impl FixedClock {
    /// A clock that shows `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Shows another time.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Moves on.
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Default for FixedClock {
    /// 15 January 2026, noon in UTC.
    fn default() -> Self {
        Self::at(DateTime::from_timestamp(1_768_478_400, 0).unwrap_or_default())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ids and secrets that count: 1, 2, 3…, as UUIDs of version 7 that sort by creation.
#[derive(Debug, Clone, Default)]
pub struct SequentialRandomness(Arc<AtomicU64>);

impl SequentialRandomness {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Randomness for SequentialRandomness {
    fn id(&self) -> Uuid {
        // The number stands where the time belongs, so that ids sort as they were made.
        uuid::Builder::from_unix_timestamp_millis(self.next(), &[0; 10]).into_uuid()
    }

    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&self.next().to_be_bytes());
        secret
    }
}

/// Link secrets derived without a key: a digest of what the link is for.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainSecrets;

impl DerivedSecrets for PlainSecrets {
    fn secret(&self, kind: TokenKind, company_id: CompanyId, id: Uuid, number: i32) -> [u8; 32] {
        Sha256::digest(format!("{}|{company_id}|{id}|{number}", kind.prefix())).into()
    }
}

/// A fake hasher: `plain:` before the password. It counts its work, because refusals must cost the same.
#[derive(Debug, Clone, Default)]
pub struct PlainHasher(Arc<AtomicU64>);

impl PlainHasher {
    /// How many hashes were computed so far; a check against no hash counts like any other.
    pub fn calls(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// What is stored of a password.
    pub fn stored(password: &str) -> String {
        format!("plain:{password}")
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: &Password) -> Result<String> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Self::stored(password.expose()))
    }

    async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool> {
        let mut fits = false;
        for form in password.forms() {
            self.0.fetch_add(1, Ordering::SeqCst);
            fits |= hash.is_some_and(|hash| hash == Self::stored(form));
        }
        Ok(fits)
    }
}

/// Fake access tokens: the claims as text, without a signature.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainTokens;

impl AccessTokens for PlainTokens {
    fn issue(&self, claims: &AccessClaims) -> Result<String> {
        let AccessClaims { subject, company_id, role, session_id, issued_at, expires_at } = claims;
        let (kind, person) = match subject {
            Subject::User(id) => ("user", id),
            Subject::PlatformAdministrator(id) => ("platform", id),
        };
        let (issued, expires) = (issued_at.timestamp_micros(), expires_at.timestamp_micros());
        Ok(format!("plain|{kind}|{person}|{company_id}|{role}|{session_id}|{issued}|{expires}"))
    }

    fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims> {
        let claims = self.verify_even_expired(token)?;
        if claims.expires_at <= now {
            return Err(Error::refused(Code::Unauthenticated));
        }
        Ok(claims)
    }

    fn verify_even_expired(&self, token: &str) -> Result<AccessClaims> {
        read(token).ok_or_else(|| Error::refused(Code::Unauthenticated))
    }
}

fn read(token: &str) -> Option<AccessClaims> {
    let parts: Vec<_> = token.split('|').collect();
    let ["plain", kind, person, company, role, session, issued, expires] = parts.as_slice() else {
        return None;
    };
    let person = Id::new(Uuid::try_parse(person).ok()?);
    Some(AccessClaims {
        subject: match *kind {
            "user" => Subject::User(person),
            "platform" => Subject::PlatformAdministrator(person),
            _ => return None,
        },
        company_id: Id::new(Uuid::try_parse(company).ok()?),
        role: (*role).to_owned(),
        session_id: Id::new(Uuid::try_parse(session).ok()?),
        issued_at: DateTime::from_timestamp_micros(issued.parse().ok()?)?,
        expires_at: DateTime::from_timestamp_micros(expires.parse().ok()?)?,
    })
}
