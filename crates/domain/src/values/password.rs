//! Passwords, which are never printed.

use std::{fmt, iter};

use unicode_normalization::{UnicodeNormalization, is_nfkc};

use super::unseen::pasted;
use crate::input::Rule;

/// The fewest characters of a password that may be chosen.
const MIN: usize = 8;

/// The most characters of a password that may be chosen.
const MAX: usize = 128;

/// A password in clear text, on its way to being hashed. `Debug` shows `***`, and there is no `Display`.
///
/// It is in one form, when it is chosen and whenever it is given. Characters that nobody sees are dropped at its ends: they come
/// along when a password is pasted, and nobody could type them. The rest is in NFKC (NIST SP 800-63B, section 5.1.1.2), because
/// one keyboard writes `é` as one character and another as two. Nothing else is changed: blanks count, and so does what nobody
/// sees inside.
#[derive(Clone, Eq)]
pub struct Password {
    text: String,
    /// The text as it was given, if that is another one. Hashes that are older than the form may be of it.
    as_given: Option<String>,
}

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
        match in_form(&raw) {
            Some(text) => Self { text, as_given: Some(raw) },
            None => Self { text: raw, as_given: None },
        }
    }

    /// The clear text that is hashed. Only a password hasher should call this.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The clear texts, at most two, of which a stored hash may be. Only a password hasher should call this.
    pub fn forms(&self) -> impl Iterator<Item = &str> {
        iter::once(self.text.as_str()).chain(self.as_given.as_deref())
    }
}

/// Two are the same when one hash is made of both.
impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The form of a password; none where it is the text itself, so that no copy of a secret is left behind.
fn in_form(raw: &str) -> Option<String> {
    let text = pasted(raw);
    let is_it = text.len() == raw.len() && is_nfkc(text);
    (!is_it).then(|| text.nfkc().collect())
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
        let text = in_form(&raw).unwrap_or(raw);
        let mut broken = check_password(&text).err().unwrap_or_default();
        if self.refuse_common && is_common(&text) {
            broken.push(Rule::TooCommon);
        }
        if broken.is_empty() { Ok(Password { text, as_given: None }) } else { Err(broken) }
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
        let wide = "Ｐａｓｓｗｏｒｄ１".to_owned();
        assert_eq!(strict.choose(wide), Err(vec![Rule::TooCommon]), "it is the same in wide letters");
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

    #[test]
    fn a_password_is_the_same_from_every_keyboard() {
        for (given, hashed) in [
            ("Contrase\u{F1}a1", "Contrase\u{F1}a1"),
            ("Contrasen\u{303}a1", "Contrase\u{F1}a1"),
            ("Zu\u{308}rich\u{A0}2026", "Z\u{FC}rich 2026"),
            ("Ｚürich２０２６", "Z\u{FC}rich2026"),
            ("\u{1112}\u{1161}\u{11AB}글 Seoul1", "\u{D55C}글 Seoul1"),
            ("\u{FEFF}Contrasen\u{303}a1\u{200B}", "Contrase\u{F1}a1"),
        ] {
            let chosen = Password::choose(given.to_owned()).expect("it breaks no rule");
            assert_eq!(chosen.expose(), hashed, "{given:?}");
            let attempt = Password::attempt(given.to_owned());
            assert_eq!(attempt, chosen, "{given:?}");
            // What was stored before passwords had one form still opens.
            let stored: Vec<_> = if given == hashed { vec![hashed] } else { vec![hashed, given] };
            assert!(attempt.forms().eq(stored), "{given:?}");
        }
        let (composed, decomposed) = ("Aa1\u{F1}\u{F1}\u{F1}\u{F1}", "Aa1n\u{303}n\u{303}n\u{303}n\u{303}");
        for short in [composed, decomposed] {
            let refused = Password::choose(short.to_owned());
            assert_eq!(refused, Err(vec![Rule::TooShort { min: 8 }]), "{short:?} has seven letters");
        }
        assert_ne!(Password::attempt("Contrasena1".to_owned()), Password::attempt("Contraseña1".to_owned()));
    }
}
