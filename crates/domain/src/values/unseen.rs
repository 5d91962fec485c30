//! Characters that nobody sees: one rule for every field.
//!
//! Unicode's property Default_Ignorable_Code_Point (UAX #44) names the characters that show nothing: zero-width spaces
//! and joiners, variation selectors, the Hangul fillers, and the bidirectional controls (UAX #9), which are all among them.
//! At the ends of a value they are dropped like blanks, in the forms by which values are compared they don't count, and a
//! value of nothing else is empty. Inside a text they stay, because words need them (ZWNJ in Persian, ZWJ in emoji), except
//! the bidirectional controls, which make a text look like another one and are refused.

use icu_properties::{
    CodePointSetData,
    props::{BidiControl, DefaultIgnorableCodePoint},
};

/// Whether a character shows nothing at all, and no blank either.
pub fn is_unseen(c: char) -> bool {
    // None is ASCII, which most of a megabyte is.
    !c.is_ascii() && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Whether a character changes the direction in which its neighbours are written (`U+202E` shows `fdp.exe` as `exe.pdf`).
pub fn is_direction(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<BidiControl>().contains(c)
}

/// Whether a character looks like nothing or like a blank: white space, what nobody sees, the empty Braille pattern.
pub fn is_blank(c: char) -> bool {
    c.is_whitespace() || is_blank_pattern(c) || is_unseen(c)
}

/// U+2800 BRAILLE PATTERN BLANK is a symbol for Unicode and a blank for everybody who looks at it.
pub(super) fn is_blank_pattern(c: char) -> bool {
    c == '\u{2800}'
}

/// The text without blanks and unseen characters at its ends. What says how the character before it looks stays: the
/// variation selector of `❤️` (UTS 51), the tags of a flag, the joiner behind a letter of a script that joins.
pub fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches(is_blank);
    let end = text.trim_end_matches(is_blank);
    let Some(mut last) = end.chars().next_back() else { return end };
    let mut kept = end.len();
    for c in text.get(end.len()..).unwrap_or_default().chars() {
        if !belongs_to(last, c) {
            break;
        }
        (kept, last) = (kept + c.len_utf8(), c);
    }
    text.get(..kept).unwrap_or(end)
}

/// A secret without what comes along at its ends when it is pasted and could never be typed: unseen characters, line ends,
/// tabs. Blanks are part of it.
pub fn pasted(raw: &str) -> &str {
    raw.trim_matches(|c| is_unseen(c) || is_blank_pattern(c) || matches!(c, '\n' | '\r' | '\t'))
}

/// Whether a character says how the one before it looks: variation selectors, the tag characters of flags, and joiners
/// behind a letter of the Arabic and Indic scripts, where they choose its form (The Unicode Standard, 9.2 and 12.1).
fn belongs_to(previous: char, c: char) -> bool {
    let joins = matches!(previous, '\u{600}'..='\u{6FF}' | '\u{750}'..='\u{77F}' | '\u{8A0}'..='\u{8FF}' | '\u{900}'..='\u{DFF}');
    (joins && matches!(c, '\u{200C}' | '\u{200D}'))
        || matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{E0020}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_goes_at_the_ends_and_stays_inside() {
        let cases = [
            (" \u{200B}Acme\u{FEFF} \u{200E}", "Acme"),
            ("\u{202A}+598 99\u{202C}", "+598 99"),
            ("Acme\u{3164}\u{115F}\u{1160}\u{FFA0}\u{2800}", "Acme"),
            ("\u{2800}Acme", "Acme"),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("👩\u{200D}🚀", "👩\u{200D}🚀"),
            ("രാമന്\u{200D} ", "രാമന്\u{200D}"),
            ("ه\u{200D}\u{200B}", "ه\u{200D}"),
            ("Acme\u{200D}", "Acme"),
            ("I ❤\u{FE0F}", "I ❤\u{FE0F}"),
            ("❤\u{FE0F}\u{200B} ", "❤\u{FE0F}"),
            (
                "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
                "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
            ),
            ("\u{FE0F}", ""),
            (" \u{3164} \u{FE0F}", ""),
            ("\u{200B}\u{E0020}", ""),
            ("", ""),
        ];
        for (raw, expected) in cases {
            assert_eq!(trimmed(raw), expected, "{raw:?}");
            assert_eq!(raw.chars().all(is_blank), expected.is_empty(), "{raw:?}");
        }
    }

    #[test]
    fn every_direction_is_unseen() {
        for c in '\0'..='\u{E_FFFF}' {
            assert!(!is_direction(c) || is_unseen(c), "{c:?}");
        }
        let directions =
            "\u{61C}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}";
        assert!(directions.chars().all(is_direction));
        assert!("a \u{200B}\u{200D}".chars().all(|c| !is_direction(c)));
    }

    #[test]
    fn what_is_pasted_keeps_its_blanks_and_its_inside() {
        for (raw, expected) in [
            (" Secreto1 ", " Secreto1 "),
            ("\u{FEFF}Secreto1\u{200B}", "Secreto1"),
            ("Sec\u{200B}reto1", "Sec\u{200B}reto1"),
            ("\u{200B}", ""),
        ] {
            assert_eq!(pasted(raw), expected, "{raw:?}");
        }
    }
}
