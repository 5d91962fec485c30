//! Where the database is and how it is reached: one URL, read for both clients.

use std::{error::Error, fs, path::Path, sync::Arc};

use percent_encoding::percent_decode_str;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio_postgres::{
    Config,
    config::{ChannelBinding, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What every session is set to, whatever the server's own settings are: rules of days and weeks are written for UTC.
const SETTINGS: &str = "-c TimeZone=UTC -c DateStyle=ISO,MDY -c extra_float_digits=2";

/// Where units of work connect to.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

impl Target {
    /// The same database as that of these options, which sqlx has read from a URL.
    ///
    /// # Errors
    /// When certificates or keys that the URL names can't be read.
    pub(super) fn of(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let url = options.to_url_lossy();
        let mut config = Config::new();
        config.user(options.get_username()).port(options.get_port());
        match options.get_socket() {
            Some(socket) => config.host_path(socket),
            None => config.host(options.get_host()),
        };
        // The password may also come from PGPASSWORD or a password file, and sqlx tells it only as part of a URL.
        if let Some(password) = url.password() {
            config.password(percent_decode_str(password).collect::<Vec<_>>());
        }
        if let Some(database) = options.get_database() {
            config.dbname(database);
        }
        if let Some(name) = options.get_application_name() {
            config.application_name(name);
        }
        config.options(match options.get_options() {
            Some(options) => format!("{SETTINGS} {options}"),
            None => SETTINGS.to_owned(),
        });
        config.ssl_mode(match options.get_ssl_mode() {
            PgSslMode::Disable | PgSslMode::Allow => SslMode::Disable,
            PgSslMode::Prefer => SslMode::Prefer,
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => SslMode::Require,
        });
        config.channel_binding(ChannelBinding::Prefer);
        let named =
            |key: &str| url.query_pairs().find(|(name, _)| name == key).map(|(_, path)| path.into_owned());
        let files = CertificateFiles {
            roots: named("sslrootcert"),
            certificate: named("sslcert"),
            key: named("sslkey"),
        };
        Ok(Self { config, tls: MakeRustlsConnect::new(files.tls(options.get_ssl_mode())?) })
    }
}

/// The files that a URL names.
struct CertificateFiles {
    roots: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl CertificateFiles {
    fn tls(self, mode: PgSslMode) -> Result<ClientConfig, sqlx::Error> {
        let Self { roots, certificate, key } = self;
        let provider = Arc::new(ring::default_provider());
        let mut trusted = RootCertStore::empty();
        match roots {
            Some(path) => {
                for root in certificates(&path)? {
                    trusted.add(root).map_err(unusable)?;
                }
            }
            None => trusted.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let verifier = Arc::new(Verifier {
            mode,
            strict: WebPkiServerVerifier::builder_with_provider(Arc::new(trusted), Arc::clone(&provider))
                .build()
                .map_err(unusable)?,
        });
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        match (certificate, key) {
            (Some(certificate), Some(key)) => {
                let key = PrivateKeyDer::from_pem_slice(&read(&key)?).map_err(unusable)?;
                builder.with_client_auth_cert(certificates(&certificate)?, key).map_err(unusable)
            }
            (None, None) => Ok(builder.with_no_client_auth()),
            _ => Err(sqlx::Error::Configuration("sslcert and sslkey go together: give both or none".into())),
        }
    }
}

fn unusable(error: impl Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Tls(Box::new(error))
}

/// A certificate or key as sqlx tells it: as the name of its file, or itself.
fn read(told: &str) -> Result<Vec<u8>, sqlx::Error> {
    let Some(path) = told.strip_prefix("file: ") else { return Ok(told.as_bytes().to_vec()) };
    fs::read(Path::new(path))
        .map_err(|error| sqlx::Error::Configuration(format!("{path} can't be read: {error}").into()))
}

fn certificates(told: &str) -> Result<Vec<CertificateDer<'static>>, sqlx::Error> {
    let read = read(told)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&read).collect::<Result<_, _>>().map_err(unusable)?;
    if found.is_empty() {
        let told = told.strip_prefix("file: ").unwrap_or("it");
        return Err(sqlx::Error::Configuration(format!("{told} holds no certificate in PEM form").into()));
    }
    Ok(found)
}

/// Checks the server's certificate as far as `sslmode` asks for it, with libpq's meanings: only `verify-ca` checks who
/// signed it, and only `verify-full` for which host.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS>
#[derive(Debug)]
struct Verifier {
    mode: PgSslMode,
    strict: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use rustls::{CertificateError as Wrong, Error as Failed};
        if !matches!(self.mode, PgSslMode::VerifyCa | PgSslMode::VerifyFull) {
            return Ok(ServerCertVerified::assertion());
        }
        match self.strict.verify_server_cert(certificate, intermediates, server, ocsp, now) {
            Err(Failed::InvalidCertificate(
                Wrong::NotValidForName | Wrong::NotValidForNameContext { .. },
            )) if matches!(self.mode, PgSslMode::VerifyCa) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}
