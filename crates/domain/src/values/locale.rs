//! A company's language, country and time zone.

use std::fmt;

use chrono_tz::Tz;

use super::country_codes::ALPHA_2;
use crate::{
    input::{Rule, one_of},
    values::trimmed,
};

/// A language that Cartera supports, by its ISO 639-1 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Spanish.
    Es,
    /// English.
    En,
    /// Portuguese.
    Pt,
}

impl Locale {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Es, Self::En, Self::Pt];

    /// The language of a lower-case code.
    ///
    /// # Errors
    /// [`Rule::NotAllowed`] for any other text.
    pub fn parse(code: &str) -> Result<Self, Rule> {
        one_of(code, &Self::ALL, Self::as_str)
    }

    /// The code: `es`, `en` or `pt`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
            Self::Pt => "pt",
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country of ISO 3166-1, by its alpha-2 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(&'static str);

impl Country {
    /// The country of an alpha-2 code that is officially assigned, in any case.
    ///
    /// # Errors
    /// [`Rule::Malformed`] for any other text.
    pub fn parse(code: &str) -> Result<Self, Rule> {
        ALPHA_2
            .binary_search(&trimmed(code).to_ascii_uppercase().as_str())
            .map(|position| Self(ALPHA_2[position]))
            .map_err(|_| Rule::Malformed { expected: "an ISO 3166 country code such as UY" })
    }

    /// The alpha-2 code: `UY`.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A time zone of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timezone(Tz);

impl Timezone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// The zone of an IANA name, exactly as written there: `America/Montevideo`.
    ///
    /// # Errors
    /// [`Rule::Malformed`] for any other text, offsets such as `-03:00` included: they know no daylight time.
    pub fn parse(name: &str) -> Result<Self, Rule> {
        trimmed(name)
            .parse()
            .map(Self)
            .map_err(|_| Rule::Malformed { expected: "an IANA time zone such as America/Montevideo" })
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The zone itself, for arithmetic with dates.
    pub const fn tz(self) -> Tz {
        self.0
    }

    /// A zone that the database is known to have.
    pub(super) const fn known(tz: Tz) -> Self {
        Self(tz)
    }
}

impl fmt::Display for Timezone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_go_by_their_code() {
        for locale in Locale::ALL {
            assert_eq!(Locale::parse(locale.as_str()), Ok(locale));
        }
        for code in ["", "ES", "es-UY", "fr", "e s"] {
            assert_eq!(Locale::parse(code), Err(Rule::not_allowed(code, ["es", "en", "pt"])), "{code:?}");
        }
    }

    #[test]
    fn countries_are_the_assigned_ones() {
        assert!(ALPHA_2.is_sorted(), "parse searches by halves");
        for code in ALPHA_2 {
            assert_eq!(Country::parse(code).map(|country| country.as_str()), Ok(code));
            assert!(code.parse::<iso_currency::Country>().is_ok(), "{code} has no row of currencies");
        }
        assert_eq!(Country::parse(" uy\u{200B}").map(|country| country.as_str()), Ok("UY"));
        for code in ["", "U Y", "URY", "UK", "XX", "EU", "XK", "ZZ", "858"] {
            assert!(matches!(Country::parse(code), Err(Rule::Malformed { .. })), "{code:?}");
        }
    }

    #[test]
    fn zones_go_by_their_iana_name() {
        for name in
            ["America/Montevideo", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+3", "Asia/Kolkata"]
        {
            assert_eq!(Timezone::parse(name).map(Timezone::name), Ok(name));
        }
        for name in
            ["", "america/montevideo", "Montevideo", "America/ Montevideo", "-03:00", "GMT-3", "Mars/Olympus"]
        {
            assert!(matches!(Timezone::parse(name), Err(Rule::Malformed { .. })), "{name:?}");
        }
        assert_eq!(Timezone::parse("UTC"), Ok(Timezone::UTC));
    }
}
