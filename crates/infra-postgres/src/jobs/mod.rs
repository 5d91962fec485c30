//! The queue of jobs, within the unit of work.

mod dead;
mod status;

use async_trait::async_trait;
use cartera_application::{
    Error, Result,
    jobs::{Job, QueuedJob},
    ports::JobQueue,
};
use cartera_domain::{events::Event, ids::JobId};

pub use status::QueueStatus;

use crate::{error::explain, sql::Sql, unit_of_work::PgUnitOfWork};

#[async_trait]
impl JobQueue for PgUnitOfWork {
    async fn enqueue(&self, job: Job) -> Result<()> {
        let name = job.name();
        let request_id = self.grant.provenance().request_id().to_owned();
        let queued = QueuedJob { company_id: self.company(), request_id, job };
        let payload = serde_json::to_value(queued)
            .map_err(|cause| Error::internal("writing a job's payload", cause))?;
        let mut sql = Sql::new("select jobs.enqueue(");
        sql.value(name).push(", ").value(payload).push(")");
        self.later(sql);
        Ok(())
    }

    async fn retry(&self, id: JobId, event: Event) -> Result<bool> {
        let mut sql = Sql::new("select jobs.retry(");
        sql.value(id.uuid()).push(") as found");
        let row = self.first(sql).await.map_err(explain("retrying a job"))?;
        let found = row.map(|row| row.get("found")).transpose().map_err(explain("retrying a job"))?;
        let found = found.unwrap_or(false);
        if found {
            self.record(vec![event]);
        }
        Ok(found)
    }
}
