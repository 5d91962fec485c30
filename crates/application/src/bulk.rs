//! Work that grows with the company: the stage that is deleted, the account that goes with everything of it or comes
//! back, whoever is removed and leaves what they owned. Each is one transaction, however many records it is about, and
//! may take minutes where there are hundreds of thousands.

use std::time::Duration;

/// How long such a request may take, and each of its statements: 300,000 opportunities take a minute on two cores.
pub const PATIENCE: Duration = Duration::from_mins(10);
