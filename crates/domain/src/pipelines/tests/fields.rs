//! The writable fields of pipelines and stages.

use crate::{
    input::{Patch, Violations},
    pipelines::{
        MAX_STAGES, NewPipelineFields, NewPipelineInput, PipelineFields, PipelineInput, PipelineName,
        StageFields, StageInput, StageKind,
    },
};

fn text(text: &str) -> Patch<String> {
    Patch::Value(text.to_owned())
}

fn stage(name: &str, kind: &str) -> StageInput {
    StageInput { name: text(name), kind: text(kind), ..StageInput::default() }
}

fn input(stages: Vec<StageInput>) -> NewPipelineInput {
    NewPipelineInput { name: text("Canal"), is_default: Patch::Absent, stages: Patch::Value(stages) }
}

fn usual() -> Vec<StageInput> {
    vec![stage("Contacto", "OPEN"), stage("Acuerdo", "WON"), stage("Descartado", "LOST")]
}

fn broken<T: std::fmt::Debug>(read: Result<T, Violations>) -> Vec<(String, &'static str)> {
    let violations = read.expect_err("it must be refused").0;
    violations.into_iter().map(|violation| (violation.field, violation.rule.code())).collect()
}

#[test]
fn what_is_not_said_follows_from_the_kind() {
    let fields = NewPipelineFields::read(input(usual())).expect("it is in order");
    assert!(!fields.is_default);
    let read: Vec<_> = fields
        .stages
        .iter()
        .map(|stage| (stage.name.as_str(), stage.kind, stage.color.as_str(), stage.probability))
        .collect();
    assert_eq!(
        read,
        [
            ("Contacto", StageKind::Open, "#64748B", 50),
            ("Acuerdo", StageKind::Won, "#16A34A", 100),
            ("Descartado", StageKind::Lost, "#DC2626", 0),
        ]
    );
}

#[test]
fn stages_stand_as_given_unless_they_say_their_place() {
    let mut stages = usual();
    stages[0].order = Patch::Value(3);
    stages[2].order = Patch::Value(1);
    let fields = NewPipelineFields::read(input(stages)).expect("it is in order");
    let names: Vec<_> = fields.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["Descartado", "Acuerdo", "Contacto"]);
}

#[test]
fn exactly_one_won_stage_and_at_least_one_open_and_one_lost() {
    for (kinds, right) in [
        (vec!["OPEN", "WON", "LOST"], true),
        (vec!["LOST", "OPEN", "OPEN", "LOST", "WON"], true),
        (vec!["OPEN", "LOST"], false),
        (vec!["WON", "LOST"], false),
        (vec!["OPEN", "WON"], false),
        (vec!["OPEN", "WON", "WON", "LOST"], false),
        (vec![], false),
    ] {
        let stages = kinds.iter().enumerate().map(|(index, kind)| stage(&format!("Paso {index}"), kind));
        let read = NewPipelineFields::read(input(stages.collect()));
        if right {
            read.expect("it is in order");
        } else {
            assert_eq!(broken(read), [("stages".to_owned(), "inconsistent")], "{kinds:?}");
        }
    }
}

#[test]
fn every_violation_is_named_at_once() {
    let mut stages = usual();
    stages[0].probability = Patch::Value(101);
    stages[1].kind = text("won");
    stages[2].color = text("red");
    stages.push(StageInput { order: Patch::Value(0), ..stage("CONTACTO", "OPEN") });
    stages.push(StageInput::default());
    let all = NewPipelineInput { name: text(" "), ..input(stages) };
    let expected = [
        ("name", "blank"),
        ("stages.0.probability", "out_of_range"),
        ("stages.1.kind", "not_allowed"),
        ("stages.2.color", "malformed"),
        ("stages.3.order", "out_of_range"),
        ("stages.3.name", "inconsistent"),
        ("stages.4.name", "required"),
        ("stages.4.kind", "required"),
    ];
    let found = broken(NewPipelineFields::read(all));
    let found: Vec<_> = found.iter().map(|(field, rule)| (field.as_str(), *rule)).collect();
    assert_eq!(found, expected);
    let nothing = broken(NewPipelineFields::read(NewPipelineInput::default()));
    assert_eq!(nothing, [("name".to_owned(), "required"), ("stages".to_owned(), "required")]);
    let null = NewPipelineInput { stages: Patch::Null, ..input(Vec::new()) };
    assert_eq!(broken(NewPipelineFields::read(null)), [("stages".to_owned(), "required")]);
}

#[test]
fn a_pipeline_has_at_most_fifty_stages() {
    let many = |count: usize| {
        let mut stages = usual();
        stages.extend((3..count).map(|number| stage(&format!("Paso {number}"), "OPEN")));
        NewPipelineFields::read(input(stages))
    };
    many(MAX_STAGES).expect("fifty are allowed");
    assert_eq!(broken(many(MAX_STAGES + 1)), [("stages".to_owned(), "too_many")]);
}

#[test]
fn a_name_has_a_letter_and_a_stages_name_is_no_id() {
    for (name, rule) in [
        ("🔥", Some("malformed")),
        ("--", Some("malformed")),
        ("0192f0c1-2a4b-7c3d-8e9f-001122334455", Some("malformed")),
        ("0192f0c12a4b7c3d8e9f001122334455", Some("malformed")),
        ("a\u{1B}b", Some("control_character")),
        ("🔥 1", None),
    ] {
        let read = StageFields::read(stage(name, "OPEN"));
        match rule {
            Some(rule) => assert_eq!(broken(read), [("name".to_owned(), rule)], "{name}"),
            None => assert!(read.is_ok(), "{name}"),
        }
    }
    assert_eq!(broken(StageFields::read(stage(&"x".repeat(61), "OPEN"))), [("name".to_owned(), "too_long")]);
    let nameless = NewPipelineInput { name: text("🔥"), ..input(usual()) };
    assert_eq!(broken(NewPipelineFields::read(nameless)), [("name".to_owned(), "malformed")]);
}

#[test]
fn a_patch_changes_what_it_names_and_never_the_kind() {
    let (fields, place) = StageFields::read(stage("Contacto", "OPEN")).expect("it is in order");
    assert_eq!(place, None);
    let patch = StageInput { color: text("#abcdef"), ..StageInput::default() };
    let coloured = fields.clone().patched(patch).expect("it is in order");
    assert_eq!((coloured.color.as_str(), &coloured.name), ("#ABCDEF", &fields.name));
    let cleared = StageInput { color: Patch::Null, probability: Patch::Null, ..StageInput::default() };
    assert_eq!(coloured.patched(cleared), Ok(fields.clone()), "null is the usual of its kind");
    for kind in [text("WON"), text("OPEN"), Patch::Null] {
        let patch = StageInput { kind, order: Patch::Value(1), name: Patch::Null, ..StageInput::default() };
        let expected = [
            ("kind".to_owned(), "not_settable"),
            ("order".to_owned(), "not_settable"),
            ("name".to_owned(), "required"),
        ];
        assert_eq!(broken(fields.clone().patched(patch)), expected);
    }
}

#[test]
fn a_pipelines_patch_clears_nothing() {
    let fields = PipelineFields { name: PipelineName::trusted("Canal".to_owned()), is_default: false };
    assert_eq!(fields.clone().patched(PipelineInput::default()), Ok(fields.clone()));
    let patch = PipelineInput { name: text(" Sur "), is_default: Patch::Value(true) };
    let patched = fields.clone().patched(patch).expect("it is in order");
    assert_eq!((patched.name.as_str(), patched.is_default), ("Sur", true));
    let nulls = PipelineInput { name: Patch::Null, is_default: Patch::Null };
    let expected = [("name".to_owned(), "required"), ("isDefault".to_owned(), "required")];
    assert_eq!(broken(fields.patched(nulls)), expected);
}
