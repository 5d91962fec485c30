//! The use cases of companies: the caller's own, and all of them for platform administrators.
//!
//! A platform administrator has no company. They list companies from the platform's realm, which shows the table of
//! companies and none of their data. Any change to one company runs in a unit of work of that company, under the
//! administrator's own name ([`Actor::authorize_platform_in`]).

mod platform;
mod ports;
mod provisioning;
mod view;

use std::sync::Arc;

use cartera_domain::{
    companies::CompanyInput,
    identity::Permission,
    values::{Country, Locale},
};

pub use ports::{Companies, CompanyQueries};
pub use view::{CompanyList, CompanyView};

pub(crate) use provisioning::{SLUG_ATTEMPTS, store_first_pipeline};

use crate::{
    error::Result,
    idempotency::{Outcome, Terms},
    identity::Authenticator,
    ports::{Ports, UnitOfWork},
    security::{Actor, Grant},
};

/// The use cases of companies.
#[derive(Clone)]
pub struct CompanyService {
    ports: Arc<Ports>,
    authenticator: Authenticator,
    default_country: Country,
}

impl CompanyService {
    /// Wires the use cases to their ports. `default_country` is that of a company that names none.
    pub fn new(ports: Arc<Ports>, authenticator: Authenticator, default_country: Country) -> Self {
        Self { ports, authenticator, default_country }
    }

    /// The caller's company.
    ///
    /// # Errors
    /// `company_required` for a platform administrator, `api_key_not_allowed` for keys.
    pub async fn current(&self, actor: &Actor) -> Result<CompanyView> {
        let grant = actor.authorize_member()?;
        let tx = self.ports.store.read(&grant).await?;
        let company = tx.companies().current().await?;
        tx.commit().await?;
        Ok(company.record().into())
    }

    /// The language of the caller's company.
    ///
    /// # Errors
    /// `company_required` for a platform administrator.
    pub async fn locale(&self, actor: &Actor) -> Result<Locale> {
        let tx = self.ports.store.read(&actor.authorize_caller()?).await?;
        let company = tx.companies().current().await?;
        tx.commit().await?;
        Ok(company.record().locale)
    }

    /// Changes the caller's company.
    ///
    /// # Errors
    /// `version_mismatch`, `validation_failed`, `edit_conflict`.
    pub async fn update_current(
        &self,
        actor: &Actor,
        input: CompanyInput,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<CompanyView>> {
        let grant = actor.authorize(Permission::CompanyWrite)?;
        self.edit(&grant, input, terms.into()).await
    }

    /// Changes the company of a grant.
    async fn edit(
        &self,
        grant: &Grant,
        input: CompanyInput,
        Terms { if_match, once }: Terms,
    ) -> Result<Outcome<CompanyView>> {
        let tx = self.ports.store.begin(grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut company = tx.companies().current().await?;
            if_match.check(company.record().version)?;
            if company.edit(input, self.ports.clock.now())? {
                tx.companies().update(&mut company).await?;
            }
            Ok(company.record().into())
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }
}
