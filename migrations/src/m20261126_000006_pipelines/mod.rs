//! Pipelines that people make: unique names, and what their queries need.

use sea_orm_migration::prelude::*;

/// The migration of pipelines.
pub(crate) struct Pipelines;

impl MigrationName for Pipelines {
    fn name(&self) -> &'static str {
        "m20261126_000006_pipelines"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Pipelines {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("pipelines.sql")).await?;
        Ok(())
    }
}
