//! A mail server that speaks TLS with an untrusted certificate, which could be an impostor.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use cartera_application::{
    ports::{MailContent, MailError, Mailer},
    testing::contract::mails::mail,
};
use cartera_domain::values::Locale;
use cartera_infra_mail::{Sender, SmtpMailer, SmtpSettings, Tls};
use chrono::DateTime;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, pki_types::PrivateKeyDer},
};

/// The commands that a server received.
type Told = Arc<Mutex<Vec<String>>>;

fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![made.cert.der().clone()], key).expect("they belong together");
    TlsAcceptor::from(Arc::new(config))
}

/// A server that accepts everything over TLS.
async fn serve(tls: Tls) -> (SocketAddr, Told) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (told, acceptor) = (Told::default(), acceptor());
    tokio::spawn({
        let told = Arc::clone(&told);
        async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(welcome(stream, tls, &acceptor, &told).await);
            }
        }
    });
    (address, told)
}

async fn welcome(stream: TcpStream, tls: Tls, acceptor: &TlsAcceptor, told: &Told) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    if tls == Tls::StartTls {
        stream.write_all(b"220 hello\r\n").await?;
        stream.flush().await?;
        if !talk(&mut stream, told).await? {
            return Ok(());
        }
    }
    let mut stream = BufStream::new(acceptor.accept(stream.into_inner()).await?);
    if tls == Tls::Implicit {
        stream.write_all(b"220 hello\r\n").await?;
        stream.flush().await?;
    }
    talk(&mut stream, told).await.map(|_| ())
}

/// Accepts commands until the end, or until STARTTLS.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufStream<S>,
    told: &Told,
) -> std::io::Result<bool> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(false);
        }
        let verb = line.split_whitespace().next().unwrap_or_default().to_owned();
        let answer = match verb.as_str() {
            "EHLO" => "250-hello\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
            "STARTTLS" => "220 go on\r\n",
            "AUTH" => "235 welcome\r\n",
            _ => "250 ok\r\n",
        };
        let starts = verb == "STARTTLS";
        told.lock().expect("no test panicked").push(verb);
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await?;
        if starts {
            return Ok(true);
        }
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_ends_it_before_anything_is_told() {
    for (tls, expected) in [(Tls::Implicit, &[] as &[&str]), (Tls::StartTls, &["EHLO", "STARTTLS"])] {
        let (address, told) = serve(tls).await;
        let settings = SmtpSettings {
            host: "localhost".to_owned(),
            port: address.port(),
            tls,
            credentials: Some(("cartera".to_owned(), "much-hidden".to_owned())),
            from: Sender { name: None, address: "noreply@example.com".to_owned() },
            patience: std::time::Duration::from_secs(20),
        };
        let mailer = SmtpMailer::new(settings).expect("a mailer");
        let content = MailContent::PasswordChanged { at: DateTime::UNIX_EPOCH };
        let sent = mailer.send(&mail("ana@example.com", Locale::En, content)).await;
        let Err(MailError::Later(cause)) = sent else { panic!("{tls:?}: {sent:?}") };
        assert!(cause.to_string().contains("certificate"), "{tls:?}: {cause}");
        assert_eq!(*told.lock().expect("no test panicked"), expected, "{tls:?}");
    }
}
