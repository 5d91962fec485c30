//! Contract tests of pipelines.

use cartera_domain::{
    pipelines::{Pipeline, PipelineRecord},
    values::{Line, Locale},
};

use super::{
    Harness,
    scene::{begin, code, commit, fresh, new_pipeline, scene},
};
use crate::error::Code;

/// Every field of the pipeline and of its stages survives.
pub async fn a_pipeline_is_read_back_with_its_stages_in_order(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin(h, scene.id).await;
    let read = tx.pipelines().get(scene.pipeline.record().id).await.expect("it is there");
    assert_eq!(read.record(), scene.pipeline.record());
    let all = tx.pipelines().all().await.expect("the store answers");
    let records: Vec<_> = all.iter().map(Pipeline::record).collect();
    assert_eq!(records, [scene.pipeline.record()]);
}

/// The others follow by name.
pub async fn the_default_pipeline_comes_first(h: &impl Harness) {
    let scene = scene(h).await;
    let tx = begin(h, scene.id).await;
    for name in ["Zeta", "Ámbar", "beta"] {
        let made = new_pipeline(Locale::Pt).record().clone();
        let record = PipelineRecord { name: Line::trusted(name.to_owned()), is_default: false, ..made };
        tx.pipelines().insert(&mut Pipeline::create(record)).await.expect("it is stored");
    }
    commit(tx).await;
    let tx = begin(h, scene.id).await;
    let all = tx.pipelines().all().await.expect("the store answers");
    let names: Vec<_> = all.iter().map(|pipeline| pipeline.record().name.as_str()).collect();
    assert_eq!(names, ["Ventas", "Ámbar", "beta", "Zeta"]);
}

/// Neither by id nor in the list.
pub async fn pipelines_of_another_company_are_out_of_reach(h: &impl Harness) {
    let (ours, theirs) = (scene(h).await, scene(h).await);
    let tx = begin(h, ours.id).await;
    assert_eq!(code(tx.pipelines().get(theirs.pipeline.record().id).await), Some(Code::NotFound));
    let all = tx.pipelines().all().await.expect("the store answers");
    assert!(all.iter().all(|pipeline| pipeline.record().id == ours.pipeline.record().id));
    let tx = begin(h, fresh()).await;
    assert!(tx.pipelines().all().await.expect("the store answers").is_empty());
}
