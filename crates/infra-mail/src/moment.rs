//! Formats points in time in a language, in the company's time zone.

use cartera_domain::values::{Locale, Timezone};
use chrono::{DateTime, Datelike, Timelike, Utc};

const ES_DAYS: [&str; 7] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
const ES_MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const EN_DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const EN_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const PT_MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];

/// The date and time with the zone's name and offset, and with the weekday where the language's wording allows it.
pub(crate) fn tell(at: DateTime<Utc>, locale: Locale, timezone: Timezone) -> String {
    let local = at.with_timezone(&timezone.tz());
    let name = |names: &'static [&'static str], index: u32| {
        usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
    };
    let (weekday, month) = (local.weekday().num_days_from_monday(), local.month0());
    let (day, year, clock) = (local.day(), local.year(), local.format("%H:%M"));
    let told = match locale {
        Locale::Es => {
            format!(
                "{} {day} de {} de {year} a las {clock}",
                name(&ES_DAYS, weekday),
                name(&ES_MONTHS, month)
            )
        }
        Locale::En => {
            let (afternoon, hour) = local.hour12();
            let half = if afternoon { "PM" } else { "AM" };
            let (weekday, month) = (name(&EN_DAYS, weekday), name(&EN_MONTHS, month));
            format!("{weekday}, {month} {day}, {year} at {hour}:{:02} {half}", local.minute())
        }
        Locale::Pt => format!("{day} de {} de {year}, às {clock}", name(&PT_MONTHS, month)),
    };
    format!("{told} ({})", zone(timezone, &local.format("%:z").to_string()))
}

/// `America/Montevideo, UTC-03:00`.
fn zone(timezone: Timezone, offset: &str) -> String {
    if timezone == Timezone::UTC {
        return "UTC".to_owned();
    }
    format!("{}, UTC{offset}", timezone.name().replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_as_people_there_say_it() {
        let at = DateTime::from_timestamp(1_784_043_000, 0).expect("a moment");
        let cases = [
            (
                Locale::Es,
                "America/Montevideo",
                "martes 14 de julio de 2026 a las 12:30 (America/Montevideo, UTC-03:00)",
            ),
            (
                Locale::Es,
                "Europe/Madrid",
                "martes 14 de julio de 2026 a las 17:30 (Europe/Madrid, UTC+02:00)",
            ),
            (
                Locale::En,
                "America/New_York",
                "Tuesday, July 14, 2026 at 11:30 AM (America/New York, UTC-04:00)",
            ),
            (Locale::En, "UTC", "Tuesday, July 14, 2026 at 3:30 PM (UTC)"),
            (Locale::Pt, "America/Sao_Paulo", "14 de julho de 2026, às 12:30 (America/Sao Paulo, UTC-03:00)"),
            // Already the next day in the company's time zone.
            (
                Locale::Es,
                "Pacific/Auckland",
                "miércoles 15 de julio de 2026 a las 03:30 (Pacific/Auckland, UTC+12:00)",
            ),
        ];
        for (locale, zone, expected) in cases {
            let timezone = Timezone::parse(zone).expect("a zone");
            assert_eq!(tell(at, locale, timezone), expected);
        }
        let midnight = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
        assert_eq!(tell(midnight, Locale::En, Timezone::UTC), "Thursday, January 1, 2026 at 12:00 AM (UTC)");
    }
}
