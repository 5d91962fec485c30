//! Registering a company.

use cartera_domain::{
    companies::{Company, Registration, RegistrationInput},
    identity::{Role, User},
    ids::{CompanyId, Id},
    values::Slug,
};

use super::{CompanyBrief, Device, IdentityService, SessionOpened, person::Person};
use crate::{
    companies::{SLUG_ATTEMPTS, store_first_pipeline},
    error::{Code, Error, Result},
    security::{Actor, Provenance},
};

impl IdentityService {
    /// Creates a company and its OWNER in one transaction, with the default pipeline of its language, and signs the
    /// owner in.
    ///
    /// # Errors
    /// `registration_closed`, `validation_failed` with every violation, `email_taken`.
    pub async fn register(
        &self,
        input: RegistrationInput,
        device: Device,
        provenance: Provenance,
    ) -> Result<SessionOpened> {
        if !self.settings.registration_open {
            return Err(Error::refused(Code::RegistrationClosed));
        }
        let registration =
            Registration::read(input, &self.settings.default_country, self.settings.password_policy)?;
        if self.ports.directory.find(&registration.email).await?.is_some() {
            return Err(Error::refused(Code::EmailTaken));
        }
        let hash = self.ports.passwords.hash(&registration.password).await?;
        let wanted = Slug::from_name(registration.company_name.as_str());
        for _ in 0..SLUG_ATTEMPTS {
            let slug = self.ports.directory.free_slug(&wanted).await?;
            let attempt = self.provision(&registration, slug, &hash, device.clone(), provenance.clone());
            if let Some(opened) = attempt.await? {
                return Ok(opened);
            }
        }
        Err(Error::Unavailable { what: "a free slug", cause: None })
    }

    /// One attempt; `None` when the slug was taken meanwhile.
    async fn provision(
        &self,
        registration: &Registration,
        slug: Slug,
        password_hash: &str,
        device: Device,
        provenance: Provenance,
    ) -> Result<Option<SessionOpened>> {
        let now = self.now();
        let company_id: CompanyId = Id::new(self.ports.randomness.id());
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut company = Company::found(company_id, registration.company(), slug, now);
        if !tx.companies().insert(&mut company).await? {
            return Ok(None);
        }
        let user_id = Id::new(self.ports.randomness.id());
        let mut owner = User::create(
            user_id,
            registration.name.clone(),
            registration.email.clone(),
            Role::Owner,
            password_hash.to_owned(),
            None,
            now,
        );
        owner.signed_in(now);
        tx.users().insert(&mut owner).await?;
        store_first_pipeline(&self.ports, &*tx, registration.region.locale, now).await?;
        let person = Person::User { company_id, user: owner };
        let (opened, _) = self.open_session(&*tx, &person, Some(CompanyBrief::of(&company)), device).await?;
        tx.commit().await?;
        Ok(Some(opened))
    }
}
