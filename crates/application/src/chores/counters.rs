//! Checks the counters against a recount.

use async_trait::async_trait;

use super::{Chore, Schedule};
use crate::{error::Result, ports::Ports, security::Grant};

/// Recounts what reports read from counters. A difference means a bug of ours, to be examined before it is corrected
/// (`cartera doctor --fix`): so it is reported and left as it is.
pub struct CheckCounters;

#[async_trait]
impl Chore for CheckCounters {
    fn name(&self) -> &'static str {
        "check_counters"
    }

    fn schedule(&self) -> Schedule {
        Schedule::Daily { hour: 4, minute: 41 }
    }

    async fn run(&self, ports: &Ports, grant: &Grant) -> Result<u64> {
        let tx = ports.store.read(grant).await?;
        let drifted = tx.upkeep().drifted_counters().await?;
        tx.commit().await?;
        if drifted > 0 {
            tracing::error!(company = %grant.company_id(), drifted, "counters differ from a recount");
        }
        Ok(drifted)
    }
}
