//! Password resets by a mailed link.

use cartera_domain::{
    identity::{EndReason, PasswordReset, PasswordResetRefused, Permission, Subject},
    ids::{CompanyId, Id, UserId},
    input::{Form, Patch, Rule},
    values::{Email, Password},
};
use chrono::{DateTime, Utc};

use super::{IdentityService, OpaqueToken, Person, TokenKind, lockout};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    jobs::{Job, Notice},
    ports::UnitOfWork,
    security::{Actor, Grant, PLATFORM, Provenance},
};

/// Input for choosing a new password.
#[derive(Debug, Clone, Default)]
pub struct ResetPasswordCommand {
    /// The token of the link.
    pub token: Patch<String>,
    /// The password they want.
    pub new_password: Patch<String>,
}

/// What a link to choose a new password leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordResetPreview {
    /// Who chooses: the e-mail that they sign in with.
    pub email: String,
    /// Until when they can.
    pub expires_at: DateTime<Utc>,
}

impl IdentityService {
    /// Mails a reset link to the person with this e-mail. The response and the work are the same when nobody has it or
    /// they may not sign in: the reset then belongs to nobody, and the job that would mail it finds no recipient.
    ///
    /// # Errors
    /// `validation_failed` for an invalid e-mail.
    pub async fn forgot_password(&self, email: Patch<String>, provenance: Provenance) -> Result<()> {
        let mut form = Form::default();
        let email = form.required("email", email, None, Email::parse);
        let email = form.finish(email)?;
        let known = self.ports.directory.find(&email).await?.filter(|identity| identity.may_sign_in);
        let nobody = Subject::PlatformAdministrator(Id::new(self.ports.randomness.id()));
        let (company_id, subject) =
            known.map_or((PLATFORM, nobody), |identity| (identity.company_id, identity.subject));
        let grant = Actor::system(company_id, provenance).authorize_system()?;
        let tx = self.ports.store.begin(&grant).await?;
        self.permit_reset(&*tx, &grant, subject, None).await?;
        tx.commit().await
    }

    /// Requires a user to choose a new password and mails them a link. The administrator neither sees nor sets it.
    ///
    /// # Errors
    /// `not_found`, `forbidden` also above one's own role.
    pub async fn demand_password_reset(&self, actor: &Actor, id: UserId, once: &Once) -> Result<Outcome<()>> {
        let grant = actor.authorize(Permission::UsersWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let outcome = once
            .perform(tx, async |tx| {
                let mut user = tx.users().get_locked(id).await?;
                actor.require_to_manage(user.record().role)?;
                user.demand_new_password(self.now());
                tx.users().update(&mut user).await?;
                self.permit_reset(tx, &grant, Subject::User(id), grant.user_id()).await
            })
            .await?;
        self.authenticator.forget_sessions();
        Ok(outcome)
    }

    async fn permit_reset(
        &self,
        tx: &dyn UnitOfWork,
        grant: &Grant,
        subject: Subject,
        requested_by: Option<UserId>,
    ) -> Result<()> {
        let id = Id::new(self.ports.randomness.id());
        let secrets = &*self.ports.derived_secrets;
        let token = OpaqueToken::derived(secrets, TokenKind::PasswordReset, grant.company_id(), id.uuid(), 1);
        let mut reset = PasswordReset::request(id, subject, token.hash(), requested_by, self.now());
        tx.password_resets().insert(&mut reset).await?;
        let notice = Notice::PasswordReset { reset_id: id.uuid() };
        tx.jobs().enqueue(Job::SendNotice { notice }).await
    }

    /// Shows what a mailed link leads to, without using it up.
    ///
    /// # Errors
    /// `validation_failed`, `password_reset_unknown`, `password_reset_expired`, `password_reset_used`.
    pub async fn preview_password_reset(
        &self,
        token: Patch<String>,
        provenance: Provenance,
    ) -> Result<PasswordResetPreview> {
        let mut form = Form::default();
        let token = form.required("token", token, None, Ok::<_, Rule>);
        let token = OpaqueToken::parse(TokenKind::PasswordReset, &form.finish(token)?).ok_or_else(unknown)?;
        let grant = Actor::system(token.company_id(), provenance).authorize_system()?;
        let (reset, person) = self.reset_and_person(&grant, &token).await?;
        let email = person.email().as_str().to_owned();
        Ok(PasswordResetPreview { email, expires_at: reset.record().expires_at })
    }

    /// Sets a new password by the token of a mailed link. It ends every session of the person, unlocks a locked
    /// sign-in, and uses up their other links.
    ///
    /// # Errors
    /// `validation_failed` when the password breaks the rule, or is the present one though a different one
    /// was demanded; `password_reset_unknown`, `password_reset_expired`, `password_reset_used`.
    pub async fn reset_password(&self, command: ResetPasswordCommand, provenance: Provenance) -> Result<()> {
        let ResetPasswordCommand { token, new_password } = command;
        let mut form = Form::default();
        let token = form.required("token", token, None, Ok::<_, Rule>);
        let policy = self.password_policy();
        let wanted = form.required("newPassword", new_password, None, |raw| policy.choose(raw));
        let (token, wanted) = form.finish(token.zip(wanted))?;
        let token = OpaqueToken::parse(TokenKind::PasswordReset, &token).ok_or_else(unknown)?;
        let company_id = token.company_id();
        let grant = Actor::system(company_id, provenance.clone()).authorize_system()?;
        let (_, person) = self.reset_and_person(&grant, &token).await?;
        if person.force_password_reset() && self.is_present(&wanted, &person).await? {
            return Err(Error::invalid("newPassword", Rule::Unchanged));
        }
        let hash = self.ports.passwords.hash(&wanted).await?;
        // Unlocking comes first, so that a later failure can't leave it out: the holder of the link may sign in anyway.
        self.unlock(&lockout::key(person.email()), provenance).await?;
        let tx = self.ports.store.begin(&grant).await?;
        let mut person = Person::lock(&*tx, company_id, person.subject()).await?;
        // Read again under the person's lock, because a concurrent request may have used the same link.
        self.sound_reset(&*tx, &token).await?;
        self.take_reset_password(&*tx, &mut person, hash).await?;
        tx.commit().await?;
        self.authenticator.forget_sessions();
        Ok(())
    }

    async fn take_reset_password(
        &self,
        tx: &dyn UnitOfWork,
        person: &mut Person,
        hash: String,
    ) -> Result<()> {
        let now = self.now();
        match person {
            Person::User { user, .. } => {
                user.reset_password(hash, now);
                tx.users().update(user).await?;
            }
            Person::Administrator(administrator) => {
                tx.administrators().change_password(administrator.id, &hash, now).await?;
            }
        }
        for mut session in tx.sessions().open_of_locked(person.subject(), now).await? {
            session.end(EndReason::PasswordChanged, now);
            tx.sessions().update(&mut session).await?;
        }
        tx.password_resets().use_all_of(person.subject(), now).await?;
        self.tell_password_changed(tx, person).await
    }

    /// Queues the mail about a changed password.
    pub(super) async fn tell_password_changed(&self, tx: &dyn UnitOfWork, person: &Person) -> Result<()> {
        let user_id = person.subject().id().uuid();
        let notice = Notice::PasswordChanged { user_id, at: self.now() };
        tx.jobs().enqueue(Job::SendNotice { notice }).await
    }

    async fn is_present(&self, wanted: &Password, person: &Person) -> Result<bool> {
        self.ports.passwords.verify(wanted, Some(person.password_hash())).await
    }

    async fn reset_and_person(&self, grant: &Grant, token: &OpaqueToken) -> Result<(PasswordReset, Person)> {
        let tx = self.ports.store.read(grant).await?;
        let reset = self.sound_reset(&*tx, token).await?;
        let person = person_of(&*tx, grant.company_id(), &reset).await?;
        tx.commit().await?;
        Ok((reset, person))
    }

    async fn sound_reset(&self, tx: &dyn UnitOfWork, token: &OpaqueToken) -> Result<PasswordReset> {
        let reset = tx.password_resets().find_by_token(&token.hash()).await?.ok_or_else(unknown)?;
        reset.check(self.now()).map_err(|refused| match refused {
            PasswordResetRefused::Expired => Error::refused(Code::PasswordResetExpired),
            PasswordResetRefused::Used => Error::refused(Code::PasswordResetUsed),
        })?;
        Ok(reset)
    }
}

fn unknown() -> Error {
    Error::refused(Code::PasswordResetUnknown)
}

/// Loads the person of a reset. A person who may not sign in gets the same error as an unknown link.
async fn person_of(tx: &dyn UnitOfWork, company_id: CompanyId, reset: &PasswordReset) -> Result<Person> {
    let person = match Person::read(tx, company_id, reset.record().subject).await {
        Err(error) if error.is(Code::NotFound) => return Err(unknown()),
        read => read?,
    };
    let suspended = company_id != PLATFORM && tx.companies().current().await?.record().suspended_at.is_some();
    if person.is_active() && !suspended { Ok(person) } else { Err(unknown()) }
}
