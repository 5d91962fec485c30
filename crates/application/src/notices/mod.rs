//! Notifications by mail, sent in the background.
//!
//! A notice contains ids only; recipient and content are read when it is sent, so that somebody who has joined
//! meanwhile gets no invitation. The secrets of links are derived again from the ids and the deployment's key
//! ([`crate::ports::DerivedSecrets`]), because only their hashes are stored.

mod ports;

use std::sync::Arc;

use cartera_domain::{
    identity::Subject,
    ids::Id,
    values::{Email, Locale, Timezone},
};
use sha2::{Digest, Sha256};
use thiserror::Error as ThisError;
use uuid::Uuid;

pub use ports::{Mail, MailContent, MailError, Mailer};

use crate::{
    error::{Code, Error, Result},
    identity::{OpaqueToken, Person, TokenKind},
    jobs::Notice,
    ports::{Ports, UnitOfWork},
    security::{Actor, Grant, PLATFORM},
};

/// The base URL of links in mails, and language and time zone of mails to people without a company.
#[derive(Debug, Clone)]
pub struct NoticeSettings {
    /// The base URL of the pages, without a trailing slash: `https://crm.example.com`.
    pub frontend_url: String,
    /// The language of mails to platform administrators.
    pub platform_locale: Locale,
    /// The time zone of mails to platform administrators.
    pub platform_timezone: Timezone,
}

/// Why a notice was not sent.
#[derive(Debug, ThisError)]
pub enum NoticeFailure {
    /// The data of the mail could not be read.
    #[error(transparent)]
    Store(#[from] Error),
    /// The mail server did not take it.
    #[error(transparent)]
    Mail(#[from] MailError),
}

/// Sends notices.
#[derive(Clone)]
pub struct NoticeService {
    ports: Arc<Ports>,
    settings: NoticeSettings,
}

/// The recipient's mailbox, language and time zone.
struct Recipient {
    email: Email,
    name: Option<String>,
    locale: Locale,
    timezone: Timezone,
}

impl NoticeService {
    /// Wires the use case to its ports.
    pub fn new(ports: Arc<Ports>, settings: NoticeSettings) -> Self {
        Self { ports, settings }
    }

    /// Sends a notice, unless it is no longer true. A retry sends the same mail with the same Message-ID.
    ///
    /// # Errors
    /// [`NoticeFailure`]; then it was most likely not sent.
    pub async fn send(&self, actor: &Actor, notice: &Notice) -> Result<(), NoticeFailure> {
        let grant = actor.authorize_system()?;
        let composed = {
            let tx = self.ports.store.read(&grant).await?;
            let composed = self.compose(&*tx, &grant, notice).await;
            tx.rollback().await;
            composed
        };
        let (recipient, content) = match composed {
            Ok(Some(composed)) => composed,
            Ok(None) => return Ok(()),
            // Nobody needs to be notified if the person has been removed.
            Err(error) if error.is(Code::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let Recipient { email, name, locale, timezone } = recipient;
        let id = mail_id(&grant, notice);
        let mail = Mail { id, to: email, name, locale, timezone, content };
        Ok(self.ports.mailer.send(&mail).await?)
    }

    async fn compose(
        &self,
        tx: &dyn UnitOfWork,
        grant: &Grant,
        notice: &Notice,
    ) -> Result<Option<(Recipient, MailContent)>> {
        match notice {
            Notice::Invitation { invitation_id, link } => {
                self.compose_invitation(tx, grant, *invitation_id, *link).await
            }
            Notice::PasswordReset { reset_id } => self.compose_reset(tx, grant, *reset_id).await,
            Notice::PasswordChanged { user_id, at } => {
                self.compose_to(tx, grant, *user_id, MailContent::PasswordChanged { at: *at }).await
            }
            Notice::AccountLocked { user_id, until } => {
                self.compose_to(tx, grant, *user_id, MailContent::AccountLocked { until: *until }).await
            }
            Notice::SessionReused { session_id } => {
                let session = tx.sessions().get(Id::new(*session_id)).await?;
                let record = session.record();
                let at = record.ended.map_or(record.last_used_at, |(at, _)| at);
                let content = MailContent::SessionReused { at, device: record.user_agent.clone() };
                self.compose_to(tx, grant, record.subject.id().uuid(), content).await
            }
        }
    }

    async fn compose_to(
        &self,
        tx: &dyn UnitOfWork,
        grant: &Grant,
        user_id: Uuid,
        content: MailContent,
    ) -> Result<Option<(Recipient, MailContent)>> {
        let (person, recipient) = self.person(tx, grant, user_id).await?;
        Ok(person.is_active().then_some((recipient, content)))
    }

    async fn compose_reset(
        &self,
        tx: &dyn UnitOfWork,
        grant: &Grant,
        reset_id: Uuid,
    ) -> Result<Option<(Recipient, MailContent)>> {
        let reset = tx.password_resets().get(Id::new(reset_id)).await?;
        if reset.check(self.ports.clock.now()).is_err() {
            return Ok(None);
        }
        let record = reset.record();
        let link = self.link("reset-password", grant, TokenKind::PasswordReset, reset_id, 1);
        let content = MailContent::PasswordReset { link, expires_at: record.expires_at };
        self.compose_to(tx, grant, record.subject.id().uuid(), content).await
    }

    async fn compose_invitation(
        &self,
        tx: &dyn UnitOfWork,
        grant: &Grant,
        invitation_id: Uuid,
        number: i32,
    ) -> Result<Option<(Recipient, MailContent)>> {
        let invitation = tx.invitations().get(Id::new(invitation_id)).await?;
        let record = invitation.record();
        // A newer link has replaced this one.
        if record.link != number || invitation.check(self.ports.clock.now()).is_err() {
            return Ok(None);
        }
        let company = tx.companies().current().await?;
        let inviter = match record.invited_by {
            Some(id) => Some(tx.users().get(id).await?.record().name.as_str().to_owned()),
            None => None,
        };
        let link = self.link("invitations/accept", grant, TokenKind::Invitation, invitation_id, number);
        let recipient = Recipient {
            email: record.email.clone(),
            name: None,
            locale: company.record().locale,
            timezone: company.record().timezone,
        };
        let company = company.record().name.as_str().to_owned();
        let (role, expires_at) = (record.role, record.expires_at);
        Ok(Some((recipient, MailContent::Invitation { company, inviter, role, link, expires_at })))
    }

    async fn person(&self, tx: &dyn UnitOfWork, grant: &Grant, id: Uuid) -> Result<(Person, Recipient)> {
        let company_id = grant.company_id();
        let (subject, locale, timezone) = if company_id == PLATFORM {
            let NoticeSettings { frontend_url: _, platform_locale, platform_timezone } = &self.settings;
            (Subject::PlatformAdministrator(Id::new(id)), *platform_locale, *platform_timezone)
        } else {
            let company = tx.companies().current().await?;
            (Subject::User(Id::new(id)), company.record().locale, company.record().timezone)
        };
        let person = Person::read(tx, company_id, subject).await?;
        let (email, name) = (person.email().clone(), Some(person.name().to_owned()));
        Ok((person, Recipient { email, name, locale, timezone }))
    }

    /// A link to one of the pages. The token is in the fragment (`#`), which browsers don't send to servers.
    fn link(&self, page: &str, grant: &Grant, kind: TokenKind, id: Uuid, number: i32) -> String {
        let secrets = &*self.ports.derived_secrets;
        let token = OpaqueToken::derived(secrets, kind, grant.company_id(), id, number);
        format!("{}/{page}#token={}", self.settings.frontend_url, token.expose())
    }
}

/// A stable id for the mail of a notice.
fn mail_id(grant: &Grant, notice: &Notice) -> Uuid {
    let mut digest = Sha256::new();
    digest.update(grant.company_id().uuid());
    digest.update(format!("{notice:?}"));
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
