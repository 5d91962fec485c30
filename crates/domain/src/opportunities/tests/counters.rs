//! The counters of reports always equal a recount.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::Index};
use uuid::Uuid;

use super::{ACCOUNT, at, currency, deletion, pipeline};
use crate::{
    ids::{AccountId, Id, StageId},
    opportunities::{
        CounterDeltas, Landing, Links, NewOpportunity, Opportunity, OpportunityFields, OpportunityTitle,
        Reason, Standing, Standings,
    },
    pipelines::{Pipeline, StageKind},
    values::{Money, Tags},
};

fn standing(account_id: Option<AccountId>, kind: StageKind, amount: i64) -> Standing {
    let stage_id = Id::new(Uuid::from_u128(match kind {
        StageKind::Open => 20,
        StageKind::Won => 21,
        StageKind::Lost => 22,
    }));
    Standing { account_id, stage_id, kind, amount: Money::from_minor(amount, currency("UYU")) }
}

fn deltas(before: Option<Standing>, after: Option<Standing>) -> CounterDeltas {
    let mut deltas = CounterDeltas::default();
    deltas.record(before.as_ref(), after.as_ref());
    deltas
}

#[test]
fn only_a_won_sale_with_an_account_is_a_win() {
    for (account, kind, wins) in [
        (Some(ACCOUNT), StageKind::Won, Some(1)),
        (None, StageKind::Won, None),
        (Some(ACCOUNT), StageKind::Open, None),
        (Some(ACCOUNT), StageKind::Lost, None),
    ] {
        let found = deltas(None, Some(standing(account, kind, 5)));
        assert_eq!(found.wins.get(&ACCOUNT).copied(), wins);
        assert_eq!(found.stages.len(), 1, "every live sale counts in its stage");
    }
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let same = Some(standing(Some(ACCOUNT), StageKind::Won, 5));
    for (before, after) in [(None, None), (same, same)] {
        assert!(deltas(before, after).is_empty());
    }
    let mut there_and_back = deltas(same, None);
    there_and_back.record(None, same.as_ref());
    assert!(there_and_back.is_empty());
}

#[test]
fn many_that_count_alike_count_as_each_of_them() {
    let (open, won) =
        (standing(Some(ACCOUNT), StageKind::Open, 5), standing(Some(ACCOUNT), StageKind::Won, 5));
    for (before, after) in [(Some(open), Some(won)), (Some(won), None), (None, Some(won)), (None, Some(open))]
    {
        let mut each = CounterDeltas::default();
        for _ in 0..3 {
            each.record(before.as_ref(), after.as_ref());
        }
        let all = |standing: Standing| Standings { count: 3, amount: 15, ..Standings::from(&standing) };
        let mut together = CounterDeltas::default();
        together.record_all(before.map(all).as_ref(), after.map(all).as_ref());
        assert_eq!(together, each);
        assert!(!together.is_empty());
    }
}

#[test]
fn a_new_amount_changes_sums_and_not_counts() {
    let (before, after) =
        (standing(Some(ACCOUNT), StageKind::Won, 5), standing(Some(ACCOUNT), StageKind::Won, 8));
    let found = deltas(Some(before), Some(after));
    assert!(found.wins.is_empty());
    assert_eq!(found.won_amounts.values().copied().collect::<Vec<_>>(), [(0, 3)]);
    assert_eq!(found.stages.values().copied().collect::<Vec<_>>(), [(0, 3)]);
}

/// One operation on the existing opportunities.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Create {
        stage: Index,
        account: Option<u128>,
        amount: (i64, bool),
    },
    Move {
        which: Index,
        stage: Index,
    },
    Edit {
        which: Index,
        account: Option<u128>,
        amount: (i64, bool),
    },
    Delete {
        which: Index,
    },
    /// Deletes all live ones of an account at once, with one delta for all.
    Cascade {
        account: u128,
    },
    /// Restores one from the bin, into its former stage or another of the same kind.
    Restore {
        which: Index,
        gone: bool,
    },
    /// Permanently deletes one from the bin.
    Purge {
        which: Index,
    },
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let account = || prop::option::of(1_u128..4);
    let amount = || (prop_oneof![Just(0_i64), 0_i64..1000, Just(999_999_999_999_999)], any::<bool>());
    let index = any::<Index>;
    let one = prop_oneof![
        2 => (index(), account(), amount())
            .prop_map(|(stage, account, amount)| Happening::Create { stage, account, amount }),
        4 => (index(), index()).prop_map(|(which, stage)| Happening::Move { which, stage }),
        3 => (index(), account(), amount())
            .prop_map(|(which, account, amount)| Happening::Edit { which, account, amount }),
        2 => index().prop_map(|which| Happening::Delete { which }),
        1 => (1_u128..4).prop_map(|account| Happening::Cascade { account }),
        2 => (index(), any::<bool>()).prop_map(|(which, gone)| Happening::Restore { which, gone }),
        1 => index().prop_map(|which| Happening::Purge { which }),
    ];
    vec(one, 1..60)
}

fn at_purge() -> chrono::DateTime<chrono::Utc> {
    at(100)
}

fn written((minor_units, dollars): (i64, bool)) -> OpportunityFields {
    OpportunityFields {
        title: OpportunityTitle::trusted("A sale".to_owned()),
        description: None,
        amount: Money::from_minor(minor_units, currency(if dollars { "USD" } else { "UYU" })),
        expected_close_date: None,
        tags: Tags::default(),
    }
}

fn linked(account: Option<u128>) -> Links {
    Links { account_id: account.map(|id| Id::new(Uuid::from_u128(id))), contact_id: None, owner_id: None }
}

/// Opportunities with counters, maintained like in a store: each change adds its deltas.
struct Sales {
    pipeline: Pipeline,
    all: Vec<Opportunity>,
    counters: CounterDeltas,
}

impl Sales {
    fn live(&mut self, which: Index) -> Option<&mut Opportunity> {
        let mut live: Vec<_> = self.all.iter_mut().filter(|sale| sale.record().deletion.is_none()).collect();
        if live.is_empty() { None } else { Some(live.swap_remove(which.index(live.len()))) }
    }

    /// The index of one that is in the bin.
    fn binned(&self, which: Index) -> Option<usize> {
        let binned: Vec<_> =
            (0..self.all.len()).filter(|at| self.all[*at].record().deletion.is_some()).collect();
        if binned.is_empty() { None } else { Some(binned[which.index(binned.len())]) }
    }

    fn cascade(&mut self, account: u128) {
        let account = linked(Some(account)).account_id;
        let concerned = self
            .all
            .iter_mut()
            .filter(|sale| sale.record().deletion.is_none() && sale.record().links.account_id == account);
        let mut together = CounterDeltas::default();
        for sale in concerned {
            sale.delete(deletion(2));
            together.record(sale.loaded_standing(), sale.record().standing().as_ref());
            sale.mark_stored();
        }
        self.counters.merge(&together);
    }

    fn create(&mut self, stage: Index, account: Option<u128>, amount: (i64, bool)) {
        let new = NewOpportunity {
            id: Id::new(Uuid::from_u128(9)),
            stage_change_id: Id::new(Uuid::from_u128(10)),
            fields: written(amount),
            links: linked(account),
            stage: stage.get(&self.pipeline.record().stages),
            created_by: None,
        };
        self.all.push(Opportunity::create(new, at(0)).0);
    }

    fn happen(&mut self, happening: Happening) {
        let stages = self.pipeline.record().stages.clone();
        let sale = match happening {
            Happening::Create { stage, account, amount } => {
                self.create(stage, account, amount);
                self.all.last_mut()
            }
            Happening::Move { which, .. } | Happening::Edit { which, .. } | Happening::Delete { which } => {
                self.live(which)
            }
            Happening::Cascade { account } => return self.cascade(account),
            Happening::Restore { which, .. } => {
                let at = self.binned(which);
                at.map(|at| &mut self.all[at])
            }
            Happening::Purge { which } => {
                if let Some(at) = self.binned(which) {
                    self.all[at].purge(at_purge());
                    self.all.remove(at);
                }
                return;
            }
        };
        let Some(sale) = sale else { return };
        match happening {
            Happening::Create { .. } | Happening::Cascade { .. } | Happening::Purge { .. } => {}
            Happening::Restore { gone, .. } => {
                let kind = sale.record().placement.kind;
                let stage = stages.iter().rfind(|stage| stage.kind == kind).filter(|_| gone);
                let landing = stage.map(|stage| Landing {
                    stage,
                    stage_change_id: Id::new(Uuid::from_u128(12)),
                    reason: Reason::trusted("Its stage is gone".to_owned()),
                    changed_by: None,
                });
                sale.bring_back(landing, at(3));
            }
            Happening::Move { stage, .. } => {
                let reason = Reason::trusted("Because".to_owned());
                // A refused move changes nothing, and the recount checks that.
                let _refused_or_not =
                    sale.move_to(stage.get(&stages), Id::new(Uuid::from_u128(11)), reason, None, at(1));
            }
            Happening::Edit { account, amount, .. } => {
                sale.edit(written(amount), linked(account), at(1));
            }
            Happening::Delete { .. } => sale.delete(deletion(1)),
        }
        let (before, after) = (sale.loaded_standing().copied(), sale.record().standing());
        sale.mark_stored();
        self.counters.record(before.as_ref(), after.as_ref());
    }

    /// Recounts everything, independently of the deltas.
    fn recount(&self) -> CounterDeltas {
        let mut wins: BTreeMap<AccountId, i64> = BTreeMap::new();
        let mut won_amounts: BTreeMap<(AccountId, String), (i64, i128)> = BTreeMap::new();
        let mut stages: BTreeMap<(StageId, String), (i64, i128)> = BTreeMap::new();
        for record in self.all.iter().map(Opportunity::record).filter(|record| record.deletion.is_none()) {
            let amount = i128::from(record.fields.amount.minor_units());
            let code = record.fields.amount.currency().code().to_owned();
            let in_stage = stages.entry((record.placement.stage_id, code.clone())).or_default();
            *in_stage = (in_stage.0 + 1, in_stage.1 + amount);
            if record.placement.kind == StageKind::Won
                && let Some(account) = record.links.account_id
            {
                *wins.entry(account).or_default() += 1;
                let won = won_amounts.entry((account, code)).or_default();
                *won = (won.0 + 1, won.1 + amount);
            }
        }
        CounterDeltas { wins, won_amounts, stages }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// After each step of any sequence of creations, moves, edits, deletions, cascades, restorations and purges, the
    /// counters equal a recount.
    #[test]
    fn counters_equal_a_recount(happenings in happenings()) {
        let mut sales =
            Sales { pipeline: pipeline(1), all: Vec::new(), counters: CounterDeltas::default() };
        for happening in happenings {
            sales.happen(happening);
            prop_assert_eq!(&sales.counters, &sales.recount());
        }
    }
}
