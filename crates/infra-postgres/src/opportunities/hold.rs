//! What a change of one opportunity holds before it takes the opportunity's own row.
//!
//! A counter row that is written for the first time refers to its account, or to its stage, and PostgreSQL locks
//! what is referred to. Counters come last, when the opportunity is locked already; whoever deletes the account
//! or the stage holds that and waits for the opportunity. Holding both first, in the order of everybody else,
//! keeps the circle open.

use cartera_application::{Result, ports::Pipelines};
use cartera_domain::{
    opportunities::{Opportunity, Standing},
    pipelines::StageKind,
};

use crate::{error::explain, unit_of_work::PgUnitOfWork};

impl PgUnitOfWork {
    /// Holds the account and the stage whose counters may get a new row by the change. A move has held both of
    /// its stages already; a row that is gone meanwhile went with the opportunity, whose version will tell.
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

/// Whether the stage may count a currency that it did not count before.
fn begins_another_total(before: &Standing, after: &Standing) -> bool {
    before.stage_id == after.stage_id && before.amount.currency() != after.amount.currency()
}
