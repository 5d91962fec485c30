//! The person behind a session: a user of a company, or a platform administrator.

use cartera_domain::{
    identity::{Role, Subject, User},
    ids::CompanyId,
    values::Email,
};
use uuid::Uuid;

use crate::{
    error::Result,
    ports::{Administrator, UnitOfWork},
    security::PLATFORM,
};

/// The role name of a platform administrator, who has no role in any company.
const PLATFORM_ADMIN: &str = "PLATFORM_ADMIN";

/// A person in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserBrief {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their sign-in e-mail.
    pub email: String,
    /// Their role, `PLATFORM_ADMIN` for a platform administrator.
    pub role: &'static str,
}

/// The person behind a session.
pub(crate) enum Person {
    /// A user of a company.
    User { company_id: CompanyId, user: User },
    /// A person of no company.
    Administrator(Administrator),
}

impl Person {
    /// Reads the person.
    pub(crate) async fn read(tx: &dyn UnitOfWork, company_id: CompanyId, subject: Subject) -> Result<Self> {
        Ok(match subject {
            Subject::User(id) => Self::User { company_id, user: tx.users().get(id).await? },
            Subject::PlatformAdministrator(id) => Self::Administrator(tx.administrators().get(id).await?),
        })
    }

    /// Reads and locks the person, so that changes to one person's sessions are serialised.
    pub(crate) async fn lock(tx: &dyn UnitOfWork, company_id: CompanyId, subject: Subject) -> Result<Self> {
        Ok(match subject {
            Subject::User(id) => Self::User { company_id, user: tx.users().get_locked(id).await? },
            Subject::PlatformAdministrator(id) => {
                Self::Administrator(tx.administrators().get_locked(id).await?)
            }
        })
    }

    pub(crate) fn company_id(&self) -> CompanyId {
        match self {
            Self::User { company_id, .. } => *company_id,
            Self::Administrator(_) => PLATFORM,
        }
    }

    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::User { user, .. } => Subject::User(user.record().id),
            Self::Administrator(administrator) => Subject::PlatformAdministrator(administrator.id),
        }
    }

    pub(crate) fn role_name(&self) -> &'static str {
        match self {
            Self::User { user, .. } => Role::as_str(user.record().role),
            Self::Administrator(_) => PLATFORM_ADMIN,
        }
    }

    pub(crate) fn is_active(&self) -> bool {
        match self {
            Self::User { user, .. } => user.record().active,
            Self::Administrator(administrator) => administrator.active,
        }
    }

    pub(crate) fn force_password_reset(&self) -> bool {
        match self {
            Self::User { user, .. } => user.record().force_password_reset,
            Self::Administrator(_) => false,
        }
    }

    pub(crate) fn password_hash(&self) -> &str {
        match self {
            Self::User { user, .. } => &user.record().password_hash,
            Self::Administrator(administrator) => &administrator.password_hash,
        }
    }

    pub(crate) fn email(&self) -> &Email {
        match self {
            Self::User { user, .. } => &user.record().email,
            Self::Administrator(administrator) => &administrator.email,
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::User { user, .. } => user.record().name.as_str(),
            Self::Administrator(administrator) => administrator.name.as_str(),
        }
    }

    pub(crate) fn brief(&self) -> UserBrief {
        UserBrief {
            id: self.subject().id().uuid(),
            name: self.name().to_owned(),
            email: self.email().as_str().to_owned(),
            role: self.role_name(),
        }
    }
}
