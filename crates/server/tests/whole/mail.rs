//! The mail server: health, doctor, and the mail folder of the embedded stack.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use cartera_application::ports::{Mail, MailContent, Mailer};
use cartera_config::{Config, FixedEnvironment};
use cartera_domain::{
    identity::Role,
    values::{Email, Locale, Timezone},
};
use cartera_embedded::{MailSink, MailSinkOptions};
use cartera_server::{
    database::{DatabaseAccess, WhenInUse},
    wiring,
};
use cartera_test_database::TestDatabase;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{
    Client, Embedded, Folder, ReceivedMail, Server, environment, mails_in, mails_to, program, run, unique,
    wait_for_mail,
};

const LINK: &str = "https://app.example.com/invitations/accept#token=inv_secret";

fn mail(to: &str, locale: Locale, content: MailContent) -> Mail {
    Mail {
        id: Uuid::now_v7(),
        to: Email::parse(to.to_owned()).expect("an address"),
        name: None,
        locale,
        timezone: Timezone::UTC,
        content,
    }
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a moment")
}

/// Polls the health until the mail check has this status.
async fn health_with_mail(nobody: &Client, status: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let health = nobody.get("//health").await.expect(200).json();
        if health["checks"]["mail"]["status"] == status {
            return health;
        }
        assert!(Instant::now() < end, "{health}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends a mail like the program does with these settings.
async fn send(settings: FixedEnvironment, mail: &Mail) {
    let config = Config::from_env(&settings).expect("valid settings");
    let access = tokio::task::block_in_place(|| DatabaseAccess::open(&config, WhenInUse::Attach));
    // Its embedded server stops with it.
    let access = access.expect("the stack is there");
    let mailer = wiring::mailer(&config, &access).expect("a mailer");
    mailer.send(mail).await.expect("it goes out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_as_it_was_meant() {
    let database = TestDatabase::create().await;
    let to = format!("{}@example.com", unique("reader"));
    let invitation = MailContent::Invitation {
        company: "Peña & Hijos <S.A.>".to_owned(),
        inviter: None,
        role: Role::Member,
        link: LINK.to_owned(),
        expires_at: noon(),
    };
    assert!(mails_to(&to).is_empty());
    send(FixedEnvironment::new(environment(&database)), &mail(&to, Locale::Es, invitation)).await;
    let received = wait_for_mail(&to, 1).await;
    assert_eq!((received.link().as_str(), received.token().as_str()), (LINK, "inv_secret"));
    let ReceivedMail { to: arrived_at, subject, message_id, text: _, html, source } = received;
    assert_eq!(arrived_at, to);
    assert_eq!(subject, "Invitación a unirse a Peña & Hijos <S.A.>");
    assert!(message_id.ends_with("@crm.example.com>"), "{message_id}");
    assert!(html.contains("Peña &#38; Hijos &#60;S.A.&#62;"), "{html}");
    assert!(source.contains("\r\nFrom: Cartera <noreply@crm.example.com>\r\n"), "{source}");
}

#[tokio::test]
async fn health_is_degraded_while_the_mail_server_is_down() {
    let folder = Folder::new("mail-health");
    let sink = MailSink::start(folder.path(), MailSinkOptions::default()).expect("it starts");
    let address = sink.address();
    let server = Server::start(&[("SMTP_URL", &format!("smtp://{address}"))]).await;
    let nobody = server.nobody();
    assert_eq!(health_with_mail(&nobody, "ok").await["status"], "ok");
    sink.stop();
    let health = health_with_mail(&nobody, "down").await;
    assert_eq!(health["status"], json!("degraded"));
    nobody.get("//readyz").await.expect(200);
    let _back = MailSink::start(folder.path(), MailSinkOptions { address, ..MailSinkOptions::default() });
    assert_eq!(health_with_mail(&nobody, "ok").await["status"], "ok");
    let log = server.record.log();
    assert_eq!(log.matches("the mail server does not answer").count(), 1, "{log}");
    assert_eq!(log.matches("the mail server answers again").count(), 1, "{log}");
}

#[tokio::test]
async fn doctor_asks_the_mail_server_and_tells_no_password() {
    let database = TestDatabase::create().await;
    let (ok, said) = run(program().arg("doctor").envs(environment(&database)));
    assert!(ok && said.contains("mail: the mail server answers"), "{said}");
    // Bound and dropped, so that nothing listens there.
    let free =
        TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("an address");
    let url = format!("smtp://cartera:much-hidden@{free}");
    let (ok, said) = run(program().arg("doctor").envs(environment(&database)).env("SMTP_URL", url));
    assert!(!ok && said.contains("mail: the mail server did not take the mail for now: "), "{said}");
    assert!(!said.contains("hidden"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_stack_keeps_mails_as_files() {
    let folder = Folder::new("mail-embedded");
    let server = Embedded::start(&folder, &[]);
    assert_eq!(health_with_mail(&server.nobody(), "ok").await["status"], "ok");
    // Another command uses the mail server of the running program.
    let to = format!("{}@example.com", unique("reader"));
    let settings = FixedEnvironment::new([("DATA_DIR", folder.path())]);
    send(
        settings.clone(),
        &mail(&to, Locale::Pt, MailContent::PasswordReset { link: LINK.to_owned(), expires_at: noon() }),
    )
    .await;
    let mails = mails_in(&folder.path().join("mail"), &to);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Redefina sua senha");
    server.terminate();
    assert!(server.end().success());
    // If no program is running, a command starts its own mail server; earlier mails stay.
    send(settings, &mail(&to, Locale::En, MailContent::PasswordChanged { at: noon() })).await;
    let subjects: Vec<_> =
        mails_in(&folder.path().join("mail"), &to).into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["Redefina sua senha", "Your password was changed"]);
}

#[test]
fn every_mail_can_be_looked_at() {
    let folder = Folder::new("mail-preview");
    let (ok, said) = run(program().args(["mail", "preview", "--out"]).arg(folder.path()));
    assert!(ok, "{said}");
    let files = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(files, 5 * 3 * 2, "each mail in each language as HTML and text");
    let (ok, said) = run(program().args(["mail", "preview", "--template", "invitation", "--locale", "pt"]));
    assert!(ok && said.contains("Subject: Convite para Peña & Hijos\n"), "{said}");
    assert!(said.contains("<html lang=\"pt\">") && said.matches("Subject:").count() == 1, "{said}");
    let (ok, said) = run(program().args(["mail", "preview", "--template", "nonsense"]));
    assert!(!ok && said.contains("password-reset"), "{said}");
}
