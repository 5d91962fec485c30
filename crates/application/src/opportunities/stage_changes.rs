//! Moving an opportunity, and its history.

use cartera_domain::{
    identity::Permission,
    ids::{Id, OpportunityId, StageId},
    input::{Patch, Rule},
    opportunities::{MoveRefused, read_reason},
    pipelines::{Pipeline, StageRef},
};

use super::{OpportunityService, StageChangeList};
use crate::{
    error::{Code, Error, Result},
    idempotency::{Once, Outcome},
    lists::{ListQuery, Page, Test, Value},
    pipelines::among,
    ports::{UnitOfWork, at_once},
    security::{Actor, IfMatch},
    views::{Moved, StageChangeView},
};

/// What a caller gives to move an opportunity.
#[derive(Debug, Clone, Default)]
pub struct MoveCommand {
    /// The stage, by id or by name.
    pub stage: Patch<String>,
    /// Why; mandatory.
    pub reason: Patch<String>,
}

impl OpportunityService {
    /// Moves an opportunity to another stage of its pipeline and records from, to, time, actor and reason.
    ///
    /// # Errors
    /// `not_found`, `validation_failed` without stage or reason, `invalid_reference` for a stage that the
    /// opportunity's pipeline doesn't have, `already_in_stage`, `edit_conflict` when somebody else moved it
    /// first (`version_mismatch` when a version was given).
    pub async fn change_stage(
        &self,
        actor: &Actor,
        id: OpportunityId,
        command: MoveCommand,
        if_match: IfMatch,
        once: &Once,
    ) -> Result<Outcome<Moved>> {
        let grant = actor.authorize(Permission::OpportunitiesWrite)?;
        let tx = self.ports.store.begin(&grant).await?;
        let work = async |tx: &dyn UnitOfWork| {
            let (mut opportunity, pipelines) =
                at_once!(tx, tx.opportunities().get(id), tx.pipelines().all())?;
            let (wanted, reason) = read_reason(command.stage, command.reason)?;
            if_match.check(opportunity.record().version)?;
            let pipeline_id = opportunity.record().placement.pipeline_id;
            let stage = find_stage(&pipelines, pipeline_id, &wanted).ok_or_else(|| {
                let own = pipelines.iter().filter(|pipeline| pipeline.record().id == pipeline_id);
                let stages = own.flat_map(|pipeline| &pipeline.record().stages);
                Error::no_such("stage", Rule::NoSuch(among(stages, &wanted)))
            })?;
            let from = opportunity.record().placement.stage_id;
            let change_id = Id::new(self.ports.randomness.id());
            let change = opportunity
                .move_to(stage, change_id, reason, grant.user_id(), self.ports.clock.now())
                .map_err(|refused| match refused {
                    MoveRefused::AlreadyInStage => Error::refused(Code::AlreadyInStage),
                    MoveRefused::StageOfAnotherPipeline => Error::invalid_reference("stage"),
                })?;
            at_once!(
                tx,
                hold(tx, from, stage.id),
                tx.opportunities().record_move(&mut opportunity, &change)
            )?;
            Ok((change_id, opportunity.record().version))
        };
        let read = async |tx: &dyn UnitOfWork, (change_id, version)| {
            let change = tx.opportunities().view_stage_change(change_id).await?;
            Ok(Moved { change, opportunity_version: Some(version) })
        };
        once.perform_and_read(tx, work, read).await.map_err(|error| if_match.explain(error))
    }

    /// The history of an opportunity, newest first unless asked otherwise.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn list_stage_changes(
        &self,
        actor: &Actor,
        id: OpportunityId,
        query: ListQuery,
    ) -> Result<Page<StageChangeView>> {
        let grant = actor.authorize(Permission::OpportunitiesRead)?;
        {
            let tx = self.ports.store.read(&grant).await?;
            tx.opportunities().get(id).await?;
            tx.commit().await?;
        }
        let of_this = Test::AnyOf(vec![Value::Id(id.uuid())]);
        let query = query.with(StageChangeList::OPPORTUNITY_ID, of_this);
        Ok(query.page(self.ports.opportunity_queries.stage_changes(&grant, &query).await?))
    }
}

/// Locks both stages of a move against deletion. The stage that it leaves is included because its deletion would move
/// the same opportunity.
async fn hold(tx: &dyn UnitOfWork, from: StageId, to: StageId) -> Result<()> {
    let held = tx.pipelines().hold_stages(&[from, to]).await?;
    if !held.contains(&to) {
        return Err(Error::invalid_reference("stage"));
    }
    // The stage was deleted just now, and the opportunity moved with it.
    if held.contains(&from) { Ok(()) } else { Err(Error::refused(Code::EditConflict)) }
}

/// Finds the stage of a move. A name means a stage of the opportunity's own pipeline; an id may be any stage of the
/// company, so that the entity itself can refuse one of another pipeline.
fn find_stage<'a>(
    pipelines: &'a [Pipeline],
    own: cartera_domain::ids::PipelineId,
    wanted: &StageRef,
) -> Option<&'a cartera_domain::pipelines::Stage> {
    let by_id = matches!(wanted, StageRef::Id(_));
    pipelines
        .iter()
        .filter(|pipeline| by_id || pipeline.record().id == own)
        .find_map(|pipeline| pipeline.find_stage(wanted))
}
