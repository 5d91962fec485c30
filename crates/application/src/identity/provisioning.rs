//! Creates people without an invitation: only for the command line and the demo data, never over HTTP.

use cartera_domain::{
    identity::{Role, User, UserName},
    ids::{CompanyId, Id, UserId},
    values::{Email, Password},
};

use super::IdentityService;
use crate::{
    error::Result,
    ports::Administrator,
    security::{Actor, PLATFORM, Provenance},
};

/// A person to create.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Their name.
    pub name: UserName,
    /// Their sign-in e-mail.
    pub email: Email,
    /// Their password.
    pub password: Password,
}

impl IdentityService {
    /// Makes a platform administrator.
    ///
    /// # Errors
    /// `email_taken`.
    pub async fn add_administrator(&self, person: NewPerson, provenance: Provenance) -> Result<UserId> {
        let NewPerson { name, email, password } = person;
        let password_hash = self.ports.passwords.hash(&password).await?;
        let grant = Actor::system(PLATFORM, provenance).authorize_system()?;
        let id = Id::new(self.ports.randomness.id());
        let tx = self.ports.store.begin(&grant).await?;
        let administrator = Administrator { id, name, email, password_hash, active: true };
        tx.administrators().insert(&administrator, self.now()).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Makes an active user of a company.
    ///
    /// # Errors
    /// `email_taken`, `not_found` for an unknown company.
    pub async fn add_user(
        &self,
        company_id: CompanyId,
        person: NewPerson,
        role: Role,
        provenance: Provenance,
    ) -> Result<UserId> {
        let NewPerson { name, email, password } = person;
        let password_hash = self.ports.passwords.hash(&password).await?;
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        let id = Id::new(self.ports.randomness.id());
        let tx = self.ports.store.begin(&grant).await?;
        tx.companies().current().await?;
        let mut user = User::create(id, name, email, role, password_hash, None, self.now());
        tx.users().insert(&mut user).await?;
        tx.commit().await?;
        Ok(id)
    }
}
