//! Contract tests of opportunities and stage changes.

use cartera_domain::{
    ids::{AccountId, OpportunityId},
    opportunities::{Links, Opportunity, OpportunityRecord, Reason},
};

use super::{
    Harness,
    scene::{
        Scene, a_moment, account, begin, code, commit, contact, deletion, fresh, later, new_opportunity,
        new_opportunity_with, opportunity, opportunity_fields, refused, scene,
    },
};
use crate::{error::Code, ports::UnitOfWork};

fn reason() -> Reason {
    Reason::trusted("Porque sí".to_owned())
}

async fn stored(h: &impl Harness, scene: &Scene, id: OpportunityId) -> OpportunityRecord {
    let tx = begin(h, scene.id).await;
    tx.opportunities().get(id).await.expect("the opportunity is there").record().clone()
}

/// Every field survives, on creation and on change, and the view shows the same with names.
pub async fn an_opportunity_is_read_back_as_stored_and_as_changed(h: &impl Harness) {
    let scene = scene(h).await;
    let (one, other) = (account(h, &scene, "One").await, account(h, &scene, "Other").await);
    let (made, first) = opportunity(h, &scene, &one).await;
    let id = made.record().id;
    assert_eq!(stored(h, &scene, id).await, *made.record());
    let contact = contact(h, &scene, Some(other.record().id)).await.record().id;
    let tx = begin(h, scene.id).await;
    let mut edited = tx.opportunities().get(id).await.expect("it is there");
    let mut fields = opportunity_fields("Otra venta");
    (fields.description, fields.expected_close_date) = (None, None);
    let links = Links { account_id: Some(other.record().id), contact_id: Some(contact), owner_id: None };
    assert!(edited.edit(fields, links, later(1)));
    tx.opportunities().update(&mut edited).await.expect("it is stored");
    let view = tx.opportunities().view(id).await.expect("a unit of work sees its own changes");
    let change = tx.opportunities().view_stage_change(first.record().id).await.expect("it is there");
    commit(tx).await;
    assert_eq!(stored(h, &scene, id).await, *edited.record());
    assert_eq!((view.version, view.number, view.title.as_str()), (2, 1, "Otra venta"));
    assert_eq!(
        view.account.map(|named| (named.id, named.name)),
        Some((other.record().id.uuid(), "Other".into()))
    );
    assert_eq!(view.contact.map(|named| named.id), Some(contact.uuid()));
    assert_eq!((view.amount.amount.as_str(), view.amount.currency.as_str()), ("1250.50", "UYU"));
    assert_eq!((view.pipeline.name.as_str(), view.stage.name.as_str()), ("Ventas", "Preparación"));
    assert_eq!((view.status.as_str(), view.closed_at, view.owner), ("OPEN", None, None));
    assert_eq!(view.created_by.map(|named| named.id), Some(scene.user.uuid()));
    assert_eq!((change.from_stage, change.reason, change.opportunity_id), (None, None, id.uuid()));
}

/// No method with an id reaches an opportunity of another company, or its history.
pub async fn opportunities_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let (made, first) = opportunity(h, &theirs, &account(h, &theirs, "Theirs").await).await;
    let id = made.record().id;
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.opportunities().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().view_stage_change(first.record().id).await), Some(Code::NotFound));
    let mut foreign = Opportunity::stored(made.record().clone());
    foreign.delete(deletion(1));
    let written = tx.opportunities().update(&mut foreign).await;
    assert_eq!(refused(tx, written).await, Some(Code::EditConflict));
    let tx = begin(h, ours.id).await;
    let mut foreign = Opportunity::stored(made.record().clone());
    let change =
        foreign.move_to(theirs.stage("Venta"), fresh(), reason(), None, later(1)).expect("it may move");
    let written = tx.opportunities().record_move(&mut foreign, &change).await;
    assert_eq!(refused(tx, written).await, Some(Code::EditConflict));
    assert_eq!(stored(h, &theirs, id).await, *made.record());
}

/// 1, 2, 3… in each company; a number that was rolled back is used again.
pub async fn numbers_have_no_gaps_even_after_an_undone_creation(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let mine = account(h, &ours, "Mine").await;
    let number = |(sale, _): (Opportunity, _)| sale.record().number;
    assert_eq!(number(opportunity(h, &ours, &mine).await), Some(1));
    let tx = begin(h, ours.id).await;
    let (mut undone, first) = new_opportunity(&ours, &mine);
    tx.opportunities().insert(&mut undone, &first).await.expect("it is stored");
    assert_eq!(undone.record().number, Some(2));
    drop(tx);
    assert_eq!(number(opportunity(h, &ours, &mine).await), Some(2));
    assert_eq!(number(opportunity(h, &theirs, &account(h, &theirs, "Theirs").await).await), Some(1));
}

async fn create(
    tx: Box<dyn UnitOfWork>,
    mut sale: Opportunity,
    first: cartera_domain::opportunities::StageChange,
) -> i64 {
    tx.opportunities().insert(&mut sale, &first).await.expect("it is stored");
    tokio::task::yield_now().await;
    commit(tx).await;
    sale.record().number.expect("it was given a number")
}

/// Creations of one company wait for each other.
pub async fn numbers_have_no_gaps_when_many_create_at_once(h: &impl Harness) {
    let scene = scene(h).await;
    let account = account(h, &scene, "Busy").await;
    let mut creations = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (sale, first) = new_opportunity(&scene, &account);
        creations.spawn(create(begin(h, scene.id).await, sale, first));
    }
    let mut numbers = creations.join_all().await;
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

/// Of two concurrent moves of an opportunity one wins, and the other leaves neither a stage change nor an event.
pub async fn the_second_of_two_moves_loses_and_leaves_no_trace(h: &impl Harness) {
    let scene = scene(h).await;
    let (sale, _) = opportunity(h, &scene, &account(h, &scene, "Contested").await).await;
    let id = sale.record().id;
    let (first, second) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut by_first = first.opportunities().get(id).await.expect("it is there");
    let mut by_second = second.opportunities().get(id).await.expect("it is there");
    let (won, lost) = (fresh(), fresh());
    let change = by_first.move_to(scene.stage("Venta"), won, reason(), None, later(1)).expect("it may move");
    first.opportunities().record_move(&mut by_first, &change).await.expect("the first wins");
    first.opportunities().view(id).await.expect("what was written is sent before");
    let change =
        by_second.move_to(scene.stage("No Venta"), lost, reason(), None, later(1)).expect("it may move");
    let before = h.events(scene.id).await.len();
    let second = async {
        let written = second.opportunities().record_move(&mut by_second, &change).await;
        refused(second, written).await
    };
    let (refused, ()) = tokio::join!(second, async {
        a_moment().await;
        commit(first).await;
    });
    assert_eq!(refused, Some(Code::EditConflict));
    assert_eq!(stored(h, &scene, id).await.placement.stage_id, scene.stage_id("Venta"));
    let tx = begin(h, scene.id).await;
    assert!(tx.opportunities().view_stage_change(won).await.is_ok());
    assert_eq!(code(tx.opportunities().view_stage_change(lost).await), Some(Code::NotFound));
    assert_eq!(h.events(scene.id).await.len(), before + 1);
}

/// From, to, when, who and why.
pub async fn a_move_is_read_back_with_its_reason(h: &impl Harness) {
    let scene = scene(h).await;
    let (mut sale, _) = opportunity(h, &scene, &account(h, &scene, "Moving").await).await;
    let change_id = fresh();
    let who = Some(scene.user);
    let change = sale.move_to(scene.stage("Venta"), change_id, reason(), who, later(7)).expect("it may move");
    let tx = begin(h, scene.id).await;
    tx.opportunities().record_move(&mut sale, &change).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let view = tx.opportunities().view_stage_change(change_id).await.expect("it is there");
    assert_eq!(view.from_stage.map(|stage| stage.name), Some("Preparación".to_owned()));
    let to = view.new_stage;
    assert_eq!(
        (to.id, to.kind.as_str(), to.color.as_str()),
        (scene.stage_id("Venta").uuid(), "WON", "#16A34A")
    );
    assert_eq!((view.reason.as_deref(), view.changed_at), (Some("Porque sí"), later(7)));
    assert_eq!(view.changed_by.map(|named| named.name), Some("Ana Ejemplo".to_owned()));
    let read = tx.opportunities().view(sale.record().id).await.expect("it is there");
    assert_eq!((read.status.as_str(), read.closed_at, read.version), ("WON", Some(later(7)), 2));
}

/// Stage changes follow their opportunity.
pub async fn a_deleted_opportunity_is_absent_with_its_history(h: &impl Harness) {
    let scene = scene(h).await;
    let (mut sale, first) = opportunity(h, &scene, &account(h, &scene, "Gone").await).await;
    let id = sale.record().id;
    sale.delete(deletion(1));
    let tx = begin(h, scene.id).await;
    tx.opportunities().update(&mut sale).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.opportunities().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().view(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.opportunities().view_stage_change(first.record().id).await), Some(Code::NotFound));
}

/// Even a use case that forgets to check a reference can't store one to another company.
pub async fn nothing_can_point_into_another_company(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let mine: AccountId = account(h, &ours, "Mine").await.record().id;
    let account_id = account(h, &theirs, "Theirs").await.record().id;
    let contact_id = contact(h, &theirs, None).await.record().id;
    let own = Links { account_id: Some(mine), contact_id: None, owner_id: None };
    for links in [
        Links { account_id: Some(account_id), ..own },
        Links { contact_id: Some(contact_id), ..own },
        Links { owner_id: Some(theirs.user), ..own },
    ] {
        let (mut sale, first) = new_opportunity_with(&ours, links);
        let tx = begin(h, ours.id).await;
        let written = tx.opportunities().insert(&mut sale, &first).await;
        assert_eq!(refused(tx, written).await, Some(Code::Internal), "{links:?}");
        let tx = begin(h, ours.id).await;
        assert_eq!(code(tx.opportunities().get(sale.record().id).await), Some(Code::NotFound));
    }
}
