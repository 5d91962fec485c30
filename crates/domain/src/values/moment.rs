//! Moments.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

use super::{parse_date, trimmed};
use crate::input::Rule;

/// Reads a moment as RFC 3339, and in the forms near to it that libraries write: `+0000` and `+00` for `+00:00`, a blank
/// for `T`, any number of decimals, no seconds, `UTC` for `Z`. A blank before the digits of an offset was its `+`, which
/// a query string must encode and often doesn't. Without an offset it is no moment.
///
/// # Errors
/// [`Rule::Malformed`] for anything else, a moment outside the years 0 to 9999 included.
pub fn parse_moment(raw: &str) -> Result<DateTime<Utc>, Rule> {
    read(trimmed(raw))
        .filter(|at| (0..=9999).contains(&at.year()))
        .ok_or(Rule::Malformed { expected: "a moment as RFC 3339, like 2026-01-31T12:00:00Z" })
}

fn read(text: &str) -> Option<DateTime<Utc>> {
    let date = day(text.get(..10)?)?;
    let time = text.get(10..)?.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = two_digits(time)?;
    let (minute, rest) = two_digits(rest.strip_prefix(':')?)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => two_digits(rest)?,
        None => (0, rest),
    };
    let (nanos, rest) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => decimals(rest)?,
        None => (0, rest),
    };
    // A leap second is the first of the next minute: no clock of ours has it.
    let time = date.and_hms_opt(hour, minute, second.min(59)).filter(|_| second <= 60)?;
    let time = time + TimeDelta::seconds((second / 60).into()) + TimeDelta::nanoseconds(nanos);
    Some((time - offset(rest)?).and_utc())
}

/// The year 0 is a year of RFC 3339 too.
fn day(text: &str) -> Option<NaiveDate> {
    match text.strip_prefix("0000") {
        Some(rest) => parse_date(&format!("0004{rest}")).ok()?.with_year(0),
        None => parse_date(text).ok(),
    }
}

fn two_digits(text: &str) -> Option<(u32, &str)> {
    let digits = text.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((digits.parse().ok()?, &text[2..]))
}

/// What a fraction is in nanoseconds; further digits are cut off.
fn decimals(text: &str) -> Option<(i64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let digits = text[..end].bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = digits.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
    (end > 0).then_some((nanos, &text[end..]))
}

fn offset(text: &str) -> Option<TimeDelta> {
    let zone = text.trim_start_matches(' ');
    if ["Z", "UTC", "GMT"].iter().any(|name| zone.eq_ignore_ascii_case(name)) {
        return Some(TimeDelta::zero());
    }
    let is_blank = zone.len() < text.len();
    let (sign, digits) = match zone.strip_prefix(['-', '\u{2212}']) {
        Some(digits) => (-1, digits),
        None => (1, zone.strip_prefix('+').or_else(|| is_blank.then_some(zone))?),
    };
    let (hours, rest) = two_digits(digits)?;
    let (minutes, rest) = match rest.strip_prefix(':').unwrap_or(rest) {
        "" if rest.is_empty() => (0, ""),
        rest => two_digits(rest)?,
    };
    let is_sound = rest.is_empty() && hours < 24 && minutes < 60;
    is_sound.then(|| TimeDelta::minutes(sign * i64::from(hours * 60 + minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_libraries_write_them() {
        for (raw, expected) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31t12:00:00z", "2026-01-31T12:00:00Z"),
            ("2026-01-31 12:00:00Z", "2026-01-31T12:00:00Z"),
            (" 2026-01-31T12:00:00Z ", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00+0000", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00+00", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00-00:00", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00-0300", "2026-01-31T15:00:00Z"),
            ("2026-01-31T12:00:00-03", "2026-01-31T15:00:00Z"),
            ("2026-01-31T12:00:00+05:30", "2026-01-31T06:30:00Z"),
            ("2026-01-31T12:00:00\u{2212}03:00", "2026-01-31T15:00:00Z"),
            ("2026-01-31T23:59:00-23:59", "2026-02-01T23:58:00Z"),
            // As a query string brings them whose + nobody encoded.
            ("2026-01-31T12:00:00 01:00", "2026-01-31T11:00:00Z"),
            ("2026-01-31T12:00:00 0100", "2026-01-31T11:00:00Z"),
            ("2026-01-31T12:00:00.5 00", "2026-01-31T12:00:00.5Z"),
            // Ruby.
            ("2026-01-31 12:00:00 +0000", "2026-01-31T12:00:00Z"),
            ("2026-01-31 12:00:00  0000", "2026-01-31T12:00:00Z"),
            ("2026-01-31 12:00:00 -0300", "2026-01-31T15:00:00Z"),
            ("2026-01-31 12:00:00 UTC", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00+01", "2026-01-31T11:00:00Z"),
            ("2026-01-31T12:00:00.1Z", "2026-01-31T12:00:00.1Z"),
            ("2026-01-31T12:00:00,123+00", "2026-01-31T12:00:00.123Z"),
            ("2026-01-31T12:00:00.123456789012345678Z", "2026-01-31T12:00:00.123456789Z"),
            ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
            ("0000-02-29T00:00:00Z", "0000-02-29T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ] {
            let expected = DateTime::parse_from_rfc3339(expected).expect("a moment").with_timezone(&Utc);
            assert_eq!(parse_moment(raw), Ok(expected), "{raw:?}");
        }
    }

    #[test]
    fn what_leaves_the_moment_open_is_none() {
        for raw in [
            "",
            "2026-01-31",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00",
            "2026-01-31T12Z",
            "2026-01-31T1:00:00Z",
            "2026-01-31T24:00:00Z",
            "2026-01-31T12:60:00Z",
            "2026-01-31T12:00:61Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00+",
            "2026-01-31T12:00:00+1",
            "2026-01-31T12:00:00+24:00",
            "2026-01-31T12:00:00+00:60",
            "2026-01-31T12:00:00+01:",
            "2026-01-31T12:00:00+010",
            "2026-01-31T12:00:00+01:00:00",
            "2026-01-31T12:00:00 ART",
            "2026-01-31T12:00:00Zx",
            "2026-01-31_12:00:00Z",
            "2026-1-31T12:00:00Z",
            "2026-02-30T12:00:00Z",
            "20260131T120000Z",
            "+10000-01-01T00:00:00Z",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "1769860800",
            "now",
            "infinity",
            "2026-01-31T12:00:0é",
            "2026-01-3éT12:00:00Z",
        ] {
            assert!(parse_moment(raw).is_err(), "{raw:?}");
        }
    }
}
