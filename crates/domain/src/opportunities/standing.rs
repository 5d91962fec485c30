//! How an opportunity counts in reports, and how a change of it changes the counters.
//!
//! Reports read counters that are kept beside the rows: wins and won amounts by account, and count and
//! amount by stage. A counter changes by what an opportunity counted after a change less what it counted
//! before. The deltas are kept in key order, because rows locked in one order can't deadlock.

use std::collections::BTreeMap;

use crate::{
    ids::{AccountId, StageId},
    pipelines::StageKind,
    values::Money,
};

/// How one live opportunity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The account it counts for, if it has one.
    pub account_id: Option<AccountId>,
    /// The stage it counts in.
    pub stage_id: StageId,
    /// What standing there means.
    pub kind: StageKind,
    /// How much it counts.
    pub amount: Money,
}

/// A key of the won-amount counters: account, then currency code.
pub type AccountCurrency = (AccountId, String);
/// A key of the stage counters: stage, then currency code.
pub type StageCurrency = (StageId, String);

/// Changes to the counters, in key order, without entries that change nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CounterDeltas {
    /// Won opportunities by account.
    pub wins: BTreeMap<AccountId, i64>,
    /// Won opportunities and their amount (minor units) by account and currency.
    pub won_amounts: BTreeMap<AccountCurrency, (i64, i128)>,
    /// Count and amount (minor units) by stage and currency.
    pub stages: BTreeMap<StageCurrency, (i64, i128)>,
}

impl CounterDeltas {
    /// Takes away what an opportunity counted before a change (`None`: it did not count, because it did not
    /// exist or was deleted) and adds what it counts after.
    pub fn record(&mut self, before: Option<&Standing>, after: Option<&Standing>) {
        if before == after {
            return;
        }
        for (standing, sign) in [(before, -1), (after, 1)] {
            if let Some(standing) = standing {
                self.add(standing, sign);
            }
        }
        self.drop_zeros();
    }

    /// Adds other changes to these.
    pub fn merge(&mut self, other: &Self) {
        let Self { wins, won_amounts, stages } = other;
        for (key, delta) in wins {
            *self.wins.entry(*key).or_default() += delta;
        }
        for (key, (count, amount)) in won_amounts {
            let sum = self.won_amounts.entry(key.clone()).or_default();
            *sum = (sum.0 + count, sum.1 + amount);
        }
        for (key, (count, amount)) in stages {
            let sum = self.stages.entry(key.clone()).or_default();
            *sum = (sum.0 + count, sum.1 + amount);
        }
        self.drop_zeros();
    }

    fn drop_zeros(&mut self) {
        self.wins.retain(|_, delta| *delta != 0);
        self.won_amounts.retain(|_, delta| *delta != (0, 0));
        self.stages.retain(|_, delta| *delta != (0, 0));
    }

    fn add(&mut self, standing: &Standing, sign: i64) {
        let Standing { account_id, stage_id, kind, amount } = standing;
        let currency = amount.currency().code().to_owned();
        let minor = i128::from(sign) * i128::from(amount.minor_units());
        if let (Some(account_id), StageKind::Won) = (account_id, kind) {
            *self.wins.entry(*account_id).or_default() += sign;
            let won = self.won_amounts.entry((*account_id, currency.clone())).or_default();
            won.0 += sign;
            won.1 += minor;
        }
        let stage = self.stages.entry((*stage_id, currency)).or_default();
        stage.0 += sign;
        stage.1 += minor;
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let Self { wins, won_amounts, stages } = self;
        wins.is_empty() && won_amounts.is_empty() && stages.is_empty()
    }
}
