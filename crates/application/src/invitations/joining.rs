//! Accepting an invitation.

use cartera_domain::{
    companies::Company,
    identity::{User, UserName},
    ids::Id,
    input::{Form, Patch, Rule},
    invitations::Invitation,
};
use chrono::{DateTime, Utc};

use super::{InvitationService, explain};
use crate::{
    error::{Code, Error, Result},
    identity::{CompanyBrief, Device, OpaqueToken, Person, SessionOpened, TokenKind},
    ports::UnitOfWork,
    security::{Actor, Grant, Provenance},
};

/// What the page behind an invitation's link shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The company being joined.
    pub company_name: String,
    /// Whom the invitation is for: the e-mail to sign in with.
    pub email: String,
    /// Until when the link is valid.
    pub expires_at: DateTime<Utc>,
}

/// Input for accepting an invitation.
#[derive(Debug, Clone, Default)]
pub struct AcceptCommand {
    /// The token of the link.
    pub token: Patch<String>,
    /// Their name.
    pub name: Patch<String>,
    /// The password they want.
    pub password: Patch<String>,
}

impl InvitationService {
    /// Reads what an invitation's link is for.
    ///
    /// # Errors
    /// `validation_failed` without a token; `invitation_unknown`, `invitation_expired`, `invitation_used`,
    /// `invitation_revoked`; `company_suspended`.
    pub async fn preview(&self, token: Patch<String>, provenance: Provenance) -> Result<Invited> {
        let mut form = Form::default();
        let token = form.required("token", token, None, Ok::<_, Rule>);
        let (grant, token) = enter(&form.finish(token)?, provenance)?;
        let tx = self.ports.store.read(&grant).await?;
        let (invitation, company) = self.find(&*tx, &token).await?;
        tx.commit().await?;
        let record = invitation.record();
        Ok(Invited {
            company_name: company.record().name.as_str().to_owned(),
            email: record.email.as_str().to_owned(),
            expires_at: record.expires_at,
        })
    }

    /// Joins the company as a new user and signs them in. Whether the e-mail has been taken meanwhile is checked only
    /// after the password was hashed, so that the time taken reveals nothing.
    ///
    /// # Errors
    /// `validation_failed` with every violation, those of [`Self::preview`], `email_taken`.
    pub async fn accept(
        &self,
        command: AcceptCommand,
        device: Device,
        provenance: Provenance,
    ) -> Result<SessionOpened> {
        let policy = self.identity.password_policy();
        let AcceptCommand { token, name, password } = command;
        let mut form = Form::default();
        let token = form.required("token", token, None, Ok::<_, Rule>);
        let name = form.required("name", name, None, UserName::parse);
        let password = form.required("password", password, None, |raw| policy.choose(raw));
        let ((token, name), password) = form.finish(token.zip(name).zip(password))?;
        let (grant, token) = enter(&token, provenance)?;
        // Checked before any slow work, and again within the transaction that joins.
        let id = {
            let tx = self.ports.store.read(&grant).await?;
            let (invitation, _) = self.find(&*tx, &token).await?;
            tx.commit().await?;
            invitation.record().id
        };
        let password_hash = self.ports.passwords.hash(&password).await?;
        let tx = self.ports.store.begin(&grant).await?;
        let invitation = tx.invitations().get_locked(id).await?;
        if invitation.record().token_hash != token.hash() {
            return Err(Error::refused(Code::InvitationUnknown));
        }
        let company = working_company(&*tx).await?;
        let user = self.join(&*tx, invitation, &company, name, password_hash).await?;
        let person = Person::User { company_id: grant.company_id(), user };
        let brief = CompanyBrief::of(&company);
        let (opened, _) = self.identity.open_session(&*tx, &person, Some(brief), device).await?;
        tx.commit().await?;
        Ok(opened)
    }

    async fn join(
        &self,
        tx: &dyn UnitOfWork,
        mut invitation: Invitation,
        company: &Company,
        name: UserName,
        password_hash: String,
    ) -> Result<User> {
        let now = self.ports.clock.now();
        let id = Id::new(self.ports.randomness.id());
        invitation.accept(id, now).map_err(explain)?;
        let record = invitation.record();
        let (email, invited_by) = (record.email.clone(), record.invited_by);
        let forced = company.record().settings.force_password_reset_after_invitation;
        let mut user = User::create(id, name, email, record.role, password_hash, invited_by, now)
            .with_forced_password_reset(forced);
        user.signed_in(now);
        tx.users().insert(&mut user).await?;
        tx.invitations().update(&mut invitation).await?;
        Ok(user)
    }

    async fn find(&self, tx: &dyn UnitOfWork, token: &OpaqueToken) -> Result<(Invitation, Company)> {
        let invitation = tx.invitations().find_by_token(&token.hash()).await?;
        let invitation = invitation.ok_or_else(|| Error::refused(Code::InvitationUnknown))?;
        invitation.check(self.ports.clock.now()).map_err(explain)?;
        Ok((invitation, working_company(tx).await?))
    }
}

/// Parses a token and returns a grant for its company.
fn enter(token: &str, provenance: Provenance) -> Result<(Grant, OpaqueToken)> {
    let token = OpaqueToken::parse(TokenKind::Invitation, token)
        .ok_or_else(|| Error::refused(Code::InvitationUnknown))?;
    Ok((Actor::system(token.company_id(), provenance).authorize_system()?, token))
}

pub(super) async fn working_company(tx: &dyn UnitOfWork) -> Result<Company> {
    let company = tx.companies().current().await?;
    match company.record().suspended_at {
        Some(_) => Err(Error::refused(Code::CompanySuspended)),
        None => Ok(company),
    }
}
