//! What every adapter of the store must keep, as one list of promises.
//!
//! The same list runs on memory and on PostgreSQL: that is why a test on memory says something about what
//! ships. An adapter's tests implement [`Harness`] and call [`crate::contract_tests!`], which makes one test
//! of each promise.
//!
//! The promises use a unit of work as PostgreSQL needs it: after a refusal that a constraint gave, it is
//! dropped and another begun. Names, e-mails and ids are new in every promise, so that one database can
//! serve them all.

use std::sync::Arc;

use async_trait::async_trait;
use cartera_domain::ids::{AccountId, CompanyId, ContactId};

use crate::ports::{Directory, Store};

/// An adapter under test.
#[async_trait]
pub trait Harness: Sync {
    /// The store.
    fn store(&self) -> Arc<dyn Store>;

    /// The directory over the same rows.
    fn directory(&self) -> Arc<dyn Directory>;

    /// Sequence and name of everything that was published in a company, in order.
    async fn events(&self, company: CompanyId) -> Vec<(i64, String)>;

    /// Puts a live contact straight into the rows: no port makes one yet.
    async fn contact(&self, company: CompanyId, account: Option<AccountId>) -> ContactId;
}
