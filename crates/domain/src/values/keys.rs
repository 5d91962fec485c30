//! The two forms in which names are compared. Both are computed here and stored beside the name, so that indexes
//! compare bytes and do not depend on the database's case and collation rules.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The form of a name that must be unique: NFC, trimmed, white space collapsed, lower case. Accents are kept: `Peña`
/// and `Pena` are different names.
pub fn name_key(name: &str) -> String {
    let composed: String = name.nfc().collect();
    let spaced = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    // Lower-casing can decompose (`İ`), so the result is composed again.
    spaced.to_lowercase().nfc().collect()
}

/// The form of a name for matching and sorting: letters and digits without case, accents or width, and a single space
/// for anything else. `NO_VENTA` and `No Venta` have the same one.
///
/// It is empty for a name without letters or digits (an emoji, say).
pub fn fold_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut gap = false;
    for c in fold_letters(name) {
        if !c.is_alphanumeric() {
            gap = true;
            continue;
        }
        if gap && !key.is_empty() {
            key.push(' ');
        }
        gap = false;
        key.push(c);
    }
    key
}

/// NFKD without combining marks and without case. Each letter goes through upper case, because that unifies what lower
/// case keeps distinct: `ß` and `SS`, `ς` and `σ`. The first lower-casing is for `ẞ`, which is upper case already. The
/// last one can decompose, so marks are dropped again.
pub(super) fn fold_letters(text: &str) -> impl Iterator<Item = char> {
    let caseless = without_marks(text.chars())
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase);
    without_marks(caseless)
}

fn without_marks(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_combining_mark(*c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_one_name() {
        let cases = [
            ("Acme", "ACME", true),
            ("  Acme   S.A. ", "acme s.a.", true),
            ("Acme\u{A0}SA", "acme sa", true),
            ("Peña", "PEN\u{303}A", true),
            ("Peña", "Pena", false),
            ("Acme", "Acme.", false),
            ("ΟΔΟΣ", "οδος", true),
            ("İstanbul", "i\u{307}stanbul", true),
            ("ＡＢＣ", "abc", false),
        ];
        for (one, other, same) in cases {
            assert_eq!(name_key(one) == name_key(other), same, "{one:?} and {other:?}");
        }
    }

    #[test]
    fn names_fold_to_letters_and_digits() {
        let cases = [
            ("Negociación", "negociacion"),
            ("NEGOCIACIÓN", "negociacion"),
            ("negociacion", "negociacion"),
            ("NO_VENTA", "no venta"),
            ("No Venta", "no venta"),
            (" --No--venta!-- ", "no venta"),
            ("Peña", "pena"),
            ("Preparação", "preparacao"),
            ("Straße", "strasse"),
            ("STRASSE", "strasse"),
            ("STRAẞE", "strasse"),
            ("İstanbul", "istanbul"),
            ("ısı", "isi"),
            ("ΟΔΟΣ", "οδοσ"),
            ("οδος", "οδοσ"),
            ("ＡＢＣ　１２３", "abc 123"),
            ("ﬁn", "fin"),
            ("½", "1 2"),
            ("Ångström", "angstrom"),
            ("東京 本社", "東京 本社"),
            ("🔥", ""),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(fold_key(name), expected, "{name:?}");
        }
    }

    #[test]
    fn every_letter_folds_once_and_whatever_its_case() {
        for c in '\0'..='\u{1_FFFF}' {
            let name = c.to_string();
            let (key, folded) = (name_key(&name), fold_key(&name));
            assert_eq!(name_key(&key), key, "name_key of {c:?}");
            assert_eq!(fold_key(&folded), folded, "fold_key of {c:?}");
            // The Greek iota subscript is a mark in lower case and a letter in upper case.
            if !name.nfd().any(|c| c == '\u{345}') {
                assert_eq!(fold_key(&name.to_uppercase()), folded, "upper case of {c:?}");
            }
            assert_eq!(fold_key(&name.to_lowercase()), folded, "lower case of {c:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn keys_are_keys_of_themselves(name in any::<String>()) {
            let (key, folded) = (name_key(&name), fold_key(&name));
            prop_assert_eq!(name_key(&key), key.clone());
            prop_assert_eq!(fold_key(&folded), folded.clone());
            prop_assert_eq!(fold_key(&key), folded.clone(), "one name has one fold");
            prop_assert!(!folded.contains("  ") && folded.trim() == folded);
        }
    }
}
