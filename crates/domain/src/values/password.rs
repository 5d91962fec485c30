//! Passwords, which are never printed.

use std::fmt;

use super::unseen::pasted;
use crate::input::Rule;

/// The fewest characters of a password that may be chosen.
const MIN: usize = 8;

/// The most characters of a password that may be chosen.
const MAX: usize = 128;

/// A password in clear text, on its way to being hashed. `Debug` shows `***`, and there is no `Display`.
///
/// Characters that nobody sees are dropped at its ends, when it is chosen and whenever it is given: they come along when a
/// password is pasted, and nobody could type them. Nothing else is changed: blanks count, and so does whatever stands inside.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The fewest characters of a password that may be chosen.
    pub const MIN: usize = MIN;

    /// The most characters of a password that may be chosen.
    pub const MAX: usize = MAX;

    /// A password that somebody chooses (blanks count).
    ///
    /// # Errors
    /// Every rule of [`check_password`] that it breaks.
    pub fn choose(raw: String) -> Result<Self, Vec<Rule>> {
        PasswordPolicy::default().choose(raw)
    }

    /// A password given to sign in. The rule is not checked: it may have changed since the password was chosen, and a
    /// violation would tell an attacker something.
    pub fn attempt(raw: String) -> Self {
        Self(pasted_alone(raw))
    }

    /// The clear text. Only a password hasher should call this.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The same text where nothing has to go, so that no copy of a secret is left behind.
fn pasted_alone(raw: String) -> String {
    if pasted(&raw).len() == raw.len() { raw } else { pasted(&raw).to_owned() }
}

/// What a deployment asks of passwords besides the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PasswordPolicy {
    /// Whether the 10,000 most common passwords are refused, in any case (NIST SP 800-63B-4 §3.1.1.2).
    pub refuse_common: bool,
}

impl PasswordPolicy {
    /// A password that somebody chooses (blanks count).
    ///
    /// # Errors
    /// Every rule that it breaks.
    pub fn choose(self, raw: String) -> Result<Password, Vec<Rule>> {
        let raw = pasted_alone(raw);
        let mut broken = check_password(&raw).err().unwrap_or_default();
        if self.refuse_common && is_common(&raw) {
            broken.push(Rule::TooCommon);
        }
        if broken.is_empty() { Ok(Password(raw)) } else { Err(broken) }
    }
}

/// Those of the 10,000 most common passwords that the rule would accept in some combination of upper and lower case; in
/// lower case and sorted by bytes.
const COMMON: &str = include_str!("common_passwords.txt");

fn is_common(raw: &str) -> bool {
    let wanted = raw.to_lowercase();
    COMMON.lines().any(|common| common == wanted)
}

/// The password rule: 8 to 128 characters, an upper-case letter, a lower-case letter and a digit. Letters of
/// every script count; digits are `0` to `9`.
///
/// # Errors
/// Every rule that `raw` breaks, not just the first.
pub fn check_password(raw: &str) -> Result<(), Vec<Rule>> {
    let length = raw.chars().count();
    let checks = [
        (length < MIN, Rule::TooShort { min: MIN }),
        (length > MAX, Rule::TooLong { max: MAX }),
        (!raw.contains(char::is_uppercase), Rule::NoUpperCase),
        (!raw.contains(char::is_lowercase), Rule::NoLowerCase),
        (!raw.contains(|c: char| c.is_ascii_digit()), Rule::NoDigit),
    ];
    let broken: Vec<Rule> =
        checks.into_iter().filter(|(is_broken, _)| *is_broken).map(|(_, rule)| rule).collect();
    if broken.is_empty() { Ok(()) } else { Err(broken) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_rule_is_listed() {
        let (fits, too_long) = (format!("Aa1{}", "x".repeat(125)), format!("Aa1{}", "x".repeat(126)));
        let cases: [(&str, Vec<Rule>); 12] = [
            ("Secreto1", vec![]),
            ("ÑandÚ 1é", vec![]),
            ("Жжжжжжж1", vec![]),
            (&fits, vec![]),
            (&too_long, vec![Rule::TooLong { max: 128 }]),
            ("Secret1", vec![Rule::TooShort { min: 8 }]),
            ("secreto1", vec![Rule::NoUpperCase]),
            ("SECRETO1", vec![Rule::NoLowerCase]),
            ("Secretos", vec![Rule::NoDigit]),
            ("Secreto½", vec![Rule::NoDigit]),
            ("12345678", vec![Rule::NoUpperCase, Rule::NoLowerCase]),
            ("", vec![Rule::TooShort { min: 8 }, Rule::NoUpperCase, Rule::NoLowerCase, Rule::NoDigit]),
        ];
        for (raw, broken) in cases {
            assert_eq!(check_password(raw).err().unwrap_or_default(), broken, "{raw:?}");
        }
    }

    #[test]
    fn the_commonest_are_refused_where_the_deployment_says_so() {
        let strict = PasswordPolicy { refuse_common: true };
        for common in ["Password1", "pASSWORD1", "Qwerty123", "1Q2w3e4r"] {
            assert_eq!(strict.choose(common.to_owned()), Err(vec![Rule::TooCommon]), "{common}");
            assert!(PasswordPolicy::default().choose(common.to_owned()).is_ok(), "{common}");
        }
        assert!(strict.choose("Tres-Cruces-1826".to_owned()).is_ok());
        assert_eq!(strict.choose("password1".to_owned()), Err(vec![Rule::NoUpperCase, Rule::TooCommon]));
        assert!(COMMON.lines().all(|line| line.len() >= MIN && line.to_lowercase() == line));
    }

    #[test]
    fn a_password_is_kept_as_given_and_never_shown() {
        let chosen = Password::choose(" Secreto1 ".to_owned()).expect("it breaks no rule");
        assert_eq!(chosen.expose(), " Secreto1 ");
        assert_eq!(format!("{:?}", Some(&chosen)), "Some(***)");
        assert_eq!(Password::attempt("x".to_owned()).expose(), "x");
        for pasted in ["\u{FEFF}Secreto1", "Secreto1\u{200B}", "\u{202A}Secreto1\u{202C}"] {
            let chosen = Password::choose(pasted.to_owned()).expect("it breaks no rule");
            assert_eq!(chosen.expose(), "Secreto1", "{pasted:?}");
            assert_eq!(Password::attempt(pasted.to_owned()), chosen, "{pasted:?}");
        }
        assert_eq!(Password::attempt("Sec\u{200C}reto1 ".to_owned()).expose(), "Sec\u{200C}reto1 ");
        assert!(Password::choose("\u{200B}".repeat(8) + "Aa1").is_err(), "what nobody sees adds no length");
        assert!(Password::choose("x".to_owned()).is_err());
    }
}
