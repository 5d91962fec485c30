//! Values that must never be printed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use url::Url;

use crate::error::Problem;

/// The shortest secret accepted, in bytes: HS256 needs a key as long as its hash.
const SHORTEST: usize = 32;

/// A text that prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Don't log it, don't put it into an error.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A secret of at least 32 bytes.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() < SHORTEST {
            return Err(Problem::new(
                format!("is too short (bytes: {})", text.len()),
                format!("give at least {SHORTEST} random bytes"),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The 256-bit key that encrypts the secrets kept in the database. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretsKey([u8; 32]);

impl SecretsKey {
    /// Hides a key.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key itself. Don't log it, don't put it into an error.
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The base64 form that `SECRETS_KEY` is given in, for keeping a generated key in a file.
    pub fn to_base64(&self) -> Secret {
        Secret(BASE64.encode(self.0))
    }

    /// Reads the base64 form.
    ///
    /// # Errors
    /// A [`ConfigError`](crate::ConfigError) about `SECRETS_KEY` that does not quote the text.
    pub fn from_base64(text: &str) -> Result<Self, crate::ConfigError> {
        Self::parse(text).map_err(|Problem { problem, remedy }| crate::ConfigError {
            variable: "SECRETS_KEY".to_owned(),
            problem,
            remedy,
            did_you_mean: None,
        })
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        const REMEDY: &str = "make one with `openssl rand -base64 32`";
        // The decoder's own message would quote a byte of the key.
        let Ok(bytes) = BASE64.decode(text.trim()) else {
            return Err(Problem::new("is not base64", REMEDY));
        };
        let length = bytes.len();
        match <[u8; 32]>::try_from(bytes) {
            Ok(key) => Ok(Self(key)),
            Err(_) => Err(Problem::new(format!("holds {length} bytes instead of 32"), REMEDY)),
        }
    }
}

impl fmt::Debug for SecretsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A PostgreSQL URL that prints without its password and options.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    redacted: String,
}

impl DatabaseUrl {
    /// The whole URL with its password. Don't log it, don't put it into an error.
    pub fn expose(&self) -> &str {
        &self.url
    }

    /// The URL as it may be shown: `postgres://user:***@host:port/database`.
    pub fn redacted(&self) -> &str {
        &self.redacted
    }

    /// Strict, because an unescaped special character in the password would shift the URL's parts: what is shown as
    /// host or path must never be a part of the password.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        const REMEDY: &str = "write postgres://user:password@host:port/database, special characters as %XX";
        let refuse = |problem: &str| Err(Problem::new(problem, REMEDY));
        let text = text.trim();
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refuse(&format!("is not a URL ({error})")),
        };
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return refuse("is not a postgres:// URL");
        }
        let parameter = |name: &str| url.query_pairs().any(|(key, value)| key == name && !value.is_empty());
        if url.username().is_empty() && !parameter("user") {
            return refuse("names no user, or its password holds an unescaped character");
        }
        if url.host_str().is_none_or(str::is_empty) && !parameter("host") {
            return refuse("names no host");
        }
        let database = url.path().trim_start_matches('/');
        if database.contains(['/', '@']) || url.fragment().is_some() {
            return refuse(
                "has more than a database name after its host, or an unescaped character in its password",
            );
        }
        if database.is_empty() && !parameter("dbname") {
            return refuse("names no database");
        }
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let redacted = format!("{}://{}:***@{host}{port}/{database}", url.scheme(), url.username());
        Ok(Self { url: text.to_owned(), redacted })
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted)
    }
}
