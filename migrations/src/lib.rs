//! The database schema of Cartera: roles, tables, policies, functions.
//!
//! [`migrate`] brings a database up to date: it makes the roles that are missing ([`roles`]), then applies
//! the pending migrations as `cartera_owner` under an advisory lock, so that two at once are one after the
//! other: first those of the job queue ([`queue`]), then our own. A landed migration is never edited: what changes later is a new one (expand, then contract).

pub mod catalogue;
mod migrate;
pub mod queue;
pub mod roles;

use sea_orm_migration::prelude::*;

pub use migrate::{MigrateError, migrate};
pub use sea_orm_migration::MigratorTrait;

/// A migration that is SQL: its name, which is its folder, and the texts of its files in their order.
struct Sql(&'static str, &'static [&'static str]);

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for text in self.1 {
            manager.get_connection().execute_unprepared(text).await?;
        }
        Ok(())
    }
}

/// Reads migrations from their folders: `"m20261130_000009_pages": ["pages.sql"]`.
macro_rules! migrations {
    ($($name:literal: [$($file:literal),+];)+) => {
        vec![$(Box::new(Sql($name, &[$(include_str!(concat!($name, "/", $file))),+]))),+]
    };
}

/// Every migration, in order.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations! {
            "m20261120_000001_foundation": ["identity.sql", "sales.sql", "records.sql", "walls.sql", "directory.sql"];
            "m20261126_000002_jobs": ["queue.sql", "worker.sql"];
            "m20261126_000003_people": ["people.sql"];
            "m20261126_000004_platform": ["people.sql", "doors.sql"];
            "m20261126_000005_trash": ["trash.sql"];
            "m20261126_000006_pipelines": ["pipelines.sql"];
            "m20261126_000007_attachments": ["attachments.sql"];
            "m20261126_000008_list_indexes": ["indexes.sql"];
            "m20261130_000009_pages": ["pages.sql"];
            "m20261130_000010_forgetting": ["forgetting.sql"];
            "m20261201_000011_tags": ["tags.sql"];
            "m20261201_000012_comments": ["comments.sql"];
            "m20261201_000013_empty_files": ["empty_files.sql"];
            "m20261201_000014_generations": ["generations.sql"];
            "m20261201_000015_folds": ["columns.sql", "fold.sql", "keys.sql"];
            "m20261202_000016_conflicts": ["conflicts.sql"];
            "m20261202_000017_operations": ["operations.sql"];
        }
    }
}
