//! The SMTP client.

use std::{
    error::Error as StdError,
    sync::{Arc, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use cartera_application::ports::{Mail, MailError, Mailer};
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        AsyncSmtpTransportBuilder, PoolConfig,
        authentication::Credentials,
        client::{Tls as LettreTls, TlsParameters},
    },
};
use thiserror::Error;
use tokio::{runtime::Handle, time::timeout};

use crate::{
    render::render,
    subject::{Subject, looks_encoded},
    words::one_line,
};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The most connections that a process opens to the mail server.
const CONNECTIONS: u32 = 4;
/// Idle connections are closed after this time.
const IDLE: Duration = Duration::from_secs(30);

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, mandatory: without it nothing is sent.
    StartTls,
    /// None: only for a server on the same machine.
    None,
}

/// The sender of all mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name that readers see.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

/// A mail server and how to use it.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User and password, if the server requires them.
    pub credentials: Option<(String, String)>,
    /// The sender of all mails.
    pub from: Sender,
    /// Timeout for handing over one mail, all steps together.
    pub patience: Duration,
}

/// Why mail can't be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The sender is not a valid address.
    #[error("MAIL_FROM is no address that mail servers take")]
    Sender(#[source] lettre::address::AddressError),
    /// TLS can't be prepared for this host.
    #[error("TLS can't be prepared for the host of SMTP_URL")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Sends mail by SMTP, over a few connections that are kept for a while.
#[derive(Clone)]
pub struct SmtpMailer {
    builder: AsyncSmtpTransportBuilder,
    /// Created on first use.
    connections: Arc<Connections>,
    from: Mailbox,
    patience: Duration,
}

impl SmtpMailer {
    /// A mailer for this server; it opens no connection yet.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(settings: SmtpSettings) -> Result<Self, SetupError> {
        let SmtpSettings { host, port, tls, credentials, from: Sender { name, address }, patience } =
            settings;
        let address: Address = address.parse().map_err(SetupError::Sender)?;
        let parameters = || TlsParameters::new(host.clone()).map_err(SetupError::Tls);
        let tls = match tls {
            Tls::Implicit => LettreTls::Wrapper(parameters()?),
            Tls::StartTls => LettreTls::Required(parameters()?),
            Tls::None => LettreTls::None,
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(CONNECT))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(IDLE));
        let builder = match credentials {
            Some((user, password)) => builder.credentials(Credentials::new(user, password)),
            None => builder,
        };
        Ok(Self { builder, connections: Arc::default(), from: Mailbox::new(name, address), patience })
    }

    fn transport(&self) -> &AsyncSmtpTransport<Tokio1Executor> {
        let Connections(kept) = &*self.connections;
        &kept.get_or_init(|| (self.builder.clone().build(), Handle::current())).0
    }

    /// Builds the message as sent.
    fn message(&self, mail: &Mail) -> Result<Message, Box<dyn StdError + Send + Sync>> {
        let rendered = render(mail)?;
        let name = mail.name.as_deref().map(one_line);
        // A name that a mail client would decode into another is left out; the address is enough.
        let name = name.filter(|name| !name.is_empty() && !looks_encoded(name));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, mail.to.as_str().parse()?))
            .header(Subject(rendered.subject))
            // A retry of the same mail has the same id, so that mail clients show it once.
            .message_id(Some(format!("<{}@{}>", mail.id, self.from.email.domain())))
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(rendered.text, rendered.html))?;
        Ok(message)
    }

    async fn hand_over(&self, message: Message) -> Result<(), MailError> {
        let error = match timeout(self.patience, self.transport().send(message)).await {
            Ok(Ok(_response)) => return Ok(()),
            Ok(Err(error)) => error,
            Err(elapsed) => return Err(MailError::Later(elapsed.into())),
        };
        // If the server refuses us even without a mail (a wrong password, a closed relay), the mail isn't the reason.
        if error.is_permanent() && self.check().await.is_ok() {
            return Err(MailError::Refused(error.into()));
        }
        Err(MailError::Later(error.into()))
    }
}

/// The open connections, and the runtime that closes them.
#[derive(Default)]
struct Connections(OnceLock<(AsyncSmtpTransport<Tokio1Executor>, Handle)>);

impl Drop for Connections {
    fn drop(&mut self) {
        // The transport says QUIT in a task of its own and panics where it can't start one: the last owner may drop it
        // outside the runtime or after its end.
        if let Some((transport, runtime)) = self.0.take() {
            let _context = runtime.enter();
            drop(transport);
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        // A mail that can't be built now never can, so a retry is pointless.
        let message = self.message(mail).map_err(MailError::Refused)?;
        self.hand_over(message).await
    }

    async fn check(&self) -> Result<(), MailError> {
        match timeout(self.patience, self.transport().test_connection()).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(MailError::Later("the mail server ended the conversation".into())),
            Ok(Err(error)) => Err(MailError::Later(error.into())),
            Err(elapsed) => Err(MailError::Later(elapsed.into())),
        }
    }
}

/// Asks other programs not to reply automatically (RFC 3834).
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
