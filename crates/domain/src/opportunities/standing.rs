//! How an opportunity counts in reports, and how a change of it changes the counters.
//!
//! Reports read counters that are kept beside the rows: wins and won amounts by account, and count and
//! amount by stage. A counter changes by what an opportunity counted after a change less what it counted
//! before. The deltas are kept in key order, because rows locked in one order can't deadlock.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    ids::{AccountId, StageId},
    pipelines::StageKind,
    values::{Currency, Money},
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

/// How several live opportunities count that stand alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standings {
    /// The account they count for, if they have one.
    pub account_id: Option<AccountId>,
    /// The stage they count in.
    pub stage_id: StageId,
    /// What standing there means.
    pub kind: StageKind,
    /// The currency of their amounts.
    pub currency: Currency,
    /// How many they are.
    pub count: i64,
    /// Their amounts together, in minor units.
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
        self.record_all(before.map(Standings::from).as_ref(), after.map(Standings::from).as_ref());
    }

    /// The same for many opportunities that counted alike before, and do so after.
    pub fn record_all(&mut self, before: Option<&Standings>, after: Option<&Standings>) {
        for (standings, sign) in [(before, -1), (after, 1)] {
            if let Some(standings) = standings {
                self.add(standings, sign);
            }
        }
    }

    /// Adds other changes to these.
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

/// Changes one delta, and forgets it when it changes nothing any more. Only this one is looked at: a whole stage
/// may be counted at once.
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
