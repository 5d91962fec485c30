//! The mail server, the sender, and the base URL of links.

use cartera_config::{Config, ConfigErrors, FixedEnvironment, Mail, MailFrom, SmtpServer, SmtpTls};

fn read(name: &str, value: &str) -> Result<Mail, ConfigErrors> {
    Config::from_env(&FixedEnvironment::new([(name, value)])).map(|config| config.mail)
}

fn server(url: &str) -> SmtpServer {
    let mail = read("SMTP_URL", url).unwrap_or_else(|errors| panic!("{url}: {errors}"));
    mail.server.expect("a server")
}

#[test]
fn the_embedded_mode_keeps_mails_and_leads_to_its_own_pages() {
    let environment = FixedEnvironment::new([("HTTP_ADDR", "127.0.0.1:8080")]);
    let config = Config::from_env(&environment).expect("all defaults");
    assert_eq!(config.mail.server, None);
    assert_eq!(config.mail.from.to_string(), "Cartera <noreply@cartera.localhost>");
    let origin = config.http.public_origin(config.http.addr);
    assert_eq!(config.mail.links(origin.as_str()), "http://127.0.0.1:8080");
}

#[test]
fn a_mail_server_is_reached_by_tls_or_within_the_machine() {
    let cases = [
        ("smtps://smtp.example.com", "smtp.example.com", 465, SmtpTls::Implicit),
        ("smtps://smtp.example.com:2465/", "smtp.example.com", 2465, SmtpTls::Implicit),
        ("smtp://smtp.example.com?tls=required", "smtp.example.com", 587, SmtpTls::StartTls),
        ("smtp://10.0.0.7:25?tls=required", "10.0.0.7", 25, SmtpTls::StartTls),
        ("smtp://localhost:1025", "localhost", 1025, SmtpTls::None),
        ("smtp://127.0.0.1", "127.0.0.1", 25, SmtpTls::None),
        ("smtp://[::1]:1025", "::1", 1025, SmtpTls::None),
    ];
    for (url, host, port, tls) in cases {
        let expected = SmtpServer { host: host.to_owned(), port, tls, credentials: None };
        assert_eq!(server(url), expected, "{url}");
    }
    let (user, password) =
        server("smtps://ana%40example.com:p%2Fw%3Aé%25@smtp.example.com").credentials.expect("both");
    assert_eq!((user.as_str(), password.expose()), ("ana@example.com", "p/w:é%"));
}

#[test]
fn other_mail_servers_are_refused_without_a_word_of_the_url() {
    let cases = [
        ("smtp.hidden.com:465", "is not an smtps:// or smtp:// URL"),
        ("https://hidden.com", "is not an smtps:// or smtp:// URL"),
        ("hidden", "is not a URL"),
        ("smtps://", "names no host"),
        ("smtp://hidden.com", "without TLS"),
        ("smtp://hidden:hidden@mailpit:1025", "without TLS"),
        ("smtp://localhost.hidden.com", "without TLS"),
        ("smtp://hidden.com?tls=opportunistic", "parameters that are not understood"),
        ("smtps://hidden.com?tls=required", "parameters that are not understood"),
        ("smtps://user@hidden.com", "but not both"),
        ("smtps://:hidden@hidden.com", "but not both"),
        ("smtps://user:hid/den@hidden.com", "is not a URL"),
        ("smtps://user:hid#den@hidden.com", "is not a URL"),
        ("smtps://user:%zzhidden@hidden.com", "badly encoded"),
        ("smtps://user:hidden%0d%0aQUIT@hidden.com", "badly encoded"),
        ("smtps://hidden.com:0", "has the port 0"),
        ("smtps://hidden.com/ehlo", "has more than host and port"),
    ];
    for (url, problem) in cases {
        let errors = read("SMTP_URL", url).expect_err(url);
        let [error] = errors.errors() else { panic!("{url}: {errors}") };
        assert!(error.variable == "SMTP_URL" && error.problem.contains(problem), "{url}: {error}");
        assert!(!error.to_string().contains("hid"), "{url}: {error}");
    }
}

#[test]
fn a_sender_is_an_address_with_or_without_a_name() {
    let cases = [
        ("noreply@crm.example.com", None, "noreply@crm.example.com"),
        ("Cartera <noreply@crm.example.com>", Some("Cartera"), "noreply@crm.example.com"),
        ("\"Peña, CRM\" <a@b.c>", Some("Peña, CRM"), "a@b.c"),
        ("<a@b.c>", None, "a@b.c"),
        ("root@localhost", None, "root@localhost"),
    ];
    for (text, name, address) in cases {
        let from = read("MAIL_FROM", text).expect(text).from;
        assert_eq!(from, MailFrom { name: name.map(str::to_owned), address: address.to_owned() });
    }
    for text in [
        "Cartera",
        "a@",
        "@b.c",
        "a b@c.d",
        "Cartera <a@b.c",
        "Cartera a@b.c>",
        "a@b.c, d@e.f",
        "a..b@c.d",
        "a@b..c",
        "Cartera\r\nBcc: x@y.z <a@b.c>",
        "a@-b.c",
        "ñ@b.c",
    ] {
        let errors = read("MAIL_FROM", text).expect_err(text);
        assert_eq!(errors.errors()[0].variable, "MAIL_FROM", "{text}");
    }
}

#[test]
fn links_lead_to_the_front_end() {
    let cases = [
        ("https://app.example.com", "https://app.example.com"),
        ("https://app.example.com/", "https://app.example.com"),
        ("https://example.com/crm/", "https://example.com/crm"),
        ("http://localhost:3000", "http://localhost:3000"),
    ];
    for (text, base) in cases {
        let config = Config::from_env(&FixedEnvironment::new([("FRONTEND_URL", text)])).expect(text);
        assert_eq!(config.mail.links(config.http.public_origin(config.http.addr).as_str()), base);
    }
    for text in [
        "app.example.com",
        "ftp://app.example.com",
        "https://app.example.com?a=b",
        "https://a.b/#c",
        "https://u@a.b",
    ] {
        let errors = read("FRONTEND_URL", text).expect_err(text);
        assert_eq!(errors.errors()[0].variable, "FRONTEND_URL", "{text}");
    }
}
