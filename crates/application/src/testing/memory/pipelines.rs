//! Pipelines with their stages.

use async_trait::async_trait;
use cartera_domain::{
    ids::{PipelineId, StageId},
    pipelines::{Pipeline, PipelineRecord, Stage},
    values::fold_key,
};

use super::MemoryUnitOfWork;
use crate::{
    error::{Error, Result},
    ports::Pipelines,
    views::StageRefView,
};

impl MemoryUnitOfWork {
    pub(super) fn all_pipelines(&self) -> Vec<PipelineRecord> {
        let mut all = self.rows(|tables| &tables.pipelines, |(company, _), _| *company == self.company());
        all.sort_by_key(|pipeline| (!pipeline.is_default, fold_key(pipeline.name.as_str()), pipeline.id));
        all
    }

    /// A stage of the company as readers see it; in memory no stage ever goes.
    pub(super) fn stage_view(&self, id: StageId) -> Result<StageRefView> {
        let pipelines = self.all_pipelines();
        let stage = pipelines.into_iter().flat_map(|pipeline| pipeline.stages).find(|stage| stage.id == id);
        let Stage { id, name, kind, color, pipeline_id: _, order: _, probability: _ } =
            stage.ok_or(Error::Internal { what: "a stage that is not of the company", cause: None })?;
        Ok(StageRefView {
            id: id.uuid(),
            name: name.as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            color: color.as_str().to_owned(),
        })
    }
}

#[async_trait]
impl Pipelines for MemoryUnitOfWork {
    async fn all(&self) -> Result<Vec<Pipeline>> {
        Ok(self.all_pipelines().into_iter().map(Pipeline::restore).collect())
    }

    async fn get(&self, id: PipelineId) -> Result<Pipeline> {
        let record = self.row(|tables| &tables.pipelines, &(self.company(), id));
        record.map(Pipeline::restore).ok_or_else(Error::not_found)
    }

    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()> {
        let record = pipeline.record().clone();
        self.require_user(record.created_by)?;
        self.written().pipelines.insert((self.company(), record.id), record);
        self.record(pipeline.take_events());
        Ok(())
    }
}
