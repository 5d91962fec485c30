//! What platform administrators do with companies.

use cartera_domain::{
    companies::{Company, CompanyInput, NewCompany},
    ids::{CompanyId, Id},
    values::Slug,
};
use chrono::{DateTime, Utc};

use super::{CompanyService, CompanyView, SLUG_ATTEMPTS, store_first_pipeline};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome, Terms},
    lists::{ListQuery, Page},
    security::Actor,
};

impl CompanyService {
    /// Registers a company, with the default pipeline of its language in the same transaction. It has no
    /// OWNER yet: the administrator invites one.
    ///
    /// # Errors
    /// `forbidden` for anybody but a platform administrator, `validation_failed` with each missing field.
    pub async fn register(
        &self,
        actor: &Actor,
        input: CompanyInput,
        once: &Once,
    ) -> Result<Outcome<CompanyView>> {
        let platform = actor.authorize_platform()?;
        let new = NewCompany::read(input, &self.default_country)?;
        let administrator = platform.actor().id().ok_or_else(|| Error::refused(Code::Forbidden))?;
        let wanted = Slug::from_name(new.name.as_str());
        for _ in 0..SLUG_ATTEMPTS {
            let slug = self.ports.directory.free_slug(&wanted).await?;
            // The stored response of an idempotent request is in the company that it created.
            let id = once.realm_of(administrator).unwrap_or_else(|| self.ports.randomness.id());
            let attempt = self.found(actor, Id::new(id), new.clone(), slug, once);
            if let Some(outcome) = attempt.await? {
                return Ok(outcome);
            }
        }
        Err(Error::Unavailable { what: "a free slug", cause: None })
    }

    /// One attempt; `None` when the slug was taken meanwhile.
    async fn found(
        &self,
        actor: &Actor,
        id: CompanyId,
        new: NewCompany,
        slug: Slug,
        once: &Once,
    ) -> Result<Option<Outcome<CompanyView>>> {
        let grant = actor.authorize_platform_in(id)?;
        let now = self.ports.clock.now();
        let tx = self.ports.store.begin(&grant).await?;
        let mut slug_taken = false;
        let outcome = once
            .perform(tx, async |tx| {
                let locale = new.region.locale;
                let mut company = Company::found(id, new, slug, now);
                if !tx.companies().insert(&mut company).await? {
                    slug_taken = true;
                    return Err(Error::Unavailable { what: "a free slug", cause: None });
                }
                store_first_pipeline(&self.ports, tx, locale, now).await?;
                Ok(CompanyView::from(company.record()))
            })
            .await;
        if slug_taken { Ok(None) } else { outcome.map(Some) }
    }

    /// Lists every company.
    ///
    /// # Errors
    /// `forbidden` for anybody but a platform administrator.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Page<CompanyView>> {
        let grant = actor.authorize_platform()?;
        Ok(query.page(self.ports.company_queries.list(&grant, query).await?))
    }

    /// Reads a company.
    ///
    /// # Errors
    /// `forbidden` for anybody but a platform administrator, `not_found`.
    pub async fn get(&self, actor: &Actor, id: CompanyId) -> Result<CompanyView> {
        let grant = actor.authorize_platform_in(id)?;
        let tx = self.ports.store.read(&grant).await?;
        let company = tx.companies().current().await?;
        tx.commit().await?;
        Ok(company.record().into())
    }

    /// Changes a company.
    ///
    /// # Errors
    /// `forbidden` for anybody but a platform administrator, `not_found`, `version_mismatch`,
    /// `validation_failed`, `edit_conflict`.
    pub async fn update(
        &self,
        actor: &Actor,
        id: CompanyId,
        input: CompanyInput,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<CompanyView>> {
        let grant = actor.authorize_platform_in(id)?;
        self.edit(&grant, input, terms.into()).await
    }

    /// Suspends a company: nobody in it can sign in or call the API, at once on this process and within two seconds on
    /// others. Its sessions stay and work again after reactivation. Suspending it again changes nothing.
    ///
    /// # Errors
    /// `forbidden` for anybody but a platform administrator, `not_found`.
    pub async fn suspend(&self, actor: &Actor, id: CompanyId, once: &Once) -> Result<Outcome<CompanyView>> {
        self.turn(actor, id, once, Company::suspend).await
    }

    /// Reactivates a suspended company. An active one stays as it is.
    ///
    /// # Errors
    /// `forbidden` for anybody but a platform administrator, `not_found`.
    pub async fn reactivate(
        &self,
        actor: &Actor,
        id: CompanyId,
        once: &Once,
    ) -> Result<Outcome<CompanyView>> {
        self.turn(actor, id, once, Company::reactivate).await
    }

    async fn turn(
        &self,
        actor: &Actor,
        id: CompanyId,
        once: &Once,
        turn: fn(&mut Company, DateTime<Utc>) -> bool,
    ) -> Result<Outcome<CompanyView>> {
        let grant = actor.authorize_platform_in(id)?;
        let tx = self.ports.store.begin(&grant).await?;
        let outcome = once
            .perform(tx, async |tx| {
                // Locked, so that of two concurrent requests the second finds it done.
                let mut company = tx.companies().current_locked().await?;
                if turn(&mut company, self.ports.clock.now()) {
                    tx.companies().update(&mut company).await?;
                }
                Ok(CompanyView::from(company.record()))
            })
            .await?;
        self.authenticator.forget_sessions();
        self.authenticator.forget_keys();
        Ok(outcome)
    }
}
