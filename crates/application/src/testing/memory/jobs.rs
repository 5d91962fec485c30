//! The queue of jobs.

use async_trait::async_trait;

use super::MemoryUnitOfWork;
use crate::{
    error::Result,
    jobs::{Job, QueuedJob},
    ports::JobQueue,
};

#[async_trait]
impl JobQueue for MemoryUnitOfWork {
    async fn enqueue(&self, job: Job) -> Result<()> {
        let (company_id, request_id) = (self.company().uuid(), self.grant.request_id().as_str().to_owned());
        self.written().jobs.push(QueuedJob { company_id, request_id, job });
        Ok(())
    }
}
