//! How to reach a running server.

use std::fmt;

use url::Url;

use crate::error::EmbeddedError;

/// Where a server listens, and its superuser. `Debug` hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    host: String,
    port: u16,
    superuser: String,
    password: String,
}

impl Connection {
    pub(crate) fn new(port: u16, superuser: &str, password: String) -> Self {
        Self { host: "127.0.0.1".to_owned(), port, superuser: superuser.to_owned(), password }
    }

    /// The address, which is always a loopback one for our own servers.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port, which changes at each start.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's name.
    pub fn superuser(&self) -> &str {
        &self.superuser
    }

    /// The superuser's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// A connection URL for one role and database, percent-encoded.
    pub fn url(&self, user: &str, password: &str, database: &str) -> String {
        let (user, password, database) = (encode(user), encode(password), encode(database));
        format!("postgres://{user}:{password}@{}:{}/{database}", self.host, self.port)
    }

    /// The superuser's connection URL for `database`.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(&self.superuser, &self.password, database)
    }

    /// Parses a superuser URL, as built by [`Connection::superuser_url`].
    ///
    /// # Errors
    /// [`EmbeddedError::BadUrl`] when it is not a PostgreSQL URL with host, user and password.
    pub fn from_superuser_url(url: &str) -> Result<Self, EmbeddedError> {
        let bad = |reason: &str| EmbeddedError::BadUrl { reason: reason.to_owned() };
        let url = Url::parse(url).map_err(|error| bad(&error.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(bad("another scheme"));
        }
        if url.username().is_empty() {
            return Err(bad("no user"));
        }
        Ok(Self {
            host: url.host_str().ok_or_else(|| bad("no host"))?.to_owned(),
            port: url.port().unwrap_or(5432),
            superuser: decode(url.username()).ok_or_else(|| bad("the user is badly encoded"))?,
            password: decode(url.password().unwrap_or_default())
                .ok_or_else(|| bad("the password is badly encoded"))?,
        })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("superuser", &self.superuser)
            .finish_non_exhaustive()
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters. (The setters of [`Url`] leave a `%` as it is.)
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                encoded
                    .extend(char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    encoded
}

/// Decodes percent-encoding, which [`Url`] keeps in user and password.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_escapes_what_needs_it_and_reads_back() {
        let connection = Connection::new(6000, "super@user", "p/w:é%".to_owned());
        let url = connection.superuser_url("odd/name");
        assert_eq!(url, "postgres://super%40user:p%2Fw%3A%C3%A9%25@127.0.0.1:6000/odd%2Fname");
        assert_eq!(Connection::from_superuser_url(&url).expect("reads back"), connection);
    }

    #[test]
    fn other_urls_are_refused() {
        for bad in ["", "mysql://a:b@host/", "postgres://host/", "postgres://a:%ZZ@host/"] {
            assert!(Connection::from_superuser_url(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn debug_hides_the_password() {
        let connection = Connection::new(6000, "postgres", "hunter2".to_owned());
        assert!(!format!("{connection:?}").contains("hunter2"));
    }
}
