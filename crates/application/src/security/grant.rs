//! Proof of authorization in one company.

use cartera_domain::{
    identity::{Extent, Permission},
    ids::{ApiKeyId, CompanyId, Id, UserId},
};
use uuid::Uuid;

use super::Provenance;
use crate::error::{Code, Error, Lack, Result};

/// The platform's realm: sessions, events and idempotency keys of platform administrators have this id, which no
/// company ever has. Row-level security isolates it from companies as it isolates companies from one another.
pub const PLATFORM: CompanyId = Id::new(Uuid::nil());

/// Who did something, as events and histories keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActorRef {
    /// A user of the company.
    User(UserId),
    /// An API key, on behalf of its creator.
    ApiKey(ApiKeyId, UserId),
    /// A platform administrator.
    PlatformAdministrator(UserId),
    /// Cartera itself: sign-up, jobs, the command line.
    System,
}

impl ActorRef {
    /// The name in storage.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "USER",
            Self::ApiKey(..) => "API_KEY",
            Self::PlatformAdministrator(_) => "PLATFORM_ADMINISTRATOR",
            Self::System => "SYSTEM",
        }
    }

    /// The id of the person or key, if there is one.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::User(id) | Self::PlatformAdministrator(id) => Some(id.uuid()),
            Self::ApiKey(id, _) => Some(id.uuid()),
            Self::System => None,
        }
    }

    /// The user responsible: for an API key, its creator.
    pub const fn user_id(self) -> Option<UserId> {
        match self {
            Self::User(id) | Self::ApiKey(_, id) => Some(id),
            Self::PlatformAdministrator(_) | Self::System => None,
        }
    }
}

/// Proof that an actor is authorized in one company. Its fields are private and only [`super::Actor`] creates one, so a
/// grant can't exist without authorization.
#[derive(Debug, Clone)]
pub struct Grant {
    pub(super) company_id: CompanyId,
    pub(super) actor: ActorRef,
    pub(super) extent: Extent,
    /// What was asked for, when it was one permission.
    pub(super) permission: Option<Permission>,
    pub(super) provenance: Provenance,
}

impl Grant {
    /// The company in which it holds, [`PLATFORM`] for the platform's own realm.
    pub fn company_id(&self) -> CompanyId {
        self.company_id
    }

    /// Who was authorized.
    pub fn actor(&self) -> ActorRef {
        self.actor
    }

    /// The user responsible, if any.
    pub fn user_id(&self) -> Option<UserId> {
        self.actor.user_id()
    }

    /// How far it reaches.
    pub fn extent(&self) -> Extent {
        self.extent
    }

    /// What it was given for.
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Refuses other users' records when the grant reaches only the actor's own.
    ///
    /// # Errors
    /// `forbidden` when the record is somebody else's, or nobody's.
    pub fn require_reach(&self, owner_id: Option<UserId>) -> Result<()> {
        match self.extent {
            Extent::All => Ok(()),
            Extent::Own if owner_id.is_some() && owner_id == self.user_id() => Ok(()),
            Extent::Own => {
                let lack = self.permission.map(Lack::Reach);
                Err(lack.map_or_else(|| Error::refused(Code::Forbidden), Error::lacking))
            }
        }
    }
}
