//! Test support, which never ships: adapters in memory, a fixed clock, and the contract tests of every port's adapters.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
//! use cartera_application::testing::TestWorld;
//! let world = TestWorld::new();
//! let acme = world.company("Acme").await;
//! let account = world.account(&acme.owner, "Globex").await;
//! assert_eq!(world.app.accounts.get(&acme.owner, account).await.expect("it is there").text("name"), Some("Globex"));
//! # });
//! ```

mod blobs;
pub mod contract;
mod mailbox;
mod memory;
mod no_queries;
mod random_work;
mod test_sales;
mod test_world;
mod world;

pub use blobs::{BlobAnswer, MemoryBlobs, hash};
pub use mailbox::MemoryMailer;
pub use memory::{MemoryDirectory, MemoryStore, MemoryUnitOfWork, Published, Tables};
pub use no_queries::NoQueries;
pub use random_work::RandomWork;
pub use test_world::{
    PASSWORD, TestCompany, TestKey, TestPerson, TestWorld, attachment_rules, once, request_id,
};
pub use world::{FixedClock, PlainHasher, PlainSecrets, PlainTokens, SequentialRandomness};
