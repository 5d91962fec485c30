//! Test support, which never ships: adapters in memory, a fixed clock, and the contract tests of every port's adapters.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
//! use cartera_application::testing::TestEnvironment;
//! let env = TestEnvironment::new();
//! let acme = env.company("Acme").await;
//! let account = env.account(&acme.owner, "Globex").await;
//! assert_eq!(env.app.accounts.get(&acme.owner, account).await.expect("it is there").text("name"), Some("Globex"));
//! # });
//! ```

mod blobs;
pub mod contract;
mod doubles;
mod mailbox;
mod memory;
mod no_queries;
mod random_work;
mod test_environment;
mod test_sales;

pub use blobs::{BlobAnswer, MemoryBlobs, hash};
pub use doubles::{FixedClock, PlainHasher, PlainSecrets, PlainTokens, SequentialRandomness};
pub use mailbox::MemoryMailer;
pub use memory::{MemoryDirectory, MemoryStore, MemoryUnitOfWork, Published, Tables};
pub use no_queries::NoQueries;
pub use random_work::RandomWork;
pub use test_environment::{
    PASSWORD, TestCompany, TestEnvironment, TestKey, TestPerson, attachment_rules, once, provenance,
};
