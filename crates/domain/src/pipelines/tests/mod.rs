//! The rules of pipelines and stages.

mod changes;
mod fields;

use chrono::DateTime;
use uuid::Uuid;

use super::{Color, Pipeline, PipelineName, PipelineRecord, Stage, StageKind, StageName, StageRef};
use crate::{
    events::EventKind,
    ids::{Id, PipelineId},
};

const PIPELINE: PipelineId = Id::new(Uuid::from_u128(1));

fn stage(number: i32, name: &str, kind: StageKind) -> Stage {
    Stage {
        id: Id::new(Uuid::from_u128(100 + u128::try_from(number).expect("a small number"))),
        pipeline_id: PIPELINE,
        name: StageName::trusted(name.to_owned()),
        order: number,
        kind,
        color: Color::trusted("#000000".to_owned()),
        probability: 50,
    }
}

fn pipeline(stages: Vec<Stage>) -> Pipeline {
    Pipeline::create(PipelineRecord {
        id: PIPELINE,
        name: PipelineName::trusted("Sales".to_owned()),
        is_default: true,
        stages,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        created_by: None,
        updated_at: DateTime::UNIX_EPOCH,
        deleted_at: None,
    })
}

#[test]
fn a_colour_is_six_hexadecimal_digits() {
    for (raw, read) in [("#a1b2C3", Some("#A1B2C3")), (" #000000\u{200B}", Some("#000000"))] {
        assert_eq!(Color::parse(raw).ok().map(|color| color.as_str().to_owned()).as_deref(), read);
    }
    for raw in ["", "#", "000000", "#12345", "#1234567", "#12345g", "# 23456", "#12345é", "red"] {
        assert!(Color::parse(raw).is_err(), "{raw}");
    }
}

#[test]
fn won_and_lost_are_closed() {
    assert!(!StageKind::Open.is_closed());
    assert!(StageKind::Won.is_closed() && StageKind::Lost.is_closed());
    for kind in StageKind::ALL {
        assert_eq!(StageKind::parse(kind.as_str()), Some(*kind));
        assert_eq!(kind.to_string(), kind.as_str());
    }
    for name in ["", "open", "CLOSED"] {
        assert_eq!(StageKind::parse(name), None);
    }
}

#[test]
fn a_stage_is_found_whatever_case_accents_and_separators() {
    let pipeline =
        pipeline(vec![stage(1, "Negociación", StageKind::Open), stage(2, "No Venta", StageKind::Lost)]);
    for (raw, order) in [
        ("Negociación", Some(1)),
        ("NEGOCIACION", Some(1)),
        ("no_venta", Some(2)),
        ("No-Venta", Some(2)),
        ("noventa", None),
        ("venta", None),
        ("", None),
    ] {
        let found = pipeline.find_stage(&StageRef::parse(raw)).map(|stage| stage.order);
        assert_eq!(found, order, "{raw}");
    }
    assert_eq!(pipeline.stage(Id::new(Uuid::from_u128(102))).map(|stage| stage.order), Some(2));
    assert_eq!(pipeline.stage(Id::new(Uuid::from_u128(103))), None);
}

#[test]
fn a_sale_starts_in_the_first_open_stage() {
    let stages = vec![
        stage(1, "Lost", StageKind::Lost),
        stage(2, "First", StageKind::Open),
        stage(3, "Second", StageKind::Open),
    ];
    assert_eq!(pipeline(stages).first_open_stage().map(|stage| stage.order), Some(2));
    assert_eq!(pipeline(vec![stage(1, "Won", StageKind::Won)]).first_open_stage(), None);
}

#[test]
fn a_new_pipeline_says_so_once() {
    let mut made = pipeline(Vec::new());
    let events = made.take_events();
    assert_eq!((events.len(), events[0].kind), (1, EventKind::PipelineCreated));
    assert!(made.take_events().is_empty());
    assert!(Pipeline::stored(made.record().clone()).take_events().is_empty());
}
