//! E-mail addresses.

use std::fmt;

use crate::input::Rule;

/// The longest address that fits the path of RFC 5321 section 4.5.3.1.3 (256 with its angle brackets).
const MAX: usize = 254;

/// The longest local part, RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

/// The longest label of a domain name, RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// An e-mail address of the shape that RFC 5321 calls a dot-string at a domain: `ana.paz@example.com`.
///
/// ASCII only: mail servers that take UTF-8 addresses (RFC 6531) are still too rare to promise that an
/// invitation arrives. Quoted local parts, address literals and bare host names (`root@localhost`) are
/// refused for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Trims `raw` and checks its shape; the case stays as given.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`] or [`Rule::Malformed`].
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
        match text.split_once('@') {
            Some((local, domain)) if is_local(local) && is_domain(domain) => Ok(Self(text.to_owned())),
            _ => Err(Rule::Malformed {
                expected: "an e-mail address",
            }),
        }
    }

    /// Takes back an address that [`Email::parse`] once let in; it is not checked again.
    pub fn trusted(address: String) -> Self {
        Self(address)
    }

    /// The form that must be unique: lower case. RFC 5321 lets a server tell `Ana@` from `ana@`; none does.
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
    local.len() <= MAX_LOCAL
        && local
            .split('.')
            .all(|atom| !atom.is_empty() && atom.chars().all(is_atom))
}

/// At least two labels; a last label of digits only would be an IPv4 address.
fn is_domain(domain: &str) -> bool {
    let mut labels = domain.split('.');
    let last_is_name = labels
        .clone()
        .next_back()
        .is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()));
    last_is_name && domain.contains('.') && labels.all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=MAX_LABEL).contains(&label.len())
        && label.chars().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
