//! Any sequence of steps, sequential or concurrent, leaves the store consistent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use cartera_application::testing::{RandomWork, Tables, TestCompany, TestEnvironment};
use cartera_domain::{
    accounts::AccountFields,
    contacts::ContactFields,
    ids::OpportunityId,
    opportunities::{CounterDeltas, Links, OpportunityRecord, StageChangeRecord},
    values::{Email, name_key},
};
use proptest::{collection::vec, prelude::*};

use super::beside;

async fn start() -> (TestEnvironment, TestCompany, RandomWork) {
    let env = TestEnvironment::new();
    let acme = env.company("Acme").await;
    let (app, trash) = (env.app.clone(), env.app.trash.clone());
    let work = RandomWork::new(app, trash, env.clock.clone(), acme.owner.clone());
    (env, acme, work)
}

/// The inconsistencies; there should be none.
fn disagreements(env: &TestEnvironment, acme: &TestCompany) -> Vec<String> {
    env.store.look(|tables| {
        let mut found = orphans(tables);
        found.extend(histories(tables));
        found.extend(twins(tables));
        let mut recount = CounterDeltas::default();
        for record in tables.opportunities.values() {
            recount.record(None, record.standing().as_ref());
        }
        let counted = tables.counters.get(&acme.id).cloned().unwrap_or_default();
        if counted != recount {
            found.push(format!("counters {counted:?} are not the recount {recount:?}"));
        }
        found
    })
}

fn orphans(tables: &Tables) -> Vec<String> {
    let mut found = Vec::new();
    let (accounts, contacts) = (tables.all::<AccountFields>(), tables.all::<ContactFields>());
    for ((company, id), contact) in &contacts {
        let account = contact.account_id.map(|account| accounts.get(&(*company, account)));
        let is_lost = account.is_some_and(|account| {
            account.is_none_or(|account| account.deletion.is_some() && contact.deletion.is_none())
        });
        if is_lost {
            found.push(format!("contact {id} has lost its account"));
        }
    }
    for ((company, id), sale) in &tables.opportunities {
        let Links { account_id, contact_id, owner_id: _ } = sale.links;
        let account = account_id.map(|account| accounts.get(&(*company, account)));
        let contact = contact_id.map(|contact| contacts.get(&(*company, contact)));
        if matches!(account, Some(None)) || matches!(contact, Some(None)) {
            found.push(format!("opportunity {id} points at what was removed"));
        }
        let is_with_account = account.flatten().is_some_and(|account| account.deletion.is_none());
        let is_with_contact = contact.flatten().is_some_and(|contact| contact.deletion.is_none());
        let is_alone = if account_id.is_some() { !is_with_account } else { !is_with_contact };
        if sale.deletion.is_none() && is_alone {
            found.push(format!("opportunity {id} is live and alone"));
        }
    }
    found
}

/// Each stage change starts where the previous one ended, and the opportunity is where the last one ended.
fn histories(tables: &Tables) -> Vec<String> {
    let mut by_sale: BTreeMap<OpportunityId, Vec<&StageChangeRecord>> = BTreeMap::new();
    for change in tables.stage_changes.values() {
        by_sale.entry(change.opportunity_id).or_default().push(change);
    }
    let sales: BTreeMap<_, &OpportunityRecord> =
        tables.opportunities.values().map(|sale| (sale.id, sale)).collect();
    let known: BTreeSet<_> = sales.keys().chain(by_sale.keys()).copied().collect();
    let sound = |id: &OpportunityId| {
        let (Some(sale), Some(changes)) = (sales.get(id), by_sale.get(id)) else { return false };
        let mut at = None;
        for change in changes {
            if change.from_stage != at {
                return false;
            }
            at = Some(change.to_stage);
        }
        let placement = sale.placement;
        at == Some(placement.stage_id) && placement.kind.is_closed() == placement.closed_at.is_some()
    };
    let unsound = known.iter().filter(|id| !sound(id));
    unsound.map(|id| format!("opportunity {id} and its stage changes disagree")).collect()
}

/// Duplicates of fields that must be unique among live records.
fn twins(tables: &Tables) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let (accounts, contacts) = (tables.all::<AccountFields>(), tables.all::<ContactFields>());
    let accounts = accounts.values().filter(|account| account.deletion.is_none());
    let names = accounts.map(|account| name_key(account.fields.name.as_str()));
    let contacts = contacts.values().filter(|contact| contact.deletion.is_none());
    let emails = contacts.filter_map(|contact| contact.fields.email.as_ref().map(Email::key));
    names.chain(emails).filter(|key| !seen.insert(key.clone())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 96, ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_leaves_everything_in_agreement(steps in vec(any::<u64>(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let found = runtime.block_on(async {
            let (env, acme, work) = start().await;
            for (index, step) in steps.iter().enumerate() {
                work.step(*step).await.expect("a refusal at most");
                if index % 8 == 0 {
                    work.picture().await.expect("a picture");
                }
            }
            let mut found = disagreements(&env, &acme);
            found.extend(work.misremembered().await.expect("every history is kept"));
            found
        });
        prop_assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn any_sequences_at_once_leave_everything_in_agreement(
        steps in vec(any::<[u64; 3]>(), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let found = runtime.block_on(async {
            let (env, acme, work) = start().await;
            let work = Arc::new(work);
            let workers: Vec<_> = (0..3)
                .map(|worker| {
                    let work = Arc::clone(&work);
                    let steps: Vec<u64> = steps.iter().map(|step| step[worker]).collect();
                    beside(move || async move {
                        for step in steps {
                            work.step(step).await.expect("a refusal at most");
                        }
                    })
                })
                .collect();
            for worker in workers {
                worker.join().expect("it ends well");
            }
            disagreements(&env, &acme)
        });
        prop_assert_eq!(found, Vec::<String>::new());
    }
}
