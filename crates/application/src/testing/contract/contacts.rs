//! Contract tests of contacts.

use cartera_domain::{ids::ContactId, opportunities::Links};

use super::{
    Harness,
    scene::{
        Scene, a_moment, account, begin, code, commit, contact, deletion, fresh, new_opportunity_with, scene,
    },
};
use crate::error::Code;

async fn delete(h: &impl Harness, scene: &Scene, id: ContactId) {
    let tx = begin(h, scene.id).await;
    let mut contact = tx.contacts().get(id).await.expect("the contact is there");
    contact.delete(deletion(9));
    tx.contacts().update(&mut contact).await.expect("it is stored");
    commit(tx).await;
}

/// An opportunity of this contact only.
async fn only_with(h: &impl Harness, scene: &Scene, id: ContactId) {
    let links = Links { account_id: None, contact_id: Some(id), owner_id: Some(scene.user) };
    let (mut sale, first) = new_opportunity_with(scene, links);
    let tx = begin(h, scene.id).await;
    tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    commit(tx).await;
}

/// Contacts of another company and in the bin are not found.
pub async fn contacts_are_referred_to_and_locked_while_they_are_live_and_the_companys(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let place = account(h, &theirs, "Theirs").await.record().id;
    let placed = contact(h, &theirs, Some(place)).await.record().id;
    let lone = contact(h, &theirs, None).await.record().id;
    let tx = begin(h, theirs.id).await;
    assert_eq!(tx.contact_uses().reference(placed).await.expect("the store answers"), Some(Some(place)));
    assert_eq!(tx.contact_uses().reference(lone).await.expect("the store answers"), Some(None));
    assert_eq!(tx.contact_uses().reference(fresh()).await.expect("the store answers"), None);
    drop(tx);
    let is_absent = async |scene: &Scene| {
        let tx = begin(h, scene.id).await;
        assert_eq!(tx.contact_uses().reference(placed).await.expect("the store answers"), None);
        assert_eq!(code(tx.contact_uses().lock_and_count(placed).await), Some(Code::NotFound));
        assert!(tx.contacts().lock_of("accountId", place).await.expect("the store answers").is_empty());
    };
    is_absent(&ours).await;
    delete(h, &theirs, placed).await;
    is_absent(&theirs).await;
}

/// Any number of them.
pub async fn contacts_without_an_email_do_not_share_one(h: &impl Harness) {
    let scene = scene(h).await;
    for _ in 0..2 {
        contact(h, &scene, None).await;
    }
}

/// Live ones without an account.
pub async fn opportunities_without_another_party_are_counted(h: &impl Harness) {
    let scene = scene(h).await;
    let place = account(h, &scene, "Globex").await.record().id;
    let id = contact(h, &scene, None).await.record().id;
    only_with(h, &scene, id).await;
    only_with(h, &scene, id).await;
    only_with(h, &scene, contact(h, &scene, None).await.record().id).await;
    for (account_id, is_deleted) in [(Some(place), false), (None, true)] {
        let links = Links { account_id, contact_id: Some(id), owner_id: None };
        let (mut sale, first) = new_opportunity_with(&scene, links);
        let tx = begin(h, scene.id).await;
        tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
        if is_deleted {
            sale.delete(deletion(1));
            tx.opportunities().update(&mut sale).await.expect("it is stored");
        }
        commit(tx).await;
    }
    let tx = begin(h, scene.id).await;
    assert_eq!(tx.contact_uses().lock_and_count(id).await.expect("it is there"), 2);
}

/// The counting transaction sees a concurrent new reference; the referring one sees a concurrent deletion.
pub async fn who_refers_to_a_contact_and_who_deletes_it_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let id = contact(h, &scene, None).await.record().id;
    let (refers, deletes) = (begin(h, scene.id).await, begin(h, scene.id).await);
    assert_eq!(refers.contact_uses().reference(id).await.expect("the store answers"), Some(None));
    let links = Links { account_id: None, contact_id: Some(id), owner_id: None };
    let (mut sale, first) = new_opportunity_with(&scene, links);
    refers.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    let (counted, ()) = tokio::join!(deletes.contact_uses().lock_and_count(id), async {
        a_moment().await;
        commit(refers).await;
    });
    assert_eq!(counted.expect("it is there"), 1);
    let mut contact = deletes.contacts().get(id).await.expect("it is there");
    contact.delete(deletion(1));
    deletes.contacts().update(&mut contact).await.expect("it is stored");
    let refers = begin(h, scene.id).await;
    let (found, ()) = tokio::join!(refers.contact_uses().reference(id), async {
        a_moment().await;
        commit(deletes).await;
    });
    assert_eq!(found.expect("the store answers"), None);
}
