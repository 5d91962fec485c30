//! Contract tests of the bin: deleting together, restoring, and permanent deletion.

use cartera_domain::{
    Deletion,
    accounts::{Account, AccountFields},
    contacts::Contact,
    events::Verb,
    ids::{AccountId, ContactId, OpportunityId, UserId},
    opportunities::{Detour, Links, Opportunity, Place, Return, reason_of_landing},
    record::Fields,
    values::Locale,
};

use super::{
    Harness,
    scene::{
        Scene, Tx, account, begin, begin_worker, code, commit, contact, contact_fields, deletion, fresh,
        later, new_account, new_contact, new_opportunity_with, opportunity, refused, scene,
    },
};
use crate::error::Code;

/// An account with a contact, an opportunity of the account and one of the contact only.
struct Family {
    account: AccountId,
    contact: ContactId,
    sales: Vec<OpportunityId>,
}

async fn sale(
    h: &impl Harness,
    scene: &Scene,
    account_id: Option<AccountId>,
    contact_id: Option<ContactId>,
) -> OpportunityId {
    let links = Links { account_id, contact_id, owner_id: None };
    let (mut sale, first) = new_opportunity_with(scene, links);
    let tx = begin(h, scene.id).await;
    tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    commit(tx).await;
    sale.record().id
}

async fn family(h: &impl Harness, scene: &Scene, name: &str) -> Family {
    let account = account(h, scene, name).await.record().id;
    let contact = contact(h, scene, Some(account)).await.record().id;
    let mut sales =
        vec![sale(h, scene, Some(account), None).await, sale(h, scene, None, Some(contact)).await];
    sales.sort_unstable();
    Family { account, contact, sales }
}

/// Deletes a family with one deletion.
async fn delete(h: &impl Harness, scene: &Scene, family: &Family, deletion: Deletion) {
    let tx = begin(h, scene.id).await;
    tx.account_uses().lock_and_count(family.account).await.expect("it is there");
    let mut account = tx.accounts().get(family.account).await.expect("it is there");
    account.delete(deletion);
    tx.accounts().update(&mut account).await.expect("it is stored");
    let (contacts, sales) = (tx.contacts(), tx.opportunities());
    contacts.lock_of("accountId", family.account).await.expect("the store answers");
    sales.lock_of_account(family.account).await.expect("the store answers");
    contacts.delete_of("accountId", family.account, deletion).await.expect("they are stored");
    sales.delete_of_account(family.account, deletion).await.expect("they are stored");
    commit(tx).await;
}

fn ids_of(sales: &[Opportunity]) -> Vec<OpportunityId> {
    sales.iter().map(|sale| sale.record().id).collect()
}

/// As stored, with its deletion; a live record is refused with a specific code.
pub async fn what_lies_in_the_bin_is_found_there_and_only_there(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.accounts().deleted(family.account).await), Some(Code::NotDeleted));
    assert_eq!(code(tx.contacts().deleted(family.contact).await), Some(Code::NotDeleted));
    assert_eq!(code(tx.opportunities().deleted(family.sales[0]).await), Some(Code::NotDeleted));
    assert_eq!(code(tx.accounts().deleted(fresh()).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().deleted(fresh()).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().deleted(fresh()).await), Some(Code::NotFound));
    drop(tx);
    let together = deletion(5);
    delete(h, &scene, &family, together).await;
    let tx = begin(h, scene.id).await;
    let account = tx.accounts().deleted(family.account).await.expect("it is in the bin");
    let contact = tx.contacts().deleted(family.contact).await.expect("it is in the bin");
    assert_eq!((account.record().deletion, account.record().version), (Some(together), 2));
    assert_eq!((contact.record().deletion, contact.record().version), (Some(together), 2));
    assert_eq!((contact.record().updated_at, contact.record().account_id), (later(5), Some(family.account)));
    for id in &family.sales {
        let sale = tx.opportunities().deleted(*id).await.expect("it is in the bin");
        assert_eq!((sale.record().deletion, sale.record().version), (Some(together), 2));
        assert_eq!((sale.record().updated_at, sale.loaded_standing()), (later(5), None));
        assert_eq!(code(tx.opportunities().get(*id).await), Some(Code::NotFound));
    }
}

/// By every method.
pub async fn the_bin_of_another_company_is_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let family = family(h, &theirs, "Theirs").await;
    let tx = begin(h, ours.id).await;
    assert!(tx.opportunities().lock_of_account(family.account).await.expect("it answers").is_empty());
    assert!(tx.opportunities().lock_of_contacts(&[family.contact], 9).await.expect("it answers").is_empty());
    drop(tx);
    let together = deletion(5);
    delete(h, &theirs, &family, together).await;
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.accounts().deleted(family.account).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().deleted(family.contact).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().deleted(family.sales[0]).await), Some(Code::NotFound));
    assert!(tx.contacts().lock_deletion(together.id).await.expect("it answers").is_empty());
    assert!(tx.opportunities().lock_deletion(together.id).await.expect("it answers").is_empty());
    let end = later(1_000_000);
    assert!(tx.accounts().lock_expired(end, 9).await.expect("it answers").is_empty());
    assert!(tx.contact_uses().lock_expired(end, 9).await.expect("it answers").is_empty());
    assert!(tx.opportunities().lock_expired(end, 9).await.expect("it answers").is_empty());
}

/// Its contacts, its opportunities, and those of its contacts only.
pub async fn what_belongs_to_an_account_is_locked_and_changed_at_once(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    // Neither of these belongs to the account: one has another account, and the other's contact has none.
    let other = account(h, &scene, "Other").await.record().id;
    let apart = [
        sale(h, &scene, Some(other), Some(family.contact)).await,
        sale(h, &scene, None, Some(contact(h, &scene, None).await.record().id)).await,
    ];
    let tx = begin(h, scene.id).await;
    let uses = tx.account_uses().lock_and_count(family.account).await.expect("it is there");
    assert_eq!((uses.contacts, uses.opportunities), (1, 2));
    let owners = tx.contacts().lock_of("accountId", family.account).await.expect("the store answers");
    assert_eq!(Vec::from_iter(owners), [Some(scene.user)]);
    let owners = tx.opportunities().lock_of_account(family.account).await.expect("the store answers");
    assert_eq!(Vec::from_iter(owners), [None]);
    drop(tx);
    let tx = begin(h, scene.id).await;
    give(&tx, family.sales[1], Some(scene.user)).await;
    commit(tx).await;
    let before = h.events(scene.id).await.len();
    let together = deletion(5);
    let tx = begin(h, scene.id).await;
    tx.account_uses().lock_and_count(family.account).await.expect("it is there");
    tx.contacts().lock_of("accountId", family.account).await.expect("the store answers");
    let owners = tx.opportunities().lock_of_account(family.account).await.expect("the store answers");
    assert_eq!(Vec::from_iter(owners), [None, Some(scene.user)]);
    tx.contacts().delete_of("accountId", family.account, together).await.expect("they are stored");
    tx.opportunities().delete_of_account(family.account, together).await.expect("they are stored");
    commit(tx).await;
    let names: Vec<_> = h.events(scene.id).await.into_iter().skip(before).map(|(_, name)| name).collect();
    assert_eq!(names, ["contact.deleted", "opportunity.deleted", "opportunity.deleted"]);
    let tx = begin(h, scene.id).await;
    for id in apart {
        assert_eq!(tx.opportunities().get(id).await.expect("it stays").record().version, 1);
    }
    assert_eq!(tx.accounts().get(family.account).await.expect("it was not told").record().version, 1);
    // An empty list does nothing.
    tx.opportunities().update_all(&mut []).await.expect("it is nothing");
    tx.opportunities().remove(&mut []).await.expect("it is nothing");
    tx.contacts().remove(&mut []).await.expect("it is nothing");
    tx.accounts().remove(&mut []).await.expect("it is nothing");
    commit(tx).await;
}

async fn give(tx: &Tx, id: OpportunityId, owner_id: Option<UserId>) {
    let mut sale = tx.opportunities().get(id).await.expect("it is there");
    let (fields, links) = (sale.record().fields.clone(), sale.record().links);
    sale.edit(fields, Links { owner_id, ..links }, later(1));
    tx.opportunities().update(&mut sale).await.expect("it is stored");
}

/// A record that was deleted separately before has another deletion, and stays in the bin when the rest is restored.
pub async fn a_deletion_holds_what_went_together_and_nothing_else(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    let before = sale(h, &scene, Some(family.account), None).await;
    let tx = begin(h, scene.id).await;
    let mut alone = tx.opportunities().get(before).await.expect("it is there");
    alone.delete(deletion(1));
    tx.opportunities().update(&mut alone).await.expect("it is stored");
    commit(tx).await;
    let together = deletion(5);
    delete(h, &scene, &family, together).await;
    let told = h.events(scene.id).await.len();
    let tx = begin(h, scene.id).await;
    let owners = tx.opportunities().lock_deletion(together.id).await.expect("the store answers");
    assert_eq!(Vec::from_iter(owners), [None]);
    let owners = tx.contacts().lock_deletion(together.id).await.expect("the store answers");
    assert_eq!(Vec::from_iter(owners), [Some(scene.user)]);
    let places = tx.opportunities().places_of_deletion(together.id).await.expect("the store answers");
    assert_eq!(places, [place(&scene, "Preparación")]);
    tx.contacts().bring_back_deletion(together.id, later(6)).await.expect("they are stored");
    let back = coming_back(&scene, together, Vec::new());
    tx.opportunities().bring_back_deletion(&back).await.expect("they are stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    for id in family.sales {
        let sale = tx.opportunities().get(id).await.expect("it is back");
        assert_eq!((sale.record().version, sale.record().updated_at), (3, later(6)));
    }
    let contact = tx.contacts().get(family.contact).await.expect("it is back");
    assert_eq!((contact.record().version, contact.record().updated_at), (3, later(6)));
    assert_eq!(code(tx.opportunities().get(before).await), Some(Code::NotFound), "it went before");
    let names: Vec<_> = h.events(scene.id).await.into_iter().skip(told).map(|(_, name)| name).collect();
    assert_eq!(names, ["contact.restored", "opportunity.restored", "opportunity.restored"]);
}

fn place(scene: &Scene, name: &str) -> Place {
    let stage = scene.stage(name);
    Place { pipeline_id: stage.pipeline_id, stage_id: stage.id, kind: stage.kind }
}

fn coming_back(scene: &Scene, deletion: Deletion, detours: Vec<Detour>) -> Return {
    Return {
        deletion_id: deletion.id,
        detours,
        series: fresh(),
        reason: reason_of_landing(Locale::Es),
        changed_by: Some(scene.user),
        at: later(6),
    }
}

/// All or none.
pub async fn a_change_of_many_is_refused_when_one_of_them_is_stale(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    sale(h, &scene, Some(family.account), Some(family.contact)).await;
    let tx = begin(h, scene.id).await;
    let at_most = tx.opportunities().lock_of_contacts(&[family.contact], 1).await.expect("it answers");
    assert_eq!(at_most.len(), 1, "no more than asked for");
    let mut sales =
        tx.opportunities().lock_of_contacts(&[family.contact], 9).await.expect("the store answers");
    assert_eq!(ids_of(&sales[..1]), ids_of(&at_most), "in the order of ids");
    // As if one had been read before its last change.
    for _ in 0..2 {
        sales[1].delete(deletion(1));
    }
    sales[0].delete(deletion(1));
    assert_eq!(code(tx.opportunities().update_all(&mut sales).await), Some(Code::EditConflict));
    drop(tx);
    let tx = begin(h, scene.id).await;
    let kept = tx.opportunities().get(sales[0].record().id).await.expect("nothing of it was kept");
    assert_eq!(kept.record().version, 1);
}

/// So that a record is not restored beside another one that has taken its name or e-mail meanwhile.
pub async fn what_came_back_takes_its_name_and_email_again(h: &impl Harness) {
    let scene = scene(h).await;
    let mut old = new_account(&scene, "Globex");
    let mut carla = new_contact(&scene, None, Some("carla@example.com"));
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut old).await.expect("it is stored");
    tx.contacts().insert(&mut carla).await.expect("it is stored");
    old.delete(deletion(1));
    carla.delete(deletion(1));
    tx.accounts().update(&mut old).await.expect("it is stored");
    tx.contacts().update(&mut carla).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    tx.accounts().insert(&mut new_account(&scene, "GLOBEX")).await.expect("the name is free");
    let mut second = new_contact(&scene, None, Some("Carla@example.com"));
    tx.contacts().insert(&mut second).await.expect("the e-mail is free");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let mut back = Account::stored(old.record().clone());
    back.bring_back(later(2));
    let written = tx.accounts().update(&mut back).await;
    assert_eq!(refused(tx, written).await, Some(Code::AccountNameTaken));
    let tx = begin(h, scene.id).await;
    let mut back = Contact::stored(carla.record().clone());
    back.bring_back(later(2));
    let written = tx.contacts().update(&mut back).await;
    assert_eq!(refused(tx, written).await, Some(Code::ContactEmailTaken));
    let tx = begin(h, scene.id).await;
    let went = carla.record().deletion.expect("it is in the bin").id;
    tx.contacts().lock_deletion(went).await.expect("the store answers");
    let refused = tx.contacts().bring_back_deletion(went, later(2)).await;
    assert_eq!(code(refused), Some(Code::ContactEmailTaken));
    drop(tx);
    let tx = begin(h, scene.id).await;
    let mut renamed = tx.contacts().get(second.record().id).await.expect("it is there");
    renamed.change(Verb::Updated, contact_fields(None), later(2));
    tx.contacts().update(&mut renamed).await.expect("it is stored");
    let mut back = tx.contacts().deleted(carla.record().id).await.expect("it is in the bin");
    back.bring_back(later(3));
    tx.contacts().update(&mut back).await.expect("the e-mail is free again");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let read = tx.contacts().get(carla.record().id).await.expect("it is back");
    assert_eq!((read.record().version, read.record().updated_at), (3, later(3)));
}

/// If the stage was deleted; several are stored in order.
pub async fn a_landing_is_stored_with_its_stage_change(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    let together = deletion(5);
    delete(h, &scene, &family, together).await;
    let tx = begin(h, scene.id).await;
    let (left, to) = (scene.stage("Preparación"), scene.stage("Negociación"));
    let detour = Detour { from: left.id, to: to.clone() };
    let back = coming_back(&scene, together, vec![detour]);
    let told = h.events(scene.id).await.len();
    tx.opportunities().lock_deletion(together.id).await.expect("the store answers");
    tx.opportunities().bring_back_deletion(&back).await.expect("they are stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    for (id, position) in family.sales.iter().zip(1..) {
        let read = tx.opportunities().get(*id).await.expect("it is back");
        assert_eq!((read.record().placement.stage_id, read.record().version), (to.id, 3));
        let change = back.series.nth(position);
        let change = tx.opportunities().view_stage_change(change).await.expect("it is there");
        assert_eq!(change.opportunity_id, id.uuid());
        assert_eq!(change.from_stage.map(|stage| stage.name), Some("Preparación".to_owned()));
        assert_eq!((change.new_stage.name.as_str(), change.changed_at), ("Negociación", later(6)));
        assert_eq!(change.reason.as_deref(), Some(reason_of_landing(Locale::Es).as_str()));
    }
    let names: Vec<_> = h.events(scene.id).await.into_iter().skip(told).map(|(_, name)| name).collect();
    let one = ["opportunity.restored", "opportunity.stage_changed"];
    assert_eq!(names, [one, one].concat());
    super::history::require_whole_histories(h, &scene).await;
}

/// Including the stage changes of opportunities, and the counters of accounts.
pub async fn what_has_expired_is_removed_for_good_with_what_hangs_on_it(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    let (mut won, first) = opportunity(h, &scene, &account_of(h, &scene, family.account).await).await;
    let tx = begin(h, scene.id).await;
    let change = won
        .move_to(scene.stage("Venta"), fresh(), reason_of_landing(Locale::Es), None, later(1))
        .expect("it may move");
    tx.opportunities().record_move(&mut won, &change).await.expect("it is stored");
    commit(tx).await;
    delete(h, &scene, &family, deletion(5)).await;
    let tx = begin(h, scene.id).await;
    assert!(tx.opportunities().lock_expired(later(5), 9).await.expect("it answers").is_empty(), "not yet");
    assert!(tx.contact_uses().lock_expired(later(6), 9).await.expect("it answers").is_empty(), "needed");
    assert!(tx.accounts().lock_expired(later(6), 9).await.expect("it answers").is_empty(), "still needed");
    let two = tx.opportunities().lock_expired(later(6), 2).await.expect("it answers");
    assert_eq!(two.len(), 2, "no more than asked for");
    drop(tx);
    let tx = begin_worker(h, scene.id).await;
    let mut sales = tx.opportunities().lock_expired(later(6), 9).await.expect("it answers");
    assert_eq!(sales.len(), 3);
    for sale in &mut sales {
        sale.purge(later(9));
    }
    tx.opportunities().remove(&mut sales).await.expect("they go");
    let mut contacts = tx.contact_uses().lock_expired(later(6), 9).await.expect("it answers");
    for contact in &mut contacts {
        contact.purge(later(9));
    }
    tx.contacts().remove(&mut contacts).await.expect("they go");
    let accounts = tx.accounts().lock_expired(later(6), 9).await.expect("it answers");
    let gone = accounts.iter().map(|id| AccountFields::TABLE.purged(*id, later(9))).collect();
    tx.rows().remove(AccountFields::TABLE, accounts.clone(), gone).await.expect("they go");
    assert_eq!((contacts.len(), accounts.len()), (1, 1));
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.accounts().deleted(family.account).await), Some(Code::NotFound));
    assert_eq!(code(tx.contacts().deleted(family.contact).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().deleted(won.record().id).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().view_stage_change(first.record().id).await), Some(Code::NotFound));
    let names: Vec<_> = h.events(scene.id).await.into_iter().map(|(_, name)| name).collect();
    let purged: Vec<_> = names.iter().rev().take(5).filter(|name| name.ends_with(".purged")).collect();
    assert_eq!(purged.len(), 5);
}

async fn account_of(h: &impl Harness, scene: &Scene, id: AccountId) -> Account {
    begin(h, scene.id).await.accounts().get(id).await.expect("it is there")
}

/// A record that is locked for restoring stays, and so does the only party of an opportunity.
pub async fn what_somebody_holds_or_needs_is_not_purged(h: &impl Harness) {
    let scene = scene(h).await;
    let family = family(h, &scene, "Globex").await;
    delete(h, &scene, &family, deletion(5)).await;
    let restores = begin(h, scene.id).await;
    let mut account = restores.accounts().deleted(family.account).await.expect("it is in the bin");
    account.bring_back(later(6));
    restores.accounts().update(&mut account).await.expect("it is stored");
    let mut sale = restores.opportunities().deleted(family.sales[0]).await.expect("it is in the bin");
    sale.bring_back(None, later(6));
    restores.opportunities().update(&mut sale).await.expect("it is stored");
    restores.opportunities().view(family.sales[0]).await.expect("what was written is sent before");
    let purges = begin_worker(h, scene.id).await;
    let sales = purges.opportunities().lock_expired(later(9), 9).await.expect("it answers");
    assert_eq!(ids_of(&sales), family.sales[1..]);
    assert!(purges.contact_uses().lock_expired(later(9), 9).await.expect("it answers").is_empty());
    assert!(purges.accounts().lock_expired(later(9), 9).await.expect("it answers").is_empty());
    drop(purges);
    commit(restores).await;
    let purges = begin_worker(h, scene.id).await;
    assert!(purges.accounts().lock_expired(later(9), 9).await.expect("it answers").is_empty(), "it is live");
}
