//! The two forms under which names are compared. Both are computed here and stored beside the name, so that
//! an index compares bytes and the database's own idea of case and collation never matters. The migration
//! `m20261201_000015_folds` says both once more in SQL; a test holds the two equal for every character.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use unicode_normalization::{
    UnicodeNormalization,
    char::{canonical_combining_class, is_combining_mark},
};

use super::{
    latin::in_ascii,
    unseen::{is_blank_pattern, is_unseen},
};

/// The form of a name that must be unique where accents count (`Peña` and `Pena` are two names): Unicode's
/// NFKC_Casefold (UAX #44, Unicode Standard 3.13), so that neither case (`ß` is `ss`), width nor what nobody sees
/// counts; trimmed, runs of white space one space.
pub fn name_key(name: &str) -> String {
    let decomposed: String = name.nfkd().filter(|c| !is_unseen(*c)).collect();
    let key: String = without_case(&decomposed).nfkc().collect();
    let words = key.split(|c: char| c.is_whitespace() || is_blank_pattern(c)).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The form of a name for matching, sorting and where accents don't count: letters and digits without case, accents
/// or width, in ASCII where they are Latin, anything else one space. `NO_VENTA` and `No Venta` are one name here, and
/// so are `Łódź` and `lodz`. Chinese, Japanese and Korean put blanks where they like, so between their letters there
/// are none.
///
/// It is empty for a name without letters or digits (an emoji, say).
pub fn fold_key(name: &str) -> String {
    fold_keeping(name, &[])
}

/// The form of a label for uniqueness where accents don't count: the same as [`fold_key`], but with the symbols that tell
/// labels apart (`C`, `C++` and `C#`, `.NET` and `net`).
pub fn label_key(name: &str) -> String {
    fold_keeping(name, &LABEL_SYMBOLS)
}

/// The symbols that count in labels.
const LABEL_SYMBOLS: [char; 9] = ['#', '$', '%', '&', '*', '+', '.', '/', '@'];

fn fold_keeping(name: &str, symbols: &[char]) -> String {
    let mut key = String::with_capacity(name.len());
    let (mut gap, mut previous) = (false, None);
    for c in fold_letters(name).chars() {
        // `O'Brien` is `obrien`, as in slugs.
        if matches!(c, '\'' | '\u{2019}') {
            continue;
        }
        if !(c.is_alphanumeric() || is_combining_mark(c) || symbols.contains(&c)) {
            gap = true;
            continue;
        }
        if gap && previous.is_some_and(|previous| !(is_east_asian(previous) && is_east_asian(c))) {
            key.push(' ');
        }
        (gap, previous) = (false, Some(c));
        key.push(c);
    }
    key
}

/// The letters of the one fold: NFKD, full case folding (Unicode Standard 3.13), Latin letters in ASCII, without accents
/// and unseen characters. The dot of Catalan's `l·l` is no separator, because `ŀl` has none; Arabic's tatweel only stretches.
pub(super) fn fold_letters(text: &str) -> String {
    let decomposed: String = text.nfkd().collect();
    let mut letters = String::with_capacity(decomposed.len());
    for c in without_case(&decomposed).chars() {
        match in_ascii(c) {
            Some(ascii) => letters.push_str(ascii),
            None if is_accent(c) || is_unseen(c) || matches!(c, '·' | '\u{640}') => {}
            None => letters.push(c),
        }
    }
    letters
}

/// Whether a mark is an accent, a vowel point or the like, without which a word is still the word. In the scripts of India and
/// South-East Asia, in Thai and in Kana, marks are vowels and consonants: their canonical combining classes (UAX #44) are 0, 7
/// to 9 and 84 to 132. Marks that enclose a letter have class 0, too.
fn is_accent(c: char) -> bool {
    let encloses =
        matches!(c, '\u{488}' | '\u{489}' | '\u{1ABE}' | '\u{20DD}'..='\u{20E4}' | '\u{A670}'..='\u{A672}');
    is_combining_mark(c) && (encloses || !matches!(canonical_combining_class(c), 0 | 7..=9 | 84..=132))
}

fn without_case(text: &str) -> Cow<'_, str> {
    CaseMapper::new().fold_string(text)
}

/// The blocks of Han, Kana, Bopomofo and Hangul, of what NFKD leaves in them.
fn is_east_asian(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11FF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{312F}' | '\u{31A0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{D7B0}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{1AFF0}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}')
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
            ("ＡＢＣ", "abc", true),
            ("Straße", "STRASSE", true),
            ("STRAẞE", "strasse", true),
            ("ſtraße", "Strasse", true),
            ("ﬁn", "fin", true),
            ("Łódź", "Lodz", false),
            ("Søren", "Soren", false),
            ("Acme\u{200B}Cinco", "AcmeCinco", true),
            ("Acme\u{AD}Cinco\u{FE0F}", "AcmeCinco", true),
            ("Acme\u{2800}Cinco", "Acme Cinco", true),
            ("می\u{200C}خواهم", "میخواهم", true),
            ("👩\u{200D}🚀", "👩🚀", true),
            ("❤\u{FE0F}", "❤", true),
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
            ("Łódź Søren", "lodz soren"),
            ("ŁUKASZ", "lukasz"),
            ("Œuvre Æsir", "oeuvre aesir"),
            ("Đorđe", "dorde"),
            ("Þórður", "thordur"),
            ("Ħamrun", "hamrun"),
            ("Paraŀlel", "parallel"),
            ("Paral·lel", "parallel"),
            ("ŉ Boek", "n boek"),
            ("ſtraße", "strasse"),
            ("Ŧŋɓ", "tnb"),
            ("Hawaiʻi", "hawaii"),
            ("O'Brien & L’Oréal", "obrien loreal"),
            ("मीना और मेनका", "मीना और मेनका"),
            ("กิน กัน", "กิน กัน"),
            ("バス パス", "ハ\u{3099}スハ\u{309A}ス"),
            ("مـحـمـد مُحَمَّد", "محمد محمد"),
            ("שָׁלוֹם", "שלום"),
            ("Й Ё", "и е"),
            ("Acme\u{200B}Cinco", "acmecinco"),
            ("می\u{200C}خواهم", "میخواهم"),
            ("\u{3164}\u{2800}\u{FE0F}\u{115F}\u{FFA0}", ""),
            ("東京 本社", "東京本社"),
            ("ジョン・スミス", "シ\u{3099}ョンスミス"),
            ("東京 2020", "東京 2020"),
            ("LG 전자", "lg \u{110C}\u{1165}\u{11AB}\u{110C}\u{1161}"),
            (
                "삼성 전자",
                "\u{1109}\u{1161}\u{11B7}\u{1109}\u{1165}\u{11BC}\u{110C}\u{1165}\u{11AB}\u{110C}\u{1161}",
            ),
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
            assert_eq!(fold_key(&name.to_uppercase()), folded, "upper case of {c:?}");
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
