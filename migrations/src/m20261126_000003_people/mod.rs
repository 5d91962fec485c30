//! How people come in, and come back in: invitations, password resets, counted sign-ins.

use sea_orm_migration::prelude::*;

/// The migration.
pub(crate) struct People;

impl MigrationName for People {
    fn name(&self) -> &'static str {
        "m20261126_000003_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for People {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("people.sql")).await?;
        Ok(())
    }
}
