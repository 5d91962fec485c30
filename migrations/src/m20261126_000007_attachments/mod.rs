//! Attachments of accounts, contacts and opportunities.

use sea_orm_migration::prelude::*;

/// The migration of attachments.
pub(crate) struct Attachments;

impl MigrationName for Attachments {
    fn name(&self) -> &'static str {
        "m20261126_000007_attachments"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Attachments {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("attachments.sql")).await?;
        Ok(())
    }
}
