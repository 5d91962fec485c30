//! Where people can be found on other services: one address for each profile, however it was given.

use std::fmt;

use url::Url;

use super::{
    Country, Phone,
    network::{Network, Target},
    unseen::{is_blank, trimmed},
};
use crate::input::Rule;

/// The most characters of what is given and of what is kept.
const MAX: usize = 2048;

/// A profile on LinkedIn.
pub type LinkedinLink = SocialLink<0>;
/// A profile on Instagram.
pub type InstagramLink = SocialLink<1>;
/// A profile on Telegram.
pub type TelegramLink = SocialLink<2>;
/// A number or a link of WhatsApp.
pub type WhatsappLink = SocialLink<3>;
/// A profile on X.
pub type XLink = SocialLink<4>;
/// A profile on Facebook.
pub type FacebookLink = SocialLink<5>;

/// The address of a profile on the network with this place in [`Network::ALL`], in the network's own form:
/// `https://www.instagram.com/ana.paz`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SocialLink<const NETWORK: usize>(String);

impl<const NETWORK: usize> SocialLink<NETWORK> {
    /// The network.
    pub const NETWORK: Network = Network::ALL[NETWORK];

    /// Reads a link to a profile (with or without `https://`, of whatever host the network has), a handle (with or without
    /// `@`), or, for WhatsApp and Telegram, a phone number, which is dialled in `country` unless it names its own. What only
    /// tracks (queries, fragments) and what stands behind the profile is dropped.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`], or [`Rule::Malformed`] for a link to another site too.
    pub fn parse(raw: &str, country: Option<&Country>) -> Result<Self, Rule> {
        let text = trimmed(raw);
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        let network = Self::NETWORK;
        let malformed = Rule::Malformed { expected: network.expected() };
        if let Some(number) = network.takes_numbers().then(|| number(text, country)).flatten() {
            return Ok(Self(network.address(&Target::Number(number))));
        }
        // A number in a link's query is written with blanks, too.
        let before_query = text.split('?').next().unwrap_or_default();
        if before_query.contains(is_blank) || text.contains(char::is_control) {
            return Err(malformed);
        }
        let target = match link(text) {
            Some(url) if !network.has(&url) => return Err(Rule::Malformed { expected: network.elsewhere() }),
            Some(url) => network.target(&url),
            None => network.handle(text.trim_start_matches(['@', '＠']).trim_end_matches('/')),
        };
        target.map(|target| Self(network.address(&target))).ok_or(malformed)
    }

    /// Takes back an address that was once let in; it is not checked again.
    pub fn trusted(address: String) -> Self {
        Self(address)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const NETWORK: usize> fmt::Display for SocialLink<NETWORK> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The digits of a phone number, with its country code.
fn number(text: &str, country: Option<&Country>) -> Option<String> {
    if text.chars().any(char::is_alphabetic) {
        return None;
    }
    let abroad = || Phone::international(&format!("+{text}"));
    let phone = match country {
        Some(country) => Phone::parse(text, country).ok().or_else(abroad),
        None => Phone::international(text),
    };
    phone.map(|phone| phone.digits())
}

/// The address that a text is, with its scheme or without; none for a handle. `ana.paz` is a handle, `example.com` is not:
/// nobody who means a handle writes it like a domain without an `@`.
fn link(text: &str) -> Option<Url> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("://") {
        return Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none());
    }
    let host = lower.split(['/', '?', '#']).next().unwrap_or_default();
    let has_path = host.len() < lower.len();
    let is_domain = host.contains('.') && !host.starts_with('@');
    let looks_like_one = has_path
        || host.starts_with("www.")
        || Network::ALL.iter().any(|network| network.is_host(host))
        || [".com", ".net", ".org"].iter().any(|end| host.ends_with(end));
    if is_domain && looks_like_one { Url::parse(&format!("https://{text}")).ok() } else { None }
}

#[cfg(test)]
mod tests;
