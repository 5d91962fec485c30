//! Outgoing mail.

use std::error::Error as StdError;

use async_trait::async_trait;
use cartera_domain::{
    identity::Role,
    values::{Email, Locale, Timezone},
};
use chrono::{DateTime, Utc};
use thiserror::Error;
use uuid::Uuid;

use crate::error::Result;

/// A mail as data; the adapter adds text and layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// A stable id: a retry has the same Message-ID, so that mail clients show the mail once.
    pub id: Uuid,
    /// The recipient's address.
    pub to: Email,
    /// Their name, where it is known.
    pub name: Option<String>,
    /// The language of the company.
    pub locale: Locale,
    /// The time zone in which times are shown.
    pub timezone: Timezone,
    /// What it says.
    pub content: MailContent,
}

/// The content of a mail. Links contain secrets: they go into the body and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub enum MailContent {
    /// Come and join.
    Invitation {
        /// The company being joined.
        company: String,
        /// The inviter, if it is a person.
        inviter: Option<String>,
        /// As what.
        role: Role,
        /// Where to accept.
        link: String,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Choose a new password.
    PasswordReset {
        /// Where to choose it.
        link: String,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// Your password was changed.
    PasswordChanged {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nobody can sign in as you for a while.
    AccountLocked {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A session of yours was ended, because a token of it was used twice.
    SessionReused {
        /// When.
        at: DateTime<Utc>,
        /// What the session's browser or program called itself.
        device: Option<String>,
    },
}

impl MailContent {
    /// The name of its template.
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::PasswordReset { .. } => "password-reset",
            Self::PasswordChanged { .. } => "password-changed",
            Self::AccountLocked { .. } => "account-locked",
            Self::SessionReused { .. } => "session-reused",
        }
    }
}

impl std::fmt::Debug for MailContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the link, which is a secret.
        write!(f, "MailContent({})", self.template())
    }
}

/// Why a mail was not sent.
#[derive(Debug, Error)]
pub enum MailError {
    /// The mail server can't be reached or is busy: try again later.
    #[error("the mail server did not take the mail for now")]
    Later(#[source] Box<dyn StdError + Send + Sync>),
    /// The mail server refuses this mail permanently.
    #[error("the mail server refuses the mail")]
    Refused(#[source] Box<dyn StdError + Send + Sync>),
}

/// Sends mail. Never called while a unit of work is open.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands the mail over to the mail server.
    ///
    /// # Errors
    /// [`MailError`]; then it was most likely not sent.
    async fn send(&self, mail: &Mail) -> Result<(), MailError>;

    /// Whether the mail server answers.
    ///
    /// # Errors
    /// [`MailError::Later`] when it does not.
    async fn check(&self) -> Result<(), MailError>;
}
