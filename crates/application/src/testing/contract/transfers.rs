//! Contract tests of deleting a stage with opportunities.

use cartera_domain::{
    ids::{OpportunityId, StageChangeId, StageId},
    opportunities::{Opportunity, Reason, StageChange, Transfer},
};

use super::{
    Harness,
    history::require_whole_histories,
    scene::{
        Scene, Tx, a_moment, account, begin, commit, deletion, fresh, later, new_opportunity, opportunity,
        refused, scene,
    },
};
use crate::error::Code;

/// Only live stages of the company can be locked.
pub async fn stages_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let sold = account(h, &theirs, "Theirs").await;
    opportunity(h, &theirs, &sold).await;
    let (mine, foreign) = (ours.stage_id("Venta"), theirs.stage_id("Preparación"));
    let tx = begin(h, ours.id).await;
    let held = tx.pipelines().hold_stages(&[mine, foreign, fresh()]).await.expect("the store answers");
    assert_eq!(held, [mine]);
    assert_eq!(tx.pipelines().lock_stages_and_count_uses(&[foreign]).await.expect("the store answers"), 0);
    let ever = tx.pipelines().stages_ever().await.expect("the store answers");
    assert!(ever.iter().all(|stage| stage.id != foreign));
    assert_eq!(tx.opportunities().transfer(&away(&theirs, "Venta"), fresh()).await.expect("it answers"), 0);
}

fn reason() -> Reason {
    Reason::trusted("La etapa se va".to_owned())
}

/// The transfer of everything from the scene's first stage to another.
fn away(scene: &Scene, to: &str) -> Transfer {
    let (from, to) = (scene.stage("Preparación").clone(), scene.stage(to).clone());
    Transfer::new(from, to, reason(), Some(scene.user), later(9)).expect("it may be")
}

/// Deletes the scene's first stage, and moves its opportunities to another.
async fn delete_first_stage(tx: &Tx, scene: &Scene, to: &str) -> i64 {
    let mut all = tx.pipelines().lock_all().await.expect("the store answers");
    let first = scene.stage_id("Preparación");
    let count = tx.pipelines().lock_stages_and_count_uses(&[first]).await.expect("the store answers");
    let moved = tx.opportunities().transfer(&away(scene, to), fresh()).await.expect("it is stored");
    assert_eq!(moved, count);
    all[0].remove_stage(first, Some(scene.stage_id(to)), later(9)).expect("it may go");
    tx.pipelines().update(&mut all[0]).await.expect("it is stored");
    moved
}

/// Each with its own stage change and event; deleted ones and those of other stages don't move.
pub async fn what_stands_in_a_stage_moves_with_its_history(h: &impl Harness) {
    let scene = scene(h).await;
    // An unrelated account.
    account(h, &scene, "Initech").await;
    let account = account(h, &scene, "Globex").await;
    let (one, _) = opportunity(h, &scene, &account).await;
    let (two, _) = opportunity(h, &scene, &account).await;
    let (mut apart, _) = opportunity(h, &scene, &account).await;
    let (mut deleted, _) = opportunity(h, &scene, &account).await;
    let tx = begin(h, scene.id).await;
    let change = apart.move_to(scene.stage("Negociación"), fresh(), reason(), None, later(1));
    tx.opportunities().record_move(&mut apart, &change.expect("it may move")).await.expect("it is stored");
    deleted.delete(deletion(1));
    tx.opportunities().update(&mut deleted).await.expect("it is stored");
    commit(tx).await;
    let before = h.events(scene.id).await.len();
    let tx = begin(h, scene.id).await;
    let series: StageChangeId = fresh();
    let first = scene.stage_id("Preparación");
    assert_eq!(tx.pipelines().lock_stages_and_count_uses(&[first]).await.expect("the store answers"), 2);
    let moved = tx.opportunities().transfer(&away(&scene, "No Venta"), series).await;
    assert_eq!(moved.expect("it is stored"), 2);
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let mut changed = Vec::new();
    for id in [series.nth(1), series.nth(2)] {
        let change = tx.opportunities().view_stage_change(id).await.expect("it is there");
        assert_eq!(change.from_stage.map(|stage| stage.id), Some(first.uuid()));
        assert_eq!((change.new_stage.name.as_str(), change.changed_at), ("No Venta", later(9)));
        assert_eq!(change.reason.as_deref(), Some("La etapa se va"));
        assert_eq!(change.changed_by.map(|named| named.id), Some(scene.user.uuid()));
        changed.push(change.opportunity_id);
    }
    assert_eq!(changed, [one.record().id.uuid(), two.record().id.uuid()]);
    for id in [one.record().id, two.record().id] {
        let view = tx.opportunities().view(id).await.expect("it is there");
        assert_eq!((view.status.as_str(), view.closed_at, view.version), ("LOST", Some(later(9)), 2));
        assert_eq!((view.stage.name.as_str(), view.updated_at), ("No Venta", later(9)));
    }
    let stays = tx.opportunities().view(apart.record().id).await.expect("it is there");
    assert_eq!((stays.stage.name.as_str(), stays.version), ("Negociación", 2));
    let events = h.events(scene.id).await;
    let names: Vec<_> = events[before..].iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["opportunity.stage_changed", "opportunity.stage_changed"]);
    require_whole_histories(h, &scene).await;
}

/// Histories show the name of a deleted stage.
pub async fn a_deleted_stage_is_still_named_in_histories(h: &impl Harness) {
    let scene = scene(h).await;
    let account = account(h, &scene, "Globex").await;
    let (_, first_change) = opportunity(h, &scene, &account).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(delete_first_stage(&tx, &scene, "Presentación").await, 1);
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let change = tx.opportunities().view_stage_change(first_change.record().id).await.expect("it is there");
    assert_eq!(change.new_stage.name, "Preparación");
    let ever = tx.pipelines().stages_ever().await.expect("the store answers");
    assert!(ever.iter().any(|stage| stage.id == scene.stage_id("Preparación")));
    let now = tx.pipelines().get(scene.pipeline.record().id).await.expect("it is there");
    assert_eq!(now.stage(scene.stage_id("Preparación")), None);
}

/// An opportunity that enters the stage before the deletion is moved on; one that comes later finds no such stage.
pub async fn who_comes_into_a_stage_and_who_deletes_it_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let account = account(h, &scene, "Globex").await;
    let first_stage = scene.stage_id("Preparación");
    let (comes, also_comes, deletes) =
        (begin(h, scene.id).await, begin(h, scene.id).await, begin(h, scene.id).await);
    assert_eq!(hold(&comes, &[first_stage]).await, [first_stage]);
    // Two may enter concurrently.
    assert_eq!(hold(&also_comes, &[first_stage]).await, [first_stage]);
    drop(also_comes);
    let (mut sale, change) = new_opportunity(&scene, &account);
    comes.opportunities().insert(&mut sale, &change).await.expect("it is stored");
    let (moved, ()) = tokio::join!(delete_first_stage(&deletes, &scene, "Venta"), async {
        a_moment().await;
        commit(comes).await;
    });
    assert_eq!(moved, 1, "what came in just before is moved on");
    let late = begin(h, scene.id).await;
    let wanted = [first_stage];
    let (held, ()) = tokio::join!(hold(&late, &wanted), async {
        a_moment().await;
        commit(deletes).await;
    });
    assert_eq!(held, [], "nobody comes in any more");
    assert_eq!(placed(h, &scene, sale.record().id).await, (scene.stage_id("Venta"), 2));
}

/// An opportunity that leaves the stage during its deletion has either left before, or been moved meanwhile.
pub async fn who_leaves_a_stage_and_who_deletes_it_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let account = account(h, &scene, "Globex").await;
    let (mut winner, _) = opportunity(h, &scene, &account).await;
    let (mut loser, _) = opportunity(h, &scene, &account).await;
    let (from, to) = (scene.stage_id("Preparación"), scene.stage_id("Negociación"));
    let (leaves, deletes) = (begin(h, scene.id).await, begin(h, scene.id).await);
    assert_eq!(hold(&leaves, &[from, to]).await.len(), 2);
    let change = leave(&scene, &mut winner);
    leaves.opportunities().record_move(&mut winner, &change).await.expect("it is stored");
    let (moved, ()) = tokio::join!(delete_first_stage(&deletes, &scene, "Venta"), async {
        a_moment().await;
        commit(leaves).await;
    });
    assert_eq!(moved, 1, "what has left is not moved");
    commit(deletes).await;
    assert_eq!(placed(h, &scene, winner.record().id).await, (to, 2));
    assert_eq!(placed(h, &scene, loser.record().id).await, (scene.stage_id("Venta"), 2));
    let late = begin(h, scene.id).await;
    assert_eq!(hold(&late, &[from, to]).await, [to]);
    let change = leave(&scene, &mut loser);
    let written = late.opportunities().record_move(&mut loser, &change).await;
    assert_eq!(refused(late, written).await, Some(Code::EditConflict), "it was moved meanwhile");
}

/// If an edit of an opportunity is slower than the deletion of its stage, the edit is refused.
pub async fn who_edits_an_opportunity_and_who_moves_its_stage_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let account = account(h, &scene, "Globex").await;
    let (mut edited, _) = opportunity(h, &scene, &account).await;
    let (edits, deletes) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut stale = edits.opportunities().get(edited.record().id).await.expect("it is there");
    edited.delete(deletion(1));
    edits.opportunities().update(&mut edited).await.expect("it is stored");
    edits.opportunities().deleted(edited.record().id).await.expect("what was written is sent before");
    let (moved, ()) = tokio::join!(
        async {
            deletes.pipelines().lock_all().await.expect("the store answers");
            let first = scene.stage_id("Preparación");
            deletes.pipelines().lock_stages_and_count_uses(&[first]).await.expect("the store answers");
            deletes.opportunities().transfer(&away(&scene, "Venta"), fresh()).await.expect("it is stored")
        },
        async {
            a_moment().await;
            drop(edits);
        }
    );
    assert_eq!(moved, 1, "the deletion was undone");
    commit(deletes).await;
    stale.delete(deletion(2));
    let tx = begin(h, scene.id).await;
    let written = tx.opportunities().update(&mut stale).await;
    assert_eq!(refused(tx, written).await, Some(Code::EditConflict));
}

async fn hold(tx: &Tx, stages: &[StageId]) -> Vec<StageId> {
    tx.pipelines().hold_stages(stages).await.expect("the store answers")
}

fn leave(scene: &Scene, sale: &mut Opportunity) -> StageChange {
    sale.move_to(scene.stage("Negociación"), fresh(), reason(), None, later(3)).expect("it may move")
}

/// The stage and version of an opportunity.
async fn placed(h: &impl Harness, scene: &Scene, id: OpportunityId) -> (StageId, i32) {
    let tx = begin(h, scene.id).await;
    let opportunity = tx.opportunities().get(id).await.expect("it is there");
    (opportunity.record().placement.stage_id, opportunity.record().version)
}
