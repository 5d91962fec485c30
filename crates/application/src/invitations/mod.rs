//! The use cases of invitations: inviting and joining.

mod joining;
mod ports;
mod view;

use std::sync::Arc;

use cartera_domain::{
    identity::{Permission, Role},
    ids::{CompanyId, Id, InvitationId},
    invitations::{Invitation, InvitationFields, InvitationInput, InvitationRefused, InvitationStatus},
};

pub use joining::{AcceptCommand, Invited};
pub use ports::{InvitationQueries, Invitations};
pub use view::{InvitationList, InvitationView};

use crate::{
    error::{Code, Error, Lack, Result},
    idempotency::{Once, Outcome, Terms},
    identity::{IdentityService, OpaqueToken, TokenKind},
    jobs::{Job, Notice},
    lists::{ListQuery, Page},
    ports::{Ports, UnitOfWork},
    security::{Actor, ActorRef, Grant},
};

/// The use cases of invitations.
#[derive(Clone)]
pub struct InvitationService {
    ports: Arc<Ports>,
    identity: IdentityService,
}

impl InvitationService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>, identity: IdentityService) -> Self {
        Self { ports, identity }
    }

    /// Invites somebody into the caller's company. The mail goes out in the background.
    ///
    /// # Errors
    /// `validation_failed`, `forbidden` above one's own role or for an OWNER, `email_taken` when the e-mail belongs to anybody,
    /// `invitation_pending`.
    pub async fn create(
        &self,
        actor: &Actor,
        input: InvitationInput,
        once: &Once,
    ) -> Result<Outcome<InvitationView>> {
        let grant = actor.authorize(Permission::UsersInvite)?;
        let fields = InvitationFields::read(input)?;
        require_may_invite(actor, fields.role)?;
        self.invite(&grant, fields, once).await
    }

    /// Invites somebody into any company, also as its first OWNER.
    ///
    /// # Errors
    /// `forbidden` for everybody but platform administrators, `not_found` for an unknown company,
    /// `company_suspended`, and those of [`Self::create`].
    pub async fn create_in(
        &self,
        actor: &Actor,
        company_id: CompanyId,
        input: InvitationInput,
        once: &Once,
    ) -> Result<Outcome<InvitationView>> {
        let grant = actor.authorize_platform_in(company_id)?;
        let fields = InvitationFields::read(input)?;
        self.invite(&grant, fields, once).await
    }

    async fn invite(
        &self,
        grant: &Grant,
        fields: InvitationFields,
        once: &Once,
    ) -> Result<Outcome<InvitationView>> {
        let belongs = self.ports.directory.find(&fields.email).await?.is_some();
        let tx = self.ports.store.begin(grant).await?;
        let now = self.ports.clock.now();
        let work = async |tx: &dyn UnitOfWork| {
            if belongs {
                return Err(Error::refused(Code::EmailTaken));
            }
            joining::working_company(tx).await?;
            if let Some(mut old) = tx.invitations().pending_of(&fields.email).await? {
                if !old.lapse(now) {
                    return Err(Error::refused(Code::InvitationPending));
                }
                tx.invitations().update(&mut old).await?;
            }
            let id = Id::new(self.ports.randomness.id());
            let token = self.token(grant, id, 1);
            let mut invitation = Invitation::create(id, fields, token.hash(), grant.user_id(), now);
            tx.invitations().insert(&mut invitation).await?;
            self.queue(tx, &invitation).await?;
            Ok(id)
        };
        once.perform_and_read(tx, work, async |tx, id| tx.invitations().view(id, now).await).await
    }

    /// The pending invitations, including expired ones.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Page<InvitationView>> {
        let grant = actor.authorize(Permission::UsersInvite)?;
        let now = self.ports.clock.now();
        Ok(query.page(self.ports.invitation_queries.list(&grant, query, now).await?))
    }

    /// Sends an invitation again: the new link is valid for seven days, the previous one ends.
    ///
    /// # Errors
    /// `not_found` when nothing is pending, `forbidden` above one's own role.
    pub async fn resend(
        &self,
        actor: &Actor,
        id: InvitationId,
        once: &Once,
    ) -> Result<Outcome<InvitationView>> {
        let grant = actor.authorize(Permission::UsersInvite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let now = self.ports.clock.now();
        let work = async |tx: &dyn UnitOfWork| {
            let mut invitation = pending(tx, id).await?;
            require_may_invite(actor, invitation.record().role)?;
            let token = self.token(&grant, id, invitation.record().link + 1);
            invitation.resend(token.hash(), now);
            tx.invitations().update(&mut invitation).await?;
            self.queue(tx, &invitation).await
        };
        once.perform_and_read(tx, work, async |tx, ()| tx.invitations().view(id, now).await).await
    }

    /// Revokes an invitation: its link stops working.
    ///
    /// # Errors
    /// `not_found` when nothing is pending, `forbidden` above one's own role, `version_mismatch`.
    pub async fn revoke(
        &self,
        actor: &Actor,
        id: InvitationId,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::UsersInvite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut invitation = pending(tx, id).await?;
            if_match.check(invitation.record().version)?;
            require_may_invite(actor, invitation.record().role)?;
            invitation.revoke(self.ports.clock.now());
            tx.invitations().update(&mut invitation).await
        };
        once.perform(tx, work).await
    }

    /// The token of one link. It is derived rather than random, so that the job that writes the mail can compute it
    /// again and only its hash is stored.
    fn token(&self, grant: &Grant, id: InvitationId, link: i32) -> OpaqueToken {
        OpaqueToken::derived(
            &*self.ports.derived_secrets,
            TokenKind::Invitation,
            grant.company_id(),
            id.uuid(),
            link,
        )
    }

    async fn queue(&self, tx: &dyn UnitOfWork, invitation: &Invitation) -> Result<()> {
        let record = invitation.record();
        let notice = Notice::Invitation { invitation_id: record.id.uuid(), link: record.link };
        tx.jobs().enqueue(Job::SendNotice { notice }).await
    }
}

/// Refuses roles above the inviter's own; only a platform administrator may invite an OWNER.
fn require_may_invite(actor: &Actor, role: Role) -> Result<()> {
    match (role, actor.as_ref()) {
        // Asked first: an OWNER, of no lower rank, may not either.
        (Role::Owner, ActorRef::User(_)) => Err(Error::lacking(Lack::OwnersInviter)),
        _ => actor.require_to_manage(role),
    }
}

async fn pending(tx: &dyn UnitOfWork, id: InvitationId) -> Result<Invitation> {
    let invitation = tx.invitations().get_locked(id).await?;
    match invitation.record().status {
        InvitationStatus::Pending => Ok(invitation),
        InvitationStatus::Accepted | InvitationStatus::Revoked | InvitationStatus::Lapsed => {
            Err(Error::not_found())
        }
    }
}

fn explain(refused: InvitationRefused) -> Error {
    Error::refused(match refused {
        InvitationRefused::Expired => Code::InvitationExpired,
        InvitationRefused::Used => Code::InvitationUsed,
        InvitationRefused::Revoked => Code::InvitationRevoked,
    })
}
