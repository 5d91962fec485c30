//! The promises about accounts.

use cartera_domain::{
    accounts::{Account, AccountRecord},
    ids::AccountId,
};

use super::{
    Harness,
    scene::{
        Scene, a_moment, account, account_fields, begin, code, commit, contact, deletion, later, new_account,
        new_opportunity, opportunity, scene,
    },
};
use crate::{error::Code, ports::AccountUse};

async fn stored(h: &impl Harness, scene: &Scene, id: AccountId) -> AccountRecord {
    let tx = begin(h, scene.id).await;
    tx.accounts().get(id).await.expect("the account is there").record().clone()
}

async fn delete(h: &impl Harness, scene: &Scene, id: AccountId) {
    let tx = begin(h, scene.id).await;
    let mut account = tx.accounts().get(id).await.expect("the account is there");
    account.delete(deletion(9));
    tx.accounts().update(&mut account).await.expect("it is stored");
    commit(tx).await;
}

/// Every field survives, on creation and on change, and the view says the same with names.
pub async fn an_account_is_read_back_as_stored_and_as_changed(h: &impl Harness) {
    let scene = scene(h).await;
    let made = account(h, &scene, "Globex").await;
    let id = made.record().id;
    assert_eq!(stored(h, &scene, id).await, *made.record());
    let tx = begin(h, scene.id).await;
    let mut edited = tx.accounts().get(id).await.expect("it is there");
    let mut fields = account_fields("Globex Uruguay");
    (fields.industry, fields.phone, fields.tags) = (None, None, cartera_domain::values::Tags::default());
    assert!(edited.edit(fields, None, later(1)));
    tx.accounts().update(&mut edited).await.expect("it is stored");
    let view = tx.accounts().view(id).await.expect("a unit of work sees its own changes");
    commit(tx).await;
    assert_eq!(stored(h, &scene, id).await, *edited.record());
    assert_eq!((view.version, view.name.as_str(), view.owner), (2, "Globex Uruguay", None));
    assert_eq!((view.industry, view.employees, view.tags.len()), (None, Some(12), 0));
    let creator = view.created_by.expect("the creator is named");
    assert_eq!((creator.id, creator.name.as_str()), (scene.user.uuid(), "Ana Ejemplo"));
}

/// No method with an id reaches an account of another company.
pub async fn accounts_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let made = account(h, &theirs, "Theirs").await;
    let id = made.record().id;
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.accounts().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.accounts().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.accounts().lock_and_count_uses(id).await), Some(Code::NotFound));
    assert!(!tx.accounts().can_be_referenced(id).await.expect("the store answers"));
    let mut foreign = Account::stored(made.record().clone());
    foreign.delete(deletion(1));
    assert_eq!(code(tx.accounts().update(&mut foreign).await), Some(Code::EditConflict));
    drop(tx);
    assert_eq!(stored(h, &theirs, id).await, *made.record());
}

/// Accents count; other companies and the bin don't.
pub async fn names_are_unique_among_live_accounts_whatever_the_case(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let first = account(h, &ours, "Peña  Hnos").await;
    account(h, &theirs, "Peña Hnos").await;
    let second = account(h, &ours, "Pena Hnos").await;
    let tx = begin(h, ours.id).await;
    let refused = tx.accounts().insert(&mut new_account(&ours, "PEÑA HNOS")).await;
    assert_eq!(code(refused), Some(Code::AccountNameTaken));
    drop(tx);
    let tx = begin(h, ours.id).await;
    let mut renamed = tx.accounts().get(second.record().id).await.expect("it is there");
    renamed.edit(account_fields("peña hnos"), Some(ours.user), later(1));
    assert_eq!(code(tx.accounts().update(&mut renamed).await), Some(Code::AccountNameTaken));
    drop(tx);
    delete(h, &ours, first.record().id).await;
    account(h, &ours, "PEÑA HNOS").await;
}

/// Two loaded the same version: the second to save is told, and changes nothing.
pub async fn the_second_of_two_edits_loses(h: &impl Harness) {
    let scene = scene(h).await;
    let id = account(h, &scene, "Contested").await.record().id;
    let (first, second) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut by_first = first.accounts().get(id).await.expect("it is there");
    let mut by_second = second.accounts().get(id).await.expect("it is there");
    by_first.edit(account_fields("First"), Some(scene.user), later(1));
    by_second.edit(account_fields("Second"), Some(scene.user), later(1));
    first.accounts().update(&mut by_first).await.expect("the first wins");
    let (lost, ()) = tokio::join!(second.accounts().update(&mut by_second), async {
        a_moment().await;
        commit(first).await;
    });
    assert_eq!(code(lost), Some(Code::EditConflict));
    drop(second);
    let read = stored(h, &scene, id).await;
    assert_eq!((read.version, read.fields.name.as_str()), (2, "First"));
}

/// Through every method.
pub async fn a_deleted_account_is_absent(h: &impl Harness) {
    let scene = scene(h).await;
    let id = account(h, &scene, "Gone").await.record().id;
    delete(h, &scene, id).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.accounts().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.accounts().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.accounts().lock_and_count_uses(id).await), Some(Code::NotFound));
    assert!(!tx.accounts().can_be_referenced(id).await.expect("the store answers"));
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
    let uses = tx.accounts().lock_and_count_uses(busy.record().id).await.expect("it is there");
    assert_eq!(uses, AccountUse { contacts: 2, opportunities: 1 });
    let uses = tx.accounts().lock_and_count_uses(idle.record().id).await.expect("it is there");
    assert_eq!(uses, AccountUse::default());
}

/// Whoever counts sees the reference that was being made; whoever refers sees the deletion.
pub async fn who_refers_to_an_account_and_who_deletes_it_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let target = account(h, &scene, "Wanted").await;
    let id = target.record().id;
    let (refers, also_refers, deletes) =
        (begin(h, scene.id).await, begin(h, scene.id).await, begin(h, scene.id).await);
    assert!(refers.accounts().can_be_referenced(id).await.expect("the store answers"));
    // Two may refer to it at the same time.
    assert!(also_refers.accounts().can_be_referenced(id).await.expect("the store answers"));
    drop(also_refers);
    let (mut sale, first) = new_opportunity(&scene, &target);
    refers.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    let (counted, ()) = tokio::join!(deletes.accounts().lock_and_count_uses(id), async {
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
