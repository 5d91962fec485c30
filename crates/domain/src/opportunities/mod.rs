//! Opportunities: possible sales, with the history of each one's moves through its pipeline.

mod fields;
mod opportunity;
mod returning;
mod stage_change;
mod standing;
#[cfg(test)]
mod tests;
mod transfer;

pub use crate::values::MoneyInput;
pub use fields::{OpportunityFields, OpportunityInput, OpportunityTitle};
pub use opportunity::{
    Landing, Links, MoveRefused, NewOpportunity, Opportunity, OpportunityRecord, Placement,
};
pub use returning::{Detour, Place, Return};
pub use stage_change::{Reason, StageChange, StageChangeRecord, read_reason, reason_of_landing};
pub use standing::{AccountCurrency, CounterDeltas, StageCurrency, Standing, Standings};
pub use transfer::{Transfer, Transferred};
