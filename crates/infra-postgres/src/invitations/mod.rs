//! Invitations.

mod entity;
mod queries;

use async_trait::async_trait;
use cartera_application::{Error, Result, invitations::InvitationView, ports::Invitations};
use cartera_domain::{
    ids::{Id, InvitationId},
    invitations::{Invitation, InvitationRecord, InvitationStatus},
    values::Email,
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::{
    error::explain,
    identity::{require_reached, stored_hash, stored_role},
    unit_of_work::PgUnitOfWork,
};

#[async_trait]
impl Invitations for PgUnitOfWork {
    async fn get(&self, id: InvitationId) -> Result<Invitation> {
        let row = self
            .read_first::<entity::Model>(entity::Entity::find_by_id((self.company(), id.uuid())))
            .await
            .map_err(explain("reading an invitation"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn get_locked(&self, id: InvitationId) -> Result<Invitation> {
        let row = self
            .read_first::<entity::Model>(
                entity::Entity::find_by_id((self.company(), id.uuid())).lock_exclusive(),
            )
            .await
            .map_err(explain("reading an invitation"))?;
        stored(row.ok_or_else(Error::not_found)?)
    }

    async fn find_by_token(&self, hash: &[u8; 32]) -> Result<Option<Invitation>> {
        let row = self
            .read_first::<entity::Model>(
                entity::Entity::find()
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::TokenHash.eq(hash.to_vec())),
            )
            .await
            .map_err(explain("reading an invitation"))?;
        row.map(stored).transpose()
    }

    async fn pending_of(&self, email: &Email) -> Result<Option<Invitation>> {
        let row = self
            .read_first::<entity::Model>(
                entity::Entity::find()
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::EmailKey.eq(email.key()))
                    .filter(entity::Column::Status.eq(InvitationStatus::Pending.as_str()))
                    .lock_exclusive(),
            )
            .await
            .map_err(explain("reading an invitation"))?;
        row.map(stored).transpose()
    }

    async fn insert(&self, invitation: &mut Invitation) -> Result<()> {
        self.later(entity::Entity::insert(row(self.company(), invitation.record())));
        self.record(invitation.take_events());
        Ok(())
    }

    async fn update(&self, invitation: &mut Invitation) -> Result<()> {
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(row(self.company(), invitation.record()))
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::Id.eq(invitation.record().id.uuid())),
            )
            .await
            .map_err(explain("storing an invitation"))?;
        require_reached(done)?;
        self.record(invitation.take_events());
        Ok(())
    }

    async fn view(&self, id: InvitationId, now: DateTime<Utc>) -> Result<InvitationView> {
        queries::view(self, id, now)
            .await
            .map_err(explain("reading an invitation"))?
            .ok_or_else(Error::not_found)
    }
}

fn row(company_id: Uuid, record: &InvitationRecord) -> entity::ActiveModel {
    let InvitationRecord {
        id,
        email,
        role,
        link,
        token_hash,
        expires_at,
        status,
        invited_by,
        version,
        created_at,
        updated_at,
    } = record;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        email: Set(email.as_str().to_owned()),
        email_key: Set(email.key()),
        email_fold: Set(Email::searched(email.as_str())),
        role: Set(role.as_str().to_owned()),
        link: Set(*link),
        token_hash: Set(token_hash.to_vec()),
        expires_at: Set(*expires_at),
        status: Set(status.as_str().to_owned()),
        invited_by: Set(invited_by.map(Id::uuid)),
        version: Set(*version),
        created_at: Set(*created_at),
        updated_at: Set(*updated_at),
    }
}

fn stored(row: entity::Model) -> Result<Invitation> {
    let entity::Model {
        company_id: _,
        id,
        email,
        email_key: _,
        email_fold: _,
        role,
        link,
        token_hash,
        expires_at,
        status,
        invited_by,
        version,
        created_at,
        updated_at,
    } = row;
    let status = InvitationStatus::parse(&status)
        .ok_or(Error::Internal { what: "the stored status of an invitation is unknown", cause: None })?;
    Ok(Invitation::stored(InvitationRecord {
        id: Id::new(id),
        email: Email::trusted(email),
        role: stored_role(&role)?,
        link,
        token_hash: stored_hash(token_hash)?,
        expires_at,
        status,
        invited_by: invited_by.map(Id::new),
        version,
        created_at,
        updated_at,
    }))
}
