//! E-mail addresses.

use std::{borrow::Cow, fmt};

use super::{
    keys::fold_key,
    unseen::{is_blank, trimmed},
};
use crate::input::Rule;

/// The longest address that fits the path of RFC 5321 section 4.5.3.1.3 (256 with its angle brackets).
const MAX: usize = 254;

/// The longest local part, RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

/// The longest label of a domain name, RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// An e-mail address of the form that RFC 5321 calls a dot-string at a domain: `ana.paz@example.com`.
///
/// The domain may be given in any script (`info@demo-rüter.example`); it is kept and compared as its A-labels (UTS 46,
/// RFC 5891), which every mail server takes. Before the `@` there is ASCII only: mail servers that take UTF-8 there
/// (RFC 6531) are still too rare to promise that an invitation arrives. Quoted local parts, address literals and bare host
/// names (`root@localhost`) are refused for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Trims `raw` and checks its form; the case is kept.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`] or [`Rule::Malformed`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let text = trimmed(&raw);
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        let malformed = Rule::Malformed { expected: "an e-mail address" };
        let Some((local, domain)) = text.split_once('@') else { return Err(malformed) };
        let Some(domain) = in_ascii(domain).filter(|domain| is_domain(domain)) else { return Err(malformed) };
        if !local.is_ascii() && !local.chars().any(is_blank) {
            return Err(ASCII_LOCAL);
        }
        if local.len() + 1 + domain.len() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        if is_local(local) { Ok(Self(format!("{local}@{domain}"))) } else { Err(malformed) }
    }

    /// Wraps an address that [`Email::parse`] accepted before; it is not checked again.
    pub fn trusted(address: String) -> Self {
        Self(address)
    }

    /// The form that must be unique: lower case. RFC 5321 lets a server distinguish `Ana@` from `ana@`, but none does.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// The form that is searched: the domain as people write it, in its own script.
    pub fn searched(address: &str) -> String {
        let Some((local, domain)) = address.split_once('@') else { return fold_key(address) };
        fold_key(&format!("{local}@{}", idna::domain_to_unicode(domain).0))
    }

    /// The address, in the case it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const ASCII_LOCAL: Rule = Rule::Malformed {
    expected: "an e-mail address with ASCII letters only before the @: mail servers that take others there are rare",
};

/// The domain in A-labels; one in ASCII stays as it was given. What nobody sees is no part of a name, and UTS 46 would
/// quietly drop it; the joiners it checks itself (RFC 5892, CONTEXTJ).
fn in_ascii(domain: &str) -> Option<Cow<'_, str>> {
    let is_stray = |c: char| is_blank(c) && !matches!(c, '\u{200C}' | '\u{200D}');
    match domain {
        _ if domain.is_ascii() => Some(Cow::Borrowed(domain)),
        _ if domain.contains(is_stray) => None,
        _ => idna::domain_to_ascii_strict(domain).ok().map(Cow::Owned),
    }
}

/// A dot-string: atoms (RFC 5322 section 3.2.3) with single dots between them.
fn is_local(local: &str) -> bool {
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= MAX_LOCAL && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

/// At least two labels, the last one not all digits, because that would be an IPv4 address.
fn is_domain(domain: &str) -> bool {
    let mut labels = domain.split('.');
    let last_is_name =
        labels.clone().next_back().is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
    last_is_name && domain.contains('.') && labels.all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=MAX_LABEL).contains(&label.len())
        && label.chars().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(raw: &str) -> Result<Email, Rule> {
        Email::parse(raw.to_owned())
    }

    #[test]
    fn addresses_keep_their_case_and_have_a_key() {
        let label = "d".repeat(63);
        let longest = format!("{}@{label}.{label}.{}.com", "l".repeat(64), "d".repeat(57));
        assert_eq!(longest.len(), 254);
        let cases = [
            ("ana@example.com", "ana@example.com"),
            ("  Ana.Paz+crm@Example.COM\n", "ana.paz+crm@example.com"),
            ("o'brien_1=x@sub.example.co", "o'brien_1=x@sub.example.co"),
            ("a@b.c", "a@b.c"),
            ("a@xn--pea-8ma.com", "a@xn--pea-8ma.com"),
            ("a@1.2.3.com", "a@1.2.3.com"),
            (longest.as_str(), longest.as_str()),
        ];
        for (raw, key) in cases {
            let email = parse(raw).expect(raw);
            assert_eq!((email.as_str(), email.key().as_str()), (raw.trim(), key));
        }
    }

    #[test]
    fn domains_of_every_script_are_kept_as_their_a_labels() {
        let cases = [
            ("info@demo-rüter.example", "info@xn--demo-rter-v9a.example"),
            ("Info@DEMO-RÜTER.Example", "Info@xn--demo-rter-v9a.example"),
            ("info@demo-ru\u{308}ter.example", "info@xn--demo-rter-v9a.example"),
            ("ana@straße.example", "ana@xn--strae-oqa.example"),
            ("ana@例え.テスト", "ana@xn--r8jz45g.xn--zckzah"),
            ("ana@例え。テスト", "ana@xn--r8jz45g.xn--zckzah"),
            ("ana@ｅｘａｍｐｌｅ.com", "ana@example.com"),
            ("\u{200B}ana@peña.com\u{FEFF}", "ana@xn--pea-8ma.com"),
        ];
        for (raw, expected) in cases {
            let email = parse(raw).expect(raw);
            assert_eq!(email.as_str(), expected, "{raw}");
            assert_eq!(parse(email.as_str()), Ok(email), "{raw}");
        }
        assert_eq!(Email::searched("info@xn--demo-rter-v9a.example"), "info demo ruter example");
        assert_eq!(Email::searched("ana@example.com"), "ana example com");
    }

    #[test]
    fn letters_before_the_at_are_refused_by_name() {
        for raw in ["ñ@example.com", "josé.paz@peña.com", "用户@例え.テスト"] {
            assert_eq!(parse(raw), Err(ASCII_LOCAL), "{raw}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        let (long_local, long_label) =
            (format!("{}@b.co", "l".repeat(65)), format!("a@{}.co", "d".repeat(64)));
        let malformed = [
            "ana",
            "@",
            "ana@",
            "@example.com",
            "ana@example",
            "ana@localhost",
            "a@b@example.com",
            "a b@example.com",
            "a@exa mple.com",
            "a\0@example.com",
            "a\n@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a@.example.com",
            "a@example.com.",
            "a@example..com",
            "a@-example.com",
            "a@example-.com",
            "a@127.0.0.1",
            "a@[127.0.0.1]",
            "\"a b\"@example.com",
            "Ana <a@example.com>",
            "a@example.com, b@example.com",
            "a@exam_ple.com",
            "a@pe ña.com",
            "a@peña",
            "a@-peña.com",
            "a@pe\u{200B}ña.com",
            "a@\u{200B}example.com",
            "a@exa\u{AD}mple.com",
            "a\u{200B}b@example.com",
            "a@peña.com\u{202E}x",
            "a@１２７.０.０.１",
            "a@☃\u{FE0F}..com",
            &long_local,
            &long_label,
        ];
        for raw in malformed {
            assert!(matches!(parse(raw), Err(Rule::Malformed { .. })), "{raw:?}");
        }
        assert_eq!(parse("  "), Err(Rule::Blank));
        assert_eq!(parse(&format!("a@{}.com", "d.".repeat(130))), Err(Rule::TooLong { max: 254 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_key_is_an_address_with_that_key(raw in "[A-Za-z0-9._+@-]{1,12}@[A-Za-z0-9.-]{1,12}") {
            if let Ok(email) = parse(&raw) {
                prop_assert_eq!(parse(&email.key()).map(|again| again.key()), Ok(email.key()));
            }
        }

        #[test]
        fn no_text_panics(raw in any::<String>()) {
            let _ = parse(&raw);
        }
    }
}
