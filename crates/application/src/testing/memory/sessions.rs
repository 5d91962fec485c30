//! Sessions.

use async_trait::async_trait;
use cartera_domain::{
    identity::{Role, Session, Subject},
    ids::SessionId,
};
use chrono::{DateTime, Utc};

use super::MemoryUnitOfWork;
use crate::{
    error::{Error, Result},
    ports::{FormerToken, Sessions},
    security::{PLATFORM, PersonAuthority},
};

impl MemoryUnitOfWork {
    /// Whether the company of the unit of work is there and not suspended.
    pub(super) fn company_works(&self) -> bool {
        self.row(|tables| &tables.companies, &self.company()).is_some_and(|c| c.suspended_at.is_none())
    }

    /// Role and forced reset of somebody who may act right now.
    fn standing_of(&self, subject: Subject) -> Option<(Option<Role>, bool)> {
        match subject {
            Subject::User(id) => {
                let user = self.row(|tables| &tables.users, &(self.company(), id))?;
                (user.active && self.company_works()).then_some((Some(user.role), user.force_password_reset))
            }
            Subject::PlatformAdministrator(id) => {
                let person = self.row(|tables| &tables.administrators, &id)?;
                (person.active && self.company() == PLATFORM).then_some((None, false))
            }
        }
    }
}

#[async_trait]
impl Sessions for MemoryUnitOfWork {
    async fn authority(&self, id: SessionId, now: DateTime<Utc>) -> Result<Option<PersonAuthority>> {
        let Some(record) = self.row(|tables| &tables.sessions, &(self.company(), id)) else {
            return Ok(None);
        };
        let session = Session::stored(record);
        let subject = session.record().subject;
        let Some((role, force_password_reset)) = self.standing_of(subject).filter(|_| session.is_open(now))
        else {
            return Ok(None);
        };
        Ok(Some(PersonAuthority {
            company_id: self.company(),
            session_id: id,
            subject,
            role,
            force_password_reset,
            expires_at: session.expires_at(),
        }))
    }

    async fn get(&self, id: SessionId) -> Result<Session> {
        let record = self.row(|tables| &tables.sessions, &(self.company(), id));
        record.map(Session::stored).ok_or_else(Error::not_found)
    }

    async fn get_locked(&self, id: SessionId) -> Result<Session> {
        self.lock("session", id).await?;
        Sessions::get(self, id).await
    }

    async fn open_of(&self, subject: Subject, now: DateTime<Utc>) -> Result<Vec<Session>> {
        let mut sessions: Vec<_> = self
            .rows(
                |tables| &tables.sessions,
                |(company, _), row| *company == self.company() && row.subject == subject,
            )
            .into_iter()
            .map(Session::stored)
            .filter(|session| session.is_open(now))
            .collect();
        sessions.sort_by_key(|session| (session.record().created_at, session.record().id));
        Ok(sessions)
    }

    async fn open_of_locked(&self, subject: Subject, now: DateTime<Utc>) -> Result<Vec<Session>> {
        for session in self.open_of(subject, now).await? {
            self.lock("session", session.record().id).await?;
        }
        self.open_of(subject, now).await
    }

    async fn insert(&self, session: &mut Session) -> Result<()> {
        let record = session.record().clone();
        self.written().sessions.insert((self.company(), record.id), record);
        self.record(session.take_events());
        Ok(())
    }

    async fn update(&self, session: &mut Session) -> Result<()> {
        let record = session.record().clone();
        let key = (self.company(), record.id);
        self.lock("session", record.id).await?;
        if self.row(|tables| &tables.sessions, &key).is_none() {
            return Err(Error::not_found());
        }
        self.written().sessions.insert(key, record);
        // A refresh only changes the time of last use, which is not worth an event.
        self.record_quietly(session.take_events());
        Ok(())
    }

    async fn former_token(&self, _hash: &[u8; 32]) -> Result<Option<FormerToken>> {
        // The twin never stored one.
        Ok(None)
    }
}
