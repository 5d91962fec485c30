//! What people are told by mail, out of what happened to them.

use std::sync::Arc;

use cartera_domain::ids::{Id, UserId};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    error::Code,
    jobs::{JobFailure, Notice},
    ports::{Mail, MailContent, Ports},
    security::Actor,
};

/// Sends notices.
#[derive(Clone)]
pub struct NoticeService {
    ports: Arc<Ports>,
}

impl NoticeService {
    /// Wires the use case to its ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Loads what a notice is about and sends it. Nothing is sent about what is no longer there.
    ///
    /// # Errors
    /// [`JobFailure`].
    pub async fn send(&self, actor: &Actor, notice: &Notice) -> Result<(), JobFailure> {
        match notice {
            Notice::PasswordChanged { user_id, at } => {
                self.password_changed(actor, Id::new(*user_id), *at).await
            }
            Notice::Invitation { .. }
            | Notice::PasswordReset { .. }
            | Notice::AccountLocked { .. }
            | Notice::SessionReused { .. } => Err(JobFailure::later("this notice can't be written yet")),
        }
    }

    async fn password_changed(&self, actor: &Actor, id: UserId, at: DateTime<Utc>) -> Result<(), JobFailure> {
        let grant = actor.authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        let user = match tx.users().get(id).await {
            Ok(user) => user,
            Err(error) if error.is(Code::NotFound) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let company = tx.companies().current().await?;
        tx.commit().await?;
        let (user, company) = (user.record(), company.record());
        let mail = Mail {
            id: mail_id(&format!("password_changed/{id}/{at}")),
            to: user.email.clone(),
            name: Some(user.name.as_str().to_owned()),
            locale: company.locale,
            timezone: company.timezone,
            content: MailContent::PasswordChanged { at },
        };
        Ok(self.ports.mailer.send(&mail).await?)
    }
}

/// The same for the same notice, however often it is sent.
fn mail_id(about: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(about).into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
