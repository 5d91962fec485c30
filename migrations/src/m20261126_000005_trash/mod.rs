//! Contacts in full, and the bin: deletions, indexes, and who may remove rows for good.

use sea_orm_migration::prelude::*;

/// The migration of contacts and the bin.
pub(crate) struct Trash;

impl MigrationName for Trash {
    fn name(&self) -> &'static str {
        "m20261126_000005_trash"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Trash {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("trash.sql")).await?;
        Ok(())
    }
}
