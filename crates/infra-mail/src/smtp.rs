//! The way to the mail server.

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
/// Most connections of one process to the mail server.
const CONNECTIONS: u32 = 4;
/// A connection that nobody used for so long is closed.
const IDLE: Duration = Duration::from_secs(30);

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// None: only within one machine.
    None,
}

/// Whom mails come from.
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
    /// User and password, where it wants them.
    pub credentials: Option<(String, String)>,
    /// Whom mails come from.
    pub from: Sender,
    /// How long handing over one mail may take in all, a silent server included.
    pub patience: Duration,
}

/// Why mail can't be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The sender is no address.
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
    /// Made by the first use.
    connections: Arc<Connections>,
    from: Mailbox,
    patience: Duration,
}

impl SmtpMailer {
    /// A mailer to this server; nothing is sent or asked yet.
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

    /// The mail as it goes out.
    fn message(&self, mail: &Mail) -> Result<Message, Box<dyn StdError + Send + Sync>> {
        let rendered = render(mail)?;
        let name = mail.name.as_deref().map(one_line);
        // A name that a reader's program would decode into another is left out; the address is enough.
        let name = name.filter(|name| !name.is_empty() && !looks_encoded(name));
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, mail.to.as_str().parse()?))
            .header(Subject(rendered.subject))
            // The same mail again has the same id: readers' programs show it once.
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
        // A server that also refuses us without any mail (a wrong password, a closed relay) refuses not this mail.
        if error.is_permanent() && self.check().await.is_ok() {
            return Err(MailError::Refused(error.into()));
        }
        Err(MailError::Later(error.into()))
    }
}

/// The connections that are kept, and the runtime that tidies them up.
#[derive(Default)]
struct Connections(OnceLock<(AsyncSmtpTransport<Tokio1Executor>, Handle)>);

impl Drop for Connections {
    fn drop(&mut self) {
        // The transport says good-bye in a task of its own, and panics where it can't start one: whoever drops it last
        // may stand outside the runtime, or after its end.
        if let Some((transport, runtime)) = self.0.take() {
            let _context = runtime.enter();
            drop(transport);
        }
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        // What can't be written today can't be written tomorrow.
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

/// Tells other programs not to answer (RFC 3834).
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
