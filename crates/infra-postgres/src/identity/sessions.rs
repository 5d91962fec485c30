//! Sessions. Those of platform administrators live in the platform's realm.

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    ports::{FormerToken, Sessions},
    security::{PLATFORM, PersonAuthority},
};
use cartera_domain::{
    identity::{ABSOLUTE_LIFETIME, EndReason, IDLE_LIFETIME, Session, SessionRecord, Subject},
    ids::{Id, SessionId},
};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use uuid::Uuid;

use super::{require_reached, session_entity as entity, users::stored_role};
use crate::{
    error::explain,
    row::{PgRow, row},
    sql::Sql,
    unit_of_work::PgUnitOfWork,
};

/// A session with its person and company, if all three carry authority.
const OF_USER: &str = "select s.created_at, s.last_used_at, s.subject_id, u.role, u.force_password_reset \
    from sessions s \
    join users u on u.company_id = s.company_id and u.id = s.subject_id and u.active \
    join companies c on c.id = s.company_id and c.suspended_at is null \
    where s.ended_at is null and s.company_id = ";

const OF_ADMINISTRATOR: &str = "select s.created_at, s.last_used_at, s.subject_id, null::text as role, \
    false as force_password_reset from sessions s \
    join platform_administrators a on a.id = s.subject_id and a.active \
    where s.ended_at is null and s.company_id = ";

row! {
    struct AuthorityRow {
        created_at: DateTime<Utc>,
        last_used_at: DateTime<Utc>,
        subject_id: Uuid,
        role: Option<String>,
        force_password_reset: bool,
    }
}

impl PgUnitOfWork {
    pub(super) fn subject(&self, id: Uuid) -> Subject {
        if self.grant.company_id() == PLATFORM {
            Subject::PlatformAdministrator(Id::new(id))
        } else {
            Subject::User(Id::new(id))
        }
    }

    fn person_authority(&self, id: SessionId, row: &PgRow) -> Result<PersonAuthority> {
        let AuthorityRow { created_at, last_used_at, subject_id, role, force_password_reset } =
            row.read::<AuthorityRow>().map_err(explain("reading a session"))?;
        Ok(PersonAuthority {
            company_id: self.grant.company_id(),
            session_id: id,
            subject: self.subject(subject_id),
            role: role.as_deref().map(stored_role).transpose()?,
            force_password_reset,
            expires_at: (last_used_at + IDLE_LIFETIME).min(created_at + ABSOLUTE_LIFETIME),
        })
    }

    /// The open sessions of a person, oldest first.
    fn open_ones(&self, subject: Subject, now: DateTime<Utc>) -> Select<entity::Entity> {
        entity::Entity::find()
            .filter(entity::Column::CompanyId.eq(self.company()))
            .filter(entity::Column::SubjectId.eq(subject.id().uuid()))
            .filter(entity::Column::EndedAt.is_null())
            .filter(entity::Column::LastUsedAt.gt(now - IDLE_LIFETIME))
            .filter(entity::Column::CreatedAt.gt(now - ABSOLUTE_LIFETIME))
            .order_by_asc(entity::Column::CreatedAt)
            .order_by_asc(entity::Column::Id)
    }

    async fn all_stored(&self, sessions: Select<entity::Entity>) -> Result<Vec<Session>> {
        let rows = self.read::<entity::Model>(sessions).await.map_err(explain("reading sessions"))?;
        rows.into_iter().map(|row| self.stored_session(row)).collect()
    }

    fn stored_session(&self, row: entity::Model) -> Result<Session> {
        let entity::Model {
            company_id: _,
            id,
            subject_id,
            created_at,
            last_used_at,
            user_agent,
            address,
            ended_at,
            end_reason,
            generation,
            rotations,
        } = row;
        let reason = end_reason.as_deref().map(|name| {
            EndReason::parse(name)
                .ok_or(Error::Internal { what: "a stored end reason is unknown", cause: None })
        });
        Ok(Session::stored(SessionRecord {
            id: Id::new(id),
            subject: self.subject(subject_id),
            created_at,
            last_used_at,
            user_agent,
            address,
            ended: ended_at.zip(reason.transpose()?),
            generation,
            rotations,
        }))
    }
}

fn row(company_id: Uuid, record: &SessionRecord) -> entity::ActiveModel {
    let SessionRecord {
        id,
        subject,
        created_at,
        last_used_at,
        user_agent,
        address,
        ended,
        generation,
        rotations,
    } = record;
    entity::ActiveModel {
        company_id: Set(company_id),
        id: Set(id.uuid()),
        subject_id: Set(subject.id().uuid()),
        created_at: Set(*created_at),
        last_used_at: Set(*last_used_at),
        user_agent: Set(user_agent.clone()),
        address: Set(address.clone()),
        ended_at: Set(ended.map(|(at, _)| at)),
        end_reason: Set(ended.map(|(_, reason)| reason.as_str().to_owned())),
        generation: Set(*generation),
        rotations: Set(rotations.clone()),
    }
}

#[async_trait]
impl Sessions for PgUnitOfWork {
    async fn authority(&self, id: SessionId, now: DateTime<Utc>) -> Result<Option<PersonAuthority>> {
        let platform = self.grant.company_id() == PLATFORM;
        let mut sql = Sql::new(if platform { OF_ADMINISTRATOR } else { OF_USER });
        sql.value(self.company()).push(" and s.id = ").value(id.uuid());
        let row = self.first(sql).await.map_err(explain("reading a session"))?;
        let authority = row.map(|row| self.person_authority(id, &row)).transpose()?;
        Ok(authority.filter(|authority| now < authority.expires_at))
    }

    async fn get(&self, id: SessionId) -> Result<Session> {
        let row = self
            .read_first::<entity::Model>(entity::Entity::find_by_id((self.company(), id.uuid())))
            .await
            .map_err(explain("reading a session"))?;
        self.stored_session(row.ok_or_else(Error::not_found)?)
    }

    async fn get_locked(&self, id: SessionId) -> Result<Session> {
        let row = self
            .read_first::<entity::Model>(
                entity::Entity::find_by_id((self.company(), id.uuid())).lock_exclusive(),
            )
            .await
            .map_err(explain("reading a session"))?;
        self.stored_session(row.ok_or_else(Error::not_found)?)
    }

    async fn open_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<Vec<Session>> {
        self.all_stored(self.open_ones(subject, now)).await
    }

    async fn open_of_locked(&self, subject: Subject, now: DateTime<Utc>) -> Result<Vec<Session>> {
        self.all_stored(self.open_ones(subject, now).lock_exclusive()).await
    }

    async fn insert(&self, session: &mut Session) -> Result<()> {
        self.later(entity::Entity::insert(row(self.company(), session.record())));
        self.record(session.take_events());
        Ok(())
    }

    async fn update(&self, session: &mut Session) -> Result<()> {
        let done = self
            .run(
                entity::Entity::update_many()
                    .set(row(self.company(), session.record()))
                    .filter(entity::Column::CompanyId.eq(self.company()))
                    .filter(entity::Column::Id.eq(session.record().id.uuid())),
            )
            .await
            .map_err(explain("storing a session"))?;
        require_reached(done)?;
        // A refresh only touches the session, and records no event.
        self.pending().happen(session.take_events());
        Ok(())
    }

    async fn former_token(&self, hash: &[u8; 32]) -> Result<Option<FormerToken>> {
        let mut sql = Sql::new("select session_id, rotated_at from refresh_tokens where company_id = ");
        sql.value(self.company()).push(" and token_hash = ").value(hash.to_vec());
        let row = self.first(sql).await.map_err(explain("reading a refresh token"))?;
        let read = |row: PgRow| -> Result<FormerToken, DbErr> {
            Ok(FormerToken {
                session_id: Id::new(row.get("session_id")?),
                rotated_at: row.get("rotated_at")?,
            })
        };
        row.map(read).transpose().map_err(explain("reading a refresh token"))
    }
}
