//! What removing records for good needs to take what users wrote out of the events that tell of them.

use sea_orm_migration::prelude::*;

/// The migration of forgetting.
pub(crate) struct Forgetting;

impl MigrationName for Forgetting {
    fn name(&self) -> &'static str {
        "m20261130_000010_forgetting"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Forgetting {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("forgetting.sql")).await?;
        Ok(())
    }
}
