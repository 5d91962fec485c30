//! Companies and users as they are looked after: what lists need, removed users, and the platform's view.

use sea_orm_migration::prelude::*;

/// The migration.
pub(crate) struct Platform;

impl MigrationName for Platform {
    fn name(&self) -> &'static str {
        "m20261126_000004_platform"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Platform {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [include_str!("people.sql"), include_str!("doors.sql")] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
