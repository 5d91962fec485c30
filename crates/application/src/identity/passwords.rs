//! Changing one's own password.

use cartera_domain::{
    identity::EndReason,
    input::{Form, Patch, Rule},
    values::{Password, PasswordPolicy},
};

use super::{Device, IdentityService, SessionOpened, person::Person, sessions::company_brief};
use crate::{
    error::{Code, Error, Result},
    security::Actor,
};

/// What somebody gives to change their password.
#[derive(Debug, Clone, Default)]
pub struct ChangePasswordCommand {
    /// The password they have.
    pub current_password: Patch<Password>,
    /// The password they want.
    pub new_password: Patch<String>,
}

impl IdentityService {
    /// Changes the caller's own password: every session ends and a new one is opened for the caller.
    ///
    /// # Errors
    /// `validation_failed` when the new one breaks the rule or is the current one, `invalid_credentials`
    /// when the current one is wrong, `api_key_not_allowed`.
    pub async fn change_password(
        &self,
        actor: &Actor,
        command: ChangePasswordCommand,
        device: Device,
    ) -> Result<SessionOpened> {
        let (grant, authority) = actor.authorize_self()?;
        let (current, wanted) = read(command, self.settings.password_policy)?;
        let (company_id, subject) = (authority.company_id, authority.subject);
        // Verified outside the transaction, because hashing takes tens of milliseconds; checked again inside it.
        let known = {
            let tx = self.ports.store.read(&grant).await?;
            Person::read(&*tx, company_id, subject).await?.password_hash().to_owned()
        };
        if !self.ports.passwords.verify(&current, Some(&known)).await? {
            return Err(Error::refused(Code::InvalidCredentials));
        }
        if wanted == current {
            return Err(Error::invalid("newPassword", Rule::Unchanged));
        }
        let hash = self.ports.passwords.hash(&wanted).await?;
        let now = self.now();
        let tx = self.ports.store.begin(&grant).await?;
        let mut person = Person::lock(&*tx, company_id, subject).await?;
        if person.password_hash() != known {
            return Err(Error::refused(Code::EditConflict));
        }
        match &mut person {
            Person::User { user, .. } => {
                user.change_password(hash, now);
                tx.users().update(user).await?;
            }
            Person::Administrator(administrator) => {
                tx.administrators().change_password(administrator.id, &hash, now).await?;
            }
        }
        for mut session in tx.sessions().open_of_locked(subject, now).await? {
            session.end(EndReason::PasswordChanged, now);
            tx.sessions().update(&mut session).await?;
        }
        self.tell_password_changed(&*tx, &person).await?;
        let company = company_brief(&*tx, company_id).await?;
        let (opened, _) = self.open_session(&*tx, &person, company, device).await?;
        tx.commit().await?;
        self.authenticator.forget_sessions();
        Ok(opened)
    }
}

fn read(command: ChangePasswordCommand, policy: PasswordPolicy) -> Result<(Password, Password)> {
    let ChangePasswordCommand { current_password, new_password } = command;
    let mut form = Form::default();
    let current = form.required("currentPassword", current_password, None, Ok::<_, Rule>);
    let wanted = form.required("newPassword", new_password, None, |raw| policy.choose(raw));
    Ok(form.finish(current.zip(wanted))?)
}
