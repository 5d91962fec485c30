//! Telephone numbers in the one form that can be dialled from everywhere and compared.

use std::fmt;

use phonenumber::{Mode, PhoneNumber, country, metadata::DATABASE};

use super::Country;
use crate::input::Rule;

/// The most characters of the raw text; E.164 has 15 digits, the rest is room for separators.
const MAX: usize = 40;

/// A telephone number in E.164 form: `+59899123456`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people write it. One without a country code is dialled in `country`, the company's:
    /// so `099 123 456` is `+59899123456` in Uruguay. Separators are dropped; letters and extensions are
    /// refused, because E.164 has no place for them.
    ///
    /// A number that names its country code is refused only when no number there has its length: numbering
    /// plans change faster than tables of them. One that doesn't must be in use in `country`, or the country
    /// was the wrong guess.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`] or [`Rule::Malformed`].
    pub fn parse(raw: &str, country: &Country) -> Result<Self, Rule> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        dialled(text)
            .and_then(|dialled| read(&dialled, *country))
            .map(|number| Self(number.format().mode(Mode::E164).to_string()))
            .ok_or(Rule::Malformed {
                expected: "a phone number such as +598 99 123 456",
            })
    }

    /// Takes back a number that [`Phone::parse`] once let in; it is not checked again.
    pub fn trusted(number: String) -> Self {
        Self(number)
    }

    /// The number in E.164 form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one would dial: digits, after a plus sign when the text has one.
fn dialled(text: &str) -> Option<String> {
    let (plus, rest) = match text.trim_start_matches(is_separator).strip_prefix('+') {
        // `+44 (0)20 …`: the zero in brackets is for callers inside the country only.
        Some(rest) => ("+", rest.replacen("(0)", "", 1)),
        None => ("", text.to_owned()),
    };
    let digits: String = rest.chars().filter(|c| !is_separator(*c)).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{plus}{digits}"))
}

/// Blanks, dashes, brackets, dots and slashes, and the direction marks that come along when a number is
/// copied from an address book.
fn is_separator(c: char) -> bool {
    c == ' '
        || matches!(
            c,
            '-' | '.' | '/' | '(' | ')' | '\t' | '\u{A0}' | '\u{202F}' | '\u{2212}'
        )
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2010}'..='\u{2015}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The library gets digits only, and no default country for an international number: it would take the
/// default's trunk prefix off the number of another country (the zero of `+39 06 …` in Uruguay).
fn read(dialled: &str, country: Country) -> Option<PhoneNumber> {
    let region: Option<country::Id> = country.as_str().parse().ok();
    if let Some(international) = in_international_form(dialled, country) {
        return phonenumber::parse(None, international)
            .ok()
            .filter(has_possible_length);
    }
    phonenumber::parse(Some(region?), dialled)
        .ok()
        .filter(PhoneNumber::is_valid)
}

/// The number with a plus sign, when it has one or begins with the country's prefix for dialling abroad.
fn in_international_form(dialled: &str, country: Country) -> Option<String> {
    if dialled.starts_with('+') {
        return Some(dialled.to_owned());
    }
    let prefix = DATABASE
        .by_id(country.as_str())?
        .international_prefix()?
        .find(dialled)?;
    let rest = &dialled[prefix.end()..];
    (prefix.start() == 0 && !rest.starts_with('0')).then(|| format!("+{rest}"))
}

/// True when some number of its country code is this long.
fn has_possible_length(number: &PhoneNumber) -> bool {
    let length = number.national().to_string().len();
    let regions = DATABASE.by_code(&number.code().value()).unwrap_or_default();
    regions.iter().any(|region| {
        let lengths = region.descriptors().general().possible_length();
        lengths.iter().any(|possible| usize::from(*possible) == length)
    })
}
