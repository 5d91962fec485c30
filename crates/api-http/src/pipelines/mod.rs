//! The routes of pipelines.

mod wire;

use actix_web::{get, web};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{Pipeline, Stage};

use crate::edge::{Caller, EdgeState, Handled, NoQuery, PathId, all, ok_versioned};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(read);
}

/// List pipelines
///
/// All of them with their stages, the default one first, then by name.
#[utoipa::path(
    tag = "Pipelines",
    operation_id = "listPipelines",
    responses((status = 200, description = "The pipelines.", body = Vec<Pipeline>)),
    extensions(("x-cartera-access" = json!("permission:pipelines:read"))),
)]
#[get("/pipelines")]
async fn list(caller: Caller, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    let pipelines = state.application.pipelines.list(&caller).await?;
    Ok(all(pipelines.iter().map(Pipeline::from).collect()))
}

/// Read a pipeline
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
    Ok(ok_versioned(pipeline.record().version, Pipeline::from(&pipeline)))
}
