//! Exact amounts of money.

use std::fmt;

use super::{Currency, unseen::trimmed};
use crate::input::Rule;

/// The largest amount, in hundredths: 9,999,999,999,999.99. The limit is the same number in every currency, whatever
/// its decimals.
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
    /// Parses a plain decimal: digits, and optionally a point and more digits. No sign, exponent, blanks or thousands
    /// separators.
    ///
    /// # Errors
    /// [`Rule::Malformed`]; [`Rule::TooManyDecimals`] for more digits after the point than the currency has, even
    /// zeros, because `10.00` yen may be a thousand written for another currency, and a refusal is better than a guess;
    /// [`Rule::OutOfRange`] for a negative or too large amount.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, Rule> {
        let amount = trimmed(amount);
        let unsigned = amount.strip_prefix('-');
        let (whole, fraction) = decimal(unsigned.unwrap_or(amount))
            .ok_or(Rule::Malformed { expected: "a decimal number such as 1250.00" })?;
        if unsigned.is_some() {
            return Err(out_of_range());
        }
        let decimals = currency.decimals() as usize;
        if fraction.len() > decimals {
            return Err(Rule::TooManyDecimals { max: currency.decimals() });
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
        Ok(Self { minor_units, currency })
    }

    /// Wraps a stored amount in minor units; the range is not checked again.
    pub const fn from_minor(minor_units: i64, currency: Currency) -> Self {
        Self { minor_units, currency }
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

/// Formats minor units as a decimal with exactly the currency's decimals. It accepts more than [`Money`] can hold,
/// because reports sum many amounts.
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

/// The digits before and after the point, if `text` is a plain decimal.
fn decimal(text: &str) -> Option<(&str, &str)> {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => (is_digits(whole) && is_digits(fraction)).then_some((whole, fraction)),
        None => is_digits(text).then_some((text, "")),
    }
}

fn out_of_range() -> Rule {
    Rule::OutOfRange { min: "0".to_owned(), max: "9999999999999.99".to_owned() }
}

/// Raw money: the amount as text, the currency by its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoneyInput {
    /// Decimal text: `1250.00`.
    pub amount: Option<String>,
    /// ISO 4217 code; if absent, the company's currency.
    pub currency: Option<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).expect("the code is assigned")
    }

    #[test]
    fn amounts_are_read_exactly() {
        let cases = [
            ("0", "UYU", 0, "0.00"),
            ("1250", "UYU", 125_000, "1250.00"),
            ("1250.5", "UYU", 125_050, "1250.50"),
            ("1250.50", "UYU", 125_050, "1250.50"),
            ("0.07", "UYU", 7, "0.07"),
            ("007.10", "UYU", 710, "7.10"),
            ("1250", "JPY", 1_250, "1250"),
            ("1.005", "KWD", 1_005, "1.005"),
            ("0.0001", "CLF", 1, "0.0001"),
            ("9999999999999.99", "USD", 999_999_999_999_999, "9999999999999.99"),
            ("9999999999999", "JPY", 9_999_999_999_999, "9999999999999"),
            ("9999999999999.990", "KWD", 9_999_999_999_999_990, "9999999999999.990"),
            ("9999999999999.99", "CLF", 99_999_999_999_999_900, "9999999999999.9900"),
        ];
        for (text, code, minor_units, amount) in cases {
            let money = Money::parse(text, currency(code)).expect(text);
            assert_eq!(
                (money.minor_units(), money.amount().as_str()),
                (minor_units, amount),
                "{text} {code}"
            );
            assert_eq!(money.to_string(), format!("{amount} {code}"));
        }
    }

    #[test]
    fn amounts_that_would_need_a_guess_are_refused() {
        let malformed = [
            "", " ", "abc", "1,5", "1 000", "1'000", "+1", "1e3", "0x10", "1.", ".5", ".", "1.2.3", "--1",
            "-", "-abc", "- 1", "NaN", "inf", "١٢", "１", "1\0", "1_000",
        ];
        for text in malformed {
            let parsed = Money::parse(text, currency("UYU"));
            assert!(matches!(parsed, Err(Rule::Malformed { .. })), "{text:?}: {parsed:?}");
        }
        for (text, code, max) in
            [("1.005", "UYU", 2), ("1.000", "UYU", 2), ("1.0", "JPY", 0), ("1.0005", "KWD", 3)]
        {
            assert_eq!(
                Money::parse(text, currency(code)),
                Err(Rule::TooManyDecimals { max }),
                "{text} {code}"
            );
        }
        let too_large = "9".repeat(400);
        let out_of_range = [
            ("-1", "UYU"),
            ("-0.01", "UYU"),
            ("10000000000000", "UYU"),
            ("10000000000000.00", "UYU"),
            ("10000000000000", "JPY"),
            ("9999999999999.991", "KWD"),
            ("9999999999999.9901", "CLF"),
            (too_large.as_str(), "UYU"),
        ];
        for (text, code) in out_of_range {
            let parsed = Money::parse(text, currency(code));
            assert!(matches!(parsed, Err(Rule::OutOfRange { .. })), "{text} {code}: {parsed:?}");
        }
    }

    #[test]
    fn sums_are_written_beyond_what_a_record_holds() {
        let cases = [
            (0, "UYU", "0.00"),
            (-5, "UYU", "-0.05"),
            (-1_250, "JPY", "-1250"),
            (i128::from(i64::MAX) * 10, "UYU", "922337203685477580.70"),
            (i128::MIN, "JPY", "-170141183460469231731687303715884105728"),
        ];
        for (units, code, expected) in cases {
            assert_eq!(format_minor(units, currency(code)), expected);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn an_amount_reads_back_as_itself(
            minor_units in 0_i64..=9_999_999_999_999,
            code in prop::sample::select(vec!["JPY", "UYU", "KWD", "CLF"]),
        ) {
            let money = Money::from_minor(minor_units, currency(code));
            prop_assert_eq!(Money::parse(&money.amount(), money.currency()), Ok(money));
        }

        #[test]
        fn hundredths_up_to_the_bound_are_let_in(hundredths in 0_i64..=999_999_999_999_999) {
            let money = Money::from_minor(hundredths, currency("UYU"));
            prop_assert_eq!(Money::parse(&money.amount(), money.currency()), Ok(money));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), digits in "-?[0-9]{0,30}\\.?[0-9]{0,30}") {
            let _ = Money::parse(&text, currency("UYU"));
            let _ = Money::parse(&digits, currency("CLF"));
        }
    }
}
