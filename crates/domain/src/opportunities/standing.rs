//! An opportunity's contribution to the counters of reports, and the deltas when it changes.
//!
//! Reports read counters that are stored beside the rows: wins and won amounts by account, and count and amount by
//! stage. A change of an opportunity adds its new contribution to a counter and subtracts its old one. The deltas are
//! in key order, because locking rows in one order prevents deadlocks.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    ids::{AccountId, StageId},
    pipelines::StageKind,
    values::{Currency, Money},
};

/// The contribution of one live opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its account, if it has one.
    pub account_id: Option<AccountId>,
    /// Its stage.
    pub stage_id: StageId,
    /// The kind of the stage.
    pub kind: StageKind,
    /// Its amount.
    pub amount: Money,
}

/// The contribution of several live opportunities with the same account, stage and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standings {
    /// Their account, if they have one.
    pub account_id: Option<AccountId>,
    /// Their stage.
    pub stage_id: StageId,
    /// The kind of the stage.
    pub kind: StageKind,
    /// The currency of their amounts.
    pub currency: Currency,
    /// The number of opportunities.
    pub count: i64,
    /// The sum of their amounts, in minor units.
    pub amount: i128,
}

impl From<&Standing> for Standings {
    fn from(standing: &Standing) -> Self {
        let Standing { account_id, stage_id, kind, amount } = *standing;
        Self {
            account_id,
            stage_id,
            kind,
            currency: amount.currency(),
            count: 1,
            amount: i128::from(amount.minor_units()),
        }
    }
}

/// A key of the won-amount counters: account, then currency code.
pub type AccountCurrency = (AccountId, String);
/// A key of the stage counters: stage, then currency code.
pub type StageCurrency = (StageId, String);

/// Changes to the counters, in key order, without zero deltas.
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
    /// Subtracts the contribution of an opportunity before a change and adds the one after. `None` means no
    /// contribution, because the opportunity does not exist or is deleted.
    pub fn record(&mut self, before: Option<&Standing>, after: Option<&Standing>) {
        if before == after {
            return;
        }
        self.record_all(before.map(Standings::from).as_ref(), after.map(Standings::from).as_ref());
    }

    /// The same for many opportunities that share their contribution before, and after.
    pub fn record_all(&mut self, before: Option<&Standings>, after: Option<&Standings>) {
        for (standings, sign) in [(before, -1), (after, 1)] {
            if let Some(standings) = standings {
                self.add(standings, sign);
            }
        }
    }

    /// Adds other deltas to these.
    pub fn merge(&mut self, other: &Self) {
        let Self { wins, won_amounts, stages } = other;
        for (key, delta) in wins {
            raise(&mut self.wins, *key, |sum| *sum += delta);
        }
        for (key, (count, amount)) in won_amounts {
            raise(&mut self.won_amounts, key.clone(), |sum| *sum = (sum.0 + count, sum.1 + amount));
        }
        for (key, (count, amount)) in stages {
            raise(&mut self.stages, key.clone(), |sum| *sum = (sum.0 + count, sum.1 + amount));
        }
    }

    fn add(&mut self, standings: &Standings, sign: i64) {
        let Standings { account_id, stage_id, kind, currency, count, amount } = standings;
        let currency = currency.code().to_owned();
        let (count, amount) = (sign * count, i128::from(sign) * amount);
        if let (Some(account_id), StageKind::Won) = (account_id, kind) {
            raise(&mut self.wins, *account_id, |wins| *wins += count);
            raise(&mut self.won_amounts, (*account_id, currency.clone()), |won| {
                *won = (won.0 + count, won.1 + amount);
            });
        }
        raise(&mut self.stages, (*stage_id, currency), |stage| {
            *stage = (stage.0 + count, stage.1 + amount);
        });
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let Self { wins, won_amounts, stages } = self;
        wins.is_empty() && won_amounts.is_empty() && stages.is_empty()
    }
}

/// Changes one delta, and drops it when it becomes zero. It does not scan the others, because a whole stage may be
/// counted at once.
fn raise<K: Ord, V: Default + PartialEq>(deltas: &mut BTreeMap<K, V>, key: K, change: impl FnOnce(&mut V)) {
    match deltas.entry(key) {
        Entry::Vacant(vacant) => {
            let mut delta = V::default();
            change(&mut delta);
            if delta != V::default() {
                vacant.insert(delta);
            }
        }
        Entry::Occupied(mut occupied) => {
            change(occupied.get_mut());
            if *occupied.get() == V::default() {
                occupied.remove();
            }
        }
    }
}
