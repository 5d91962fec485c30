//! Addresses of web pages and images.

use std::fmt;

use url::Url;

use crate::input::Rule;

/// The most characters of an address; longer ones fail in mail clients and proxies.
const MAX: usize = 2048;

/// An absolute http or https address, kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebUrl(String);

impl WebUrl {
    /// Trims `raw` and checks it.
    ///
    /// # Errors
    /// [`Rule::Blank`]; [`Rule::TooLong`]; [`Rule::Malformed`] for another scheme (`javascript:` above all),
    /// no host, a user name or password in it, or characters that RFC 3986 has no place for.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "parsers of raw fields take what the form owns"
    )]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        if is_web_address(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Rule::Malformed {
                expected: "an http or https address",
            })
        }
    }

    /// Takes back an address that [`WebUrl::parse`] once let in; it is not checked again.
    pub fn trusted(address: String) -> Self {
        Self(address)
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The URL parser repairs what browsers repair (`http:\\host`, tabs inside the scheme). The text is stored
/// as given, so only text that needs no repair is let in.
fn is_web_address(text: &str) -> bool {
    let is_stray = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | '`');
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_web
        && !text.contains(is_stray)
        && !authority.is_empty()
        && !authority.contains('@')
        && Url::parse(text).is_ok_and(|url| url.has_host())
}
