//! The person behind a session: a user of a company, or a platform administrator.

use cartera_domain::{
    identity::{Role, Subject, User},
    ids::CompanyId,
};

use super::UserBrief;
use crate::{
    error::Result,
    ports::{Administrator, UnitOfWork},
    security::PLATFORM,
};

/// The role's name of a platform administrator, who has none in any company.
const PLATFORM_ADMIN: &str = "PLATFORM_ADMIN";

/// The person behind a session.
pub(super) enum Person {
    /// A user of a company.
    User { company_id: CompanyId, user: User },
    /// A person of no company.
    Administrator(Administrator),
}

impl Person {
    /// Reads the person.
    pub(super) async fn read(tx: &dyn UnitOfWork, company_id: CompanyId, subject: Subject) -> Result<Self> {
        Ok(match subject {
            Subject::User(id) => Self::User { company_id, user: tx.users().get(id).await? },
            Subject::PlatformAdministrator(id) => Self::Administrator(tx.administrators().get(id).await?),
        })
    }

    /// Reads and locks the person: what is done to one person's sessions goes one after the other.
    pub(super) async fn lock(tx: &dyn UnitOfWork, company_id: CompanyId, subject: Subject) -> Result<Self> {
        Ok(match subject {
            Subject::User(id) => Self::User { company_id, user: tx.users().get_locked(id).await? },
            Subject::PlatformAdministrator(id) => {
                Self::Administrator(tx.administrators().get_locked(id).await?)
            }
        })
    }

    pub(super) fn company_id(&self) -> CompanyId {
        match self {
            Self::User { company_id, .. } => *company_id,
            Self::Administrator(_) => PLATFORM,
        }
    }

    pub(super) fn subject(&self) -> Subject {
        match self {
            Self::User { user, .. } => Subject::User(user.record().id),
            Self::Administrator(administrator) => Subject::PlatformAdministrator(administrator.id),
        }
    }

    pub(super) fn role_name(&self) -> &'static str {
        match self {
            Self::User { user, .. } => Role::as_str(user.record().role),
            Self::Administrator(_) => PLATFORM_ADMIN,
        }
    }

    pub(super) fn is_active(&self) -> bool {
        match self {
            Self::User { user, .. } => user.record().active,
            Self::Administrator(administrator) => administrator.active,
        }
    }

    pub(super) fn force_password_reset(&self) -> bool {
        match self {
            Self::User { user, .. } => user.record().force_password_reset,
            Self::Administrator(_) => false,
        }
    }

    pub(super) fn password_hash(&self) -> &str {
        match self {
            Self::User { user, .. } => &user.record().password_hash,
            Self::Administrator(administrator) => &administrator.password_hash,
        }
    }

    pub(super) fn brief(&self) -> UserBrief {
        let (name, email) = match self {
            Self::User { user, .. } => (&user.record().name, &user.record().email),
            Self::Administrator(administrator) => (&administrator.name, &administrator.email),
        };
        UserBrief {
            id: self.subject().id().uuid(),
            name: name.as_str().to_owned(),
            email: email.as_str().to_owned(),
            role: self.role_name(),
        }
    }
}
