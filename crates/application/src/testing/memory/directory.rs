//! What is known across companies.

use async_trait::async_trait;
use cartera_domain::{
    identity::Subject,
    values::{Email, Slug},
};

use super::{MemoryStore, Tables};
use crate::{
    error::Result,
    ports::{Directory, Identity},
};

/// The directory of a [`MemoryStore`].
#[derive(Clone)]
pub struct MemoryDirectory {
    store: MemoryStore,
}

impl MemoryDirectory {
    /// The directory of this store.
    pub fn new(store: &MemoryStore) -> Self {
        Self { store: store.clone() }
    }
}

fn find(tables: &Tables, email: &Email) -> Option<Identity> {
    let (company_id, subject) = (*tables.identities.get(&email.key())?)?;
    let (password_hash, may_sign_in) = match subject {
        Subject::User(id) => {
            let user = tables.users.get(&(company_id, id))?;
            let company = tables.companies.get(&company_id)?;
            (user.password_hash.clone(), user.active && company.suspended_at.is_none())
        }
        Subject::PlatformAdministrator(id) => {
            let person = tables.administrators.get(&id)?;
            (person.password_hash.clone(), person.active)
        }
    };
    Some(Identity { company_id, subject, password_hash, may_sign_in })
}

#[async_trait]
impl Directory for MemoryDirectory {
    async fn find(&self, email: &Email) -> Result<Option<Identity>> {
        Ok(self.store.look(|tables| find(tables, email)))
    }

    async fn free_slug(&self, wanted: &Slug) -> Result<Slug> {
        let candidates = std::iter::once(wanted.clone()).chain((2..).map(|n| wanted.with_suffix(n)));
        Ok(self.store.look(|tables| {
            let is_free = |slug: &Slug| !tables.companies.values().any(|company| company.slug == *slug);
            // There are fewer companies than numbers.
            candidates.clone().find(is_free).unwrap_or_else(|| wanted.clone())
        }))
    }
}
