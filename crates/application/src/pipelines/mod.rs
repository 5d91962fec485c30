//! The use cases of pipelines and their stages. A company starts with one in its language.

mod ports;
mod stages;

use std::sync::Arc;

use cartera_domain::{
    identity::Permission,
    ids::{Id, PipelineId, StageId},
    input::{Choice, Rule},
    pipelines::{IsDefault, NewPipelineFields, NewPipelineInput, Pipeline, PipelineInput, Stage, StageRef},
};

pub use ports::Pipelines;
pub use stages::{DeleteStage, StageDeleted};

use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome, Terms},
    ports::{Ports, UnitOfWork},
    security::Actor,
    views::PipelineView,
};

/// The most pipelines of a company: lists return all of them at once.
pub const MAX_PIPELINES: u32 = 200;

/// The use cases of pipelines.
#[derive(Clone)]
pub struct PipelineService {
    ports: Arc<Ports>,
}

impl PipelineService {
    /// Wires the use cases to their ports.
    pub fn new(ports: Arc<Ports>) -> Self {
        Self { ports }
    }

    /// Creates a pipeline with its stages. A new default replaces the present one.
    ///
    /// # Errors
    /// `validation_failed`, `pipeline_name_taken`, `limit_reached`.
    pub async fn create(
        &self,
        actor: &Actor,
        input: NewPipelineInput,
        once: &Once,
    ) -> Result<Outcome<PipelineView>> {
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let fields = NewPipelineFields::read(input)?;
            let mut others = tx.pipelines().lock_all().await?;
            if others.len() >= usize::try_from(MAX_PIPELINES).unwrap_or(usize::MAX) {
                return Err(Error::refused_with(Code::LimitReached, [("max", i64::from(MAX_PIPELINES))]));
            }
            let now = self.ports.clock.now();
            if fields.is_default {
                yield_default(tx, &mut others, None, now).await?;
            }
            let new_id = || self.ports.randomness.id();
            let id = Id::new(new_id());
            let stage_ids = || Id::new(new_id());
            let mut pipeline = Pipeline::create_from(id, fields, stage_ids, grant.user_id(), now);
            tx.pipelines().insert(&mut pipeline).await?;
            Ok(id)
        };
        once.perform_and_read(tx, work, async |tx, id| tx.pipelines().view(id).await).await
    }

    /// All pipelines with their stages, the default first, then by name.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<PipelineView>> {
        let grant = actor.authorize(Permission::PipelinesRead)?;
        let tx = self.ports.store.read(&grant).await?;
        let pipelines = tx.pipelines().views().await?;
        tx.commit().await?;
        Ok(pipelines)
    }

    /// One pipeline with its stages.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn get(&self, actor: &Actor, id: PipelineId) -> Result<PipelineView> {
        let grant = actor.authorize(Permission::PipelinesRead)?;
        let tx = self.ports.store.read(&grant).await?;
        let pipeline = tx.pipelines().view(id).await?;
        tx.commit().await?;
        Ok(pipeline)
    }

    /// Renames a pipeline or makes it the default, in place of the present one.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `pipeline_name_taken`, `pipeline_is_default`
    /// when the default one would no longer be the default.
    pub async fn update(
        &self,
        actor: &Actor,
        id: PipelineId,
        input: PipelineInput,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<PipelineView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut pipelines = tx.pipelines().lock_all().await?;
            let mut pipeline = take(&mut pipelines, id)?;
            if_match.check(pipeline.record().version)?;
            let fields = pipeline.fields().patched(input)?;
            let now = self.ports.clock.now();
            let becomes_default = fields.is_default && !pipeline.record().is_default;
            if pipeline.edit(fields, now).map_err(is_default)? {
                if becomes_default {
                    yield_default(tx, &mut pipelines, Some(id), now).await?;
                }
                tx.pipelines().update(&mut pipeline).await?;
            }
            Ok(())
        };
        let read = async |tx: &dyn UnitOfWork, ()| tx.pipelines().view(id).await;
        once.perform_and_read(tx, work, read).await.map_err(|error| if_match.explain(error))
    }

    /// Deletes a pipeline with its stages. Stage histories still show their names.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `pipeline_is_default`, `pipeline_in_use` with the count of its live
    /// `opportunities`.
    pub async fn delete(
        &self,
        actor: &Actor,
        id: PipelineId,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<()>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut pipeline = take(&mut tx.pipelines().lock_all().await?, id)?;
            if_match.check(pipeline.record().version)?;
            let stages: Vec<StageId> = pipeline.record().stages.iter().map(|stage| stage.id).collect();
            pipeline.delete(self.ports.clock.now()).map_err(is_default)?;
            let opportunities = tx.pipelines().lock_stages_and_count_uses(&stages).await?;
            if opportunities > 0 {
                return Err(Error::refused_with(Code::PipelineInUse, [("opportunities", opportunities)]));
            }
            tx.pipelines().update(&mut pipeline).await
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }
}

/// Removes one pipeline from the list and returns it.
fn take(pipelines: &mut Vec<Pipeline>, id: PipelineId) -> Result<Pipeline> {
    let index = pipelines.iter().position(|pipeline| pipeline.record().id == id);
    index.map(|index| pipelines.swap_remove(index)).ok_or_else(Error::not_found)
}

/// Clears the mark of the default pipeline, unless it is `heir`. It is stored before the heir, so that there are never
/// two defaults.
async fn yield_default(
    tx: &dyn UnitOfWork,
    pipelines: &mut [Pipeline],
    heir: Option<PipelineId>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<()> {
    let is_other = |pipeline: &&mut Pipeline| {
        pipeline.record().is_default && heir.is_none_or(|heir| heir != pipeline.record().id)
    };
    for other in pipelines.iter_mut().filter(is_other) {
        other.yield_default(now);
        tx.pipelines().update(other).await?;
    }
    Ok(())
}

fn is_default(_: IsDefault) -> Error {
    Error::refused(Code::PipelineIsDefault)
}

/// Resolves a stage reference: a name means all stages with that name in any pipeline, including deleted ones.
pub(crate) fn stages_meant(stages: &[Stage], wanted: &StageRef) -> Vec<StageId> {
    stages.iter().filter(|stage| stage.is(wanted)).map(|stage| stage.id).collect()
}

/// What a filter by a stage takes that none of these is.
pub(crate) fn no_stage(stages: &[Stage], wanted: &StageRef) -> Rule {
    Rule::NoneOf { expected: "the id or name of a stage", choice: among(stages, wanted) }
}

/// The names of these stages, of which none was meant.
pub(crate) fn among<'a>(stages: impl IntoIterator<Item = &'a Stage>, wanted: &StageRef) -> Choice {
    let given = match wanted {
        StageRef::Name(name) => name.as_str(),
        StageRef::Id(_) => "",
    };
    let mut names: Vec<_> = stages.into_iter().map(|stage| stage.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    Choice::new(given, names)
}
