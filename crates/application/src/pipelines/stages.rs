//! The use cases of a pipeline's stages.

use cartera_domain::{
    identity::Permission,
    ids::{Id, PipelineId, StageId},
    input::{Form, Rule, Violation, Violations},
    opportunities::{Reason, Transfer},
    pipelines::{MAX_STAGES, OrderRefused, Pipeline, Stage, StageFields, StageInput, StageRef, StageRefused},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{PipelineService, take};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome, Terms},
    ports::UnitOfWork,
    security::{Actor, Grant, IfMatch},
    views::{PipelineStageView, PipelineView, StageView},
};

/// What a caller gives to delete a stage.
#[derive(Debug, Clone, Default)]
pub struct DeleteStage {
    /// Where its opportunities go: a stage of the same pipeline, by id or name.
    pub move_to: Option<String>,
    /// Why they go there.
    pub reason: Option<String>,
}

/// What happened to a deleted stage's opportunities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageDeleted {
    /// How many moved.
    pub moved: u64,
    /// The kind of the stage they moved to, if any did.
    pub to: Option<String>,
}

impl PipelineService {
    /// Adds a stage to a pipeline: at its place, else at the end.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed`, `stage_name_taken`, `stage_kinds_required` for a
    /// second WON stage, `limit_reached`.
    pub async fn add_stage(
        &self,
        actor: &Actor,
        pipeline_id: PipelineId,
        input: StageInput,
        if_match: IfMatch,
        once: &Once,
    ) -> Result<Outcome<PipelineStageView>> {
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        once.perform(tx, async |tx| {
            let mut pipeline = take(&mut tx.pipelines().lock_all().await?, pipeline_id)?;
            let (fields, place) = StageFields::read(input)?;
            if_match.check(pipeline.record().version)?;
            let id = Id::new(self.ports.randomness.id());
            pipeline.add_stage(id, fields, place, self.ports.clock.now()).map_err(refused)?;
            tx.pipelines().update(&mut pipeline).await.map_err(|error| if_match.explain(error))?;
            view(&pipeline, id)
        })
        .await
    }

    /// Reorders the stages of a pipeline; the list must name each of them once.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch`, `validation_failed` for a list that is not whole or names one twice,
    /// `invalid_reference` for an id that is no stage of the pipeline.
    pub async fn reorder(
        &self,
        actor: &Actor,
        pipeline_id: PipelineId,
        order: Vec<Uuid>,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<PipelineView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let mut pipeline = take(&mut tx.pipelines().lock_all().await?, pipeline_id)?;
            if_match.check(pipeline.record().version)?;
            let order: Vec<StageId> = order.into_iter().map(Id::new).collect();
            if pipeline.reorder(&order, self.ports.clock.now()).map_err(bad_order)? {
                tx.pipelines().update(&mut pipeline).await?;
            }
            Ok(())
        };
        let read = async |tx: &dyn UnitOfWork, ()| tx.pipelines().view(pipeline_id).await;
        once.perform_and_read(tx, work, read).await.map_err(|error| if_match.explain(error))
    }

    /// Changes a stage's name, colour or probability. Its kind never changes.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch` (the version is the pipeline's), `validation_failed`,
    /// `stage_name_taken`.
    pub async fn update_stage(
        &self,
        actor: &Actor,
        id: StageId,
        input: StageInput,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<PipelineStageView>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let (mut pipeline, stage) = pipeline_of(tx, id).await?;
            if_match.check(pipeline.record().version)?;
            let fields = stage.fields().patched(input)?;
            if pipeline.edit_stage(id, fields, self.ports.clock.now()).map_err(refused)? {
                tx.pipelines().update(&mut pipeline).await?;
            }
            view(&pipeline, id)
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }

    /// Deletes a stage. Its opportunities move to another stage of the pipeline, each with its own stage change, in the
    /// same transaction. Stage histories still show its name.
    ///
    /// # Errors
    /// `not_found`, `version_mismatch` (the version is the pipeline's), `validation_failed`,
    /// `stage_kinds_required` for the last one of its kind, `stage_in_use` with the count of its live
    /// `opportunities` unless both `moveTo` and `reason` are given.
    pub async fn delete_stage(
        &self,
        actor: &Actor,
        id: StageId,
        command: DeleteStage,
        terms: impl Into<Terms>,
    ) -> Result<Outcome<StageDeleted>> {
        let Terms { if_match, once } = terms.into();
        let grant = actor.authorize(Permission::PipelinesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let (mut pipeline, stage) = pipeline_of(tx, id).await?;
            if_match.check(pipeline.record().version)?;
            let way_out = read_way_out(command, &pipeline, id)?;
            let opportunities = tx.pipelines().lock_stages_and_count_uses(&[id]).await?;
            // Taken only now: changes committed while this waited for the lock came earlier.
            let now = self.ports.clock.now();
            let successor = way_out.as_ref().filter(|_| opportunities > 0).map(|(to, _)| to.id);
            pipeline.remove_stage(id, successor, now).map_err(refused)?;
            let deleted = if opportunities > 0 {
                let in_use = || Error::refused_with(Code::StageInUse, [("opportunities", opportunities)]);
                let (to, reason) = way_out.ok_or_else(in_use)?;
                self.evacuate(tx, &grant, stage, to, reason, now).await?
            } else {
                StageDeleted { moved: 0, to: None }
            };
            tx.pipelines().update(&mut pipeline).await?;
            Ok(deleted)
        };
        once.perform(tx, work).await.map_err(|error| if_match.explain(error))
    }

    async fn evacuate(
        &self,
        tx: &dyn UnitOfWork,
        grant: &Grant,
        from: Stage,
        to: Stage,
        reason: Reason,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<StageDeleted> {
        let kind = to.kind.as_str();
        let transfer = Transfer::new(from, to, reason, grant.user_id(), now)
            .map_err(|_other_pipeline_or_itself| bad_target())?;
        let moved = tx.opportunities().transfer(&transfer, Id::new(self.ports.randomness.id())).await?;
        Ok(StageDeleted { moved: u64::try_from(moved).unwrap_or(0), to: Some(kind.to_owned()) })
    }
}

/// Locks the company's pipelines and returns the pipeline of a stage, and the stage.
async fn pipeline_of(tx: &dyn UnitOfWork, id: StageId) -> Result<(Pipeline, Stage)> {
    let pipelines = tx.pipelines().lock_all().await?;
    let found = pipelines.into_iter().find_map(|pipeline| {
        let stage = pipeline.stage(id)?.clone();
        Some((pipeline, stage))
    });
    found.ok_or_else(Error::not_found)
}

/// Parses where the opportunities of a stage go and why, if both are given: another stage of its pipeline.
fn read_way_out(
    command: DeleteStage,
    pipeline: &Pipeline,
    leaving: StageId,
) -> Result<Option<(Stage, Reason)>> {
    let DeleteStage { move_to, reason } = command;
    let mut form = Form::default();
    let target = move_to.map(|raw| {
        let stage = pipeline.find_stage(&StageRef::parse(&raw)).filter(|stage| stage.id != leaving);
        form.check("moveTo", stage.cloned().ok_or(NO_TARGET))
    });
    let reason = reason.map(|raw| form.check("reason", Reason::parse(raw)));
    // Reports the missing one; what was given is valid.
    form.finish(Some(()))?;
    Ok(target.flatten().zip(reason.flatten()))
}

const NO_TARGET: Rule = Rule::Malformed { expected: "the id or name of another stage of the pipeline" };

fn bad_target() -> Error {
    Error::invalid("moveTo", NO_TARGET)
}

fn view(pipeline: &Pipeline, id: StageId) -> Result<PipelineStageView> {
    let stage = pipeline.stage(id).map(StageView::from).ok_or_else(Error::not_found)?;
    let record = pipeline.record();
    Ok(PipelineStageView { pipeline_id: record.id.uuid(), version: record.version, stage })
}

fn refused(refused: StageRefused) -> Error {
    match refused {
        StageRefused::Unknown => Error::not_found(),
        StageRefused::NameTaken => Error::refused(Code::StageNameTaken),
        StageRefused::KindsRequired => Error::refused(Code::StageKindsRequired),
        StageRefused::TooMany => {
            let max = i64::try_from(MAX_STAGES).unwrap_or(i64::MAX);
            Error::refused_with(Code::LimitReached, [("max", max)])
        }
    }
}

fn bad_order(refused: OrderRefused) -> Error {
    let invalid = |field, explanation| {
        Error::from(Violations::from(Violation::new(field, Rule::Inconsistent { explanation })))
    };
    match refused {
        OrderRefused::Unknown(index) => Error::invalid_reference(format!("stageIds.{index}")),
        OrderRefused::Repeated(index) => invalid(format!("stageIds.{index}"), "was named before"),
        OrderRefused::Incomplete => {
            invalid("stageIds".to_owned(), "must name every stage of the pipeline once")
        }
    }
}
