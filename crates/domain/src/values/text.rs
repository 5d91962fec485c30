//! Free text, bounded and printable.

use std::{borrow::Cow, fmt};

use super::unseen::{is_direction, trimmed};
use crate::input::Rule;

/// One line of text of at most `MAX` characters (Unicode scalar values, not bytes): trimmed, not blank,
/// without control characters and without marks of writing direction. Line breaks and tabs, which come along when a text
/// is pasted, are one blank.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line<const MAX: usize>(String);

/// Text of several lines and at most `MAX` characters: like [`Line`], but line feeds and tabs are allowed. Line ends
/// are normalized to LF.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    /// The most characters that this text may have.
    pub const MAX: usize = MAX;

    /// Trims `raw`, makes one line of it, and checks it.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::ControlCharacter`] (marks of writing direction too) or [`Rule::TooLong`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        check(&on_one_line(trimmed(&raw)), MAX, char::is_control).map(Self)
    }

    /// Wraps text that [`Line::parse`] accepted before; it is not checked again.
    pub fn trusted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> Prose<MAX> {
    /// The most characters that this text may have.
    pub const MAX: usize = MAX;

    /// Trims `raw`, normalizes its line ends to LF, and checks it.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::ControlCharacter`] (any but line feed and tab, and marks of writing direction) or [`Rule::TooLong`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let text = raw.replace("\r\n", "\n").replace(is_line_break, "\n");
        check(trimmed(&text), MAX, |c| c.is_control() && c != '\n' && c != '\t').map(Self)
    }

    /// Wraps text that [`Prose::parse`] accepted before; it is not checked again.
    pub fn trusted(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Display for Prose<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check(text: &str, max: usize, is_refused: impl Fn(char) -> bool) -> Result<String, Rule> {
    if text.is_empty() {
        return Err(Rule::Blank);
    }
    if text.chars().any(|c| is_refused(c) || is_direction(c)) {
        return Err(Rule::ControlCharacter);
    }
    if text.chars().count() > max {
        return Err(Rule::TooLong { max });
    }
    Ok(text.to_owned())
}

/// The text with every run of blanks that holds a line break or a tab as one blank. Other runs of blanks stay.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    let breaks = |c: char| is_line_break(c) || c == '\t';
    if !text.contains(breaks) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len());
    let mut blanks = String::new();
    for c in text.chars() {
        if c.is_whitespace() {
            blanks.push(c);
            continue;
        }
        line.push_str(if blanks.contains(breaks) { " " } else { &blanks });
        blanks.clear();
        line.push(c);
    }
    Cow::Owned(line)
}

/// The mandatory breaks of Unicode's line breaking (UAX #14): line feed, vertical tab, form feed, carriage return, next
/// line, line separator, paragraph separator.
fn is_line_break(c: char) -> bool {
    matches!(c, '\n' | '\u{B}' | '\u{C}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A postal address, on one or several lines.
pub type Address = Prose<500>;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_trimmed_bounded_and_printable() {
        let cases = [
            ("Acme", Ok("Acme")),
            ("  Acme \n", Ok("Acme")),
            ("a  b", Ok("a  b")),
            ("ñandú", Ok("ñandú")),
            ("👩\u{200D}🚀", Ok("👩\u{200D}🚀")),
            ("", Err(Rule::Blank)),
            (" \t\u{A0}", Err(Rule::Blank)),
            ("\u{200B}\u{FEFF}", Err(Rule::Blank)),
            ("\u{3164}", Err(Rule::Blank)),
            ("\u{2800}\u{FE0F}", Err(Rule::Blank)),
            ("\u{115F}\u{1160}\u{FFA0}", Err(Rule::Blank)),
            ("\u{202E}", Err(Rule::Blank)),
            ("\u{FEFF}Acme\u{200B}", Ok("Acme")),
            ("\u{202A}Acme\u{202C}", Ok("Acme")),
            ("a\u{202E}b", Err(Rule::ControlCharacter)),
            ("a\u{200F}b", Err(Rule::ControlCharacter)),
            ("a\u{2066}b", Err(Rule::ControlCharacter)),
            ("م\u{200C}خ", Ok("م\u{200C}خ")),
            ("❤\u{FE0F}", Ok("❤\u{FE0F}")),
            ("a\nb", Ok("a b")),
            ("a\r\nb", Ok("a b")),
            ("a\tb", Ok("a b")),
            ("a \r\n\r\n\t b", Ok("a b")),
            ("a\u{B}b\u{C}c", Ok("a b c")),
            ("a\u{85}b", Ok("a b")),
            ("a\0", Err(Rule::ControlCharacter)),
            ("a\u{7F}b", Err(Rule::ControlCharacter)),
            ("a\u{2028}b", Ok("a b")),
            ("a\u{2029}b", Ok("a b")),
            ("ñandúes", Err(Rule::TooLong { max: 6 })),
        ];
        for (raw, expected) in cases {
            let parsed = Line::<6>::parse(raw.to_owned());
            assert_eq!(parsed, expected.map(|text| Line(text.to_owned())), "{raw:?}");
        }
    }

    #[test]
    fn prose_keeps_its_lines() {
        let cases = [
            ("one\ntwo", Ok("one\ntwo")),
            ("one\r\ntwo\rsix", Ok("one\ntwo\nsix")),
            ("a\tb", Ok("a\tb")),
            ("\n a \n", Ok("a")),
            ("a\r\nb\r\nc\r\nd\r\ne\r\nf", Ok("a\nb\nc\nd\ne\nf")),
            ("\r\n", Err(Rule::Blank)),
            ("a\0b", Err(Rule::ControlCharacter)),
            ("a\u{1B}b", Err(Rule::ControlCharacter)),
            ("a\u{2028}b\u{2029}c", Ok("a\nb\nc")),
            ("a\u{B}b\u{85}c", Ok("a\nb\nc")),
            ("a\u{202E}b", Err(Rule::ControlCharacter)),
            ("\u{3164}\n\u{2800}", Err(Rule::Blank)),
            ("one two three", Err(Rule::TooLong { max: 11 })),
        ];
        for (raw, expected) in cases {
            let parsed = Prose::<11>::parse(raw.to_owned());
            assert_eq!(parsed, expected.map(|text| Prose(text.to_owned())), "{raw:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_let_in_is_let_in_again_unchanged(raw in any::<String>()) {
            if let Ok(line) = Line::<20>::parse(raw.clone()) {
                prop_assert_eq!(Line::parse(line.clone().into_string()), Ok(line));
            }
            if let Ok(prose) = Prose::<20>::parse(raw) {
                prop_assert_eq!(Prose::parse(prose.clone().into_string()), Ok(prose));
            }
        }
    }
}
