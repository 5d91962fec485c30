//! The promises about contacts.

use cartera_domain::{
    contacts::{Contact, ContactRecord, SocialLinks},
    ids::ContactId,
    opportunities::Links,
};

use super::{
    Harness,
    scene::{
        Scene, a_moment, account, begin, code, commit, contact, contact_fields, deletion, fresh, later,
        new_contact, new_opportunity_with, scene,
    },
};
use crate::error::Code;

async fn stored(h: &impl Harness, scene: &Scene, id: ContactId) -> ContactRecord {
    let tx = begin(h, scene.id).await;
    tx.contacts().get(id).await.expect("the contact is there").record().clone()
}

async fn with_email(h: &impl Harness, scene: &Scene, email: &str) -> Contact {
    let mut contact = new_contact(scene, None, Some(email));
    let tx = begin(h, scene.id).await;
    tx.contacts().insert(&mut contact).await.expect("the contact is stored");
    commit(tx).await;
    contact
}

async fn delete(h: &impl Harness, scene: &Scene, id: ContactId) {
    let tx = begin(h, scene.id).await;
    let mut contact = tx.contacts().get(id).await.expect("the contact is there");
    contact.delete(deletion(9));
    tx.contacts().update(&mut contact).await.expect("it is stored");
    commit(tx).await;
}

/// An opportunity that has nobody but this contact.
async fn only_with(h: &impl Harness, scene: &Scene, id: ContactId) {
    let links = Links { account_id: None, contact_id: Some(id), owner_id: Some(scene.user) };
    let (mut sale, first) = new_opportunity_with(scene, links);
    let tx = begin(h, scene.id).await;
    tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    commit(tx).await;
}

/// Every field survives, on creation and on change, and the view says the same with names.
pub async fn a_contact_is_read_back_as_stored_and_as_changed(h: &impl Harness) {
    let scene = scene(h).await;
    let place = account(h, &scene, "Globex").await.record().id;
    let mut made = new_contact(&scene, Some(place), Some("Carla@Example.com"));
    let id = made.record().id;
    let tx = begin(h, scene.id).await;
    tx.contacts().insert(&mut made).await.expect("it is stored");
    let view = tx.contacts().view(id).await.expect("it is there");
    commit(tx).await;
    assert_eq!(stored(h, &scene, id).await, *made.record());
    assert_eq!((view.first_name.as_str(), view.last_name.as_deref()), ("Carla", Some("Contreras")));
    assert_eq!(view.email.as_deref(), Some("Carla@Example.com"), "in the case it was given");
    assert_eq!(view.account.map(|named| (named.id, named.name)), Some((place.uuid(), "Globex".into())));
    assert_eq!(view.social_links.x.as_deref(), Some("https://x.com/carla"));
    let tx = begin(h, scene.id).await;
    let mut edited = tx.contacts().get(id).await.expect("it is there");
    let mut fields = contact_fields(None);
    (fields.last_name, fields.phone, fields.social_links) = (None, None, SocialLinks::default());
    assert!(edited.edit(fields, None, None, later(1)));
    tx.contacts().update(&mut edited).await.expect("it is stored");
    let view = tx.contacts().view(id).await.expect("a unit of work sees its own changes");
    commit(tx).await;
    assert_eq!(stored(h, &scene, id).await, *edited.record());
    assert_eq!((view.version, view.last_name, view.account, view.owner), (2, None, None, None));
    assert_eq!((view.notes.as_deref(), view.deleted_at), (Some("Ñandú"), None));
    assert_eq!(view.created_by.map(|named| named.id), Some(scene.user.uuid()));
}

/// No method with an id reaches a contact of another company.
pub async fn contacts_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let account_id = account(h, &theirs, "Theirs").await.record().id;
    let placed = contact(h, &theirs, Some(account_id)).await;
    let (id, lone) = (placed.record().id, contact(h, &theirs, None).await.record().id);
    let tx = begin(h, theirs.id).await;
    assert_eq!(tx.contacts().reference(id).await.expect("the store answers"), Some(Some(account_id)));
    assert_eq!(tx.contacts().reference(lone).await.expect("the store answers"), Some(None));
    assert_eq!(tx.contacts().reference(fresh()).await.expect("the store answers"), None);
    drop(tx);
    let tx = begin(h, ours.id).await;
    assert_eq!(tx.contacts().reference(id).await.expect("the store answers"), None);
    assert_eq!(code(tx.contacts().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().lock_and_count_uses(id).await), Some(Code::NotFound));
    assert!(tx.contacts().lock_of_account(account_id).await.expect("the store answers").is_empty());
    let mut foreign = Contact::stored(placed.record().clone());
    foreign.delete(deletion(1));
    assert_eq!(code(tx.contacts().update(&mut foreign).await), Some(Code::EditConflict));
    drop(tx);
    assert_eq!(stored(h, &theirs, id).await, *placed.record());
}

/// Other companies and the bin don't count; and any number have none.
pub async fn emails_are_unique_among_live_contacts_whatever_the_case(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let first = with_email(h, &ours, "Carla@Example.com").await;
    with_email(h, &theirs, "carla@example.com").await;
    let second = with_email(h, &ours, "carlos@example.com").await;
    for _ in 0..2 {
        contact(h, &ours, None).await;
    }
    let tx = begin(h, ours.id).await;
    let refused = tx.contacts().insert(&mut new_contact(&ours, None, Some("CARLA@example.COM"))).await;
    assert_eq!(code(refused), Some(Code::ContactEmailTaken));
    drop(tx);
    let tx = begin(h, ours.id).await;
    let mut changed = tx.contacts().get(second.record().id).await.expect("it is there");
    changed.edit(contact_fields(Some("carla@example.com")), None, Some(ours.user), later(1));
    assert_eq!(code(tx.contacts().update(&mut changed).await), Some(Code::ContactEmailTaken));
    drop(tx);
    delete(h, &ours, first.record().id).await;
    with_email(h, &ours, "CARLA@example.com").await;
}

/// Two loaded the same version: the second to save is told, and changes nothing.
pub async fn the_second_of_two_edits_of_a_contact_loses(h: &impl Harness) {
    let scene = scene(h).await;
    let id = contact(h, &scene, None).await.record().id;
    let (first, second) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut by_first = first.contacts().get(id).await.expect("it is there");
    let mut by_second = second.contacts().get(id).await.expect("it is there");
    by_first.edit(contact_fields(Some("first@example.com")), None, None, later(1));
    by_second.edit(contact_fields(Some("second@example.com")), None, None, later(1));
    first.contacts().update(&mut by_first).await.expect("the first wins");
    let (lost, ()) = tokio::join!(second.contacts().update(&mut by_second), async {
        a_moment().await;
        commit(first).await;
    });
    assert_eq!(code(lost), Some(Code::EditConflict));
    drop(second);
    let read = stored(h, &scene, id).await;
    assert_eq!((read.version, read.fields.email), (2, by_first.record().fields.email.clone()));
}

/// Through every method that does not speak of the bin.
pub async fn a_deleted_contact_is_absent(h: &impl Harness) {
    let scene = scene(h).await;
    let place = account(h, &scene, "Globex").await.record().id;
    let id = contact(h, &scene, Some(place)).await.record().id;
    delete(h, &scene, id).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.contacts().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().lock_and_count_uses(id).await), Some(Code::NotFound));
    assert_eq!(tx.contacts().reference(id).await.expect("the store answers"), None);
    assert!(tx.contacts().lock_of_account(place).await.expect("the store answers").is_empty());
}

/// Live ones that have no account besides.
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
    assert_eq!(tx.contacts().lock_and_count_uses(id).await.expect("it is there"), 2);
}

/// Whoever counts sees the reference that was being made; whoever refers sees the deletion.
pub async fn who_refers_to_a_contact_and_who_deletes_it_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let id = contact(h, &scene, None).await.record().id;
    let (refers, deletes) = (begin(h, scene.id).await, begin(h, scene.id).await);
    assert_eq!(refers.contacts().reference(id).await.expect("the store answers"), Some(None));
    let links = Links { account_id: None, contact_id: Some(id), owner_id: None };
    let (mut sale, first) = new_opportunity_with(&scene, links);
    refers.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    let (counted, ()) = tokio::join!(deletes.contacts().lock_and_count_uses(id), async {
        a_moment().await;
        commit(refers).await;
    });
    assert_eq!(counted.expect("it is there"), 1);
    let mut contact = deletes.contacts().get(id).await.expect("it is there");
    contact.delete(deletion(1));
    deletes.contacts().update(&mut contact).await.expect("it is stored");
    let refers = begin(h, scene.id).await;
    let (found, ()) = tokio::join!(refers.contacts().reference(id), async {
        a_moment().await;
        commit(deletes).await;
    });
    assert_eq!(found.expect("the store answers"), None);
}

/// Even a use case that forgot to check a reference can't store one that leads out of its company.
pub async fn no_contact_can_point_into_another_company(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let account_id = account(h, &theirs, "Theirs").await.record().id;
    let by_account = new_contact(&ours, Some(account_id), None);
    let record =
        ContactRecord { owner_id: Some(theirs.user), ..new_contact(&ours, None, None).record().clone() };
    let fields = record.fields.clone();
    let by_owner = Contact::create(record.id, fields, None, record.owner_id, None, later(0));
    for mut contact in [by_account, by_owner] {
        let tx = begin(h, ours.id).await;
        assert_eq!(code(tx.contacts().insert(&mut contact).await), Some(Code::Internal));
        drop(tx);
        let tx = begin(h, ours.id).await;
        assert_eq!(code(tx.contacts().get(contact.record().id).await), Some(Code::NotFound));
    }
}
