//! Pipelines with their stages.

use async_trait::async_trait;
use cartera_domain::{
    ids::{PipelineId, StageId},
    pipelines::{Pipeline, PipelineRecord, Stage},
    values::fold_key,
};

use super::MemoryUnitOfWork;
use crate::{
    error::{Code, Error, Result},
    ports::Pipelines,
    views::{PipelineView, StageRefView},
};

impl MemoryUnitOfWork {
    pub(super) fn all_pipelines(&self) -> Vec<PipelineRecord> {
        let mut all = self.rows(
            |tables| &tables.pipelines,
            |(company, _), row| *company == self.company() && row.deleted_at.is_none(),
        );
        all.sort_by_key(|pipeline| (!pipeline.is_default, fold_key(pipeline.name.as_str()), pipeline.id));
        all
    }

    fn live_stages(&self) -> Vec<Stage> {
        self.all_pipelines().into_iter().flat_map(|pipeline| pipeline.stages).collect()
    }

    /// Live stages before deleted ones: their fields are those of now.
    fn all_stages(&self) -> Vec<Stage> {
        let mut all = self.live_stages();
        all.extend(self.rows(|tables| &tables.deleted_stages, |(company, _), _| *company == self.company()));
        all
    }

    /// A stage of the company as readers see it, whether or not it was deleted.
    pub(super) fn stage_view(&self, id: StageId) -> Result<StageRefView> {
        let stage = self.all_stages().into_iter().find(|stage| stage.id == id);
        let Stage { id, name, kind, color, pipeline_id: _, order: _, probability: _ } =
            stage.ok_or(Error::Internal { what: "a stage that is not of the company", cause: None })?;
        Ok(StageRefView {
            id: id.uuid(),
            name: name.as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            color: color.as_str().to_owned(),
        })
    }

    /// Deleting takes this lock alone, moving in or out shares it.
    fn stage_lock(&self, id: StageId) -> String {
        format!("{}/stage existence/{id}", self.company())
    }

    /// What the unique indexes refuse.
    async fn claim_names(&self, record: &PipelineRecord) -> Result<()> {
        if record.deleted_at.is_some() {
            return Ok(());
        }
        let wanted = fold_key(record.name.as_str());
        self.lock("pipeline name", &wanted).await?;
        let others = self.all_pipelines().into_iter().filter(|other| other.id != record.id);
        let mut names = others.map(|other| fold_key(other.name.as_str()));
        if names.any(|name| name == wanted) {
            return Err(Error::refused(Code::PipelineNameTaken));
        }
        let mut names: Vec<_> = record.stages.iter().map(Stage::name_fold).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() == record.stages.len() {
            return Ok(());
        }
        Err(Error::refused(Code::StageNameTaken))
    }

    /// What the unique index of the default one refuses: whoever makes one the default unsets the other first.
    fn require_one_default(&self, record: &PipelineRecord) -> Result<()> {
        let other = |other: PipelineRecord| other.is_default && other.id != record.id;
        if record.is_default && record.deleted_at.is_none() && self.all_pipelines().into_iter().any(other) {
            return Err(Error::Internal { what: "two default pipelines", cause: None });
        }
        Ok(())
    }

    fn pipeline_view(&self, record: PipelineRecord) -> PipelineView {
        let creator = self.named_user(record.created_by).map(|creator| creator.name);
        PipelineView::of(&Pipeline::stored(record), creator)
    }

    fn live_pipeline(&self, id: PipelineId) -> Result<PipelineRecord> {
        let record = self.row(|tables| &tables.pipelines, &(self.company(), id));
        record.filter(|record| record.deleted_at.is_none()).ok_or_else(Error::not_found)
    }
}

#[async_trait]
impl Pipelines for MemoryUnitOfWork {
    async fn all(&self) -> Result<Vec<Pipeline>> {
        Ok(self.all_pipelines().into_iter().map(Pipeline::stored).collect())
    }

    async fn get(&self, id: PipelineId) -> Result<Pipeline> {
        self.live_pipeline(id).map(Pipeline::stored)
    }

    async fn lock_all(&self) -> Result<Vec<Pipeline>> {
        self.lock("pipelines", "structure").await?;
        Pipelines::all(self).await
    }

    async fn stages_ever(&self) -> Result<Vec<Stage>> {
        Ok(self.all_stages())
    }

    async fn hold_stages(&self, ids: &[StageId]) -> Result<Vec<StageId>> {
        for id in ids {
            self.held.shared(&self.stage_lock(*id)).await?;
        }
        let live = self.live_stages();
        Ok(live.into_iter().map(|stage| stage.id).filter(|id| ids.contains(id)).collect())
    }

    async fn lock_stages_and_count_uses(&self, ids: &[StageId]) -> Result<i64> {
        for id in ids {
            self.held.exclusive(&self.stage_lock(*id)).await?;
        }
        let uses = self.rows(
            |tables| &tables.opportunities,
            |(company, _), row| {
                *company == self.company() && row.deletion.is_none() && ids.contains(&row.placement.stage_id)
            },
        );
        Ok(i64::try_from(uses.len()).unwrap_or(i64::MAX))
    }

    async fn insert(&self, pipeline: &mut Pipeline) -> Result<()> {
        let record = pipeline.record().clone();
        self.require_user(record.created_by)?;
        self.claim_names(&record).await?;
        self.require_one_default(&record)?;
        self.written().pipelines.insert((self.company(), record.id), record);
        self.record(pipeline.take_events());
        Ok(())
    }

    async fn update(&self, pipeline: &mut Pipeline) -> Result<()> {
        let record = pipeline.record().clone();
        let key = (self.company(), record.id);
        self.lock("pipeline", record.id).await?;
        let stored = match self.row(|tables| &tables.pipelines, &key) {
            Some(stored) if stored.version == record.version - 1 => stored,
            Some(_) | None => return Err(Error::refused(Code::EditConflict)),
        };
        self.claim_names(&record).await?;
        self.require_one_default(&record)?;
        let stays = |stage: &Stage| record.stages.iter().any(|kept| kept.id == stage.id);
        let gone = stored.stages.into_iter().filter(|stage| !stays(stage));
        let gone: Vec<_> = gone.map(|stage| ((self.company(), stage.id), stage)).collect();
        let mut written = self.written();
        written.deleted_stages.extend(gone);
        written.pipelines.insert(key, record);
        drop(written);
        self.record(pipeline.take_events());
        Ok(())
    }

    async fn view(&self, id: PipelineId) -> Result<PipelineView> {
        Ok(self.pipeline_view(self.live_pipeline(id)?))
    }

    async fn views(&self) -> Result<Vec<PipelineView>> {
        Ok(self.all_pipelines().into_iter().map(|record| self.pipeline_view(record)).collect())
    }
}
