//! A person's own sessions: listing the open ones, and ending one remotely.

use cartera_domain::{
    identity::{EndReason, SessionRecord},
    ids::SessionId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::IdentityService;
use crate::{
    error::{Error, Result},
    security::Actor,
};

/// An open session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// The session's id.
    pub id: Uuid,
    /// The browser or program, as it named itself.
    pub user_agent: Option<String>,
    /// The address from which it was opened.
    pub address: Option<String>,
    /// When the person signed in.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends if it is not refreshed.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the session of this request.
    pub current: bool,
}

impl IdentityService {
    /// The caller's open sessions, the newest first.
    ///
    /// # Errors
    /// `api_key_not_allowed` for keys, `password_reset_required`.
    pub async fn sessions(&self, actor: &Actor) -> Result<Vec<OpenSession>> {
        let (grant, authority) = actor.authorize_own_sessions()?;
        let tx = self.ports.store.read(&grant).await?;
        let open = tx.sessions().open_of(authority.subject, self.now()).await?;
        tx.commit().await?;
        let current = authority.session_id;
        Ok(open
            .iter()
            .rev()
            .map(|session| {
                let expires_at = session.expires_at();
                let SessionRecord {
                    id,
                    subject: _,
                    created_at,
                    last_used_at,
                    user_agent,
                    address,
                    ended: _,
                    generation: _,
                    rotations: _,
                } = session.record();
                OpenSession {
                    id: id.uuid(),
                    user_agent: user_agent.clone(),
                    address: address.clone(),
                    created_at: *created_at,
                    last_used_at: *last_used_at,
                    expires_at,
                    current: *id == current,
                }
            })
            .collect())
    }

    /// Ends one of the caller's own sessions: at once on this process, within two seconds on others.
    ///
    /// # Errors
    /// `not_found` for a session that is over, or somebody else's; `api_key_not_allowed` for keys,
    /// `password_reset_required`.
    pub async fn end_own_session(&self, actor: &Actor, id: SessionId) -> Result<()> {
        let (grant, authority) = actor.authorize_own_sessions()?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut session = tx.sessions().get_locked(id).await?;
        let now = self.now();
        if session.record().subject != authority.subject || !session.is_open(now) {
            return Err(Error::not_found());
        }
        session.end(EndReason::SignedOut, now);
        tx.sessions().update(&mut session).await?;
        tx.commit().await?;
        self.authenticator.forget_sessions();
        Ok(())
    }
}
