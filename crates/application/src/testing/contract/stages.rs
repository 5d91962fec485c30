//! Contract tests of changes of pipelines and stages.

use cartera_domain::{
    ids::PipelineId,
    pipelines::{
        Color, MAX_STAGES, Pipeline, PipelineFields, PipelineRecord, Stage, StageFields, StageKind, StageRef,
    },
    values::{Line, Locale},
};

use super::{
    Harness,
    scene::{Scene, a_moment, begin, code, commit, fresh, later, new_pipeline, scene},
};
use crate::{error::Code, views::StageView};

/// A second pipeline of the scene's company, created by its user.
async fn second(h: &impl Harness, scene: &Scene, name: &str) -> Pipeline {
    let mut pipeline = named(scene, name);
    let tx = begin(h, scene.id).await;
    tx.pipelines().insert(&mut pipeline).await.expect("it is stored");
    commit(tx).await;
    pipeline
}

fn named(scene: &Scene, name: &str) -> Pipeline {
    let made = new_pipeline(Locale::Pt).record().clone();
    let (name, created_by) = (Line::trusted(name.to_owned()), Some(scene.user));
    Pipeline::create(PipelineRecord { name, created_by, is_default: false, ..made })
}

async fn stored(h: &impl Harness, scene: &Scene, id: PipelineId) -> PipelineRecord {
    let tx = begin(h, scene.id).await;
    tx.pipelines().get(id).await.expect("the pipeline is there").record().clone()
}

fn fields(name: &str) -> StageFields {
    StageFields {
        name: Line::trusted(name.to_owned()),
        kind: StageKind::Open,
        color: Color::trusted("#ABCDEF".to_owned()),
        probability: 42,
    }
}

fn stage_of(pipeline: &Pipeline, name: &str) -> Stage {
    pipeline.find_stage(&StageRef::parse(name)).expect("the pipeline has such a stage").clone()
}

/// A new name, and stages added, renamed, reordered and removed, at once or one by one.
pub async fn a_pipeline_is_read_back_as_changed(h: &impl Harness) {
    let scene = scene(h).await;
    let mut pipeline = second(h, &scene, "Parceiros").await;
    let id = pipeline.record().id;
    assert_eq!(stored(h, &scene, id).await, *pipeline.record());
    let gone = stage_of(&pipeline, "Preparação").id;
    let renamed = stage_of(&pipeline, "Negociação").id;
    let change = async |pipeline: &mut Pipeline| {
        let tx = begin(h, scene.id).await;
        tx.pipelines().update(pipeline).await.expect("it is stored");
        commit(tx).await;
        assert_eq!(stored(h, &scene, id).await, *pipeline.record());
    };
    let edited = PipelineFields { name: Line::trusted("Canal".to_owned()), is_default: false };
    assert_eq!(pipeline.edit(edited, later(1)), Ok(true));
    change(&mut pipeline).await;
    pipeline.add_stage(fresh(), fields("Depois"), Some(2), later(2)).expect("it may come");
    change(&mut pipeline).await;
    assert_eq!(pipeline.edit_stage(renamed, fields("Negócio"), later(3)), Ok(true));
    change(&mut pipeline).await;
    let mut order: Vec<_> = pipeline.record().stages.iter().map(|stage| stage.id).collect();
    order.reverse();
    assert_eq!(pipeline.reorder(&order, later(4)), Ok(true));
    change(&mut pipeline).await;
    pipeline.remove_stage(gone, None, later(5)).expect("it may go");
    change(&mut pipeline).await;
    let tx = begin(h, scene.id).await;
    let view = tx.pipelines().view(id).await.expect("it is there");
    assert_eq!((view.name.as_str(), view.version, view.updated_at), ("Canal", 6, later(5)));
    assert_eq!(view.created_by.as_ref().map(|creator| creator.name.as_str()), Some("Ana Ejemplo"));
    let expected: Vec<_> = pipeline.record().stages.iter().map(StageView::from).collect();
    assert_eq!(view.stages, expected);
    assert_eq!(tx.pipelines().views().await.expect("the store answers")[1], view);
    // The name of a removed stage is free again, in every spelling.
    pipeline.add_stage(fresh(), fields("PREPARACAO"), None, later(6)).expect("it may come");
    drop(tx);
    change(&mut pipeline).await;
}

/// Names of live pipelines are unique by their folded form; names of stages within their pipeline.
pub async fn names_of_pipelines_are_unique_whatever_their_spelling(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let mut first = second(h, &ours, "Socios del Sur").await;
    second(h, &theirs, "Socios del Sur").await;
    let mut other = second(h, &ours, "Otro").await;
    let tx = begin(h, ours.id).await;
    let twin = tx.pipelines().insert(&mut named(&ours, "SOCIOS_DEL-SUR")).await;
    assert_eq!(code(twin), Some(Code::PipelineNameTaken));
    drop(tx);
    let edited = PipelineFields { name: Line::trusted("socios del súr".to_owned()), is_default: false };
    assert_eq!(other.edit(edited, later(1)), Ok(true));
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.pipelines().update(&mut other).await), Some(Code::PipelineNameTaken));
    drop(tx);
    let mut broken = stored(h, &ours, other.record().id).await;
    broken.stages[0].name = Line::trusted("GANHO".to_owned());
    broken.version += 1;
    let tx = begin(h, ours.id).await;
    let refused = tx.pipelines().update(&mut Pipeline::stored(broken)).await;
    assert_eq!(code(refused), Some(Code::StageNameTaken));
    drop(tx);
    first.delete(later(1)).expect("it is not the default");
    let tx = begin(h, ours.id).await;
    tx.pipelines().update(&mut first).await.expect("it is stored");
    tx.pipelines().insert(&mut named(&ours, "Socios del SUR")).await.expect("the name is free again");
    commit(tx).await;
}

/// It leaves every list with its stages, which histories still name.
pub async fn a_deleted_pipeline_is_absent_with_its_stages(h: &impl Harness) {
    let scene = scene(h).await;
    let mut pipeline = second(h, &scene, "Breve").await;
    let (id, stages) = (pipeline.record().id, pipeline.record().stages.clone());
    pipeline.delete(later(1)).expect("it is not the default");
    let tx = begin(h, scene.id).await;
    tx.pipelines().update(&mut pipeline).await.expect("it is stored");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.pipelines().get(id).await), Some(Code::NotFound));
    assert_eq!(code(tx.pipelines().view(id).await), Some(Code::NotFound));
    assert_eq!(tx.pipelines().all().await.expect("the store answers").len(), 1);
    assert_eq!(tx.pipelines().views().await.expect("the store answers").len(), 1);
    assert_eq!(tx.pipelines().lock_all().await.expect("the store answers").len(), 1);
    assert_eq!(tx.pipelines().hold_stages(&[stages[0].id]).await.expect("the store answers"), []);
    let ever = tx.pipelines().stages_ever().await.expect("the store answers");
    assert!(
        stages.iter().all(|stage| ever.iter().any(|kept| kept.id == stage.id && kept.name == stage.name))
    );
}

/// Versions are checked, and no version matches another company's pipeline.
pub async fn the_second_of_two_changes_of_a_pipeline_loses(h: &impl Harness) {
    let (scene, other) = (scene(h).await, scene(h).await);
    let pipeline = second(h, &scene, "Disputado").await;
    let add = |name: &str| {
        let mut pipeline = Pipeline::stored(pipeline.record().clone());
        pipeline.add_stage(fresh(), fields(name), None, later(1)).expect("it may come");
        pipeline
    };
    let tx = begin(h, other.id).await;
    assert_eq!(code(tx.pipelines().update(&mut add("Ajeno")).await), Some(Code::EditConflict));
    drop(tx);
    let tx = begin(h, scene.id).await;
    tx.pipelines().update(&mut add("Uno")).await.expect("the first wins");
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    assert_eq!(code(tx.pipelines().update(&mut add("Dos")).await), Some(Code::EditConflict));
    drop(tx);
    let names = stored(h, &scene, pipeline.record().id).await.stages;
    assert_eq!(names.last().map(|stage| stage.name.as_str()), Some("Uno"));
}

/// Changes of pipelines wait for each other, so that the second sees the first one's result: there is always exactly
/// one default.
pub async fn changes_of_pipelines_wait_for_each_other(h: &impl Harness) {
    let scene = scene(h).await;
    let heir = second(h, &scene, "Heredera").await.record().id;
    let (first, second) = (begin(h, scene.id).await, begin(h, scene.id).await);
    let mut all = first.pipelines().lock_all().await.expect("the store answers");
    let (waited, ()) = tokio::join!(second.pipelines().lock_all(), async {
        a_moment().await;
        all[0].yield_default(later(1));
        first.pipelines().update(&mut all[0]).await.expect("it is stored");
        let fields = PipelineFields { is_default: true, ..all[1].fields() };
        assert_eq!(all[1].edit(fields, later(1)), Ok(true));
        first.pipelines().update(&mut all[1]).await.expect("it is stored");
        commit(first).await;
    });
    let waited = waited.expect("the store answers");
    let defaults: Vec<_> = waited.iter().map(|one| (one.record().id, one.record().is_default)).collect();
    assert_eq!(defaults, [(heir, true), (scene.pipeline.record().id, false)]);
    let mut greedy = Pipeline::stored(waited[1].record().clone());
    let fields = PipelineFields { is_default: true, ..greedy.fields() };
    assert_eq!(greedy.edit(fields, later(2)), Ok(true));
    let two_defaults = second.pipelines().update(&mut greedy).await;
    assert_eq!(code(two_defaults), Some(Code::Internal), "the other one must cease to be it first");
}

/// A pipeline with the maximum number of stages can be stored and read.
pub async fn a_pipeline_may_be_long(h: &impl Harness) {
    let scene = scene(h).await;
    let mut pipeline = named(&scene, "Larga");
    for number in pipeline.record().stages.len()..MAX_STAGES {
        pipeline.add_stage(fresh(), fields(&format!("Paso {number}")), None, later(1)).expect("it may come");
    }
    let tx = begin(h, scene.id).await;
    tx.pipelines().insert(&mut pipeline).await.expect("it is stored");
    commit(tx).await;
    assert_eq!(stored(h, &scene, pipeline.record().id).await, *pipeline.record());
}
