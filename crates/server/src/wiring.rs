//! Connects ports to adapters.

use std::{sync::Arc, time::Duration};

use cartera_application::{
    Application,
    identity::IdentitySettings,
    notices::NoticeSettings,
    ports::{Clock, Ports},
};
use cartera_config::{Config, S3Server, SmtpServer, SmtpTls, Storage};
use cartera_domain::{
    attachments::AttachmentRules,
    values::{Country, PasswordPolicy},
};
use cartera_infra_crypto::{Argon2Hasher, HmacSecrets, JwtTokens, OsRandomness};
use cartera_infra_mail::{Sender, SmtpMailer, SmtpSettings, Tls};
use cartera_infra_postgres::{PgDirectory, PgStore};
use cartera_infra_storage::{S3Blobs, S3Options};

use crate::{
    database::{DatabaseAccess, FILES_BUCKET, FILES_KEY},
    error::StartError,
    secrets::Secrets,
};

/// The audience of access tokens (`aud`).
const AUDIENCE: &str = "cartera-api";
/// Timeout for handing one mail to the mail server; afterwards the job is retried.
const MAIL_PATIENCE: Duration = Duration::from_secs(20);

/// The mail client: for the configured server, or the one of the embedded stack.
///
/// # Errors
/// [`StartError::Mail`] when the sender is not a valid address.
pub fn mailer(config: &Config, access: &DatabaseAccess) -> Result<SmtpMailer, StartError> {
    let from = Sender { name: config.mail.from.name.clone(), address: config.mail.from.address.clone() };
    let Some(SmtpServer { host, port, tls, credentials }) = &config.mail.server else {
        // Without an address the embedded server isn't running. Nobody listens on port 0, so mail waits in the queue.
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

/// The file store: the configured one, or the one of the embedded stack.
///
/// # Errors
/// [`StartError::Storage`] when no client can be made for it.
pub fn blobs(config: &Config, access: &DatabaseAccess) -> Result<S3Blobs, StartError> {
    let Storage { server, public_endpoint, region, path_style, max_size: _, types: _ } = &config.storage;
    let (public_endpoint, region) = (public_endpoint.clone(), region.clone());
    let options = match server {
        Some(S3Server { endpoint, bucket, access_key, secret_key }) => S3Options {
            endpoint: endpoint.clone(),
            public_endpoint,
            region,
            bucket: bucket.clone(),
            access_key: access_key.expose().to_owned(),
            secret_key: secret_key.expose().to_owned(),
            path_style: *path_style,
        },
        None => S3Options {
            // Without an endpoint the embedded store isn't running, and nobody listens on this port.
            endpoint: access.files_endpoint.clone().unwrap_or_else(|| "http://127.0.0.1:1".to_owned()),
            public_endpoint,
            region,
            bucket: FILES_BUCKET.to_owned(),
            access_key: FILES_KEY.to_owned(),
            secret_key: access.secrets.as_ref().map(Secrets::files_secret).unwrap_or_default().to_owned(),
            path_style: true,
        },
    };
    Ok(S3Blobs::new(&options)?)
}

/// Wires the use cases to PostgreSQL and the other adapters, with the given clock. `origin` is the API's public origin:
/// the issuer of tokens, and the base of links in mails unless `FRONTEND_URL` is set.
///
/// # Errors
/// [`StartError`] for an invalid country or sender address, or a missing secret.
pub fn application(
    config: &Config,
    access: &DatabaseAccess,
    store: &PgStore,
    clock: Arc<dyn Clock>,
    origin: &str,
) -> Result<Application, StartError> {
    let default_country = Country::parse(&config.security.default_country).map_err(|rule| {
        StartError::Io { what: "DEFAULT_COUNTRY".to_owned(), cause: std::io::Error::other(rule.to_string()) }
    })?;
    let jwt_secret = match (&config.security.jwt_secret, &access.secrets) {
        (Some(secret), _) => secret.expose().to_owned(),
        (None, Some(secrets)) => secrets.jwt_secret().to_owned(),
        (None, None) => return Err(missing("JWT_SECRET")),
    };
    let previous = config.security.jwt_secret_previous.as_ref().map(|secret| secret.expose().as_bytes());
    let concurrency = config.security.password_hash_concurrency;
    let store = Arc::new(store.clone());
    let ports = Ports {
        directory: Arc::new(PgDirectory::new(&store)),
        company_queries: store.clone(),
        user_queries: store.clone(),
        history: store.clone(),
        record_lists: store.clone(),
        opportunity_queries: store.clone(),
        invitation_queries: store.clone(),
        attachment_queries: store.clone(),
        api_key_queries: store.clone(),
        dead_job_queries: store.clone(),
        reports: store.clone(),
        store,
        passwords: Arc::new(Argon2Hasher::new(concurrency, concurrency * 32)),
        access_tokens: Arc::new(JwtTokens::new(
            jwt_secret.as_bytes(),
            previous,
            origin.to_owned(),
            AUDIENCE.to_owned(),
        )),
        blobs: Arc::new(blobs(config, access)?),
        mailer: Arc::new(mailer(config, access)?),
        clock,
        randomness: Arc::new(OsRandomness),
        derived_secrets: Arc::new(derived_secrets(config, access)?),
    };
    let settings = IdentitySettings {
        registration_open: config.security.registration,
        default_country,
        // The demo's users share the most common password.
        password_policy: PasswordPolicy { refuse_common: !access.is_embedded() },
    };
    let region = default_country.defaults();
    let notices = NoticeSettings {
        frontend_url: config.mail.links(origin).to_owned(),
        platform_locale: region.locale,
        platform_timezone: region.timezone,
    };
    let files =
        AttachmentRules { max_size: i64::from(config.storage.max_size), types: config.storage.types.clone() };
    Ok(Application::new(Arc::new(ports), settings, notices, files))
}

/// The embedded stack has one lasting secret, from which others are derived under a name of their own.
fn derived_secrets(config: &Config, access: &DatabaseAccess) -> Result<HmacSecrets, StartError> {
    match (&config.security.secrets_key, &access.secrets) {
        (Some(key), _) => Ok(HmacSecrets::new(key.expose())),
        (None, Some(secrets)) => Ok(HmacSecrets::new(secrets.jwt_secret().as_bytes())),
        (None, None) => Err(missing("SECRETS_KEY")),
    }
}

/// With a DATABASE_URL the configuration requires every secret; should it not, an empty one must sign nothing.
fn missing(secret: &str) -> StartError {
    StartError::Io { what: secret.to_owned(), cause: std::io::Error::other("it is missing") }
}
