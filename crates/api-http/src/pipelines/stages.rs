//! The routes of a pipeline's stages.

use actix_web::{delete, patch, post, put, web};
use cartera_application::{Error, pipelines::DeleteStage};
use cartera_domain::ids::kinds;

use super::{CreateStage, Pipeline, PipelineStage, StageOrder, UpdateStage};
use crate::edge::{
    Caller, Change, EdgeState, Handled, IfMatchHeader, IfMatchParameter, NoQuery, Pairs, PathId, Submission,
    TermsHeaders, created, done, done_versioned, no_more, of_query, take, to_the_end,
};

/// Add a stage to a pipeline
///
/// At its place (`order`), else at the end. A pipeline has exactly one WON stage and at most 50 stages.
/// `If-Match` is the pipeline's version.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "createStage",
    params(("id" = Uuid, Path, description = "The pipeline's id."), IfMatchParameter),
    request_body = CreateStage,
    responses((status = 201, description = "The new stage.", body = PipelineStage)),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!([
            "stage_name_taken", "stage_kinds_required", "limit_reached", "edit_conflict"
        ])),
    ),
)]
#[post("/pipelines/{id}/stages")]
pub(super) async fn create(
    caller: Caller,
    id: PathId<kinds::Pipeline>,
    _: NoQuery,
    seen: IfMatchHeader,
    submission: Submission<CreateStage>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let pipelines = &state.application.pipelines;
    let outcome = pipelines.add_stage(&caller, id.0, body.into(), seen.0, &once).await?;
    let version = outcome.output.version;
    Ok(created(None, Some(version), PipelineStage::from(outcome.output), outcome.replayed))
}

/// Put the stages of a pipeline into an order
///
/// The body names every stage of the pipeline once. `If-Match` is the pipeline's version.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "reorderStages",
    params(("id" = Uuid, Path, description = "The pipeline's id."), IfMatchParameter),
    request_body = StageOrder,
    responses((status = 200, description = "The pipeline as it is now.", body = Pipeline)),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!(["invalid_reference", "edit_conflict"])),
    ),
)]
#[put("/pipelines/{id}/stages/order")]
pub(super) async fn reorder(
    caller: Caller,
    id: PathId<kinds::Pipeline>,
    _: NoQuery,
    change: Change<StageOrder>,
    state: web::Data<EdgeState>,
) -> Handled {
    let StageOrder { stage_ids } = change.body;
    let outcome = state.application.pipelines.reorder(&caller, id.0, stage_ids, change.terms).await?;
    Ok(done_versioned(outcome.output.version, Pipeline::from(outcome.output), outcome.replayed))
}

/// Change a stage
///
/// A merge-patch: what is absent stays. Its kind never changes. `If-Match` and `ETag` are the version of its
/// pipeline, to which it belongs.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "updateStage",
    params(("id" = Uuid, Path, description = "The stage's id."), IfMatchParameter),
    request_body = UpdateStage,
    responses((status = 200, description = "The stage as it is now.", body = PipelineStage)),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!(["stage_name_taken", "edit_conflict"])),
    ),
)]
#[patch("/stages/{id}")]
pub(super) async fn update(
    caller: Caller,
    id: PathId<kinds::Stage>,
    _: NoQuery,
    change: Change<UpdateStage>,
    state: web::Data<EdgeState>,
) -> Handled {
    let pipelines = &state.application.pipelines;
    let outcome = pipelines.update_stage(&caller, id.0, change.body.into(), change.terms).await?;
    Ok(done_versioned(outcome.output.version, PipelineStage::from(outcome.output), outcome.replayed))
}

/// Delete a stage
///
/// One in which live opportunities stand is refused, with their count in `params`, unless `moveTo` and
/// `reason` are given: then each moves there by a stage change of its own, in the same transaction. A pipeline
/// keeps its one WON stage, and at least one OPEN and one LOST. Histories go on naming a deleted stage.
/// `If-Match` is the version of its pipeline.
///
/// With hundreds of thousands of opportunities the answer may take minutes; who hangs up does not undo it.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "deleteStage",
    params(
        ("id" = Uuid, Path, description = "The stage's id."),
        ("moveTo" = Option<String>, Query,
            description = "Where its opportunities go: another stage of the pipeline, by id or name."),
        ("reason" = Option<String>, Query, max_length = 1000,
            description = "Why they go there."),
        IfMatchParameter,
    ),
    responses((status = 204, description = "The stage is deleted.")),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!(["stage_in_use", "stage_kinds_required", "edit_conflict"])),
    ),
)]
#[delete("/stages/{id}")]
pub(super) async fn remove(
    caller: Caller,
    id: PathId<kinds::Stage>,
    pairs: Pairs,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let mut pairs = pairs.0;
    let command = DeleteStage { move_to: take(&mut pairs, "moveTo")?, reason: take(&mut pairs, "reason")? };
    no_more(&pairs, &["moveTo", "reason"])?;
    let pipelines = state.application.pipelines.clone();
    let deleted = to_the_end(async move {
        let outcome = pipelines.delete_stage(&caller, id.0, command, terms.0).await?;
        if let (Some(kind), false) = (outcome.output.to.clone(), outcome.replayed) {
            metrics::counter!("stage_changes_total", "kind" => kind).increment(outcome.output.moved);
        }
        Ok::<_, Error>(outcome)
    });
    let outcome = deleted.await.map_err(of_query)?;
    Ok(done(outcome.replayed))
}
