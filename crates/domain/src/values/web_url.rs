//! URLs of web pages and images.

use std::fmt;

use url::Url;

use super::unseen::{is_blank, trimmed};
use crate::input::Rule;

/// The most characters of a URL; longer ones fail in mail clients and proxies.
const MAX: usize = 2048;

/// An absolute http or https URL, kept as given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WebUrl(String);

impl WebUrl {
    /// Trims `raw` and checks it.
    ///
    /// # Errors
    /// [`Rule::Blank`]; [`Rule::TooLong`]; [`Rule::Malformed`] for another scheme (especially `javascript:`), no host,
    /// a user name or password, or characters that RFC 3986 does not allow.
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let text = trimmed(&raw);
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        if is_web_address(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Rule::Malformed { expected: "an http or https address" })
        }
    }

    /// Wraps a URL that [`WebUrl::parse`] accepted before; it is not checked again.
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

/// The URL parser repairs what browsers repair (`http:\\host`, tabs inside the scheme). The text is stored as given, so
/// only text that needs no repair is accepted.
fn is_web_address(text: &str) -> bool {
    let is_stray = |c: char| {
        c.is_control() || is_blank(c) && !is_part_of_words(c) || matches!(c, '"' | '<' | '>' | '\\' | '`')
    };
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    is_web
        && !text.contains(is_stray)
        && !authority.is_empty()
        && !authority.contains(['@', '\u{FE0E}', '\u{FE0F}'])
        && Url::parse(text).is_ok_and(|url| url.has_host())
}

/// ZWNJ and ZWJ, which words of Persian and Hindi hold, and the selectors of emoji. In hosts the parser checks the joiners
/// (RFC 5892, CONTEXTJ), and there are no selectors.
fn is_part_of_words(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE0E}' | '\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(raw: &str) -> Result<WebUrl, Rule> {
        WebUrl::parse(raw.to_owned())
    }

    #[test]
    fn web_addresses_are_kept_as_given() {
        let longest = format!("https://example.com/{}", "a".repeat(2028));
        let cases = [
            "https://example.com",
            "http://Example.com:8080/a/b?c=d&e=[1]#f",
            "HTTPS://example.com/%20",
            "https://peña.example/ñ?q=café",
            "http://localhost:3000",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://www.linkedin.com/in/ana@paz",
            "https://demo-rüter.example",
            "https://例え.テスト/",
            "https://fa.wikipedia.org/wiki/می\u{200C}خواهم",
            longest.as_str(),
        ];
        for raw in cases {
            assert_eq!(parse(&format!("\u{FEFF} {raw}\u{200B}\n")).expect(raw).as_str(), raw);
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        let malformed = [
            "example.com",
            "//example.com",
            "/logo.png",
            "ftp://example.com",
            "javascript:alert(1)",
            "javascript://example.com/%0Aalert(1)",
            "data:text/html,x",
            "mailto:a@example.com",
            "https:",
            "https://",
            "https:///path",
            "https://?q",
            "https:example.com",
            "https:/example.com",
            "https:\\\\example.com",
            "https://ana@example.com",
            "https://ana:secret@example.com",
            "https://@example.com",
            "https://example.com\\@evil.example",
            "https://exa mple.com",
            "https://example.com/a b",
            "https://example.com/a\tb",
            "https://example.com/\0",
            "https://example.com/\"onload=x",
            "https://example.com/<script>",
            "https://example.com:99999",
            "https://[::1",
            "https://\u{200B}",
            "https://\u{200B}example.com",
            "https://exam\u{AD}ple.com",
            "https://exam\u{200D}ple.com",
            "https://example.com/a\u{202E}b",
            "https://example.com/\u{3164}x",
            "https://example.com/\u{2800}x",
        ];
        for raw in malformed {
            assert!(matches!(parse(raw), Err(Rule::Malformed { .. })), "{raw:?}");
        }
        assert_eq!(parse(" "), Err(Rule::Blank));
        let too_long = format!("https://example.com/{}", "a".repeat(2029));
        assert_eq!(parse(&too_long), Err(Rule::TooLong { max: 2048 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_panics(raw in any::<String>(), rest in "[a-z:/?#@\\\\\\[\\]% .-]{0,20}") {
            let _ = parse(&raw);
            if let Ok(url) = parse(&format!("https://{rest}")) {
                prop_assert!(Url::parse(url.as_str()).is_ok_and(|url| url.username().is_empty()));
            }
        }
    }
}
