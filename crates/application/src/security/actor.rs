//! Who is calling.

use std::collections::BTreeSet;

use cartera_domain::{
    identity::{Extent, Permission, Role, Subject},
    ids::{ApiKeyId, CompanyId, SessionId, UserId},
};
use chrono::{DateTime, Utc};

use super::{
    Grant, Provenance,
    grant::{ActorRef, PLATFORM},
};
use crate::error::{Code, Error, Lack, Result};

/// A person's permissions as read from the session row, their only source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonAuthority {
    /// The company, [`PLATFORM`] for a platform administrator.
    pub company_id: CompanyId,
    /// The session.
    pub session_id: SessionId,
    /// The person.
    pub subject: Subject,
    /// The role; none for a platform administrator.
    pub role: Option<Role>,
    /// Whether a new password must be chosen first.
    pub force_password_reset: bool,
    /// When the session ends if it is not refreshed.
    pub expires_at: DateTime<Utc>,
}

/// An API key's permissions as read from its own row and its creator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAuthority {
    /// The company.
    pub company_id: CompanyId,
    /// The key.
    pub key_id: ApiKeyId,
    /// Who made it.
    pub creator_id: UserId,
    /// What the creator may do now.
    pub creator_role: Role,
    /// What the key may do at most.
    pub scopes: BTreeSet<Permission>,
    /// When it expires.
    pub expires_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone)]
enum Caller {
    Person(PersonAuthority),
    Key(KeyAuthority),
    System { company_id: CompanyId },
}

/// The caller, and what they work for.
#[derive(Debug, Clone)]
pub struct Actor {
    caller: Caller,
    provenance: Provenance,
}

impl Actor {
    /// A person with an open session.
    pub fn person(authority: PersonAuthority, provenance: Provenance) -> Self {
        Self { caller: Caller::Person(authority), provenance }
    }

    /// A valid API key.
    pub fn key(authority: KeyAuthority, provenance: Provenance) -> Self {
        Self { caller: Caller::Key(authority), provenance }
    }

    /// The system actor, working in one company (or in [`PLATFORM`]): sign-up and sign-in, jobs, the command line.
    pub fn system(company_id: CompanyId, provenance: Provenance) -> Self {
        Self { caller: Caller::System { company_id }, provenance }
    }

    /// The company; [`PLATFORM`] for actors without one.
    pub fn company_id(&self) -> CompanyId {
        match &self.caller {
            Caller::Person(person) => person.company_id,
            Caller::Key(key) => key.company_id,
            Caller::System { company_id } => *company_id,
        }
    }

    /// The session of a person; none for keys and the system.
    pub fn session_id(&self) -> Option<SessionId> {
        match &self.caller {
            Caller::Person(person) => Some(person.session_id),
            Caller::Key(_) | Caller::System { .. } => None,
        }
    }

    /// The actor as histories store it.
    pub fn as_ref(&self) -> ActorRef {
        match &self.caller {
            Caller::Person(person) => match person.subject {
                Subject::User(id) => ActorRef::User(id),
                Subject::PlatformAdministrator(id) => ActorRef::PlatformAdministrator(id),
            },
            Caller::Key(key) => ActorRef::ApiKey(key.key_id, key.creator_id),
            Caller::System { .. } => ActorRef::System,
        }
    }

    /// What the actor works for.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Everything the caller may do, each with its reach.
    pub fn permissions(&self) -> Vec<(Permission, Extent)> {
        Permission::ALL
            .iter()
            .filter_map(|permission| Some((*permission, self.extent(*permission)?)))
            .collect()
    }

    /// How far the caller's permission reaches, if they have it.
    pub fn extent(&self, permission: Permission) -> Option<Extent> {
        match &self.caller {
            Caller::Person(person) => person.role?.extent(permission),
            Caller::Key(key) if key.scopes.contains(&permission) && permission.allowed_to_api_keys() => {
                key.creator_role.extent(permission)
            }
            Caller::Key(_) => None,
            Caller::System { .. } => Some(Extent::All),
        }
    }

    /// Authorizes work in the caller's company.
    ///
    /// # Errors
    /// `company_required` for a platform administrator, `password_reset_required`, `api_key_not_allowed`
    /// when keys may never do this, `forbidden` when role or scopes don't allow it.
    pub fn authorize(&self, permission: Permission) -> Result<Grant> {
        self.require_company()?;
        self.require_fresh_password()?;
        if matches!(self.caller, Caller::Key(_)) && !permission.allowed_to_api_keys() {
            return Err(Error::refused(Code::ApiKeyNotAllowed));
        }
        match self.extent(permission) {
            Some(extent) => Ok(Grant { permission: Some(permission), ..self.grant(extent) }),
            None => Err(Error::lacking(Lack::Permission(permission))),
        }
    }

    /// Authorizes a caller who has at least one of several permissions; the grant is for the first of them. The
    /// operation itself is authorized separately, once it is known.
    ///
    /// # Errors
    /// As [`Actor::authorize`].
    pub fn authorize_any(&self, permissions: impl IntoIterator<Item = Permission>) -> Result<Grant> {
        let mut refusal = None;
        for permission in permissions {
            match self.authorize(permission) {
                Ok(grant) => return Ok(grant),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(refusal.unwrap_or_else(|| Error::refused(Code::Forbidden)))
    }

    /// Authorizes what every user of a company may do, whatever their role.
    ///
    /// # Errors
    /// As [`Actor::authorize`].
    pub fn authorize_member(&self) -> Result<Grant> {
        self.require_company()?;
        self.require_fresh_password()?;
        self.require_person()?;
        Ok(self.grant(Extent::All))
    }

    /// Authorizes what everybody of a company may do, API keys too.
    ///
    /// # Errors
    /// `company_required` for a platform administrator, `password_reset_required`.
    pub fn authorize_caller(&self) -> Result<Grant> {
        self.require_company()?;
        self.require_fresh_password()?;
        Ok(self.grant(Extent::All))
    }

    /// Authorizes what an API key may read about itself.
    ///
    /// # Errors
    /// `forbidden` for anybody but a key, `company_required` for a platform administrator.
    pub fn authorize_key(&self) -> Result<(Grant, &KeyAuthority)> {
        match &self.caller {
            Caller::Key(key) => Ok((self.grant(Extent::Own), key)),
            Caller::Person(_) | Caller::System { .. } => {
                self.require_company()?;
                Err(Error::lacking(Lack::ApiKey))
            }
        }
    }

    /// Authorizes a person to manage their own session and password, even while they must choose a new one. Also for
    /// platform administrators.
    ///
    /// # Errors
    /// `api_key_not_allowed` for keys.
    pub fn authorize_self(&self) -> Result<(Grant, &PersonAuthority)> {
        match &self.caller {
            Caller::Person(person) => Ok((self.grant(Extent::Own), person)),
            Caller::Key(_) => Err(Error::refused(Code::ApiKeyNotAllowed)),
            Caller::System { .. } => Err(Error::refused(Code::Forbidden)),
        }
    }

    /// Authorizes a person to manage their own sessions. Also for platform administrators.
    ///
    /// # Errors
    /// `api_key_not_allowed` for keys, `password_reset_required`.
    pub fn authorize_own_sessions(&self) -> Result<(Grant, &PersonAuthority)> {
        self.require_fresh_password()?;
        self.authorize_self()
    }

    /// Authorizes a platform administrator for the platform's own realm.
    ///
    /// # Errors
    /// `api_key_not_allowed` for keys, `password_reset_required`, `forbidden` for everybody else.
    pub fn authorize_platform(&self) -> Result<Grant> {
        self.authorize_platform_in(PLATFORM)
    }

    /// Authorizes a platform administrator for work in one company. It is recorded there under their own name. Whether
    /// the company exists shows only when its row is read.
    ///
    /// # Errors
    /// As [`Actor::authorize_platform`].
    pub fn authorize_platform_in(&self, company_id: CompanyId) -> Result<Grant> {
        self.require_person()?;
        self.require_fresh_password()?;
        match self.as_ref() {
            ActorRef::PlatformAdministrator(_) => Ok(Grant { company_id, ..self.grant(Extent::All) }),
            ActorRef::User(_) | ActorRef::ApiKey(..) | ActorRef::System => {
                Err(Error::lacking(Lack::Platform))
            }
        }
    }

    /// Refuses to invite, change, reset or remove a person of `role`, or to grant that role, when it is above the
    /// caller's own.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn require_to_manage(&self, role: Role) -> Result<()> {
        let may = match &self.caller {
            Caller::Person(person) => match person.subject {
                Subject::User(_) => person.role.is_some_and(|own| own.may_manage(role)),
                Subject::PlatformAdministrator(_) => true,
            },
            Caller::Key(_) => false,
            Caller::System { .. } => true,
        };
        if may { Ok(()) } else { Err(Error::lacking(Lack::Rank)) }
    }

    /// Authorizes the system actor.
    ///
    /// # Errors
    /// `forbidden` for everybody else.
    pub fn authorize_system(&self) -> Result<Grant> {
        match &self.caller {
            Caller::System { .. } => Ok(self.grant(Extent::All)),
            Caller::Person(_) | Caller::Key(_) => Err(Error::refused(Code::Forbidden)),
        }
    }

    fn grant(&self, extent: Extent) -> Grant {
        Grant {
            company_id: self.company_id(),
            actor: self.as_ref(),
            extent,
            permission: None,
            provenance: self.provenance.clone(),
        }
    }

    fn require_company(&self) -> Result<()> {
        if self.company_id() == PLATFORM {
            return Err(Error::refused(Code::CompanyRequired));
        }
        Ok(())
    }

    fn require_fresh_password(&self) -> Result<()> {
        match &self.caller {
            Caller::Person(person) if person.force_password_reset => {
                Err(Error::refused(Code::PasswordResetRequired))
            }
            _ => Ok(()),
        }
    }

    fn require_person(&self) -> Result<()> {
        match &self.caller {
            Caller::Key(_) => Err(Error::refused(Code::ApiKeyNotAllowed)),
            Caller::Person(_) | Caller::System { .. } => Ok(()),
        }
    }
}
