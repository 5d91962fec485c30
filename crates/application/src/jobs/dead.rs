//! Dead jobs, which failed for good, for the platform's administrators.

use std::sync::Arc;

use cartera_domain::{
    events::{EntityRef, Event, EventKind},
    ids::JobId,
};

use super::DeadJobView;
use crate::{
    error::{Error, Result},
    idempotency::{Once, Outcome},
    lists::{ListQuery, Page},
    ports::Ports,
    security::Actor,
};

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
