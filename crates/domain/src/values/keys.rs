//! The two forms under which names are compared. Both are computed here and stored beside the name, so that
//! an index compares bytes and the database's own idea of case and collation never matters.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The form of a name that must be unique: NFC, trimmed, runs of white space one space, lower case. Accents
/// are kept: `Peña` and `Pena` are two names.
pub fn name_key(name: &str) -> String {
    let composed: String = name.nfc().collect();
    let spaced = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    // Lower case can decompose (`İ`), so the result is composed again.
    spaced.to_lowercase().nfc().collect()
}

/// The form of a name for matching and sorting: letters and digits without case, accents or width, anything
/// else one space. `NO_VENTA` and `No Venta` are one name here.
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

/// NFKD without combining marks and without case. Case is dropped by way of upper case, letter by letter,
/// because that makes one of what lower case keeps apart: `ß` and `SS`, `ς` and `σ`.
pub(super) fn fold_letters(text: &str) -> impl Iterator<Item = char> {
    without_marks(text)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
}

fn without_marks(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_combining_mark(*c))
}
