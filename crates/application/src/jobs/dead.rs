//! Dead jobs, which failed for good, for the platform's administrators.

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
    lists::{ListQuery, Page, list_fields},
    ports::Ports,
    security::Actor,
};

list_fields! {
    /// What lists of dead jobs know.
    DeadJobList of "dead_jobs" {
        /// When it was given up.
        FAILED_AT = "failedAt": Timestamp [filter, sort],
        /// When it was queued.
        CREATED_AT = "createdAt": Timestamp [filter, sort],
        /// What it is.
        NAME = "name": Text [filter],
        /// Of which company.
        COMPANY_ID = "companyId": Id [filter, nullable],
    }
    default_sort: Self::FAILED_AT,
    in_bin_since: None,
    flags: &[],
    searchable: false,
}

/// A job that failed for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadJobView {
    /// Its id.
    pub id: Uuid,
    /// What it is, such as `send_notice`.
    pub name: String,
    /// Its company; `None` for a chore, which runs in all of them.
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
    pub async fn list(&self, actor: &Actor, query: &ListQuery) -> Result<Page<DeadJobView>> {
        let grant = actor.authorize_platform()?;
        Ok(query.page(self.ports.dead_job_queries.list(&grant, query).await?))
    }

    /// Gives a dead job as many attempts as a new one.
    ///
    /// # Errors
    /// `not_found` when there is no such dead job: it may have been retried already.
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
