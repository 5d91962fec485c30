//! Changes of pipelines and their stages.

use std::collections::HashSet;

use chrono::DateTime;
use proptest::prelude::*;
use uuid::Uuid;

use super::{PIPELINE, pipeline, stage};
use crate::{
    events::{EntityRef, EventKind},
    ids::{Id, StageId},
    pipelines::{
        Color, IsDefault, MAX_STAGES, OrderRefused, Pipeline, PipelineFields, PipelineName, StageFields,
        StageKind, StageName, StageRefused,
    },
};

fn now() -> DateTime<chrono::Utc> {
    DateTime::from_timestamp(1_768_478_400, 0).expect("a moment")
}

fn id(number: u128) -> StageId {
    Id::new(Uuid::from_u128(number))
}

fn fields(name: &str, kind: StageKind) -> StageFields {
    StageFields {
        name: StageName::trusted(name.to_owned()),
        kind,
        color: Color::trusted("#123456".to_owned()),
        probability: 30,
    }
}

/// Start, Middle, Won, Lost, with the ids 101 to 104, and no events.
fn four() -> Pipeline {
    let mut made = pipeline(vec![
        stage(1, "Start", StageKind::Open),
        stage(2, "Middle", StageKind::Open),
        stage(3, "Won", StageKind::Won),
        stage(4, "Lost", StageKind::Lost),
    ]);
    made.take_events();
    made
}

fn names(pipeline: &Pipeline) -> Vec<(&str, i32)> {
    pipeline.record().stages.iter().map(|stage| (stage.name.as_str(), stage.order)).collect()
}

/// The only recorded event, with the names of its changed fields.
fn event(pipeline: &mut Pipeline) -> (EventKind, Vec<&'static str>) {
    let events = pipeline.take_events();
    assert_eq!(events.len(), 1, "{events:?}");
    (events[0].kind, events[0].changes.iter().map(|change| change.field).collect())
}

fn named(name: &str, is_default: bool) -> PipelineFields {
    PipelineFields { name: PipelineName::trusted(name.to_owned()), is_default }
}

#[test]
fn a_stage_comes_where_it_is_wanted() {
    for (place, order) in [(None, 5), (Some(1), 1), (Some(3), 3), (Some(5), 5), (Some(50), 5)] {
        let mut changed = four();
        changed.add_stage(id(9), fields("New", StageKind::Open), place, now()).expect("it may come");
        assert_eq!(changed.stage(id(9)).map(|stage| stage.order), Some(order), "{place:?}");
        let orders: Vec<_> = changed.record().stages.iter().map(|stage| stage.order).collect();
        assert_eq!(orders, [1, 2, 3, 4, 5]);
        assert_eq!((changed.record().version, changed.record().updated_at), (2, now()));
        let events = changed.take_events();
        assert_eq!((events[0].kind, events[0].entity), (EventKind::StageCreated, EntityRef::stage(id(9))));
        assert_eq!(events[0].related, [EntityRef::pipeline(PIPELINE)]);
    }
}

#[test]
fn a_stage_that_may_not_come_changes_nothing() {
    let mut full = four();
    for number in 4..MAX_STAGES {
        let fields = fields(&format!("Step {number}"), StageKind::Open);
        let id = id(200 + u128::try_from(number).expect("a small number"));
        full.add_stage(id, fields, None, now()).expect("it may come");
    }
    full.take_events();
    let second_won = (four(), fields("Won again", StageKind::Won), StageRefused::KindsRequired);
    let twin = (four(), fields("STÁRT", StageKind::Open), StageRefused::NameTaken);
    let one_more = (full, fields("One more", StageKind::Open), StageRefused::TooMany);
    for (mut pipeline, fields, refused) in [second_won, twin, one_more] {
        let before = pipeline.record().clone();
        assert_eq!(pipeline.add_stage(id(9), fields, None, now()), Err(refused));
        assert_eq!(*pipeline.record(), before);
        assert!(pipeline.take_events().is_empty());
    }
}

#[test]
fn a_stage_is_renamed_and_recoloured_but_keeps_its_kind() {
    let mut changed = four();
    assert_eq!(changed.edit_stage(id(101), fields("START!", StageKind::Won), now()), Ok(true));
    let stage = changed.stage(id(101)).expect("it is there").clone();
    assert_eq!((stage.name.as_str(), stage.kind, stage.probability), ("START!", StageKind::Open, 30));
    assert_eq!(event(&mut changed), (EventKind::StageUpdated, vec!["name", "color", "probability"]));
    assert_eq!(changed.record().version, 2);
    assert_eq!(changed.edit_stage(id(101), stage.fields(), now()), Ok(false));
    let twin = changed.edit_stage(id(101), fields("middle", StageKind::Open), now());
    assert_eq!(twin, Err(StageRefused::NameTaken));
    let nobody = changed.edit_stage(id(9), fields("Else", StageKind::Open), now());
    assert_eq!(nobody, Err(StageRefused::Unknown));
    assert_eq!(changed.record().version, 2);
    assert!(changed.take_events().is_empty());
}

#[test]
fn an_order_names_every_stage_once() {
    let mut changed = four();
    let given = |numbers: &[u128]| numbers.iter().copied().map(id).collect::<Vec<_>>();
    for (order, refused) in [
        (given(&[101, 102, 103]), OrderRefused::Incomplete),
        (given(&[]), OrderRefused::Incomplete),
        (given(&[101, 102, 101, 103]), OrderRefused::Repeated(2)),
        (given(&[101, 102, 103, 104, 104]), OrderRefused::Repeated(4)),
        (given(&[101, 9, 103, 104]), OrderRefused::Unknown(1)),
        (given(&[101, 102, 103, 104, 105]), OrderRefused::Unknown(4)),
    ] {
        assert_eq!(changed.reorder(&order, now()), Err(refused), "{order:?}");
    }
    assert_eq!(changed.reorder(&given(&[101, 102, 103, 104]), now()), Ok(false));
    assert!(changed.take_events().is_empty());
    assert_eq!(changed.reorder(&given(&[104, 102, 101, 103]), now()), Ok(true));
    assert_eq!(names(&changed), [("Lost", 1), ("Middle", 2), ("Start", 3), ("Won", 4)]);
    assert_eq!(event(&mut changed), (EventKind::PipelineStagesReordered, vec!["stageIds"]));
}

#[test]
fn a_stage_goes_unless_it_is_the_last_of_its_kind() {
    let mut changed = four();
    for last in [103, 104] {
        assert_eq!(changed.remove_stage(id(last), None, now()), Err(StageRefused::KindsRequired));
    }
    assert_eq!(changed.remove_stage(id(9), None, now()), Err(StageRefused::Unknown));
    let gone = changed.remove_stage(id(101), Some(id(102)), now()).expect("it may go");
    assert_eq!(gone.name.as_str(), "Start");
    assert_eq!(names(&changed), [("Middle", 1), ("Won", 2), ("Lost", 3)]);
    assert_eq!(event(&mut changed), (EventKind::StageDeleted, vec!["name", "movedTo"]));
    assert_eq!(changed.remove_stage(id(102), None, now()), Err(StageRefused::KindsRequired));
    changed.add_stage(id(105), fields("START", StageKind::Open), None, now()).expect("the name is free");
}

#[test]
fn the_default_pipeline_is_not_given_up_by_itself() {
    let mut default = four();
    assert_eq!(default.edit(named("Sales", false), now()), Err(IsDefault));
    assert_eq!(default.delete(now()), Err(IsDefault));
    assert_eq!(default.edit(named("Sales", true), now()), Ok(false));
    assert_eq!(default.edit(named("Deals", true), now()), Ok(true));
    assert_eq!(event(&mut default), (EventKind::PipelineUpdated, vec!["name"]));
    default.yield_default(now());
    assert_eq!(event(&mut default), (EventKind::PipelineUpdated, vec!["isDefault"]));
    assert_eq!((default.record().is_default, default.record().version), (false, 3));
    default.yield_default(now());
    assert!(default.take_events().is_empty());
    default.delete(now()).expect("it is no longer the default");
    assert_eq!((default.record().deleted_at, default.record().stages.len()), (Some(now()), 0));
    assert_eq!(event(&mut default), (EventKind::PipelineDeleted, vec!["name"]));
}

#[derive(Debug, Clone)]
enum Change {
    Add(u8, u8, Option<usize>),
    Rename(u8, u8),
    Remove(u8),
    Reverse,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..3_u8, 0..9_u8, prop::option::of(1..9_usize)).prop_map(|(k, n, p)| Change::Add(k, n, p)),
        (0..9_u8, 0..9_u8).prop_map(|(which, name)| Change::Rename(which, name)),
        (0..9_u8).prop_map(Change::Remove),
        Just(Change::Reverse),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any sequence of changes keeps these invariants: the kinds, distinct names, positions without gaps, and one
    /// version per change.
    #[test]
    fn a_pipeline_stays_sound(changes in prop::collection::vec(change(), 0..40)) {
        let mut pipeline = four();
        let mut done = 0;
        for (step, change) in changes.into_iter().enumerate() {
            let ids: Vec<_> = pipeline.record().stages.iter().map(|stage| stage.id).collect();
            let pick = |which: u8| ids[usize::from(which) % ids.len()];
            let changed = match change {
                Change::Add(kind, name, place) => {
                    let kind = StageKind::ALL[usize::from(kind)];
                    let id = id(1000 + u128::try_from(step).expect("a small number"));
                    pipeline.add_stage(id, fields(&format!("N {name}"), kind), place, now()).is_ok()
                }
                Change::Rename(which, name) => {
                    let fields = fields(&format!("n-{name}"), StageKind::Open);
                    pipeline.edit_stage(pick(which), fields, now()) == Ok(true)
                }
                Change::Remove(which) => pipeline.remove_stage(pick(which), None, now()).is_ok(),
                Change::Reverse => {
                    let order: Vec<_> = ids.iter().rev().copied().collect();
                    pipeline.reorder(&order, now()) == Ok(true)
                }
            };
            done += i32::from(changed);
            let stages = &pipeline.record().stages;
            let count = |kind| stages.iter().filter(|stage| stage.kind == kind).count();
            prop_assert_eq!(count(StageKind::Won), 1);
            prop_assert!(count(StageKind::Open) > 0 && count(StageKind::Lost) > 0);
            let names: HashSet<_> = stages.iter().map(crate::pipelines::Stage::name_fold).collect();
            prop_assert_eq!(names.len(), stages.len());
            prop_assert!(stages.iter().zip(1..).all(|(stage, order)| stage.order == order));
            prop_assert_eq!(pipeline.record().version, 1 + done);
        }
        prop_assert_eq!(pipeline.take_events().len(), usize::try_from(done).expect("a count"));
    }
}
