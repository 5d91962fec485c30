//! The queue of background jobs.

use async_trait::async_trait;
use cartera_domain::{events::Event, ids::JobId};

use super::{DeadJobView, Job};
use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    security::Grant,
};

/// The queue of background work, within the unit of work.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Queues a job in the unit of work's company, to run once this commits.
    ///
    /// # Errors
    /// Those of the store.
    async fn enqueue(&self, job: Job) -> Result<()>;

    /// Gives a dead job as many attempts as a new one, and records `event`; false when there is no such dead job. Only
    /// in the platform's realm.
    ///
    /// # Errors
    /// Those of the store.
    async fn retry(&self, id: JobId, event: Event) -> Result<bool>;
}

/// Lists of dead jobs.
#[async_trait]
pub trait DeadJobQueries: Send + Sync {
    /// The dead jobs that the query asks for, of every company; only in the platform's realm.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<DeadJobView>>;
}
