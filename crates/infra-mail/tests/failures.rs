//! The answers of a mail server, and their consequences for the mail. The server is scripted, so that it can give
//! answers that a well-behaved one doesn't.

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

use cartera_application::{
    ports::{MailContent, MailError, Mailer},
    testing::contract::mails::mail,
};
use cartera_domain::values::Locale;
use cartera_infra_mail::{Sender, SetupError, SmtpMailer, SmtpSettings, Tls};
use chrono::DateTime;

const PASSWORD: &str = "much-hidden";

/// Answers each command by the first row with a matching prefix, and everything else with 250. An empty answer closes
/// the connection.
type Script = &'static [(&'static str, &'static str)];

const AUTH: (&str, &str) = ("EHLO", "250-hello\r\n250 AUTH PLAIN LOGIN");
const YES: (&str, &str) = ("AUTH", "235 welcome");
const DATA: (&str, &str) = ("DATA", "354 go on");

fn serve(script: Script) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || talk(stream, script));
        }
    });
    address
}

fn talk(stream: TcpStream, script: Script) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    let answer = |command: &str| {
        script.iter().find(|(start, _)| command.starts_with(start)).map(|(_, answer)| *answer)
    };
    let mut say = |text: &str| writer.write_all(format!("{text}\r\n").as_bytes()).ok();
    say(answer("CONNECT").unwrap_or("220 hello"))?;
    while let Some(Ok(command)) = lines.next() {
        match answer(&command) {
            Some("") => return None,
            Some(answer) => say(answer)?,
            None => say("250 ok")?,
        }
        if command == "DATA" && answer("DATA").is_some_and(|answer| answer.starts_with("354")) {
            while lines.next()?.ok()? != "." {}
            say(answer(".").unwrap_or("250 taken"))?;
        }
    }
    Some(())
}

fn settings(address: SocketAddr, tls: Tls, patience: Duration) -> SmtpSettings {
    SmtpSettings {
        host: address.ip().to_string(),
        port: address.port(),
        tls,
        credentials: Some(("cartera".to_owned(), PASSWORD.to_owned())),
        from: Sender { name: None, address: "noreply@example.com".to_owned() },
        patience,
    }
}

fn mailer(address: SocketAddr, tls: Tls) -> SmtpMailer {
    SmtpMailer::new(settings(address, tls, Duration::from_secs(20))).expect("a mailer")
}

/// The outcome of sending a mail: `sent`, `later` or `refused`, and the reason.
async fn outcome(mailer: &SmtpMailer) -> (&'static str, String) {
    let at = DateTime::from_timestamp(1_768_478_400, 0).expect("a moment");
    let mail = mail("ana@example.com", Locale::En, MailContent::PasswordChanged { at });
    match mailer.send(&mail).await {
        Ok(()) => ("sent", String::new()),
        Err(error) => {
            let all =
                format!("{error} {error:?} {}", error.source().map(ToString::to_string).unwrap_or_default());
            assert!(!all.contains("hidden"), "{all}");
            // The password in base64, as PLAIN sends it.
            assert!(!all.contains("bXVjaC1oaWRkZW4"), "{all}");
            match error {
                MailError::Later(_) => ("later", all),
                MailError::Refused(_) => ("refused", all),
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_of_this_mail_is_for_good_and_everything_else_passes() {
    let cases: [(&str, Script); 12] = [
        ("sent", &[AUTH, YES, DATA]),
        ("refused", &[AUTH, YES, ("RCPT", "550 5.1.1 no such mailbox"), DATA]),
        ("refused", &[AUTH, YES, ("MAIL", "553 5.7.1 not from there"), DATA]),
        ("refused", &[AUTH, YES, DATA, (".", "554 5.7.1 looks like spam")]),
        ("refused", &[AUTH, YES, DATA, (".", "552 5.3.4 too large")]),
        ("later", &[AUTH, YES, ("RCPT", "450 4.2.1 greylisted"), DATA]),
        ("later", &[AUTH, YES, DATA, (".", "452 4.3.1 disk full")]),
        ("later", &[AUTH, YES, DATA, (".", "")]),
        ("later", &[("CONNECT", "421 4.3.2 come back later")]),
        // The mail is not at fault if the server refuses our connection.
        ("later", &[("CONNECT", "554 5.7.1 no service here")]),
        ("later", &[AUTH, ("AUTH", "535 5.7.8 wrong password")]),
        ("later", &[("EHLO", "gibberish"), ("HELO", "gibberish")]),
    ];
    for (expected, script) in cases {
        let (found, reason) = outcome(&mailer(serve(script), Tls::None)).await;
        assert_eq!(found, expected, "{script:?}: {reason}");
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_server_without_the_tls_that_is_demanded() {
    // It would accept everything if the client continued.
    let script: Script = &[("EHLO", "250-hello\r\n250 AUTH PLAIN"), ("AUTH", "235 welcome"), DATA];
    for tls in [Tls::StartTls, Tls::Implicit] {
        let mailer = mailer(serve(script), tls);
        let (found, reason) = outcome(&mailer).await;
        assert_eq!(found, "later", "{tls:?}: {reason}");
        assert!(mailer.check().await.is_err(), "{tls:?}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address");
    let mailer = SmtpMailer::new(settings(address, Tls::None, Duration::from_millis(100))).expect("a mailer");
    assert_eq!(outcome(&mailer).await.0, "later");
    assert!(mailer.check().await.is_err());
}

#[tokio::test]
async fn a_sender_that_is_no_address_is_refused_at_the_start() {
    let address = SocketAddr::from(([127, 0, 0, 1], 25));
    let from = Sender { name: None, address: "nobody".to_owned() };
    let settings = SmtpSettings { from, ..settings(address, Tls::None, Duration::from_secs(1)) };
    assert!(matches!(SmtpMailer::new(settings), Err(SetupError::Sender(_))));
}

#[test]
fn a_mailer_may_outlive_the_runtime_that_it_was_used_in() {
    let mailer = mailer(serve(&[AUTH, YES, DATA]), Tls::None);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(mailer.check()).expect("the server answers");
    drop(runtime);
    drop(mailer);
}
