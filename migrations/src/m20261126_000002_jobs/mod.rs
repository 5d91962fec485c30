//! Background jobs: the API's narrow door into the queue, what administrators see of it, and the worker's
//! rights.

use sea_orm_migration::prelude::*;

/// The migration of background jobs. The queue's own tables are there already ([`crate::queue`]).
pub(crate) struct Jobs;

impl MigrationName for Jobs {
    fn name(&self) -> &'static str {
        "m20261126_000002_jobs"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Jobs {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [include_str!("queue.sql"), include_str!("worker.sql")] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
