//! The initial data of a new company.

use cartera_domain::{ids::Id, pipelines::default_pipeline, values::Locale};
use chrono::{DateTime, Utc};

use crate::{
    error::Result,
    ports::{Ports, UnitOfWork},
};

/// How many slugs are tried when concurrent requests take them.
pub(crate) const SLUG_ATTEMPTS: usize = 5;

/// Stores the default pipeline of the company's language.
pub(crate) async fn store_first_pipeline(
    ports: &Ports,
    tx: &dyn UnitOfWork,
    locale: Locale,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = || ports.randomness.id();
    let mut pipeline = default_pipeline(Id::new(id()), locale, || Id::new(id()), now);
    tx.pipelines().insert(&mut pipeline).await
}
