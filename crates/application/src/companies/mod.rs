//! The use cases of the caller's own company.

use std::sync::Arc;

use cartera_domain::companies::Company;

use crate::{error::Result, ports::Ports, security::Actor};

/// The use cases of the caller's own company.
#[derive(Clone)]
pub struct CompanyService {
    ports: Arc<Ports>,
}

impl CompanyService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// The caller's company.
    ///
    /// # Errors
    /// `company_required` for a platform administrator, `api_key_not_allowed` for keys.
    pub async fn current(&self, actor: &Actor) -> Result<Company> {
        let grant = actor.authorize_member()?;
        let tx = self.ports.store.begin(&grant).await?;
        let company = tx.companies().current().await?;
        tx.commit().await?;
        Ok(company)
    }
}
