//! The company's name in URLs.

use std::fmt;

use super::keys::fold_letters;

/// The most characters of a slug: a DNS label has 63, which leaves three for a prefix.
const MAX: usize = 60;

/// The slug of a company whose name has no letter or digit that ASCII can represent.
const FALLBACK: &str = "company";

/// A name for URLs: `a-z`, `0-9` and single inner hyphens, at most 60 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// The slug of a name: lower case, accents folded, white space and dashes replaced by one hyphen, everything else
    /// dropped. A name of which nothing is left (`北京`, `***`) gives `company`.
    pub fn from_name(name: &str) -> Self {
        let mut slug = String::new();
        let mut gap = false;
        for c in fold_letters(name).chars() {
            if is_separator(c) {
                gap = true;
                continue;
            }
            if !c.is_ascii_alphanumeric() {
                continue;
            }
            if gap && !slug.is_empty() {
                slug.push('-');
            }
            gap = false;
            slug.push(c);
        }
        Self(shortened(&slug, MAX)).or_fallback()
    }

    /// The slug for a company whose plain slug is taken: `acme-2`. The name is cut if both don't fit.
    #[must_use]
    pub fn with_suffix(&self, n: u32) -> Self {
        let suffix = format!("-{n}");
        Self(shortened(&self.0, MAX - suffix.len()) + &suffix)
    }

    /// Wraps a stored slug; it is not checked again.
    pub fn trusted(slug: String) -> Self {
        Self(slug)
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn or_fallback(self) -> Self {
        if self.0.is_empty() { Self(FALLBACK.to_owned()) } else { self }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '_' | '/' | '\\' | '|' | '+' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// At most `max` characters, without a hyphen at the end. Slugs are ASCII, so bytes are characters.
fn shortened(slug: &str, max: usize) -> String {
    slug.chars().take(max).collect::<String>().trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_well_formed(slug: &str) -> bool {
        let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=MAX).contains(&slug.len())
            && slug.chars().all(is_inner)
            && !slug.starts_with('-')
            && !slug.ends_with('-')
            && !slug.contains("--")
    }

    #[test]
    fn names_become_slugs() {
        let cases = [
            ("Acme", "acme"),
            ("Café Ñandú S.A.", "cafe-nandu-sa"),
            ("  Peña & Hijos  ", "pena-hijos"),
            ("O'Brien_Co / Sons", "obrien-co-sons"),
            ("--a -- b--", "a-b"),
            ("Straße 7", "strasse-7"),
            ("Øresund Łódź Æther", "oresund-lodz-aether"),
            ("İzmir ısı", "izmir-isi"),
            ("ＡＢＣ", "abc"),
            ("São João", "sao-joao"),
            ("東京 Tower", "tower"),
            ("東京", "company"),
            ("***", "company"),
            ("", "company"),
        ];
        for (name, expected) in cases {
            assert_eq!(Slug::from_name(name).as_str(), expected, "{name:?}");
        }
    }

    #[test]
    fn long_names_make_room_for_the_suffix() {
        let long = Slug::from_name(&"abcdefghi ".repeat(10));
        assert_eq!(long.as_str().len(), 59, "the cut falls on a hyphen, which goes too");
        let cases = [
            (Slug::from_name("Acme"), 2, "acme-2".to_owned()),
            (Slug::from_name(&"a".repeat(99)), 12, format!("{}-12", "a".repeat(57))),
            (Slug::from_name(&format!("{} b", "a".repeat(57))), 3, format!("{}-3", "a".repeat(57))),
        ];
        for (slug, n, expected) in cases {
            assert_eq!(slug.with_suffix(n).as_str(), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn slugs_are_well_formed(name in any::<String>(), n in any::<u32>()) {
            let slug = Slug::from_name(&name);
            prop_assert!(is_well_formed(slug.as_str()), "{}", slug);
            prop_assert!(is_well_formed(slug.with_suffix(n).as_str()));
            prop_assert_eq!(Slug::from_name(slug.as_str()), slug.clone());
        }

        #[test]
        fn long_slugs_are_well_formed(name in "[a-zÑ -]{50,70}", n in any::<u32>()) {
            let slug = Slug::from_name(&name);
            prop_assert!(is_well_formed(slug.as_str()), "{}", slug);
            prop_assert!(is_well_formed(slug.with_suffix(n).as_str()));
        }
    }
}
