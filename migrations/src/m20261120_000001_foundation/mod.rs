//! The foundation: companies and people, sales, counters, outbox, and the walls between companies.

use sea_orm_migration::prelude::*;

/// The foundation migration.
pub(crate) struct Foundation;

impl MigrationName for Foundation {
    fn name(&self) -> &'static str {
        "m20261120_000001_foundation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Foundation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for sql in [
            include_str!("identity.sql"),
            include_str!("sales.sql"),
            include_str!("records.sql"),
            include_str!("walls.sql"),
            include_str!("directory.sql"),
        ] {
            connection.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
