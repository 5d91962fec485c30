//! The PostgreSQL adapters.
//!
//! A unit of work of [`PgStore`] begins with `BEGIN; SET LOCAL app.company_id = '…'` in one message, so that row-level
//! security restricts it to one company from the first statement on. [`PgUnitOfWork`] implements every repository port over
//! that transaction; there is no other way to a table. Every query has its own `company_id = $1` as well.

mod accounts;
mod attachments;
pub mod audit;
mod bin;
mod commit;
mod companies;
mod connections;
mod contacts;
mod directory;
mod drafts;
mod error;
mod history;
mod idempotency;
mod identity;
mod invitations;
mod jobs;
mod list;
mod named;
mod names;
mod opportunities;
mod pipelines;
mod queue;
mod records;
mod reports;
mod repositories;
mod row;
mod sql;
mod store;
mod unit_of_work;
mod upkeep;
#[cfg(feature = "mutation")]
pub mod witness;
mod worker;
mod writes;

pub use connections::PoolOptions;
pub use directory::PgDirectory;
pub use jobs::QueueStatus;
pub use store::{PgStore, StartRefused};
pub use unit_of_work::PgUnitOfWork;
pub use worker::{PgWorker, WorkerSettings};
pub use writes::{Access, Refusal, refused_writes};
