//! Opening, refreshing and ending sessions.

use cartera_domain::{
    companies::Company,
    identity::{EndReason, MAX_SESSIONS, REUSE_GRACE, RefreshOutcome, Session},
    ids::{CompanyId, Id, SessionId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    ACCESS_TOKEN_LIFETIME, IdentityService, RefreshToken, UserBrief, person::Person, refresh_token::Presented,
};
use crate::{
    error::{Code, Error, Result},
    jobs::{Job, Notice},
    ports::{AccessClaims, FormerToken, UnitOfWork},
    security::{Actor, PLATFORM, Provenance},
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
    pub refresh_token: RefreshToken,
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
        Ok((self.hand_out(person, company, &session, now)?, surplus > 0))
    }

    /// Issues the live pair of tokens of a session.
    fn hand_out(
        &self,
        person: &Person,
        company: Option<CompanyBrief>,
        session: &Session,
        now: DateTime<Utc>,
    ) -> Result<SessionOpened> {
        let (session_id, generation) = (session.record().id, session.record().generation);
        let secrets = &*self.ports.derived_secrets;
        let refresh_token = RefreshToken::new(secrets, person.company_id(), session_id, generation);
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

    /// The session of a refresh token of ours, found without the database; none for what is no such token, or one of the
    /// former kind.
    pub fn session_of(&self, token: &str) -> Option<SessionId> {
        match Presented::parse(&*self.ports.derived_secrets, token)? {
            Presented::Token(token) => Some(token.session_id()),
            Presented::Former(_) => None,
        }
    }

    /// Exchanges a refresh token for the next pair. Reuse of an old token ends its session, since it may have been
    /// stolen.
    ///
    /// # Errors
    /// `refresh_token_invalid`, `refresh_token_reused`.
    pub async fn refresh(&self, token: &str, provenance: Provenance) -> Result<SessionOpened> {
        let invalid = || Error::refused(Code::RefreshTokenInvalid);
        let token = Presented::parse(&*self.ports.derived_secrets, token).ok_or_else(invalid)?;
        let company_id = token.company_id();
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        let now = self.now();
        let (session_id, generation) = generation(&*tx, token, now).await?.ok_or_else(invalid)?;
        let mut session = match tx.sessions().get_locked(session_id).await {
            Err(error) if error.is(Code::NotFound) => return Err(invalid()),
            session => session?,
        };
        match session.refresh(generation, now) {
            RefreshOutcome::Over => return Err(invalid()),
            RefreshOutcome::Reused => {
                tx.sessions().update(&mut session).await?;
                let notice = Notice::SessionReused { session_id: session_id.uuid() };
                tx.jobs().enqueue(Job::SendNotice { notice }).await?;
                tx.commit().await?;
                self.authenticator.forget_sessions();
                return Err(Error::refused(Code::RefreshTokenReused));
            }
            RefreshOutcome::Rotate => tx.sessions().update(&mut session).await?,
            RefreshOutcome::Succeed => {}
        }
        if tx.sessions().authority(session_id, now).await?.is_none() {
            return Err(invalid());
        }
        let person = Person::read(&*tx, company_id, session.record().subject).await?;
        let company = company_brief(&*tx, company_id).await?;
        let opened = self.hand_out(&person, company, &session, now)?;
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
        provenance: Provenance,
    ) -> Result<()> {
        let token = refresh_token.and_then(|text| Presented::parse(&*self.ports.derived_secrets, text));
        if let Some(token) = token {
            let grant = Actor::system(token.company_id(), provenance.clone()).authorize_system()?;
            let tx = self.ports.store.begin(&grant).await?;
            if let Some((session_id, _)) = generation(&*tx, token, self.now()).await? {
                return self.end_session(tx, session_id).await;
            }
        }
        let claims = match access_token {
            Some(token) => self.ports.access_tokens.verify_even_expired(token)?,
            None if refresh_token.is_some() => return Ok(()),
            None => return Err(Error::refused(Code::Unauthenticated)),
        };
        let grant = Actor::system(claims.company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        self.end_session(tx, claims.session_id).await
    }

    async fn end_session(&self, tx: Box<dyn UnitOfWork>, id: SessionId) -> Result<()> {
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

/// The session and the generation of a token; none when it is not one. A token of the former kind is
/// its session's first, unless it was rotated while there were no generations: then it is older than the first.
async fn generation(
    tx: &dyn UnitOfWork,
    token: Presented,
    now: DateTime<Utc>,
) -> Result<Option<(SessionId, i32)>> {
    let former = match token {
        Presented::Token(token) => return Ok(Some((token.session_id(), token.generation()))),
        Presented::Former(token) => tx.sessions().former_token(&token.hash()).await?,
    };
    Ok(former.map(|FormerToken { session_id, rotated_at }| {
        let is_old = rotated_at.is_some_and(|at| at + REUSE_GRACE <= now);
        (session_id, if is_old { -1 } else { 0 })
    }))
}
