//! The jobs that were given up, for the platform's administrators.

use std::sync::Arc;

use cartera_domain::{
    events::{EntityRef, Event, EventKind},
    ids::JobId,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    idempotency::{Once, Outcome},
    lists::{FieldKind, FieldSpec, ListField, ListQuery, Page},
    ports::Ports,
    security::Actor,
};

/// The list fields of dead jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeadJobField {
    /// When it was given up.
    FailedAt,
    /// When it was queued.
    CreatedAt,
    /// What it is.
    Name,
    /// Of which company.
    CompanyId,
}

impl ListField for DeadJobField {
    const ALL: &'static [Self] = &[Self::FailedAt, Self::CreatedAt, Self::Name, Self::CompanyId];
    const FLAGS: &'static [&'static str] = &[];
    const DEFAULT_SORT: Self = Self::FailedAt;
    const SEARCHABLE: bool = false;

    fn spec(self) -> FieldSpec {
        let (name, kind, sort, nullable) = match self {
            Self::FailedAt => ("failedAt", FieldKind::Timestamp, true, false),
            Self::CreatedAt => ("createdAt", FieldKind::Timestamp, true, false),
            Self::Name => ("name", FieldKind::Text, false, false),
            Self::CompanyId => ("companyId", FieldKind::Id, false, true),
        };
        FieldSpec { name, kind, filter: true, sort, nullable }
    }
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadJobView {
    /// Its id.
    pub id: Uuid,
    /// What it is, such as `send_notice`.
    pub name: String,
    /// Of which company; none for a chore, which is done in all of them.
    pub company_id: Option<Uuid>,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it failed the last time, in fixed words: no secret, no address.
    pub last_error: String,
    /// When it was queued.
    pub created_at: DateTime<Utc>,
    /// When it was given up.
    pub failed_at: DateTime<Utc>,
}

/// The use cases of dead jobs.
#[derive(Clone)]
pub struct DeadJobService {
    ports: Arc<Ports>,
}

impl DeadJobService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Lists the dead jobs of the whole deployment.
    ///
    /// # Errors
    /// `forbidden` for everybody but a platform administrator; those of the store.
    pub async fn list(&self, actor: &Actor, query: &ListQuery<DeadJobField>) -> Result<Page<DeadJobView>> {
        let grant = actor.authorize_platform()?;
        Ok(query.page(self.ports.dead_job_queries.list(&grant, query).await?))
    }

    /// Gives a dead job as many tries as a new one.
    ///
    /// # Errors
    /// `not_found` when there is no such dead job: it may be on its way already.
    pub async fn retry(&self, actor: &Actor, id: JobId, once: &Once) -> Result<Outcome<()>> {
        let grant = actor.authorize_platform()?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let event = Event::new(EventKind::JobRetried, EntityRef::job(id), self.ports.clock.now());
            if tx.jobs().retry(id, event).await? { Ok(()) } else { Err(Error::not_found()) }
        })
        .await
    }
}
