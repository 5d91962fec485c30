//! The queue of jobs.

use async_trait::async_trait;
use cartera_domain::{events::Event, ids::JobId};

use super::MemoryUnitOfWork;
use crate::{
    error::{Error, Result},
    jobs::{Job, QueuedJob},
    ports::JobQueue,
    security::PLATFORM,
};

#[async_trait]
impl JobQueue for MemoryUnitOfWork {
    async fn enqueue(&self, job: Job) -> Result<()> {
        let (company_id, request_id) =
            (self.company().uuid(), self.grant.provenance().request_id().to_owned());
        self.written().jobs.push(QueuedJob { company_id, request_id, job });
        Ok(())
    }

    async fn retry(&self, id: JobId, event: Event) -> Result<bool> {
        if self.company() != PLATFORM {
            return Err(Error::Internal { what: "retrying a job outside the platform's realm", cause: None });
        }
        let Some(job) = self.store.look(|tables| tables.dead_jobs.get(&id).cloned()) else {
            return Ok(false);
        };
        self.written().jobs.push(job);
        self.remove(move |tables| drop(tables.dead_jobs.remove(&id)));
        self.record(vec![event]);
        Ok(true)
    }
}
