//! What reverse proxies say of whom they forward for: `X-Forwarded-For` in all the forms that proxies write it, and
//! `Forwarded` (RFC 7239).
//!
//! Both are read from their end and only as far as trusted proxies wrote them. What stands further left came from
//! the caller, who may write there what they like: an open quote must not swallow what a proxy added after it.

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::atomic::{AtomicBool, Ordering},
};

use actix_web::http::header::HeaderMap;

/// The longest element that is looked at. A longer one is nothing that a proxy writes.
const MAX_ELEMENT: usize = 500;
/// How much of an entry goes into the log.
const SHOWN: usize = 100;

/// The header in which the trusted proxies say whom they forward for. Only this one is read: proxies let the other
/// one pass as the caller wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ProxyHeader {
    const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Whom a proxy forwarded for, as it says itself.
#[derive(Debug, PartialEq, Eq)]
enum Hop {
    /// It had this address.
    Address(IpAddr),
    /// The proxy does not tell: `unknown`, a made-up identifier (`_hidden`), or nothing.
    Hidden,
    /// Nothing that one of the standards allows.
    Unreadable(String),
}

/// Whether an entry that can't be read was reported: once is enough to find the proxy that writes it.
#[derive(Debug, Default)]
pub(super) struct Reported(AtomicBool);

impl Reported {
    fn report(&self, header: ProxyHeader, entry: &str) {
        if !self.0.swap(true, Ordering::Relaxed) {
            let entry: String = entry.chars().take(SHOWN).collect();
            tracing::warn!(
                header = header.name(),
                ?entry,
                "a trusted proxy sent an entry that can't be read, so its callers count as one address: see \
                 TRUSTED_PROXY_HEADER; this is said once"
            );
        }
    }
}

/// The address of a caller behind the trusted proxy `peer`: the last one that no trusted proxy has.
pub(super) fn caller(
    peer: IpAddr,
    headers: &HeaderMap,
    header: ProxyHeader,
    trusted: impl Fn(IpAddr) -> bool,
    reported: &Reported,
) -> IpAddr {
    let lines: Vec<_> = headers
        .get_all(header.name())
        .map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned())
        .collect();
    let mut address = peer;
    for hop in lines.iter().rev().flat_map(|line| Hops { rest: Some(line), header }) {
        match hop {
            Hop::Address(hop) => address = hop,
            Hop::Hidden => break,
            Hop::Unreadable(entry) => {
                reported.report(header, &entry);
                break;
            }
        }
        if !trusted(address) {
            break;
        }
    }
    address
}

/// The entries of one header line, the last one first.
struct Hops<'a> {
    rest: Option<&'a str>,
    header: ProxyHeader,
}

impl Iterator for Hops<'_> {
    type Item = Hop;

    fn next(&mut self) -> Option<Hop> {
        loop {
            let line = self.rest?.trim_end_matches([' ', '\t']);
            // Empty elements are no elements (RFC 9110, 5.6.1.2).
            if let Some(rest) = line.strip_suffix(',') {
                self.rest = Some(rest);
                continue;
            }
            if line.is_empty() {
                self.rest = None;
                return None;
            }
            let (rest, hop) = match self.header {
                ProxyHeader::XForwardedFor => last_entry(line),
                ProxyHeader::Forwarded => last_element(line),
            };
            self.rest = rest;
            return Some(hop);
        }
    }
}

fn last_entry(line: &str) -> (Option<&str>, Hop) {
    let (rest, entry) = split_at_comma(line, line.rfind(','));
    (rest, node(unquoted(entry).unwrap_or(entry)))
}

/// The last element: the shortest end of the line, beginning at a comma, that is one. No comma within a quoted string
/// of a well-formed element begins another, as the quotes behind it are not in pairs.
fn last_element(line: &str) -> (Option<&str>, Hop) {
    let commas = line.rmatch_indices(',').map(|(at, _)| Some(at)).chain([None]);
    for comma in commas.take_while(|comma| line.len() - comma.unwrap_or(0) <= MAX_ELEMENT) {
        let (rest, element) = split_at_comma(line, comma);
        if let Some(hop) = read_element(element) {
            return (rest, hop);
        }
    }
    let (rest, element) = split_at_comma(line, line.rfind(','));
    (rest, Hop::Unreadable(element.to_owned()))
}

fn split_at_comma(line: &str, comma: Option<usize>) -> (Option<&str>, &str) {
    let (rest, last) = match comma {
        Some(at) => (Some(&line[..at]), &line[at + 1..]),
        None => (None, line),
    };
    (rest, last.trim_matches([' ', '\t']))
}

/// Reads `for=192.0.2.43;proto=http;by="[2001:db8::1]:443"`; none when it is no such element.
fn read_element(element: &str) -> Option<Hop> {
    let (mut rest, mut hop) = (element, None);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ';']);
        if rest.is_empty() {
            return Some(hop.unwrap_or(Hop::Hidden));
        }
        let (name, value) = rest.split_once('=')?;
        if name.is_empty() || !name.bytes().all(is_token) {
            return None;
        }
        let (value, behind) = read_value(value)?;
        rest = behind.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(';') {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && hop.replace(node(&value)).is_some() {
            // Twice in one element is not allowed, and it would not be clear which counts.
            return None;
        }
    }
}

/// A value and what follows it. Bare values may have the colons and brackets of addresses: proxies forget the quotes.
fn read_value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| !u8::try_from(c).is_ok_and(|byte| is_token(byte) || b":[]".contains(&byte)))
            .unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let (mut value, mut letters) = (String::new(), quoted.char_indices());
    loop {
        match letters.next()? {
            (at, '"') => return Some((value, &quoted[at + 1..])),
            (_, '\\') => value.push(letters.next()?.1),
            (_, letter) => value.push(letter),
        }
    }
}

fn unquoted(text: &str) -> Option<&str> {
    Some(text.strip_prefix('"')?.strip_suffix('"')?.trim_matches([' ', '\t']))
}

/// RFC 9110, 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// Reads an address with or without a port, or a word that stands for one (RFC 7239, 6).
fn node(text: &str) -> Hop {
    let address = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((address, "")) => address6(address),
        Some((address, port)) => port.strip_prefix(':').filter(|port| is_port(port)).and(address6(address)),
        None => bare(text),
    };
    match address {
        Some(address) => Hop::Address(address.to_canonical()),
        None if is_hidden(text) => Hop::Hidden,
        None => Hop::Unreadable(text.to_owned()),
    }
}

/// Without brackets a single colon is the port's; with more it is an IPv6 address.
fn bare(text: &str) -> Option<IpAddr> {
    if let Some((address, port)) = text.split_once(':')
        && !port.contains(':')
    {
        return address.parse().ok().filter(|_| is_port(port)).map(IpAddr::V4);
    }
    text.parse().ok().map(IpAddr::V4).or_else(|| address6(text))
}

/// An IPv6 address; the zone behind `%` means something on the proxy's own links only.
fn address6(text: &str) -> Option<IpAddr> {
    let address = text.split_once('%').map_or(text, |(address, _zone)| address);
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

fn is_hidden(text: &str) -> bool {
    let name = text.split_once(':').filter(|(_, port)| is_port(port)).map_or(text, |(name, _)| name);
    name.is_empty() || name.eq_ignore_ascii_case("unknown") || is_obfuscated(name)
}

fn is_port(text: &str) -> bool {
    (text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())) || is_obfuscated(text)
}

fn is_obfuscated(text: &str) -> bool {
    text.strip_prefix('_').is_some_and(|rest| {
        !rest.is_empty()
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    })
}

#[cfg(test)]
mod tests;
