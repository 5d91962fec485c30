//! Ports to adapters.

use std::{sync::Arc, time::Duration};

use cartera_application::{
    Application,
    identity::IdentitySettings,
    ports::{Clock, Ports},
};
use cartera_config::{Config, SmtpServer, SmtpTls};
use cartera_domain::values::Country;
use cartera_infra_crypto::{Argon2Hasher, JwtTokens, OsRandomness};
use cartera_infra_mail::{Sender, SmtpMailer, SmtpSettings, Tls};
use cartera_infra_postgres::{PgDirectory, PgStore};

use crate::{database::DatabaseAccess, error::StartError};

/// What the tokens say they are for (`aud`).
const AUDIENCE: &str = "cartera-api";
/// How long the mail server may take for one mail; afterwards it is tried again.
const MAIL_PATIENCE: Duration = Duration::from_secs(20);

/// The way to the mail server: the configured one, or the one of the embedded stack.
///
/// # Errors
/// [`StartError::Mail`] when the sender is no address.
pub fn mailer(config: &Config, access: &DatabaseAccess) -> Result<SmtpMailer, StartError> {
    let from = Sender { name: config.mail.from.name.clone(), address: config.mail.from.address.clone() };
    let Some(SmtpServer { host, port, tls, credentials }) = &config.mail.server else {
        // Without an address the sink is not there, and nobody listens on port 0: mail waits.
        let address = access.mail_address.unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
        let (host, port) = (address.ip().to_string(), address.port());
        return Ok(SmtpMailer::new(SmtpSettings {
            host,
            port,
            tls: Tls::None,
            credentials: None,
            from,
            patience: MAIL_PATIENCE,
        })?);
    };
    let settings = SmtpSettings {
        host: host.clone(),
        port: *port,
        tls: match tls {
            SmtpTls::Implicit => Tls::Implicit,
            SmtpTls::StartTls => Tls::StartTls,
            SmtpTls::None => Tls::None,
        },
        credentials: credentials.as_ref().map(|(user, secret)| (user.clone(), secret.expose().to_owned())),
        from,
        patience: MAIL_PATIENCE,
    };
    Ok(SmtpMailer::new(settings)?)
}

/// Wires the use cases to PostgreSQL and the real world, with the given clock.
///
/// # Errors
/// [`StartError`] for a country that is none, or a sender of mails that is no address.
pub fn application(
    config: &Config,
    access: &DatabaseAccess,
    store: &PgStore,
    clock: Arc<dyn Clock>,
    issuer: &str,
) -> Result<Application, StartError> {
    let default_country = Country::parse(&config.security.default_country).map_err(|rule| {
        StartError::Io { what: "DEFAULT_COUNTRY".to_owned(), cause: std::io::Error::other(rule.to_string()) }
    })?;
    let jwt_secret = match (&config.security.jwt_secret, &access.secrets) {
        (Some(secret), _) => secret.expose().to_owned(),
        (None, Some(secrets)) => secrets.jwt_secret().to_owned(),
        // The configuration insists on a secret beside a DATABASE_URL.
        (None, None) => String::new(),
    };
    let previous = config.security.jwt_secret_previous.as_ref().map(|secret| secret.expose().as_bytes());
    let concurrency = config.security.password_hash_concurrency;
    let store = Arc::new(store.clone());
    let ports = Ports {
        directory: Arc::new(PgDirectory::new(&store)),
        company_queries: store.clone(),
        user_queries: store.clone(),
        account_queries: store.clone(),
        contact_queries: store.clone(),
        opportunity_queries: store.clone(),
        api_key_queries: store.clone(),
        dead_job_queries: store.clone(),
        reports: store.clone(),
        store,
        passwords: Arc::new(Argon2Hasher::new(concurrency, concurrency * 32)),
        access_tokens: Arc::new(JwtTokens::new(
            jwt_secret.as_bytes(),
            previous,
            issuer.to_owned(),
            AUDIENCE.to_owned(),
        )),
        mailer: Arc::new(mailer(config, access)?),
        clock,
        randomness: Arc::new(OsRandomness),
    };
    let settings = IdentitySettings { registration_open: config.security.registration, default_country };
    Ok(Application::new(Arc::new(ports), settings))
}
