//! What the deployment decides about the edge. The server maps its configuration to this.

use std::{fmt, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

/// So many requests in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The requests allowed.
    pub requests: NonZeroU32,
    /// The time in which they are allowed.
    pub period: Duration,
}

/// How many requests are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Sign-ins of one address with one e-mail.
    pub sign_in_per_email: Rate,
    /// Sign-ins of one address.
    pub sign_in_per_address: Rate,
    /// Companies registered by one address.
    pub register: Rate,
    /// Invitations into one company.
    pub invitations: Rate,
    /// Requests of one user or API key.
    pub requests: Rate,
}

/// The browser origins that may call with credentials.
#[derive(Clone)]
pub struct AllowedOrigins(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl AllowedOrigins {
    /// Origins that a closure knows. It is handed the `Origin` header as the browser sent it.
    pub fn new(allows: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allows))
    }

    /// Whether the value of an `Origin` header is allowed.
    pub fn allows(&self, origin: &str) -> bool {
        (self.0)(origin)
    }
}

impl fmt::Debug for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AllowedOrigins(..)")
    }
}

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Clone)]
pub struct TrustedProxies(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl TrustedProxies {
    /// Proxies that a closure knows.
    pub fn new(contains: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(contains))
    }

    /// Nobody is believed.
    pub fn none() -> Self {
        Self::new(|_| false)
    }

    /// Whether the address is a trusted proxy's.
    pub fn contains(&self, address: IpAddr) -> bool {
        (self.0)(address)
    }
}

impl fmt::Debug for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustedProxies(..)")
    }
}

/// Who may read `/metrics` on the main address.
#[derive(Clone)]
pub enum MetricsAccess {
    /// Nobody: the route does not exist.
    Absent,
    /// Anybody.
    Open,
    /// Whoever sends this as a bearer token.
    Bearer(String),
}

impl fmt::Debug for MetricsAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Open => "Open",
            Self::Bearer(_) => "Bearer(***)",
        })
    }
}

/// Everything that the deployment decides about the edge.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// The origin by which people reach the API (`PUBLIC_URL`), without a trailing slash. When it is
    /// https, cookies are Secure and browsers are told to stay with https.
    pub public_origin: String,
    /// Browser origins that may call with credentials, besides the public one.
    pub cors_origins: AllowedOrigins,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// The largest request body in bytes.
    pub body_limit: usize,
    /// The time in which a body must have arrived whole.
    pub body_timeout: Duration,
    /// The time from a request's headers to its answer.
    pub request_timeout: Duration,
    /// `None`: off, for load tests.
    pub rate_limits: Option<RateLimits>,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
}

impl EdgeSettings {
    /// Whether people reach the API by https.
    pub fn https(&self) -> bool {
        self.public_origin.starts_with("https://")
    }

    /// Whether a browser page of this origin may call with credentials.
    pub fn allows_origin(&self, origin: &str) -> bool {
        origin == self.public_origin || self.cors_origins.allows(origin)
    }
}
