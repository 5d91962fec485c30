//! Opening, refreshing and ending sessions.

use cartera_domain::{
    companies::Company,
    identity::{EndReason, MAX_SESSIONS, RefreshOutcome, RefreshToken, Session},
    ids::{CompanyId, Id},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{ACCESS_TOKEN_LIFETIME, IdentityService, OpaqueToken, TokenKind, UserBrief, person::Person};
use crate::{
    error::{Code, Error, Result},
    jobs::{Job, Notice},
    ports::{AccessClaims, UnitOfWork},
    security::{Actor, PLATFORM, RequestId},
};

/// The device from which somebody signs in.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What the browser or program calls itself.
    pub user_agent: Option<String>,
    /// The client's address.
    pub address: Option<String>,
}

/// A company in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyBrief {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its slug.
    pub slug: String,
}

/// The result of opening or refreshing a session.
#[derive(Debug, Clone)]
pub struct SessionOpened {
    /// The access token (JWT).
    pub access_token: String,
    /// How long it lives.
    pub expires_in: chrono::TimeDelta,
    /// The refresh token, for the cookie only.
    pub refresh_token: OpaqueToken,
    /// When the session ends if it is not refreshed.
    pub session_expires_at: DateTime<Utc>,
    /// Whether a new password must be chosen before anything else.
    pub force_password_reset: bool,
    /// Who signed in.
    pub user: UserBrief,
    /// Their company; none for a platform administrator.
    pub company: Option<CompanyBrief>,
}

/// The caller's profile and permissions.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The person.
    pub user: UserBrief,
    /// Their company; none for a platform administrator.
    pub company: Option<CompanyBrief>,
    /// Whether a new password must be chosen before anything else.
    pub force_password_reset: bool,
    /// The keys of what they may do.
    pub permissions: Vec<&'static str>,
}

impl CompanyBrief {
    pub(crate) fn of(company: &Company) -> Self {
        let record = company.record();
        Self {
            id: record.id.uuid(),
            name: record.name.as_str().to_owned(),
            slug: record.slug.as_str().to_owned(),
        }
    }
}

/// The company of the unit of work; none in the platform's realm.
pub(super) async fn company_brief(
    tx: &dyn UnitOfWork,
    company_id: CompanyId,
) -> Result<Option<CompanyBrief>> {
    if company_id == PLATFORM {
        return Ok(None);
    }
    Ok(Some(CompanyBrief::of(&tx.companies().current().await?)))
}

impl IdentityService {
    /// Opens a session in the unit of work, and ends the oldest one if there are too many. Also returns whether it did:
    /// the authorization cache must then be cleared after the commit.
    pub(crate) async fn open_session(
        &self,
        tx: &dyn UnitOfWork,
        person: &Person,
        company: Option<CompanyBrief>,
        device: Device,
    ) -> Result<(SessionOpened, bool)> {
        let now = self.now();
        let open = tx.sessions().open_of_locked(person.subject(), now).await?;
        let surplus = (open.len() + 1).saturating_sub(MAX_SESSIONS);
        for mut session in open.into_iter().take(surplus) {
            session.end(EndReason::Displaced, now);
            tx.sessions().update(&mut session).await?;
        }
        let id = Id::new(self.ports.randomness.id());
        let mut session = Session::open(id, person.subject(), device.user_agent, device.address, now);
        tx.sessions().insert(&mut session).await?;
        Ok((self.hand_out(tx, person, company, &session, now).await?, surplus > 0))
    }

    /// Issues the next pair of tokens for a session.
    async fn hand_out(
        &self,
        tx: &dyn UnitOfWork,
        person: &Person,
        company: Option<CompanyBrief>,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Result<SessionOpened> {
        let session_id = session.record().id;
        let refresh_token =
            OpaqueToken::new(TokenKind::Refresh, person.company_id(), self.ports.randomness.secret());
        let stored = RefreshToken { hash: refresh_token.hash(), session_id, rotated_at: None };
        tx.sessions().insert_token(&stored, now).await?;
        let access_token = self.ports.access_tokens.issue(&AccessClaims {
            subject: person.subject(),
            company_id: person.company_id(),
            role: person.role_name().to_owned(),
            session_id,
            issued_at: now,
            expires_at: now + ACCESS_TOKEN_LIFETIME,
        })?;
        Ok(SessionOpened {
            access_token,
            expires_in: ACCESS_TOKEN_LIFETIME,
            refresh_token,
            session_expires_at: session.expires_at(),
            force_password_reset: person.force_password_reset(),
            user: person.brief(),
            company,
        })
    }

    /// Exchanges a refresh token for the next pair. Reuse of an old token ends its session, since it may have been
    /// stolen.
    ///
    /// # Errors
    /// `refresh_token_invalid`, `refresh_token_reused`.
    pub async fn refresh(&self, token: &str, request_id: RequestId) -> Result<SessionOpened> {
        let invalid = || Error::refused(Code::RefreshTokenInvalid);
        let token = OpaqueToken::parse(TokenKind::Refresh, token).ok_or_else(invalid)?;
        let grant = Actor::system(token.company_id(), request_id).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        let session_id = tx.sessions().find_token(&token.hash()).await?.ok_or_else(invalid)?.session_id;
        let mut session = tx.sessions().get_locked(session_id).await?;
        // Read again under the session's lock: a concurrent tab may have rotated it.
        let stored = tx.sessions().find_token(&token.hash()).await?.ok_or_else(invalid)?;
        let now = self.now();
        match session.refresh(&stored, now) {
            RefreshOutcome::Over => return Err(invalid()),
            RefreshOutcome::Reused => {
                tx.sessions().update(&mut session).await?;
                let notice = Notice::SessionReused { session_id: session_id.uuid() };
                tx.jobs().enqueue(Job::SendNotice { notice }).await?;
                tx.commit().await?;
                self.authenticator.forget_sessions();
                return Err(Error::refused(Code::RefreshTokenReused));
            }
            RefreshOutcome::Rotate => {
                tx.sessions().rotate_tokens(session_id, now).await?;
                tx.sessions().update(&mut session).await?;
            }
            RefreshOutcome::Succeed => {}
        }
        if tx.sessions().authority(session_id, now).await?.is_none() {
            return Err(invalid());
        }
        let person = Person::read(&*tx, token.company_id(), session.record().subject).await?;
        let company = company_brief(&*tx, token.company_id()).await?;
        let opened = self.hand_out(&*tx, &person, company, &session, now).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// Ends the session of a refresh token or of an access token, even an expired one. It succeeds for an ended or
    /// unknown session too: the caller is signed out either way.
    ///
    /// # Errors
    /// `unauthenticated` when neither token is a well-formed one of ours.
    pub async fn logout(
        &self,
        refresh_token: Option<&str>,
        access_token: Option<&str>,
        request_id: RequestId,
    ) -> Result<()> {
        if let Some(token) = refresh_token.and_then(|text| OpaqueToken::parse(TokenKind::Refresh, text)) {
            let grant = Actor::system(token.company_id(), request_id.clone()).authorize_system()?;
            let tx = self.ports.store.begin(&grant).await?;
            if let Some(stored) = tx.sessions().find_token(&token.hash()).await? {
                return self.end_session(tx, stored.session_id).await;
            }
        }
        let claims = match access_token {
            Some(token) => self.ports.access_tokens.verify_even_expired(token)?,
            None if refresh_token.is_some() => return Ok(()),
            None => return Err(Error::refused(Code::Unauthenticated)),
        };
        let grant = Actor::system(claims.company_id, request_id).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        self.end_session(tx, claims.session_id).await
    }

    async fn end_session(&self, tx: Box<dyn UnitOfWork>, id: cartera_domain::ids::SessionId) -> Result<()> {
        let mut session = match tx.sessions().get_locked(id).await {
            Ok(session) => session,
            Err(error) if error.is(Code::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        if session.record().ended.is_none() {
            session.end(EndReason::SignedOut, self.now());
            tx.sessions().update(&mut session).await?;
            tx.commit().await?;
        }
        self.authenticator.forget_sessions();
        Ok(())
    }

    /// Who the caller is and what they may do.
    ///
    /// # Errors
    /// `api_key_not_allowed` for keys.
    pub async fn me(&self, actor: &Actor) -> Result<Profile> {
        let (grant, authority) = actor.authorize_self()?;
        let tx = self.ports.store.read(&grant).await?;
        let person = Person::read(&*tx, authority.company_id, authority.subject).await?;
        let company = company_brief(&*tx, authority.company_id).await?;
        tx.commit().await?;
        Ok(Profile {
            user: person.brief(),
            company,
            force_password_reset: person.force_password_reset(),
            permissions: actor.permissions().into_iter().map(|(permission, _)| permission.key()).collect(),
        })
    }
}
