//! Creating, moving, changing and deleting an opportunity.

use uuid::Uuid;

use super::{ACCOUNT, ANA, CONTACT, at, deletion, fields, links, pipeline, sale_in};
use crate::{
    events::{EntityRef, EventKind, FieldValue},
    ids::Id,
    opportunities::{Links, MoveRefused, Opportunity, OpportunityRecord, Reason},
    pipelines::StageKind,
};

fn why() -> Reason {
    Reason::trusted("Because".to_owned())
}

#[test]
fn a_sale_starts_with_its_first_stage_change() {
    let pipeline = pipeline(1);
    let (mut sale, first) = sale_in(&pipeline, 0);
    let stage = &pipeline.record().stages[0];
    let OpportunityRecord { number, version, placement, deletion, .. } = sale.record().clone();
    assert_eq!((number, version, deletion), (None, 1, None));
    assert_eq!((placement.stage_id, placement.kind, placement.closed_at), (stage.id, StageKind::Open, None));
    let first = first.record();
    assert_eq!((first.from_stage, first.to_stage, first.changed_by), (None, stage.id, Some(ANA)));
    assert_eq!((first.opportunity_id, &first.reason), (sale.record().id, &None));
    let events = sale.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::OpportunityCreated));
    assert_eq!(events[0].related, [EntityRef::account(ACCOUNT), EntityRef::user(ANA)]);
    assert_eq!(sale.loaded_standing(), None, "it did not count before");
}

#[test]
fn a_sale_that_starts_closed_is_closed_from_the_start() {
    let pipeline = pipeline(1);
    for (stage, kind) in [(3, StageKind::Won), (4, StageKind::Lost)] {
        let (sale, _) = sale_in(&pipeline, stage);
        assert_eq!((sale.record().placement.kind, sale.record().placement.closed_at), (kind, Some(at(0))));
    }
}

/// Moves from every stage to every stage: a move to the same one is refused, and the others close or reopen the
/// opportunity by the kind of the stage.
#[test]
fn a_move_leads_to_every_other_stage_of_the_pipeline() {
    let pipeline = pipeline(1);
    let stages = &pipeline.record().stages;
    for from in 0..stages.len() {
        for (to, stage) in stages.iter().enumerate() {
            let (mut sale, _) = sale_in(&pipeline, from);
            sale.take_events();
            let before = sale.record().clone();
            let moved = sale.move_to(stage, Id::new(Uuid::from_u128(11)), why(), Some(ANA), at(5));
            if from == to {
                assert_eq!(moved, Err(MoveRefused::AlreadyInStage));
                assert_eq!(*sale.record(), before);
                assert!(sale.take_events().is_empty());
                continue;
            }
            let change = moved.expect("it is another stage of the pipeline").record().clone();
            assert_eq!((change.from_stage, change.to_stage), (Some(stages[from].id), stage.id));
            assert_eq!(
                (change.reason, change.changed_at, change.changed_by),
                (Some(why()), at(5), Some(ANA))
            );
            let placement = sale.record().placement;
            let closed_at = (stage.kind != StageKind::Open).then_some(at(5));
            assert_eq!((placement.kind, placement.closed_at), (stage.kind, closed_at), "{from} {to}");
            assert_eq!((sale.record().version, sale.record().updated_at), (2, at(5)));
            let events = sale.take_events();
            assert_eq!((events.len(), events[0].kind), (1, EventKind::OpportunityStageChanged));
        }
    }
}

#[test]
fn a_stage_of_another_pipeline_is_refused() {
    let (ours, theirs) = (pipeline(1), pipeline(2));
    let (mut sale, _) = sale_in(&ours, 0);
    let before = sale.record().clone();
    for stage in &theirs.record().stages {
        let moved = sale.move_to(stage, Id::new(Uuid::from_u128(11)), why(), None, at(5));
        assert_eq!(moved, Err(MoveRefused::StageOfAnotherPipeline));
    }
    assert_eq!(*sale.record(), before);
}

#[test]
fn the_event_of_a_move_tells_old_and_new() {
    let pipeline = pipeline(1);
    let (mut sale, _) = sale_in(&pipeline, 3);
    sale.take_events();
    let stages = &pipeline.record().stages;
    sale.move_to(&stages[0], Id::new(Uuid::from_u128(11)), why(), None, at(5)).expect("it is another stage");
    let changes = sale.take_events().remove(0).changes;
    let told: Vec<_> = changes.into_iter().map(|change| (change.field, change.old, change.new)).collect();
    let expected = [
        ("stageId", stages[3].id.into(), stages[0].id.into()),
        ("status", "WON".into(), "OPEN".into()),
        ("closedAt", at(0).into(), FieldValue::Null),
        ("reason", FieldValue::Null, "Because".into()),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_edit_counts_only_when_something_differs() {
    let (mut sale, _) = sale_in(&pipeline(1), 0);
    sale.take_events();
    assert!(!sale.edit(fields("100.00"), links(), at(5)));
    assert_eq!((sale.record().version, sale.take_events().len()), (1, 0));
    let relinked = Links { account_id: None, contact_id: Some(CONTACT), owner_id: None };
    assert!(sale.edit(fields("200.00"), relinked, at(5)));
    assert_eq!((sale.record().version, sale.record().links), (2, relinked));
    let event = sale.take_events().remove(0);
    let changed: Vec<_> = event.changes.iter().map(|change| change.field).collect();
    assert_eq!(changed, ["amount", "accountId", "contactId", "ownerId"]);
    // The event must name both the former and the new related records.
    let related = [EntityRef::account(ACCOUNT), EntityRef::user(ANA), EntityRef::contact(CONTACT)];
    assert_eq!(event.related, related);
}

#[test]
fn an_edit_never_moves() {
    let (mut sale, _) = sale_in(&pipeline(1), 3);
    let placement = sale.record().placement;
    sale.edit(fields("200.00"), links(), at(5));
    assert_eq!(sale.record().placement, placement);
}

#[test]
fn a_deleted_sale_counts_nowhere() {
    let (mut sale, _) = sale_in(&pipeline(1), 3);
    assert!(sale.record().standing().is_some());
    sale.take_events();
    sale.delete(deletion(5));
    assert_eq!(sale.record().standing(), None);
    assert_eq!((sale.record().deletion, sale.record().version), (Some(deletion(5)), 2));
    assert_eq!(sale.take_events()[0].kind, EventKind::OpportunityDeleted);
}

#[test]
fn what_is_stored_is_what_the_next_change_counts_from() {
    let (mut sale, _) = sale_in(&pipeline(1), 0);
    sale.numbered(7);
    sale.mark_stored();
    let standing = sale.record().standing();
    assert_eq!(sale.loaded_standing().copied(), standing);
    sale.edit(fields("200.00"), links(), at(5));
    assert_eq!(sale.loaded_standing().copied(), standing, "not yet");
    sale.mark_stored();
    assert_eq!(sale.loaded_standing().copied(), sale.record().standing());
    let restored = Opportunity::stored(sale.record().clone());
    assert_eq!(
        (restored.record().number, restored.loaded_standing().copied()),
        (Some(7), sale.record().standing())
    );
}
