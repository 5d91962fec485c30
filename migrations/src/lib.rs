//! The database schema of Cartera: roles, tables, policies, functions.
//!
//! [`migrate`] brings a database up to date: it makes the roles that are missing ([`roles`]), then applies
//! the pending migrations as `cartera_owner` under an advisory lock, so that two at once are one after the
//! other: first those of the job queue ([`queue`]), then our own. A landed migration is never edited: what changes later is a new one (expand, then contract).

pub mod catalogue;
mod m20261120_000001_foundation;
mod m20261126_000002_jobs;
mod m20261126_000003_people;
mod m20261126_000004_platform;
mod m20261126_000005_trash;
mod m20261126_000006_pipelines;
mod m20261126_000007_attachments;
mod m20261126_000008_list_indexes;
mod m20261130_000009_pages;
mod m20261130_000010_forgetting;
mod migrate;
pub mod queue;
pub mod roles;

use sea_orm_migration::MigrationTrait;
pub use sea_orm_migration::MigratorTrait;

pub use migrate::{MigrateError, migrate};

/// Every migration, in order.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_foundation::Foundation),
            Box::new(m20261126_000002_jobs::Jobs),
            Box::new(m20261126_000003_people::People),
            Box::new(m20261126_000004_platform::Platform),
            Box::new(m20261126_000005_trash::Trash),
            Box::new(m20261126_000006_pipelines::Pipelines),
            Box::new(m20261126_000007_attachments::Attachments),
            Box::new(m20261126_000008_list_indexes::ListIndexes),
            Box::new(m20261130_000009_pages::Pages),
            Box::new(m20261130_000010_forgetting::Forgetting),
        ]
    }
}
