//! ListIndexes that people make: unique names, and what their queries need.

use sea_orm_migration::prelude::*;

/// The migration of the indexes of lists.
pub(crate) struct ListIndexes;

impl MigrationName for ListIndexes {
    fn name(&self) -> &'static str {
        "m20261126_000008_list_indexes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ListIndexes {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("indexes.sql")).await?;
        Ok(())
    }
}
