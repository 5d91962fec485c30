//! Calendar days.

use chrono::NaiveDate;

use super::unseen::trimmed;
use crate::input::Rule;

/// Parses a calendar day as `YYYY-MM-DD` (RFC 3339 full-date), for the years 1 to 9999.
///
/// # Errors
/// [`Rule::Malformed`] for anything else, including a day that does not exist.
pub fn parse_date(raw: &str) -> Result<NaiveDate, Rule> {
    let raw = trimmed(raw);
    let shaped = raw.len() == 10 && raw.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    NaiveDate::parse_from_str(raw, "%Y-%m-%d")
        .ok()
        .filter(|_| shaped && !raw.starts_with("0000"))
        .ok_or(Rule::Malformed { expected: "a date as YYYY-MM-DD" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_days_that_exist_are_dates() {
        for (raw, sound) in [
            ("2026-02-28", true),
            ("2028-02-29", true),
            ("\u{200E}2028-02-29\u{200B}", true),
            ("9999-12-31", true),
            ("2026-02-29", false),
            ("2026-2-3", false),
            ("0000-01-01", false),
            ("+026-01-01", false),
            ("2026-01-01T00:00:00Z", false),
            ("infinity", false),
            ("", false),
        ] {
            assert_eq!(parse_date(raw).is_ok(), sound, "{raw}");
        }
    }
}
