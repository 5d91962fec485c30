//! The defaults that follow from a company's country.

use chrono_tz::{Africa, America, Asia, Atlantic, Australia, Europe, Pacific, Tz, UTC};
use iso_currency::Currency as Iso;

use super::{
    Country, Currency,
    Locale::{self, En, Es, Pt},
    Timezone,
};

/// The language, time zone and currency that a company starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RegionDefaults {
    /// The language of its mails and of its first pipeline.
    pub locale: Locale,
    /// The time zone in which its days begin and end.
    pub timezone: Timezone,
    /// Its default currency.
    pub currency: Currency,
}

impl Country {
    /// The defaults of a company in this country: from the table, or else English, UTC and the country's own currency.
    pub fn defaults(&self) -> RegionDefaults {
        let row = TABLE.iter().find(|(code, ..)| *code == self.as_str());
        let (locale, zone) = row.map_or((En, UTC), |(_, locale, zone, _)| (*locale, *zone));
        let currency = row.map(|(.., iso)| *iso).or_else(|| own_currency(*self)).and_then(Currency::of);
        RegionDefaults { locale, timezone: Timezone::known(zone), currency: currency.unwrap_or(DOLLAR) }
    }
}

/// For the few places that have no currency (Antarctica).
const DOLLAR: Currency = Currency::known(Iso::USD, 2);

/// The first currency in use there that is neither a fund nor a unit of account, nor being withdrawn.
fn own_currency(country: Country) -> Option<Iso> {
    let country = country.as_str().parse().ok()?;
    Iso::from_country(country).into_iter().find(|iso| iso.flags().is_empty())
}

/// Latin America, where most companies are; Spain, Portugal and the countries that speak their languages;
/// the euro area; and the larger English-speaking countries.
///
/// A country with several time zones gets the one of its economic centre, except the United States, which gets UTC
/// because no zone there is a safe guess. The currency is the one used in business, which the standard's list does not
/// tell: dollars in El Salvador and Panama, VES (not its unused twin VED) in Venezuela.
#[rustfmt::skip]
const TABLE: [(&str, Locale, Tz, Iso); 76] = [
    ("AR", Es, America::Argentina::Buenos_Aires, Iso::ARS),
    ("BO", Es, America::La_Paz, Iso::BOB),
    ("BR", Pt, America::Sao_Paulo, Iso::BRL),
    ("BZ", En, America::Belize, Iso::BZD),
    ("CL", Es, America::Santiago, Iso::CLP),
    ("CO", Es, America::Bogota, Iso::COP),
    ("CR", Es, America::Costa_Rica, Iso::CRC),
    ("CU", Es, America::Havana, Iso::CUP),
    ("DO", Es, America::Santo_Domingo, Iso::DOP),
    ("EC", Es, America::Guayaquil, Iso::USD),
    ("GT", Es, America::Guatemala, Iso::GTQ),
    ("GY", En, America::Guyana, Iso::GYD),
    ("HN", Es, America::Tegucigalpa, Iso::HNL),
    ("HT", En, America::PortauPrince, Iso::HTG),
    ("MX", Es, America::Mexico_City, Iso::MXN),
    ("NI", Es, America::Managua, Iso::NIO),
    ("PA", Es, America::Panama, Iso::USD),
    ("PE", Es, America::Lima, Iso::PEN),
    ("PR", Es, America::Puerto_Rico, Iso::USD),
    ("PY", Es, America::Asuncion, Iso::PYG),
    ("SR", En, America::Paramaribo, Iso::SRD),
    ("SV", Es, America::El_Salvador, Iso::USD),
    ("UY", Es, America::Montevideo, Iso::UYU),
    ("VE", Es, America::Caracas, Iso::VES),

    ("AD", Es, Europe::Andorra, Iso::EUR),
    ("ES", Es, Europe::Madrid, Iso::EUR),
    ("GQ", Es, Africa::Malabo, Iso::XAF),
    ("AO", Pt, Africa::Luanda, Iso::AOA),
    ("CV", Pt, Atlantic::Cape_Verde, Iso::CVE),
    ("GW", Pt, Africa::Bissau, Iso::XOF),
    ("MZ", Pt, Africa::Maputo, Iso::MZN),
    ("PT", Pt, Europe::Lisbon, Iso::EUR),
    ("ST", Pt, Africa::Sao_Tome, Iso::STN),
    ("TL", Pt, Asia::Dili, Iso::USD),

    ("AT", En, Europe::Vienna, Iso::EUR),
    ("BE", En, Europe::Brussels, Iso::EUR),
    ("BG", En, Europe::Sofia, Iso::EUR),
    ("CY", En, Asia::Nicosia, Iso::EUR),
    ("DE", En, Europe::Berlin, Iso::EUR),
    ("EE", En, Europe::Tallinn, Iso::EUR),
    ("FI", En, Europe::Helsinki, Iso::EUR),
    ("FR", En, Europe::Paris, Iso::EUR),
    ("GR", En, Europe::Athens, Iso::EUR),
    ("HR", En, Europe::Zagreb, Iso::EUR),
    ("IE", En, Europe::Dublin, Iso::EUR),
    ("IT", En, Europe::Rome, Iso::EUR),
    ("LT", En, Europe::Vilnius, Iso::EUR),
    ("LU", En, Europe::Luxembourg, Iso::EUR),
    ("LV", En, Europe::Riga, Iso::EUR),
    ("MC", En, Europe::Monaco, Iso::EUR),
    ("ME", En, Europe::Podgorica, Iso::EUR),
    ("MT", En, Europe::Malta, Iso::EUR),
    ("NL", En, Europe::Amsterdam, Iso::EUR),
    ("SI", En, Europe::Ljubljana, Iso::EUR),
    ("SK", En, Europe::Bratislava, Iso::EUR),
    ("SM", En, Europe::San_Marino, Iso::EUR),
    ("VA", En, Europe::Vatican, Iso::EUR),

    ("AU", En, Australia::Sydney, Iso::AUD),
    ("BB", En, America::Barbados, Iso::BBD),
    ("BS", En, America::Nassau, Iso::BSD),
    ("CA", En, America::Toronto, Iso::CAD),
    ("CH", En, Europe::Zurich, Iso::CHF),
    ("GB", En, Europe::London, Iso::GBP),
    ("GH", En, Africa::Accra, Iso::GHS),
    ("IN", En, Asia::Kolkata, Iso::INR),
    ("JM", En, America::Jamaica, Iso::JMD),
    ("KE", En, Africa::Nairobi, Iso::KES),
    ("NA", En, Africa::Windhoek, Iso::NAD),
    ("NG", En, Africa::Lagos, Iso::NGN),
    ("NZ", En, Pacific::Auckland, Iso::NZD),
    ("PH", En, Asia::Manila, Iso::PHP),
    ("SG", En, Asia::Singapore, Iso::SGD),
    ("TT", En, America::Port_of_Spain, Iso::TTD),
    ("US", En, UTC, Iso::USD),
    ("ZA", En, Africa::Johannesburg, Iso::ZAR),
    ("ZW", En, Africa::Harare, Iso::ZWG),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::country_codes::ALPHA_2;

    #[test]
    fn a_country_sets_the_rest() {
        let cases = [
            ("UY", "es", "America/Montevideo", "UYU"),
            ("BR", "pt", "America/Sao_Paulo", "BRL"),
            ("US", "en", "UTC", "USD"),
            ("AR", "es", "America/Argentina/Buenos_Aires", "ARS"),
            ("EC", "es", "America/Guayaquil", "USD"),
            ("VE", "es", "America/Caracas", "VES"),
            ("ES", "es", "Europe/Madrid", "EUR"),
            ("PT", "pt", "Europe/Lisbon", "EUR"),
            ("DE", "en", "Europe/Berlin", "EUR"),
            ("GB", "en", "Europe/London", "GBP"),
            ("JP", "en", "UTC", "JPY"),
            ("SE", "en", "UTC", "SEK"),
            ("AQ", "en", "UTC", "USD"),
        ];
        for (code, locale, timezone, currency) in cases {
            let RegionDefaults { locale: l, timezone: t, currency: c } =
                Country::parse(code).expect("the code is assigned").defaults();
            assert_eq!((l.as_str(), t.name(), c.code()), (locale, timezone, currency), "{code}");
        }
    }

    #[test]
    fn the_table_lists_real_countries_once() {
        for (position, (code, _, _, iso)) in TABLE.iter().enumerate() {
            assert!(ALPHA_2.contains(code), "{code} is no country");
            assert!(TABLE[..position].iter().all(|(other, ..)| other != code), "{code} is there twice");
            assert!(Currency::of(*iso).is_some(), "{code} has a currency without a minor unit");
        }
    }

    #[test]
    fn no_default_is_refused_when_it_comes_back() {
        for code in ALPHA_2 {
            let RegionDefaults { locale, timezone, currency } =
                Country::parse(code).expect("the code is assigned").defaults();
            assert_eq!(Locale::parse(locale.as_str()), Ok(locale));
            assert_eq!(Timezone::parse(timezone.name()), Ok(timezone));
            assert_eq!(Currency::parse(currency.code()), Ok(currency));
        }
        assert_eq!(Currency::parse("USD"), Ok(DOLLAR));
    }
}
