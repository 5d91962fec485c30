//! Exact amounts of money.

use std::fmt;

use super::Currency;
use crate::input::Rule;

/// The largest amount, in hundredths: 9,999,999,999,999.99. It bounds every currency by the same number,
/// whatever its decimals.
const MAX_HUNDREDTHS: i128 = 999_999_999_999_999;

/// The most digits before the decimal point of an amount within the bound.
const MAX_WHOLE_DIGITS: usize = 13;

/// An amount that a record holds: 0 to 9,999,999,999,999.99 of one currency, in whole minor units (cents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// Reads a plain decimal: digits, and optionally a point and more digits. No sign, exponent, blanks or
    /// thousands separators.
    ///
    /// # Errors
    /// [`Rule::Malformed`]; [`Rule::TooManyDecimals`] for more digits after the point than the currency has,
    /// even zeros: `10.00` yen may be a thousand written for another currency, and guessing is worse than
    /// asking; [`Rule::OutOfRange`] for a negative or too large amount.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, Rule> {
        let unsigned = amount.strip_prefix('-');
        let (whole, fraction) = decimal(unsigned.unwrap_or(amount)).ok_or(Rule::Malformed {
            expected: "a decimal number such as 1250.00",
        })?;
        if unsigned.is_some() {
            return Err(out_of_range());
        }
        let decimals = currency.decimals() as usize;
        if fraction.len() > decimals {
            return Err(Rule::TooManyDecimals {
                max: currency.decimals(),
            });
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > MAX_WHOLE_DIGITS {
            return Err(out_of_range());
        }
        let digits = format!("0{whole}{fraction:0<decimals$}");
        let minor_units: i64 = digits.parse().map_err(|_| out_of_range())?;
        if i128::from(minor_units) * 100 > MAX_HUNDREDTHS * scale(currency) {
            return Err(out_of_range());
        }
        Ok(Self {
            minor_units,
            currency,
        })
    }

    /// Takes back an amount from storage, in minor units; the range is not checked again.
    pub const fn from_minor(minor_units: i64, currency: Currency) -> Self {
        Self {
            minor_units,
            currency,
        }
    }

    /// The amount in minor units: 125000 for 1250.00 UYU.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as text with exactly the currency's decimals: `1250.00`.
    pub fn amount(self) -> String {
        format_minor(i128::from(self.minor_units), self.currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

/// A number of minor units as a decimal with exactly the currency's decimals. It takes more than [`Money`]
/// holds, because a report adds up many amounts.
pub fn format_minor(units: i128, currency: Currency) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let (units, scale) = (units.unsigned_abs(), scale(currency).unsigned_abs());
    let (whole, fraction) = (units / scale, units % scale);
    match currency.decimals() as usize {
        0 => format!("{sign}{whole}"),
        decimals => format!("{sign}{whole}.{fraction:0decimals$}"),
    }
}

/// The minor units in one unit.
fn scale(currency: Currency) -> i128 {
    10_i128.pow(currency.decimals())
}

/// The digits before and after the point, when `text` is a plain decimal.
fn decimal(text: &str) -> Option<(&str, &str)> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => (is_digits(whole) && is_digits(fraction)).then_some((whole, fraction)),
        None => is_digits(text).then_some((text, "")),
    }
}

fn out_of_range() -> Rule {
    Rule::OutOfRange {
        min: "0".to_owned(),
        max: "9999999999999.99".to_owned(),
    }
}
