//! The typed sections and how each is read. Every setting of a section is read before its first error is returned, so
//! that all errors are listed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Problem, Reported};
use crate::lookup::setting;
use crate::misplaced;
use crate::network::{CorsOrigins, Origin, ProxyHeader, TrustedProxies};
use crate::rate::Rate;
use crate::reader::Reader;
use crate::secret::{DatabaseUrl, Secret, SecretsKey};

/// The seconds of `DRAIN_NOTICE` outside the embedded mode.
const NOTICE: u64 = 5;

/// Address, limits and timeouts of the HTTP server.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where the API listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// `PUBLIC_URL` as given; see [`Http::public_origin`].
    pub public_url: Option<Origin>,
    /// Browser origins that may call with credentials, besides the public one.
    pub cors_origins: CorsOrigins,
    /// The proxies that are believed when they say whom they forward for.
    pub trusted_proxies: TrustedProxies,
    /// The header in which they say it.
    pub proxy_header: ProxyHeader,
    /// Threads that serve requests.
    pub workers: usize,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Timeout for receiving the whole request body.
    pub body_timeout: Duration,
    /// Timeout from a request's headers to its response; not below `body_timeout`.
    pub request_timeout: Duration,
    /// How long an idle connection is kept.
    pub keep_alive: Duration,
    /// How long the server keeps serving after it is told to stop, so that load balancers send requests elsewhere.
    pub drain_notice: Duration,
    /// How long requests in flight get after that.
    pub shutdown_grace: Duration,
}

impl Http {
    /// The API's public origin: `PUBLIC_URL`, else plain HTTP at the address actually bound.
    pub fn public_origin(&self, bound: SocketAddr) -> Origin {
        self.public_url.clone().unwrap_or_else(|| Origin::of_address(bound))
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let addr = reader.value(const { setting("HTTP_ADDR") }, parse_address);
        let public_url = reader.optional(const { setting("PUBLIC_URL") }, Origin::parse);
        let cors_origins = reader.optional(const { setting("CORS_ORIGINS") }, CorsOrigins::parse);
        let trusted_proxies = reader.optional(const { setting("TRUSTED_PROXIES") }, TrustedProxies::parse);
        let proxy_header = reader.value(const { setting("TRUSTED_PROXY_HEADER") }, ProxyHeader::parse);
        let workers = reader.number(const { setting("HTTP_WORKERS") });
        let body_limit = reader.size(const { setting("BODY_LIMIT") });
        let body_timeout = reader.seconds(const { setting("BODY_TIMEOUT") });
        let request_timeout = reader.seconds(const { setting("REQUEST_TIMEOUT") });
        let keep_alive = reader.seconds(const { setting("KEEP_ALIVE") });
        let drain_notice = reader.number(const { setting("DRAIN_NOTICE") });
        let shutdown_grace = reader.seconds(const { setting("SHUTDOWN_GRACE") });
        if let (Ok(body), Ok(request)) = (body_timeout, request_timeout)
            && request < body
        {
            let remedy = format!("give at least {} or lower BODY_TIMEOUT", body.as_secs());
            return Err(reader.report(
                const { setting("REQUEST_TIMEOUT") },
                Problem::new("is below BODY_TIMEOUT, so no slow body could ever arrive", remedy),
            ));
        }
        // The embedded stack has no load balancer to notify.
        let otherwise_notice = if reader.external() { NOTICE } else { 0 };
        let otherwise =
            if reader.external() { CorsOrigins::Listed(Vec::new()) } else { CorsOrigins::AnyLoopback };
        Ok(Self {
            addr: addr?,
            public_url: public_url?,
            cors_origins: cors_origins?.unwrap_or(otherwise),
            trusted_proxies: trusted_proxies?.unwrap_or_default(),
            proxy_header: proxy_header?,
            workers: count_or_half_the_processors(workers?, reader),
            body_limit: body_limit?,
            body_timeout: body_timeout?,
            request_timeout: request_timeout?,
            keep_alive: keep_alive?,
            drain_notice: Duration::from_secs(drain_notice?.map_or(otherwise_notice, u64::from)),
            shutdown_grace: shutdown_grace?,
        })
    }
}

/// The database.
#[derive(Debug, Clone)]
pub enum Database {
    /// The program runs its own PostgreSQL.
    Embedded {
        /// All its data and keys.
        data_dir: PathBuf,
        /// The folder of PostgreSQL's programs; `None`: search for it.
        bin_dir: Option<PathBuf>,
    },
    /// An external PostgreSQL.
    External {
        /// The API's role.
        api: DatabaseUrl,
        /// The owner's role, which `migrate` needs.
        owner: Option<DatabaseUrl>,
        /// The worker's role.
        worker: Option<DatabaseUrl>,
    },
}

impl Database {
    /// Whether the program runs its own PostgreSQL.
    pub const fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded { .. })
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let data_dir = reader.value(const { setting("DATA_DIR") }, |text| Ok(PathBuf::from(text)));
        let bin_dir = reader.optional(const { setting("PG_BIN_DIR") }, |text| Ok(PathBuf::from(text)));
        let api = reader.optional(const { setting("DATABASE_URL") }, DatabaseUrl::parse);
        let owner = reader.optional(const { setting("MIGRATION_DATABASE_URL") }, DatabaseUrl::parse);
        let worker = reader.optional(const { setting("WORKER_DATABASE_URL") }, DatabaseUrl::parse);
        match (api?, owner?, worker?) {
            (Some(api), owner, worker) => Ok(Self::External { api, owner, worker }),
            (None, _, _) if reader.external() => Err(reader.report(
                const { setting("DATABASE_URL") },
                Problem::new(
                    "is empty, or missing beside another database URL",
                    "give it, or remove all of them for the embedded mode",
                ),
            )),
            (None, _, _) => match misplaced::refuse(reader.environment()) {
                Some(problem) => Err(reader.report(const { setting("DATABASE_URL") }, problem)),
                None => Ok(Self::Embedded { data_dir: data_dir?, bin_dir: bin_dir? }),
            },
        }
    }
}

/// Keys, sign-up and sign-in.
#[derive(Debug, Clone)]
pub struct Security {
    /// Signs access tokens. `None` only in the embedded mode, which keeps its own in `data_dir`.
    pub jwt_secret: Option<Secret>,
    /// The previous secret, still accepted.
    pub jwt_secret_previous: Option<Secret>,
    /// Encrypts secrets in the database. `None` only in the embedded mode, which keeps its own in `data_dir`.
    pub secrets_key: Option<SecretsKey>,
    /// Whether anybody may register a company.
    pub registration: bool,
    /// Country of a company that gives none: two capital letters, not checked against ISO 3166.
    pub default_country: String,
    /// Passwords hashed at once.
    pub password_hash_concurrency: usize,
}

impl Security {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let jwt_secret = reader.optional(const { setting("JWT_SECRET") }, Secret::parse);
        let previous = reader.optional(const { setting("JWT_SECRET_PREVIOUS") }, Secret::parse);
        let secrets_key = reader.optional(const { setting("SECRETS_KEY") }, SecretsKey::parse);
        let registration = reader.switch(const { setting("REGISTRATION") });
        let default_country = reader.value(const { setting("DEFAULT_COUNTRY") }, parse_country);
        let concurrency = reader.number(const { setting("PASSWORD_HASH_CONCURRENCY") });
        let (jwt_secret, jwt_secret_previous) = (jwt_secret?, previous?);
        if jwt_secret.is_some() && jwt_secret == jwt_secret_previous {
            return Err(reader.report(
                const { setting("JWT_SECRET_PREVIOUS") },
                Problem::new("is the same as JWT_SECRET", "remove it, or give JWT_SECRET a new value"),
            ));
        }
        Ok(Self {
            jwt_secret,
            jwt_secret_previous,
            secrets_key: secrets_key?,
            registration: registration?,
            default_country: default_country?,
            password_hash_concurrency: count_or_half_the_processors(concurrency?, reader),
        })
    }
}

/// How many requests are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Sign-ins from one address with one e-mail.
    pub sign_in_per_email: Rate,
    /// Sign-ins from one address.
    pub sign_in_per_address: Rate,
    /// Companies registered from one address.
    pub register: Rate,
    /// Invitations into one company.
    pub invitations: Rate,
    /// Requests of one user or API key.
    pub requests: Rate,
    /// Refreshes of one session.
    pub refresh: Rate,
    /// Refresh cookies from one address that are none.
    pub bad_cookies: Rate,
    /// Requests of one address that no other limit counts.
    pub public: Rate,
}

impl RateLimits {
    /// `None` when they are off.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Reported> {
        let on = reader.switch(const { setting("RATE_LIMITS") });
        let sign_in_per_email = reader.rate(const { setting("RATE_LIMIT_SIGN_IN_PER_EMAIL") });
        let sign_in_per_address = reader.rate(const { setting("RATE_LIMIT_SIGN_IN_PER_ADDRESS") });
        let register = reader.rate(const { setting("RATE_LIMIT_REGISTER") });
        let invitations = reader.rate(const { setting("RATE_LIMIT_INVITATIONS") });
        let requests = reader.rate(const { setting("RATE_LIMIT_REQUESTS") });
        let refresh = reader.rate(const { setting("RATE_LIMIT_REFRESH") });
        let bad_cookies = reader.rate(const { setting("RATE_LIMIT_BAD_COOKIES") });
        let public = reader.rate(const { setting("RATE_LIMIT_PUBLIC") });
        let limits = Self {
            sign_in_per_email: sign_in_per_email?,
            sign_in_per_address: sign_in_per_address?,
            register: register?,
            invitations: invitations?,
            requests: requests?,
            refresh: refresh?,
            bad_cookies: bad_cookies?,
            public: public?,
        };
        Ok(on?.then_some(limits))
    }
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For humans.
    Pretty,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// Directives in the style of `RUST_LOG`, checked: levels, or target=level, comma-separated.
    pub filter: String,
    /// The format of lines.
    pub format: LogFormat,
}

impl Logging {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let filter = reader.value(const { setting("LOG_LEVEL") }, parse_filter);
        let format = reader.optional(const { setting("LOG_FORMAT") }, |text| match text {
            "json" => Ok(LogFormat::Json),
            "pretty" => Ok(LogFormat::Pretty),
            _ => Err(Problem::new(format!("is {text:?}"), "write json or pretty")),
        });
        let otherwise = if reader.environment().terminal() { LogFormat::Pretty } else { LogFormat::Json };
        Ok(Self { filter: filter?, format: format?.unwrap_or(otherwise) })
    }
}

/// Who may read the metrics.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// A second address that serves them.
    pub addr: Option<SocketAddr>,
    /// The bearer token for metrics on the main address.
    pub token: Option<Secret>,
    /// Whether the main address serves them without a token: in the embedded mode, unless one of the two is given.
    pub open: bool,
}

impl Metrics {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let addr = reader.optional(const { setting("METRICS_ADDR") }, parse_address);
        let token = reader.optional(const { setting("METRICS_TOKEN") }, Secret::parse);
        let (addr, token) = (addr?, token?);
        let open = !reader.external() && addr.is_none() && token.is_none();
        Ok(Self { addr, token, open })
    }
}

/// Half the processors by default: PostgreSQL, or requests that don't hash, need the rest.
fn count_or_half_the_processors(given: Option<u32>, reader: &Reader<'_>) -> usize {
    given
        .and_then(|given| usize::try_from(given).ok())
        .unwrap_or_else(|| (reader.environment().processors() / 2).max(1))
}

fn parse_address(text: &str) -> Result<SocketAddr, Problem> {
    text.parse().map_err(|error| {
        Problem::new(
            format!("is {text:?} ({error})"),
            "write an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080",
        )
    })
}

fn parse_country(text: &str) -> Result<String, Problem> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(text.to_owned())
    } else {
        Err(Problem::new(format!("is {text:?}"), "write two capital letters, such as UY"))
    }
}

/// Stricter than the subscriber's own parser, which takes a misspelt level for a target and logs everything of it.
fn parse_filter(text: &str) -> Result<String, Problem> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let target = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-'))
    };
    let known = |directive: &str| match directive.split_once('=') {
        Some((name, level)) => target(name) && LEVELS.contains(&level),
        None => LEVELS.contains(&directive),
    };
    match text.split(',').find(|directive| !known(directive.trim())) {
        None => Ok(text.split(',').map(str::trim).collect::<Vec<_>>().join(",")),
        Some(directive) => Err(Problem::new(
            format!("holds {directive:?}"),
            "write off, error, warn, info, debug or trace, or target=level, comma-separated",
        )),
    }
}
