//! The locks that a change of one opportunity takes before it locks the opportunity's own row.
//!
//! The first insert of a counter row makes PostgreSQL lock the account or stage that it refers to. Counters are written
//! last, when the opportunity is already locked, while a transaction that deletes the account or stage locks that first
//! and then waits for the opportunity. Locking account and stage first, in the usual lock order, avoids the deadlock.

use cartera_application::{Result, ports::Pipelines};
use cartera_domain::{
    opportunities::{Opportunity, Standing},
    pipelines::StageKind,
};

use crate::{error::explain, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    /// Locks the account and the stage for which the change may insert a counter row. A move has already locked both of
    /// its stages. If the row has been deleted meanwhile, so has the opportunity, and its version check will fail.
    pub(super) async fn hold_counted(&self, opportunity: &Opportunity) -> Result<()> {
        let before = opportunity.loaded_standing();
        let Some(after) = opportunity.record().standing() else { return Ok(()) };
        if before == Some(&after) {
            return Ok(());
        }
        if before.is_some_and(|before| begins_another_total(before, &after)) {
            Pipelines::hold_stages(self, &[after.stage_id]).await?;
        }
        if let (StageKind::Won, Some(account)) = (after.kind, after.account_id) {
            self.lock_row("select id from accounts", account.uuid(), " for key share")
                .await
                .map_err(explain("holding the account of a win"))?;
        }
        Ok(())
    }
}

/// Whether the stage may count in a currency that it did not count before.
fn begins_another_total(before: &Standing, after: &Standing) -> bool {
    before.stage_id == after.stage_id && before.amount.currency() != after.amount.currency()
}
