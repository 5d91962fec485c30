//! The text of each mail, one file per language.

mod en;
mod es;
mod pt;

use cartera_application::ports::{Mail, MailContent};
use cartera_domain::{identity::Role, values::Locale};
use chrono::{DateTime, Utc};

use crate::{
    letter::{Frame, Letter},
    moment,
};

/// The most characters shown of user input or of a browser's name.
const LONGEST: usize = 200;

/// A mail's content with formatted times, and with user input made safe for one line.
enum Told {
    Invitation { company: String, inviter: Option<String>, role: Role, link: String, expires: String },
    PasswordReset { link: String, expires: String },
    PasswordChanged { at: String },
    AccountLocked { until: String },
    SessionReused { at: String, device: Option<String> },
}

/// The text of a mail, and what all mails in its language share.
pub(crate) fn of(mail: &Mail) -> (Frame, Letter) {
    let Mail { id: _, to: _, name, locale, timezone, content } = mail;
    let moment = |at: &DateTime<Utc>| moment::tell(*at, *locale, *timezone);
    let told = match content {
        MailContent::Invitation { company, inviter, role, link, expires_at } => Told::Invitation {
            company: one_line(company),
            inviter: inviter.as_deref().map(one_line).filter(|name| !name.is_empty()),
            role: *role,
            link: link.clone(),
            expires: moment(expires_at),
        },
        MailContent::PasswordReset { link, expires_at } => {
            Told::PasswordReset { link: link.clone(), expires: moment(expires_at) }
        }
        MailContent::PasswordChanged { at } => Told::PasswordChanged { at: moment(at) },
        MailContent::AccountLocked { until } => Told::AccountLocked { until: moment(until) },
        MailContent::SessionReused { at, device } => Told::SessionReused {
            at: moment(at),
            device: device.as_deref().map(one_line).filter(|device| !device.is_empty()),
        },
    };
    let name = name.as_deref().map(one_line).filter(|name| !name.is_empty());
    match locale {
        Locale::Es => (es::FRAME, es::letter(name.as_deref(), told)),
        Locale::En => (en::FRAME, en::letter(name.as_deref(), told)),
        Locale::Pt => (pt::FRAME, pt::letter(name.as_deref(), told)),
    }
}

/// Reduces text to one line of bounded length, without characters that end a header, hide text or reverse its
/// direction.
pub(crate) fn one_line(text: &str) -> String {
    let harmless = text.chars().filter(|c| !is_invisible(*c)).map(|c| if ends_line(c) { ' ' } else { c });
    let text: String = harmless.collect();
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > LONGEST {
        line = line.chars().take(LONGEST - 1).chain(['…']).collect();
    }
    line
}

fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Direction marks and overrides, and zero-width characters.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn what_people_typed_becomes_one_harmless_line() {
        let cases = [
            ("ACME", "ACME"),
            ("  Peña & Hijos\u{a0}S.A. ", "Peña & Hijos S.A."),
            ("ACME\r\nBcc: everybody@example.com", "ACME Bcc: everybody@example.com"),
            ("a\u{2028}b\u{0}c\u{85}d", "a b c d"),
            ("safe\u{202e}gnp.exe", "safegnp.exe"),
            ("\u{200b}\u{feff}", ""),
        ];
        for (typed, line) in cases {
            assert_eq!(one_line(typed), line);
        }
        let long = one_line(&"ñ".repeat(500));
        assert_eq!((long.chars().count(), long.ends_with('…')), (200, true));
    }
}
