//! Signing in.

use cartera_domain::{
    ids::{CompanyId, Id},
    input::{Form, Patch, Rule},
    values::{Email, Password},
};
use uuid::Uuid;

use super::{Device, IdentityService, SessionOpened, lockout, person::Person, sessions::company_brief};
use crate::{
    error::{Code, Error, Result},
    security::{Actor, Provenance},
};

/// What somebody gives to sign in.
#[derive(Debug, Clone, Default)]
pub struct LoginCommand {
    /// The e-mail, whatever its case.
    pub email: Patch<String>,
    /// The password.
    pub password: Patch<Password>,
    /// The company, checked if given.
    pub company_id: Patch<String>,
}

impl IdentityService {
    /// Opens a session by e-mail and password. The response, and the work before it, are the same for an unknown
    /// e-mail, a wrong password, an inactive user, a suspended company and a locked sign-in.
    ///
    /// # Errors
    /// `validation_failed`, `invalid_credentials`, `unavailable` when too many people sign in at once.
    pub async fn login(
        &self,
        command: LoginCommand,
        device: Device,
        provenance: Provenance,
    ) -> Result<SessionOpened> {
        let (email, password, company_id) = read(command)?;
        let refused = || Error::refused(Code::InvalidCredentials);
        // Text that is not a valid e-mail gets the same response after the same work.
        let (identity, key) = match Email::parse(email.clone()) {
            Ok(email) => (self.ports.directory.find(&email).await?, lockout::key(&email)),
            Err(_not_an_email) => (None, lockout::key_of_text(&email)),
        };
        let hash = identity.as_ref().map(|identity| identity.password_hash.as_str());
        let matches = self.ports.passwords.verify(&password, hash).await?;
        let right = matches
            && identity.as_ref().is_some_and(|identity| {
                identity.may_sign_in && company_id.is_none_or(|id| id == identity.company_id)
            });
        let admitted = self.admit(&key, right, identity.as_ref(), provenance.clone()).await?;
        let identity = identity.filter(|_| admitted).ok_or_else(refused)?;
        let grant = Actor::system(identity.company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut person = Person::lock(&*tx, identity.company_id, identity.subject).await?;
        if !person.is_active() || person.password_hash() != identity.password_hash {
            return Err(refused());
        }
        if let Person::User { user, .. } = &mut person {
            user.signed_in(self.now());
            tx.users().update(user).await?;
        }
        let company = company_brief(&*tx, identity.company_id).await?;
        let (opened, displaced) = self.open_session(&*tx, &person, company, device).await?;
        tx.commit().await?;
        if displaced {
            self.authenticator.forget_sessions();
        }
        Ok(opened)
    }
}

fn read(command: LoginCommand) -> Result<(String, Password, Option<CompanyId>)> {
    let LoginCommand { email, password, company_id } = command;
    let mut form = Form::default();
    let email = form.required("email", email, None, Ok::<_, Rule>);
    let password = form.required("password", password, None, Ok::<_, Rule>);
    let company_id = form.optional("companyId", company_id, None, |raw: String| {
        Uuid::try_parse(&raw).map(Id::new).map_err(|_malformed| Rule::Malformed { expected: "an id (UUID)" })
    });
    let (email, password) = form.finish(email.zip(password))?;
    Ok((email, password, company_id))
}
