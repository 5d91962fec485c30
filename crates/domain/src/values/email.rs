//! E-mail addresses.

use std::fmt;

use crate::input::Rule;

/// The longest address that fits the path of RFC 5321 section 4.5.3.1.3 (256 with its angle brackets).
const MAX: usize = 254;

/// The longest local part, RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

/// The longest label of a domain name, RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// An e-mail address of the form that RFC 5321 calls a dot-string at a domain: `ana.paz@example.com`.
///
/// ASCII only: mail servers that accept UTF-8 addresses (RFC 6531) are still too rare for invitations to arrive
/// reliably. Quoted local parts, address literals and bare host names (`root@localhost`) are refused for the same
/// reason.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Trims `raw` and checks its form; the case is kept.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`] or [`Rule::Malformed`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        match text.split_once('@') {
            Some((local, domain)) if is_local(local) && is_domain(domain) => Ok(Self(text.to_owned())),
            _ => Err(Rule::Malformed { expected: "an e-mail address" }),
        }
    }

    /// Wraps an address that [`Email::parse`] accepted before; it is not checked again.
    pub fn trusted(address: String) -> Self {
        Self(address)
    }

    /// The form that must be unique: lower case. RFC 5321 lets a server distinguish `Ana@` from `ana@`, but none does.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
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
            "ñ@example.com",
            "a@peña.com",
            "a@exam_ple.com",
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
