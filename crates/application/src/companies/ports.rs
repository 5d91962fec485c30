//! The company, and lists of companies.

use async_trait::async_trait;
use cartera_domain::companies::Company;

use super::CompanyView;
use crate::{
    error::Result,
    lists::{ListQuery, Listing},
    security::Grant,
};

/// The company of the unit of work.
#[async_trait]
pub trait Companies: Send + Sync {
    /// The company.
    ///
    /// # Errors
    /// `not_found` when it does not exist (yet).
    async fn current(&self) -> Result<Company>;

    /// Stores the new company; returns false, storing nothing, when its slug was taken meanwhile.
    ///
    /// # Errors
    /// `idempotency_key_reused` when there is a company with this id, which only a reused key can cause.
    async fn insert(&self, company: &mut Company) -> Result<bool>;

    /// The company, locked until the transaction ends, so that changes to an invariant over all its users (that an
    /// OWNER stays) are serialised. It comes before every other lock.
    ///
    /// # Errors
    /// `not_found`.
    async fn current_locked(&self) -> Result<Company>;

    /// Stores a changed company whose version has grown by one.
    ///
    /// # Errors
    /// `edit_conflict` when the stored version is another.
    async fn update(&self, company: &mut Company) -> Result<()>;
}

/// Lists of companies.
#[async_trait]
pub trait CompanyQueries: Send + Sync {
    /// The companies that match the query. Only a grant of the platform's own realm shows any.
    ///
    /// # Errors
    /// Those of the store.
    async fn list(&self, grant: &Grant, query: &ListQuery) -> Result<Listing<CompanyView>>;
}
