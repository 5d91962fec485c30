//! Trusted proxy addresses, and browser origins.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use url::{Host, Url};

use crate::error::Problem;

/// A network: an address and the length of its prefix in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Result<Self, Problem> {
        const REMEDY: &str = "write addresses or networks such as 127.0.0.1,10.0.0.0/8,fd00::/8";
        let wrong = |why: &str| Problem::new(format!("holds {text:?}, {why}"), REMEDY);
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let Ok(address) = IpAddr::from_str(address) else {
            return Err(wrong("which is neither an address nor a network"));
        };
        if address.to_canonical() != address {
            return Err(wrong("an IPv4 address in IPv6 form: write the IPv4 form"));
        }
        let width = width(address);
        let prefix = match prefix.map(u32::from_str) {
            None => width,
            Some(Ok(prefix)) if prefix <= width => prefix,
            Some(_) => return Err(wrong(&format!("whose prefix is not 1 to {width} bits"))),
        };
        if prefix == 0 {
            return Err(wrong("which would believe anybody who says whom they forward for"));
        }
        let network = Self { address, prefix };
        if network.start(address) != bits(address) {
            return Err(wrong("whose address has bits beyond its prefix"));
        }
        Ok(network)
    }

    /// The network part of an address of the same family.
    fn start(&self, address: IpAddr) -> u128 {
        let free = width(self.address) - self.prefix;
        (bits(address) >> free) << free
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && self.start(address) == bits(self.address)
    }
}

const fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The reverse proxies that are believed when they say whom they forward for; empty: none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// Whether the address is a trusted proxy's. An IPv4 address in IPv6 form counts as the IPv4 one.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    /// Whether no proxy is trusted.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        entries(text).map(Network::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// The header in which trusted proxies say whom they forward for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    pub(crate) const CHOICES: &[&str] = &["x-forwarded-for", "forwarded"];

    /// Names of headers have no case.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        match text.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Self::XForwardedFor),
            "forwarded" => Ok(Self::Forwarded),
            _ => Err(Problem::new(format!("is {text:?}"), "write x-forwarded-for or forwarded")),
        }
    }
}

/// A web origin in its canonical form: scheme, host and port (left out when it is the scheme's own).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin of plain HTTP at an address. The wildcard address becomes the loopback one: a server can listen on
    /// it, but no client can call it.
    pub fn of_address(mut address: SocketAddr) -> Self {
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(std::net::Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(std::net::Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        match address.port() {
            80 => Self(format!("http://{}", host_of(address))),
            port => Self(format!("http://{}:{port}", host_of(address))),
        }
    }

    /// The origin as browsers send it, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether its scheme is https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Error messages never quote the value: it may contain credentials.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        const REMEDY: &str = "write scheme://host[:port], such as https://crm.example.com";
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return Err(Problem::new(format!("is not a URL ({error})"), REMEDY)),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Problem::new("is neither http nor https", REMEDY));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Problem::new("holds a user or a password", REMEDY));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(Problem::new("has a path, a query or a fragment", REMEDY));
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn host_of(address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// The browser origins that may call the API with credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Any origin on this machine: the embedded mode's default.
    AnyLoopback,
    /// These only.
    Listed(Vec<Origin>),
}

impl CorsOrigins {
    /// Whether the value of an `Origin` header is allowed. `null` and invalid origins never are.
    pub fn allows(&self, header: &str) -> bool {
        match self {
            Self::Listed(origins) => origins.iter().any(|origin| origin.as_str() == header),
            Self::AnyLoopback => loopback(header),
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let mut origins = Vec::new();
        for (index, entry) in entries(text).enumerate() {
            if entry == "*" {
                return Err(Problem::new("holds *, which credentials forbid", "list the origins"));
            }
            let origin = Origin::parse(entry).map_err(|Problem { problem, remedy }| {
                Problem::new(format!("entry {} {problem}", index + 1), remedy)
            })?;
            origins.push(origin);
        }
        Ok(Self::Listed(origins))
    }
}

fn loopback(header: &str) -> bool {
    let Ok(origin) = Origin::parse(header) else {
        return false;
    };
    // Browsers send the canonical form; anything else was not sent by one.
    if origin.as_str() != header {
        return false;
    }
    match Url::parse(header).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// The entries of a comma-separated list, trimmed, without empty ones.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}
