//! The routes of pipelines and their stages.

mod input;
mod stages;
mod wire;

use actix_web::{delete, get, patch, post, web};
use cartera_application::{lists::Page, pipelines::MAX_PIPELINES};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use input::{CreatePipeline, CreateStage, StageOrder, UpdatePipeline, UpdateStage};
pub use wire::{Pipeline, PipelineStage, Stage};

use crate::edge::{
    Caller, Change, EdgeState, Handled, IfMatchParameter, NoQuery, PathId, Submission, TermsHeaders, created,
    done, done_versioned, ok_versioned, page,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create)
        .service(list)
        .service(read)
        .service(update)
        .service(remove)
        .service(stages::create)
        .service(stages::reorder)
        .service(stages::update)
        .service(stages::remove);
}

/// Create a pipeline
///
/// With its stages, in order: exactly one of kind WON, at least one OPEN and one LOST.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "createPipeline",
    request_body = CreatePipeline,
    responses((status = 201, description = "The new pipeline.", body = Pipeline)),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!(["pipeline_name_taken", "limit_reached"])),
    ),
)]
#[post("/pipelines")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreatePipeline>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.pipelines.create(&caller, body.into(), &once).await?;
    let location = format!("/api/v1/pipelines/{}", outcome.output.id);
    let version = outcome.output.version;
    Ok(created(Some(location), Some(version), Pipeline::from(outcome.output), outcome.replayed))
}

/// List pipelines
///
/// All of them with their stages, the default one first, then by name: there is always only one page.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "listPipelines",
    responses((status = 200, description = "The pipelines.", body = Vec<Pipeline>)),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:read")),
        ("x-cartera-list" = json!("whole")),
    ),
)]
#[get("/pipelines")]
async fn list(caller: Caller, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    let pipelines = state.application.pipelines.list(&caller).await?;
    let items: Vec<_> = pipelines.into_iter().map(Pipeline::from).collect();
    Ok(page(Page { items, limit: MAX_PIPELINES, page: None, next_cursor: None, total: None }))
}

/// Read a pipeline
///
/// Its stages come with it, in their order. `version` counts their changes too.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "getPipeline",
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    responses((status = 200, description = "The pipeline with its stages.", body = Pipeline)),
    extensions(("x-cartera-access" = json!("permission:pipelines:read"))),
)]
#[get("/pipelines/{id}")]
async fn read(
    caller: Caller,
    id: PathId<kinds::Pipeline>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let pipeline = state.application.pipelines.get(&caller, id.0).await?;
    Ok(ok_versioned(pipeline.version, Pipeline::from(pipeline)))
}

/// Change a pipeline
///
/// A merge-patch. Making it the default one takes that from the other; the default one can't be given up
/// otherwise.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "updatePipeline",
    params(("id" = Uuid, Path, description = "The pipeline's id."), IfMatchParameter),
    request_body = UpdatePipeline,
    responses((status = 200, description = "The pipeline as it is now.", body = Pipeline)),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!(["pipeline_name_taken", "pipeline_is_default", "edit_conflict"])),
    ),
)]
#[patch("/pipelines/{id}")]
async fn update(
    caller: Caller,
    id: PathId<kinds::Pipeline>,
    _: NoQuery,
    change: Change<UpdatePipeline>,
    state: web::Data<EdgeState>,
) -> Handled {
    let input = change.body.try_into()?;
    let outcome = state.application.pipelines.update(&caller, id.0, input, change.terms).await?;
    Ok(done_versioned(outcome.output.version, Pipeline::from(outcome.output), outcome.replayed))
}

/// Delete a pipeline
///
/// With its stages, which histories go on naming. The default one can't be deleted, nor one in which live
/// opportunities stand; `params` of the error counts them.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "deletePipeline",
    params(("id" = Uuid, Path, description = "The pipeline's id."), IfMatchParameter),
    responses((status = 204, description = "The pipeline is deleted.")),
    extensions(
        ("x-cartera-access" = json!("permission:pipelines:write")),
        ("x-cartera-errors" = json!(["pipeline_is_default", "pipeline_in_use", "edit_conflict"])),
    ),
)]
#[delete("/pipelines/{id}")]
async fn remove(
    caller: Caller,
    id: PathId<kinds::Pipeline>,
    _: NoQuery,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.pipelines.delete(&caller, id.0, terms.0).await?;
    Ok(done(outcome.replayed))
}
