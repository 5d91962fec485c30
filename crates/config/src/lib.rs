//! The typed configuration: environment variables, read once, checked all at once.
//!
//! ```
//! use cartera_config::{Config, FixedEnvironment};
//!
//! let config = Config::from_env(&FixedEnvironment::new([("HTTP_ADDR", "127.0.0.1:0")])).expect("valid");
//! assert!(config.database.is_embedded());
//!
//! let errors = Config::from_env(&FixedEnvironment::new([("REGISTRATION", "maybe"), ("BODY_LIMIT", "1 MB")]))
//!     .expect_err("two bad values");
//! assert_eq!(errors.errors().len(), 2);
//! ```
//!
//! To add a setting: a row in `settings.rs`, a field and a line in its section in `sections.rs`, then regenerate
//! `docs/generated/configuration.md` and `.env.example`. A setting that is mandatory outside the embedded mode has
//! [`Required::WithDatabaseUrl`] in its row; nothing else is needed.
//!
//! No error, `Debug` or `Display` of this crate shows a secret.

mod environment;
mod error;
mod generated;
mod jobs;
mod lookup;
mod mail;
mod misplaced;
mod network;
mod rate;
mod reader;
mod rows;
mod secret;
mod sections;
mod setting;
mod settings;
mod storage;
mod unknown;

pub use environment::{Environment, FixedEnvironment, ProcessEnvironment};
pub use error::{ConfigError, ConfigErrors, Warning};
pub use generated::{env_example, markdown};
pub use jobs::Jobs;
pub use mail::{FrontendUrl, Mail, MailFrom, SmtpServer, SmtpTls};
pub use network::{CorsOrigins, Origin, ProxyHeader, TrustedProxies};
pub use rate::Rate;
pub use reader::{Effective, Source};
pub use secret::{DatabaseUrl, Secret, SecretsKey};
pub use sections::{Database, Http, LogFormat, Logging, Metrics, RateLimits, Security};
pub use setting::{Example, Fallback, Group, Required, Setting, Shape};
pub use settings::SETTINGS;
pub use storage::{S3Server, Storage};

use error::{Problem, Reported};
use lookup::setting;
use reader::Reader;

/// Everything the program takes from its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// The HTTP server.
    pub http: Http,
    /// The database; decides between the embedded mode and the strict one.
    pub database: Database,
    /// The most database connections of one process.
    pub database_pool_size: u32,
    /// Work in the background.
    pub jobs: Jobs,
    /// Keys, sign-up and sign-in.
    pub security: Security,
    /// The mail server, and the base of links in mails.
    pub mail: Mail,
    /// The file store.
    pub storage: Storage,
    /// `None`: off, for load tests.
    pub rate_limits: Option<RateLimits>,
    /// What is logged, and how.
    pub logging: Logging,
    /// Who may read the metrics.
    pub metrics: Metrics,
    /// Settings that are valid but probably mistakes; to be logged at start.
    pub warnings: Vec<Warning>,
    /// Every setting in effect, secrets hidden, in the order of the table.
    pub effective: Vec<Effective>,
}

impl Config {
    /// Reads and checks all settings.
    ///
    /// # Errors
    /// [`ConfigErrors`] names every bad or missing variable at once, without any secret.
    pub fn from_env(environment: &impl Environment) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(environment);
        let config = Self::read(&mut reader);
        let (mut errors, mut effective) = (reader.errors, reader.effective);
        match config {
            Ok(config) if errors.is_empty() => {
                effective.sort_by_key(|entry| position(entry.name));
                let mut warnings = config.warnings();
                warnings.extend(unknown::warnings(environment));
                Ok(Self { warnings, effective, ..config })
            }
            Ok(_) | Err(Reported) => {
                errors.sort_by_key(|error| position(&error.variable));
                Err(ConfigErrors::new(errors))
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let http = Http::read(reader);
        let database = Database::read(reader);
        let database_pool_size = reader.count(const { setting("DATABASE_POOL_SIZE") });
        let jobs = Jobs::read(reader);
        let security = Security::read(reader);
        let mail = Mail::read(reader);
        let storage = Storage::read(reader);
        let rate_limits = RateLimits::read(reader);
        let logging = Logging::read(reader);
        let metrics = Metrics::read(reader);
        let (http, metrics) = (http?, metrics?);
        if http.addr.port() != 0 && metrics.addr == Some(http.addr) {
            return Err(reader.report(
                const { setting("METRICS_ADDR") },
                Problem::new("is the same as HTTP_ADDR", "give another port, or METRICS_TOKEN instead"),
            ));
        }
        Ok(Self {
            http,
            database: database?,
            database_pool_size: database_pool_size?,
            jobs: jobs?,
            security: security?,
            mail: mail?,
            storage: storage?,
            rate_limits: rate_limits?,
            logging: logging?,
            metrics,
            warnings: Vec::new(),
            effective: Vec::new(),
        })
    }

    /// Settings that are valid, but probably mistakes outside the embedded mode.
    fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |setting: &Setting, message: &str| {
            warnings.push(Warning { variable: setting.name.to_owned(), message: message.to_owned() });
        };
        if self.database.is_embedded() {
            return warnings;
        }
        if self.http.public_url.is_none() {
            warn(
                const { setting("PUBLIC_URL") },
                "is not given: tokens name HTTP_ADDR as their issuer, so replicas on other addresses refuse each \
                 other's tokens; cookies are not Secure and links lead to HTTP_ADDR",
            );
        }
        if self.rate_limits.is_none() {
            warn(const { setting("RATE_LIMITS") }, "is off: passwords can be guessed without limit");
        }
        warnings
    }
}

/// The place of a setting in the table.
fn position(name: &str) -> Option<usize> {
    SETTINGS.iter().position(|setting| setting.name == name)
}
