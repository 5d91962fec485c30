//! Free text, bounded and printable.

use std::fmt;

use crate::input::Rule;

/// One line of text of at most `MAX` characters (Unicode scalar values, not bytes): trimmed, not blank, without control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line<const MAX: usize>(String);

/// Text of several lines and at most `MAX` characters: like [`Line`], but line feeds and tabs are allowed. Line ends
/// are normalized to LF.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Prose<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    /// The most characters that this text may have.
    pub const MAX: usize = MAX;

    /// Trims `raw` and checks it.
    ///
    /// # Errors
    /// [`Rule::Blank`], [`Rule::ControlCharacter`] (line and paragraph separators too) or [`Rule::TooLong`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        check(raw.trim(), MAX, char::is_control).map(Self)
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
    /// [`Rule::Blank`], [`Rule::ControlCharacter`] (any but line feed and tab) or [`Rule::TooLong`].
    #[expect(clippy::needless_pass_by_value, reason = "parsers of raw fields take what the form owns")]
    pub fn parse(raw: String) -> Result<Self, Rule> {
        let text = raw.replace("\r\n", "\n").replace('\r', "\n");
        check(text.trim(), MAX, |c| c.is_control() && c != '\n' && c != '\t').map(Self)
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
    if text.chars().all(is_invisible) {
        return Err(Rule::Blank);
    }
    if text.chars().any(|c| is_refused(c) || is_line_separator(c)) {
        return Err(Rule::ControlCharacter);
    }
    if text.chars().count() > max {
        return Err(Rule::TooLong { max });
    }
    Ok(text.to_owned())
}

/// U+2028 and U+2029 end a line in JavaScript and in many viewers, so they would fake a second line.
fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Zero-width characters are fine inside a text, where they join emoji, but a name of nothing else looks empty in every
/// list.
fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
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
            ("a\nb", Err(Rule::ControlCharacter)),
            ("a\tb", Err(Rule::ControlCharacter)),
            ("a\0", Err(Rule::ControlCharacter)),
            ("a\u{7F}b", Err(Rule::ControlCharacter)),
            ("a\u{2028}b", Err(Rule::ControlCharacter)),
            ("a\u{2029}b", Err(Rule::ControlCharacter)),
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
            ("a\u{2028}b", Err(Rule::ControlCharacter)),
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
