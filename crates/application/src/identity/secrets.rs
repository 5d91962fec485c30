//! Cryptography: password hashes, access tokens and derived secrets.

use async_trait::async_trait;
use cartera_domain::{
    identity::Subject,
    ids::{CompanyId, SessionId},
    values::Password,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::TokenKind;
use crate::error::Result;

/// Derives the secrets of mailed links and refresh tokens from what they are for and a key that only the deployment has.
/// So the job that writes a mail can compute its secret again, and only a hash is stored; of a refresh token not even that.
/// Neither the database nor the queue is enough to follow a link or to refresh a session.
pub trait DerivedSecrets: Send + Sync {
    /// The 256-bit secret of a token, from its kind, company, record and number.
    fn secret(&self, kind: TokenKind, company_id: CompanyId, id: Uuid, number: i32) -> [u8; 32];
}

/// Hashes passwords, slowly by design.
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// The hash, as a PHC string.
    ///
    /// # Errors
    /// `unavailable` when too many hashes are waiting.
    async fn hash(&self, password: &Password) -> Result<String>;

    /// Whether the password has this hash, in any of its [forms](Password::forms). Without a hash (no such user) it does
    /// the same work and returns false, so that the time taken reveals nothing.
    ///
    /// # Errors
    /// `unavailable` when too many hashes are waiting.
    async fn verify(&self, password: &Password, hash: Option<&str>) -> Result<bool>;
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessClaims {
    /// Whose it is.
    pub subject: Subject,
    /// The company, the platform's realm for a platform administrator.
    pub company_id: CompanyId,
    /// The role's name when the token was made: for front ends only, authority comes from the session row.
    pub role: String,
    /// The session.
    pub session_id: SessionId,
    /// When it was made.
    pub issued_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Makes and checks access tokens (JWT, RFC 7519).
pub trait AccessTokens: Send + Sync {
    /// Signs a token.
    ///
    /// # Errors
    /// `internal` when it can't be signed.
    fn issue(&self, claims: &AccessClaims) -> Result<String>;

    /// Checks signature, algorithm, issuer, audience, presence of every claim and expiry against `now`.
    ///
    /// # Errors
    /// `unauthenticated` for anything but a sound, live token.
    fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<AccessClaims>;

    /// The same without the expiry, for signing out with an expired token.
    ///
    /// # Errors
    /// `unauthenticated` for anything but a sound token.
    fn verify_even_expired(&self, token: &str) -> Result<AccessClaims>;
}
