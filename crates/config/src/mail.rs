//! The mail server, the sender of all mails, and the base of their links.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::error::{Problem, Reported};
use crate::lookup::setting;
use crate::reader::Reader;
use crate::secret::Secret;

/// Outgoing mail.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The mail server. `None` only in the embedded mode, which keeps mails as files.
    pub server: Option<SmtpServer>,
    /// The sender of all mails.
    pub from: MailFrom,
    /// `FRONTEND_URL` as given; see [`Mail::links`].
    pub frontend: Option<FrontendUrl>,
}

impl Mail {
    /// The base URL of links in mails, without a trailing slash: `FRONTEND_URL`, or else the program's own pages.
    pub fn links<'a>(&'a self, public_origin: &'a str) -> &'a str {
        self.frontend.as_ref().map_or(public_origin, FrontendUrl::as_str)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Reported> {
        let server = reader.optional(const { setting("SMTP_URL") }, SmtpServer::parse);
        let from = reader.optional(const { setting("MAIL_FROM") }, MailFrom::parse);
        let frontend = reader.optional(const { setting("FRONTEND_URL") }, FrontendUrl::parse);
        Ok(Self { server: server?, from: from?.unwrap_or_else(MailFrom::embedded), frontend: frontend? })
    }
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, mandatory: without it nothing is sent.
    StartTls,
    /// None: only for a server on this machine.
    None,
}

/// A mail server and how to use it. Prints without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// Its name or address; an IPv6 address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// User and password, if the server requires them.
    pub credentials: Option<(String, Secret)>,
}

impl SmtpServer {
    /// Error messages never quote the text: any part of it may be part of the password.
    fn parse(text: &str) -> Result<Self, Problem> {
        const REMEDY: &str = "write smtps://user:password@host:465 or smtp://user:password@host:587?tls=required, \
                              special characters as %XX";
        let refuse = |problem: &str| Problem::new(problem, REMEDY);
        let url = Url::parse(text.trim()).map_err(|error| refuse(&format!("is not a URL ({error})")))?;
        let implicit = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(refuse("is not an smtps:// or smtp:// URL")),
        };
        let host = match url.host_str() {
            // The URL parser leaves the host of an unknown scheme as it was written.
            Some(host) if !host.is_empty() => host.trim_matches(['[', ']']).to_owned(),
            _ => return Err(refuse("names no host")),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(refuse("has more than host and port, or an unescaped character in its password"));
        }
        let tls = match (implicit, url.query()) {
            (true, None) => SmtpTls::Implicit,
            (false, Some("tls=required")) => SmtpTls::StartTls,
            (false, None) if is_loopback(&host) => SmtpTls::None,
            (false, None) => {
                return Err(refuse("would send mails, passwords and links without TLS"));
            }
            (_, Some(_)) => return Err(refuse("has parameters that are not understood")),
        };
        let port = url.port().unwrap_or(match tls {
            SmtpTls::Implicit => 465,
            SmtpTls::StartTls => 587,
            SmtpTls::None => 25,
        });
        if port == 0 {
            return Err(refuse("has the port 0"));
        }
        let undecodable = || refuse("holds a user or password that is badly encoded");
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((
                decode(user).ok_or_else(undecodable)?,
                Secret::new(decode(password).ok_or_else(undecodable)?),
            )),
            _ => return Err(refuse("names a user or a password, but not both")),
        };
        Ok(Self { host, port, tls, credentials })
    }
}

/// The sender of all mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom {
    /// The name that readers see.
    pub name: Option<String>,
    /// The address.
    pub address: String,
}

impl MailFrom {
    /// A no-reply address: in the embedded mode mails are only stored as files.
    fn embedded() -> Self {
        Self { name: Some("Cartera".to_owned()), address: "noreply@cartera.localhost".to_owned() }
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let wrong =
            || Problem::new(format!("is {text:?}"), "write an address, or Name <noreply@crm.example.com>");
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => {
                let (name, address) = rest.rsplit_once('<').ok_or_else(wrong)?;
                (Some(name.trim().trim_matches('"').to_owned()), address)
            }
            None => (None, text),
        };
        let name = name.filter(|name| !name.is_empty());
        let good_name = name
            .as_deref()
            .is_none_or(|name| !name.chars().any(|c| c.is_control() || matches!(c, '<' | '>' | '"')));
        let address = in_ascii(address);
        if good_name && is_address(&address) { Ok(Self { name, address }) } else { Err(wrong()) }
    }
}

impl fmt::Display for MailFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

/// The base URL of the front end's pages, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontendUrl(String);

impl FrontendUrl {
    /// The URL, to which the path of a page is added.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Error messages never quote the value: it may contain credentials.
    fn parse(text: &str) -> Result<Self, Problem> {
        let refuse = |problem: &str| Problem::new(problem, "write a URL such as https://app.example.com");
        let url = Url::parse(text).map_err(|error| refuse(&format!("is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("is not an http or https URL"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("holds a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("has more than a path after its host"));
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

/// Whether a connection to this host never leaves the machine.
fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// An address with its domain as mail servers know it: `rüter.example` is `xn--rter-0ra.example`.
fn in_ascii(address: &str) -> String {
    match address.split_once('@').map(|(local, domain)| (local, Host::parse(domain))) {
        Some((local, Ok(Host::Domain(domain)))) => format!("{local}@{domain}"),
        _ => address.to_owned(),
    }
}

/// Whether this is ASCII, a dot-string at a domain: a sender that every mail server accepts.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    local.len() <= 64
        && text.len() <= 254
        && local.split('.').all(atom)
        && domain.split('.').all(label)
        && Host::parse(domain).is_ok()
}

/// Undoes percent-encoding, which [`Url`] keeps in user and password.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}
