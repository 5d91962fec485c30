//! The settings of the edge, to which the server maps its configuration.

use std::{fmt, net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use super::ProxyHeader;

/// So many requests in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The requests allowed.
    pub requests: NonZeroU32,
    /// The period in which they are allowed.
    pub period: Duration,
}

/// The rate limits.
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
    /// Refreshes of one session.
    pub refresh: Rate,
    /// Refresh cookies of one address that are none of ours.
    pub bad_cookies: Rate,
    /// Requests of one address that no other limit counts.
    pub public: Rate,
}

/// The browser origins that may call with credentials.
#[derive(Clone)]
pub struct AllowedOrigins(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl AllowedOrigins {
    /// Origins for which a closure returns true. It receives the `Origin` header as the browser sent it.
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

/// The proxies that are believed when they say whom they forward for.
#[derive(Clone)]
pub struct TrustedProxies(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl TrustedProxies {
    /// Proxies for which a closure returns true.
    pub fn new(contains: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(contains))
    }

    /// Trusts no proxy.
    pub fn none() -> Self {
        Self::new(|_| false)
    }

    /// Whether the address belongs to a trusted proxy.
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
    /// Callers with this bearer token.
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

/// Whom a demo may be tried as. It is told to anybody.
#[derive(Debug, Clone)]
pub struct DemoSignIns {
    /// The password of all of them.
    pub password: String,
    /// Their e-mails, each with who that is.
    pub people: Vec<(String, String)>,
}

/// Everything that the deployment decides about the edge.
#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// The public origin of the API (`PUBLIC_URL`), without a trailing slash. If it is https, cookies are Secure and
    /// HSTS is sent.
    pub public_origin: String,
    /// Browser origins that may call with credentials, besides the public one.
    pub cors_origins: AllowedOrigins,
    /// The proxies that are believed when they say whom they forward for.
    pub trusted_proxies: TrustedProxies,
    /// The header in which they say it.
    pub proxy_header: ProxyHeader,
    /// The largest request body in bytes.
    pub body_limit: usize,
    /// The time within which the whole body must arrive.
    pub body_timeout: Duration,
    /// The time from a request's headers to its answer.
    pub request_timeout: Duration,
    /// `None` disables them, for load tests.
    pub rate_limits: Option<RateLimits>,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// Whom the demo may be tried as; `None` outside the demo.
    pub demo: Option<DemoSignIns>,
}

impl EdgeSettings {
    /// Whether the public origin is https.
    pub fn https(&self) -> bool {
        self.public_origin.starts_with("https://")
    }

    /// Whether a browser page of this origin may call with credentials.
    pub fn allows_origin(&self, origin: &str) -> bool {
        origin == self.public_origin || self.cors_origins.allows(origin)
    }
}
