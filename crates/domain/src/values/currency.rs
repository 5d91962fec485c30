//! Currencies by ISO 4217.

use std::fmt;

use super::unseen::trimmed;
use crate::input::Rule;

/// A currency of ISO 4217 that has a minor unit. Metals, test codes and units of account (`XAU`, `XTS`,
/// `XDR`) have none, so no amount could be stored in them.
///
/// Withdrawn currencies (List Three of the standard: `DEM`, `HRK`, `BGN`) are taken nowhere, whether the tables still have
/// them or not. What was stored while they were in force is still read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency {
    iso: iso_currency::Currency,
    decimals: u8,
}

impl Currency {
    /// The currency with an alphabetic code, in any case.
    ///
    /// # Errors
    /// [`Rule::Malformed`] for anything else.
    pub fn parse(code: &str) -> Result<Self, Rule> {
        iso_currency::Currency::from_code(&trimmed(code).to_ascii_uppercase())
            .filter(|iso| !is_withdrawn(*iso))
            .and_then(Self::of)
            .ok_or(Rule::Malformed { expected: "the ISO 4217 code of a currency in use, such as UYU" })
    }

    /// Takes back the code of a currency that [`Currency::parse`] once let in; it may have been withdrawn since.
    pub fn stored(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(code).and_then(Self::of)
    }

    /// The digits after the decimal point: JPY 0, UYU 2, KWD 3.
    pub fn decimals(self) -> u32 {
        u32::from(self.decimals)
    }

    /// The alphabetic code: `UYU`.
    pub fn code(self) -> &'static str {
        self.iso.code()
    }

    /// The currency in the tables of `iso_currency`, unless it has no minor unit.
    pub(super) fn of(iso: iso_currency::Currency) -> Option<Self> {
        let decimals = u8::try_from(iso.exponent()?).ok()?;
        Some(Self { iso, decimals })
    }

    /// A currency that is known to be in the standard, for constants.
    pub(super) const fn known(iso: iso_currency::Currency, decimals: u8) -> Self {
        Self { iso, decimals }
    }
}

/// Whether another currency has taken its place. The tables say so of `VES` too, but the standard has it beside its twin
/// `VED`, and Venezuela counts in it.
fn is_withdrawn(iso: iso_currency::Currency) -> bool {
    iso.is_superseded().is_some() && iso != iso_currency::Currency::VES
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_the_standards() {
        let cases = [
            (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
            (2, "ARS BOB BRL CAD CHF CNY COP EUR GBP HUF MGA MRU MXN PEN USD UYU VES"),
            (3, "BHD IQD JOD KWD LYD OMR TND"),
            (4, "CLF UYW"),
        ];
        for (decimals, codes) in cases {
            for code in codes.split(' ') {
                let currency = Currency::parse(code).expect("the code is assigned");
                assert_eq!((currency.code(), currency.decimals()), (code, decimals));
                assert_eq!(format!("{currency} {currency:?}"), format!("{code} {code}"));
            }
        }
    }

    #[test]
    fn case_does_not_matter() {
        for code in ["uyu", "Uyu"] {
            assert_eq!(Currency::parse(code).map(Currency::code), Ok("UYU"));
        }
    }

    #[test]
    fn withdrawn_currencies_are_refused_and_still_read_from_storage() {
        for code in ["HRK", "SLL", "ZWL", "CUC", "BGN", "hrk"] {
            assert!(matches!(Currency::parse(code), Err(Rule::Malformed { .. })), "{code}");
        }
        for code in ["HRK", "SLL", "ZWL", "CUC", "BGN", "UYU"] {
            assert_eq!(Currency::stored(code).map(Currency::code), Some(code));
        }
        for code in ["DEM", "ESP", "ITL", "ANG", "MRO", "STD", "VEF", "LTL"] {
            assert!(Currency::parse(code).is_err() && Currency::stored(code).is_none(), "{code}");
        }
        for code in ["VES", "VED", "SLE", "ZWG", "CUP", "EUR"] {
            assert!(Currency::parse(code).is_ok(), "{code}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for code in ["", "U YU", "UY", "UYUU", "858", "ZZZ", "XAU", "XDR", "XTS", "XXX", "€"] {
            assert!(matches!(Currency::parse(code), Err(Rule::Malformed { .. })), "{code:?}");
        }
    }
}
