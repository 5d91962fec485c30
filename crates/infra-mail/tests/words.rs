//! The texts of mails in every language.

use cartera_application::{
    ports::{Mail, MailContent},
    testing::contract::mails::{contents, mail},
};
use cartera_domain::values::Locale;
use cartera_infra_mail::render;

const SECRET: &str = "inv_secret";

fn every_mail() -> impl Iterator<Item = Mail> {
    Locale::ALL.into_iter().flat_map(|locale| {
        contents().into_iter().map(move |content| mail("ana@example.com", locale, content))
    })
}

/// The text of HTML without tags.
fn shown(html: &str) -> String {
    let body = html.split_once("<h1").map_or("", |(_, body)| body);
    let mut text = String::new();
    let mut within = true;
    for c in body.chars() {
        match c {
            '<' => within = true,
            '>' if within => within = false,
            c if !within => text.push(c),
            _ => {}
        }
    }
    let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    entities.iter().fold(text, |text, (entity, plain)| text.replace(entity, plain))
}

#[test]
fn text_and_html_say_the_same() {
    for mail in every_mail() {
        let rendered = render(&mail).expect("it renders");
        let html = shown(&rendered.html);
        for line in rendered.text.lines().filter(|line| !line.is_empty() && *line != "-- ") {
            assert!(html.contains(line.trim_end_matches(':')), "{mail:?}: {line:?} is not in {html}");
        }
    }
}

#[test]
fn the_link_stands_in_both_bodies_and_nowhere_else() {
    for mail in every_mail() {
        let rendered = render(&mail).expect("it renders");
        let has_link =
            matches!(mail.content, MailContent::Invitation { .. } | MailContent::PasswordReset { .. });
        let alone = rendered.text.lines().filter(|line| line.starts_with("https://")).count();
        assert_eq!(alone, usize::from(has_link), "{mail:?}: a link has a line of its own, to be clicked");
        assert_eq!(rendered.html.contains(SECRET), has_link);
        assert!(!rendered.subject.contains(SECRET));
        assert!(!format!("{rendered:?} {mail:?}").contains(SECRET));
    }
}

#[test]
fn an_invitation_names_company_inviter_role_and_expiry() {
    let expected = [
        (
            Locale::Es,
            "Invitación a unirse a Peña & Hijos <S.A.>",
            "miembro",
            "vence el martes 14 de julio de 2026 a las 12:30",
        ),
        (
            Locale::En,
            "Invitation to join Peña & Hijos <S.A.>",
            "a member",
            "expires on Tuesday, July 14, 2026 at 12:30 PM",
        ),
        (Locale::Pt, "Convite para Peña & Hijos <S.A.>", "membro", "expira em 14 de julho de 2026, às 12:30"),
    ];
    for (locale, subject, role, expiry) in expected {
        let rendered = render(&mail("ana@example.com", locale, contents().remove(0))).expect("it renders");
        assert_eq!(rendered.subject, subject);
        for part in
            ["Peña & Hijos <S.A.>", "Ana \"la jefa\" Gómez", role, expiry, "America/Montevideo, UTC-03:00"]
        {
            assert!(rendered.text.contains(part), "{part}: {}", rendered.text);
        }
    }
}

#[test]
fn whatever_people_typed_is_text_and_no_markup() {
    let content = MailContent::Invitation {
        company: "<img src=x onerror=alert(1)>\r\nBcc: all@example.com".to_owned(),
        inviter: Some("</p><script>alert(1)</script>".to_owned()),
        role: cartera_domain::identity::Role::Owner,
        link: "https://x.example/?a=\"><b>&c".to_owned(),
        expires_at: chrono::DateTime::UNIX_EPOCH,
    };
    for locale in Locale::ALL {
        let mut mail = mail("ana@example.com", locale, content.clone());
        mail.name = Some("<i>Ana</i>\u{202e}\nX".to_owned());
        let rendered = render(&mail).expect("it renders");
        for markup in ["<img", "<script", "<i>", "<b>", "\u{202e}"] {
            assert!(!rendered.html.contains(markup), "{markup}");
        }
        assert!(!rendered.subject.contains(['\r', '\n']), "{:?}", rendered.subject);
        assert!(rendered.text.contains("<i>Ana</i> X"), "{}", rendered.text);
    }
}

#[test]
fn html_loads_nothing_and_says_its_language() {
    for mail in every_mail() {
        let html = render(&mail).expect("it renders").html;
        for outside in ["src=", "url(", "<link", "<script", "@import", "http://"] {
            assert!(!html.contains(outside), "{outside} in {mail:?}");
        }
        assert!(html.contains(&format!("<html lang=\"{}\">", mail.locale)));
    }
}

#[test]
fn no_language_was_forgotten_and_no_kind_speaks_like_another() {
    let mut subjects: Vec<_> = every_mail().map(|mail| render(&mail).expect("it renders").subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(subjects.len(), 3 * 5, "{subjects:?}");
}
