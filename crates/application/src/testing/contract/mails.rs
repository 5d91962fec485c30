//! Contract tests of mailers. Each adapter brings its own [`MailHarness`]: a mailer with a mail server that can be
//! switched off.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_domain::{
    identity::Role,
    values::{Email, Locale, Timezone},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ports::{Mail, MailContent, MailError, Mailer};

/// An adapter under test.
#[async_trait]
pub trait MailHarness: Sync {
    /// The mailer.
    fn mailer(&self) -> Arc<dyn Mailer>;

    /// The received mails in order: the id and the recipient.
    async fn arrived(&self) -> Vec<(Uuid, String)>;

    /// Switches the mail server off, or on again.
    async fn set_down(&self, down: bool);
}

/// Generates one `#[tokio::test]` per promise. The expression creates a [`MailHarness`] for one test.
#[macro_export]
macro_rules! mail_contract_tests {
    ($harness:expr) => {
        $crate::mail_contract_tests! { @each ($harness)
            a_mail_arrives_once_in_its_mailbox
            the_same_mail_again_is_known_by_its_id
            what_can_not_go_out_now_can_later
            every_mail_goes_out_in_every_language
        }
    };
    (@each ($harness:expr) $($promise:ident)+) => {
        $(#[tokio::test]
        async fn $promise() {
            let harness = $harness;
            $crate::testing::contract::mails::$promise(&harness).await;
        })+
    };
}

/// One of each kind.
pub fn contents() -> Vec<MailContent> {
    let link = "https://crm.example.com/invitations/accept#token=inv_secret".to_owned();
    let at: DateTime<Utc> = DateTime::from_timestamp(1_784_043_000, 0).unwrap_or_default();
    let invitation = |inviter: Option<&str>| MailContent::Invitation {
        company: "Peña & Hijos <S.A.>".to_owned(),
        inviter: inviter.map(str::to_owned),
        role: Role::Member,
        link: link.clone(),
        expires_at: at,
    };
    vec![
        invitation(Some("Ana \"la jefa\" Gómez")),
        invitation(None),
        MailContent::PasswordReset { link: link.clone(), expires_at: at },
        MailContent::PasswordChanged { at },
        MailContent::AccountLocked { until: at },
        MailContent::SessionReused { at, device: Some("Firefox <150>".to_owned()) },
        MailContent::SessionReused { at, device: None },
    ]
}

/// A mail with a new id.
pub fn mail(to: &str, locale: Locale, content: MailContent) -> Mail {
    Mail {
        id: Uuid::now_v7(),
        to: Email::trusted(to.to_owned()),
        name: Some("José, el Ñato".to_owned()),
        locale,
        timezone: Timezone::parse("America/Montevideo").unwrap_or(Timezone::UTC),
        content,
    }
}

fn plain(to: &str) -> Mail {
    let at = DateTime::from_timestamp(1_784_043_000, 0).unwrap_or_default();
    mail(to, Locale::Es, MailContent::PasswordChanged { at })
}

/// Each mail goes to its recipient, and to nobody else.
pub async fn a_mail_arrives_once_in_its_mailbox(h: &impl MailHarness) {
    let (first, second) = (plain("ana.paz+crm@example.com"), plain("o'brien_1=x@sub.example.co"));
    let mailer = h.mailer();
    mailer.check().await.expect("the mail server answers");
    for mail in [&first, &second] {
        mailer.send(mail).await.expect("it goes out");
    }
    let expected = [&first, &second].map(|mail| (mail.id, mail.to.as_str().to_owned()));
    assert_eq!(h.arrived().await, expected);
}

/// If it is uncertain whether a mail was sent, it is sent again, and mail clients recognise it as the same.
pub async fn the_same_mail_again_is_known_by_its_id(h: &impl MailHarness) {
    let mail = plain("ana@example.com");
    for _ in 0..2 {
        h.mailer().send(&mail).await.expect("it goes out");
    }
    let ids: Vec<_> = h.arrived().await.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [mail.id, mail.id]);
}

/// While the mail server is down, sending fails with a temporary error; afterwards everything is sent.
pub async fn what_can_not_go_out_now_can_later(h: &impl MailHarness) {
    let (mail, mailer) = (plain("ana@example.com"), h.mailer());
    // A connection kept from before must not count as a running server.
    mailer.check().await.expect("the mail server answers");
    h.set_down(true).await;
    assert!(matches!(mailer.send(&mail).await, Err(MailError::Later(_))));
    assert!(matches!(mailer.check().await, Err(MailError::Later(_))));
    assert_eq!(h.arrived().await, []);
    h.set_down(false).await;
    mailer.check().await.expect("it is back");
    mailer.send(&mail).await.expect("it goes out");
    assert_eq!(h.arrived().await, [(mail.id, "ana@example.com".to_owned())]);
}

/// Every content can be sent.
pub async fn every_mail_goes_out_in_every_language(h: &impl MailHarness) {
    let mut sent = Vec::new();
    for locale in Locale::ALL {
        for content in contents() {
            let mail = mail("ana@example.com", locale, content);
            h.mailer().send(&mail).await.unwrap_or_else(|error| panic!("{mail:?}: {error}"));
            sent.push((mail.id, mail.to.as_str().to_owned()));
        }
    }
    assert_eq!(h.arrived().await, sent);
}
