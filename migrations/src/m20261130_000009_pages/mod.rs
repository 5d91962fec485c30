//! What lists need to choose their page before they read its rows.

use sea_orm_migration::prelude::*;

/// The migration of pages.
pub(crate) struct Pages;

impl MigrationName for Pages {
    fn name(&self) -> &'static str {
        "m20261130_000009_pages"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Pages {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("pages.sql")).await?;
        Ok(())
    }
}
