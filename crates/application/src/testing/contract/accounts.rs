//! Contract tests of accounts.

use cartera_domain::ids::AccountId;

use super::{
    Harness,
    scene::{
        Scene, a_moment, account, begin, code, commit, contact, deletion, new_opportunity, opportunity, scene,
    },
};
use crate::{error::Code, ports::AccountUse};

async fn delete(h: &impl Harness, scene: &Scene, id: AccountId) {
    let tx = begin(h, scene.id).await;
    let mut account = tx.accounts().get(id).await.expect("the account is there");
    account.delete(deletion(9));
    tx.accounts().update(&mut account).await.expect("it is stored");
    commit(tx).await;
}

/// Accounts of another company or in the bin are not found.
pub async fn what_uses_an_account_is_counted_of_live_ones_of_the_company(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let foreign = account(h, &theirs, "Theirs").await.record().id;
    let gone = account(h, &ours, "Gone").await.record().id;
    delete(h, &ours, gone).await;
    let tx = begin(h, ours.id).await;
    for id in [foreign, gone] {
        assert_eq!(code(tx.account_uses().lock_and_count(id).await), Some(Code::NotFound));
    }
}

/// Live contacts and live opportunities, of this account alone.
pub async fn uses_are_counted(h: &impl Harness) {
    let scene = scene(h).await;
    let (busy, idle) = (account(h, &scene, "Busy").await, account(h, &scene, "Idle").await);
    for _ in 0..2 {
        contact(h, &scene, Some(busy.record().id)).await;
    }
    contact(h, &scene, None).await;
    opportunity(h, &scene, &busy).await;
    let (mut deleted, _) = opportunity(h, &scene, &busy).await;
    let tx = begin(h, scene.id).await;
    deleted.delete(deletion(1));
    tx.opportunities().update(&mut deleted).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let uses = tx.account_uses().lock_and_count(busy.record().id).await.expect("it is there");
    assert_eq!(uses, AccountUse { contacts: 2, opportunities: 1 });
    let uses = tx.account_uses().lock_and_count(idle.record().id).await.expect("it is there");
    assert_eq!(uses, AccountUse::default());
}

/// The counting transaction sees a concurrent new reference; the referring one sees a concurrent deletion.
pub async fn who_refers_to_an_account_and_who_deletes_it_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let target = account(h, &scene, "Wanted").await;
    let id = target.record().id;
    let (refers, also_refers, deletes) =
        (begin(h, scene.id).await, begin(h, scene.id).await, begin(h, scene.id).await);
    assert!(refers.accounts().can_be_referenced(id).await.expect("the store answers"));
    // Two transactions may refer to it concurrently.
    assert!(also_refers.accounts().can_be_referenced(id).await.expect("the store answers"));
    drop(also_refers);
    let (mut sale, first) = new_opportunity(&scene, &target);
    refers.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    let (counted, ()) = tokio::join!(deletes.account_uses().lock_and_count(id), async {
        a_moment().await;
        commit(refers).await;
    });
    assert_eq!(counted.expect("it is there"), AccountUse { contacts: 0, opportunities: 1 });
    let mut account = deletes.accounts().get(id).await.expect("it is there");
    account.delete(deletion(1));
    deletes.accounts().update(&mut account).await.expect("it is stored");
    let refers = begin(h, scene.id).await;
    let (found, ()) = tokio::join!(refers.accounts().can_be_referenced(id), async {
        a_moment().await;
        commit(deletes).await;
    });
    assert!(!found.expect("the store answers"));
}
