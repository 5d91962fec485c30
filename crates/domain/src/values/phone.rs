//! Telephone numbers in E.164 form, which can be dialled from everywhere and compared.

use std::fmt;

use phonenumber::{
    Mode, PhoneNumber, country,
    metadata::{DATABASE, Descriptor},
};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    Country,
    unseen::{is_blank, trimmed},
};
use crate::input::Rule;

/// The most characters of the raw text; E.164 has 15 digits, the rest is room for separators.
const MAX: usize = 40;

/// A telephone number in E.164 form: `+59899123456`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Parses a number as people write it. One without a country code is read as dialled in `country`, the company's:
    /// `099 123 456` is `+59899123456` in Uruguay. Separators are dropped; letters and extensions are refused, because
    /// E.164 can't represent them.
    ///
    /// A number with a country code is refused only if no number there has its length, because numbering plans change
    /// faster than their tables. One without must be in use in `country`; otherwise the country is probably wrong.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::TooLong`] or [`Rule::Malformed`].
    pub fn parse(raw: &str, country: &Country) -> Result<Self, Rule> {
        let text = trimmed(raw);
        if text.is_empty() {
            return Err(Rule::Blank);
        }
        if text.chars().count() > MAX {
            return Err(Rule::TooLong { max: MAX });
        }
        dialled(text)
            .and_then(|dialled| read(&dialled, *country))
            .map(|number| Self(number.format().mode(Mode::E164).to_string()))
            .ok_or(Rule::Malformed { expected: "a phone number such as +598 99 123 456" })
    }

    /// Reads a number with its country code, which means the same in every country.
    pub(super) fn international(raw: &str) -> Option<Self> {
        let dialled = dialled(trimmed(raw)).filter(|dialled| dialled.starts_with('+'))?;
        let number = phonenumber::parse(None, dialled).ok().filter(is_possible)?;
        Some(Self(number.format().mode(Mode::E164).to_string()))
    }

    /// Its digits, with the country code.
    pub(super) fn digits(&self) -> String {
        self.0.trim_start_matches('+').to_owned()
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

/// The characters to dial: digits, after a plus sign if the text has one.
fn dialled(text: &str) -> Option<String> {
    let text = typed(text);
    // RFC 3966, as address books hold numbers.
    let text = text.strip_prefix("tel:").or_else(|| text.strip_prefix("TEL:")).unwrap_or(&text);
    let (plus, rest) = match text.trim_start_matches(is_separator).strip_prefix('+') {
        // `+44 (0)20 …`: the zero in brackets is for callers inside the country only.
        Some(rest) => ("+", rest.replacen("(0)", "", 1)),
        None => ("", text.to_owned()),
    };
    let digits: String = rest.chars().filter(|c| !is_separator(*c)).collect();
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // Mexico dials its mobile numbers without the 1 since 2019; WhatsApp and old address books still have it.
    let digits = match digits.strip_prefix("521").filter(|rest| !plus.is_empty() && rest.len() == 10) {
        Some(rest) => format!("52{rest}"),
        None => digits,
    };
    is_number.then(|| format!("{plus}{digits}"))
}

/// Blanks, dashes, brackets, dots and slashes, and the characters that nobody sees, which come along when a number is
/// copied from an address book.
fn is_separator(c: char) -> bool {
    is_blank(c)
        || matches!(c, '-' | '.' | '/' | '(' | ')' | '·' | '・' | '\u{2212}')
        || matches!(c, '\u{2010}'..='\u{2015}')
}

/// ASCII for what a keyboard of another script writes: full-width forms, and Arabic, Persian and Devanagari digits.
fn typed(text: &str) -> String {
    let digit = |c: char, zero: u32| char::from_digit(u32::from(c) - zero, 10).unwrap_or(c);
    text.nfkc()
        .map(|c| match c {
            '\u{660}'..='\u{669}' => digit(c, 0x660),
            '\u{6F0}'..='\u{6F9}' => digit(c, 0x6F0),
            '\u{966}'..='\u{96F}' => digit(c, 0x966),
            c => c,
        })
        .collect()
}

/// The library gets digits only, and no default country for an international number: it would strip the default
/// country's trunk prefix from a number of another country (the zero of `+39 06 …` in Uruguay).
fn read(dialled: &str, country: Country) -> Option<PhoneNumber> {
    let region: Option<country::Id> = country.as_str().parse().ok();
    if let Some(international) = in_international_form(dialled, country) {
        return phonenumber::parse(None, international).ok().filter(is_possible);
    }
    phonenumber::parse(Some(region?), dialled).ok().filter(PhoneNumber::is_valid)
}

/// The number with a plus sign, if it has one or begins with the country's international dialling prefix.
fn in_international_form(dialled: &str, country: Country) -> Option<String> {
    if dialled.starts_with('+') {
        return Some(dialled.to_owned());
    }
    let prefix = DATABASE.by_id(country.as_str())?.international_prefix()?.find(dialled)?;
    let rest = &dialled[prefix.end()..];
    (prefix.start() == 0 && !rest.starts_with('0')).then(|| format!("+{rest}"))
}

/// True for a number in use, and for any other with the length of fixed or mobile numbers of its country code.
fn is_possible(number: &PhoneNumber) -> bool {
    let length = number.national().to_string().len();
    let has_length = |line: &Descriptor| line.possible_length().iter().any(|l| usize::from(*l) == length);
    let regions = DATABASE.by_code(&number.code().value()).unwrap_or_default();
    let mut lines = regions.iter().flat_map(|region| {
        let lines = region.descriptors();
        [lines.fixed_line(), lines.mobile()]
    });
    number.is_valid() || lines.any(|line| line.is_some_and(has_length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::country_codes::ALPHA_2;

    fn parse(raw: &str, country: &str) -> Result<Phone, Rule> {
        Phone::parse(raw, &Country::parse(country).expect("the code is assigned"))
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let cases = [
            ("099 123 456", "UY", "+59899123456"),
            ("99123456", "UY", "+59899123456"),
            (" (099) 123-456 ", "UY", "+59899123456"),
            ("2901 1234", "UY", "+59829011234"),
            ("+598 99 123 456", "UY", "+59899123456"),
            ("+598 99 123 456", "BR", "+59899123456"),
            ("099\n123\u{2003}456", "UY", "+59899123456"),
            ("٠٩٩١٢٣٤٥٦", "UY", "+59899123456"),
            ("＋598（99）１２３・４５６", "UY", "+59899123456"),
            ("tel:+598-99-123-456", "UY", "+59899123456"),
            ("+52 1 55 1234 5678", "UY", "+525512345678"),
            ("00 598 99 123 456", "UY", "+59899123456"),
            ("\u{202A}+598\u{A0}99\u{2011}123\u{2011}456\u{202C}", "UY", "+59899123456"),
            ("(+598) 99.123/456", "UY", "+59899123456"),
            ("\u{200B}+598 99\u{200B}123\u{2060}456\u{FEFF}", "UY", "+59899123456"),
            ("(11) 96123-4567", "BR", "+5511961234567"),
            ("+55 11 96123-4567", "UY", "+5511961234567"),
            ("011 15 2345-6789", "AR", "+5491123456789"),
            ("(650) 253-0000", "US", "+16502530000"),
            ("011 598 99 123 456", "US", "+59899123456"),
            ("+44 (0)20 7946 0018", "UY", "+442079460018"),
            ("+39 06 6982 1234", "UY", "+390669821234"),
            ("00 39 06 6982 1234", "UY", "+390669821234"),
            ("+1 555 123 4567", "UY", "+15551234567"),
            ("+59899123456", "AQ", "+59899123456"),
        ];
        for (raw, country, expected) in cases {
            assert_eq!(parse(raw, country).as_ref().map(Phone::as_str), Ok(expected), "{raw:?} in {country}");
        }
    }

    #[test]
    fn impossible_numbers_are_refused() {
        let malformed = [
            ("abc", "UY"),
            ("123", "UY"),
            ("0000", "UY"),
            ("12345678901234567890", "UY"),
            ("+", "UY"),
            ("+1", "UY"),
            ("+598", "UY"),
            ("+000000000", "UY"),
            ("+1 555 0100", "UY"),
            ("+999 123 456 789", "UY"),
            ("+598 99 123 456 789 012", "UY"),
            ("++598 99 123 456", "UY"),
            ("099 123 456 ext. 7", "UY"),
            ("099 123 456,7", "UY"),
            ("0800-FLORES", "UY"),
            ("tel:abc", "UY"),
            ("+598 99 123 456;ext=7", "UY"),
            ("099 123 456", "US"),
            ("099 123 456", "AQ"),
        ];
        for (raw, country) in malformed {
            let parsed = parse(raw, country);
            assert!(matches!(parsed, Err(Rule::Malformed { .. })), "{raw:?} in {country}: {parsed:?}");
        }
        assert_eq!(parse(" ", "UY"), Err(Rule::Blank));
        assert_eq!(parse(&"1".repeat(41), "UY"), Err(Rule::TooLong { max: 40 }));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_panics(text in any::<String>(), country in prop::sample::select(&ALPHA_2)) {
            let _ = parse(&text, country);
        }

        #[test]
        fn no_number_panics_and_each_reads_back_as_itself(
            raw in "[+]?(0|00|011)?[0-9 ()-]{1,18}",
            country in prop::sample::select(&ALPHA_2),
            elsewhere in prop::sample::select(&ALPHA_2),
        ) {
            if let Ok(phone) = parse(&raw, country) {
                prop_assert_eq!(parse(phone.as_str(), elsewhere), Ok(phone));
            }
        }
    }
}
