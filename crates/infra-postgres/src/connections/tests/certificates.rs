//! Whom a connection trusts, by the `sslmode` of its URL.

use std::{path::Path, sync::Arc};

use sqlx::postgres::PgConnectOptions;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};

use super::super::{target::Target, wire::Wire};

/// The code of the request for TLS.
/// <https://www.postgresql.org/docs/current/protocol-message-formats.html>
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// An answer to whoever trusts the server: SQLSTATE 28000.
const REFUSAL: &[u8] = b"E\0\0\0\x22SFATAL\0C28000\0Mnobody enters\0\0";

/// A server with a certificate for this name, which nobody has signed. Returns its port and the certificate.
async fn serve(name: &str) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("they are known")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("they belong together");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 8];
            stream.read_exact(&mut request).await.expect("a request");
            assert_eq!(request, SSL_REQUEST);
            stream.write_all(b"S").await.expect("it listens");
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut startup = [0; 512];
                // Whoever does not trust the certificate says so, and leaves.
                if stream.read(&mut startup).await.is_ok_and(|read| read > 0) {
                    stream.write_all(REFUSAL).await.expect("it listens");
                    drop(stream.shutdown().await);
                }
            }
        }
    });
    (port, made.cert.pem())
}

/// Whether a connection by this URL gets past the certificate.
async fn trusts(url: &str) -> bool {
    let options: PgConnectOptions = url.parse().expect("a URL");
    match Wire::open(
        &Target::of(&options).expect("its files can be read"),
        &tokio::runtime::Handle::current(),
    )
    .await
    .map(|_| ())
    {
        Err(sqlx::Error::Database(error)) => {
            assert_eq!(error.code().as_deref(), Some("28000"), "{error}");
            true
        }
        Err(error) => {
            assert!(format!("{error:?}").to_lowercase().contains("certificate"), "{error:?}");
            false
        }
        Ok(()) => panic!("nobody enters"),
    }
}

#[tokio::test]
async fn a_certificate_is_checked_as_far_as_the_url_says() {
    let folder = std::env::temp_dir().join(format!("cartera-certificates-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("root.pem");
    for (name, by_name) in [("localhost", true), ("elsewhere.example", false)] {
        let (port, certificate) = serve(name).await;
        std::fs::write(&file, certificate).expect("it is written");
        let url = |mode: &str| format!("postgres://somebody@localhost:{port}/any?sslmode={mode}");
        let trusting = |mode: &str| format!("{}&sslrootcert={}", url(mode), file.display());
        assert!(trusts(&url("require")).await);
        assert!(
            !trusts(&url("verify-ca")).await && !trusts(&url("verify-full")).await,
            "nobody vouches for it"
        );
        assert!(trusts(&trusting("verify-ca")).await);
        assert_eq!(trusts(&trusting("verify-full")).await, by_name, "{name}");
    }
    std::fs::remove_dir_all(&folder).expect("it is there");
}

#[test]
fn files_that_can_not_be_used_are_refused_by_name() {
    let refused = |parameters: &str| {
        let url = format!("postgres://somebody@localhost/any?sslmode=verify-full&{parameters}");
        let options: PgConnectOptions = url.parse().expect("a URL");
        Target::of(&options).map(|_| ()).expect_err("it is refused").to_string()
    };
    assert!(!Path::new("/nowhere.pem").exists());
    assert!(refused("sslrootcert=/nowhere.pem").contains("/nowhere.pem can't be read"));
    assert!(refused("sslrootcert=/dev/null").contains("/dev/null holds no certificate"));
    assert!(refused("sslcert=/nowhere.pem").contains("sslcert and sslkey go together"));
}

#[test]
fn what_the_url_says_is_what_is_connected_to() {
    let told = |url: &str| {
        let options: PgConnectOptions = url.parse().expect("a URL");
        Target::of(&options).expect("it names no files").config
    };
    let config = told("postgres://ana%40acme:p%2Bq%20%25r@db.example:6543/crm?application_name=ours");
    assert_eq!(config.get_user(), Some("ana@acme"));
    assert_eq!(config.get_password(), Some("p+q %r".as_bytes()));
    assert_eq!((config.get_ports(), config.get_dbname()), ([6543].as_slice(), Some("crm")));
    assert_eq!(config.get_application_name(), Some("ours"));
    assert!(config.get_options().is_some_and(|options| options.contains("TimeZone=UTC")));
    let config = told("postgres://ana@%2Fvar%2Frun/crm?options=-c%20work_mem%3D1MB");
    assert_eq!(config.get_hosts(), [tokio_postgres::config::Host::Unix("/var/run".into())]);
    assert!(config.get_options().is_some_and(|options| options.ends_with("-c work_mem=1MB")));
}
