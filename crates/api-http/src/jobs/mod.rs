//! The routes of dead background jobs, for platform administrators.

mod wire;

use actix_web::{get, post, web};
use cartera_application::jobs::DeadJobList;
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::DeadJob;

use crate::{
    edge::{
        Caller, EdgeState, Handled, ListParameters, NoBody, NoQuery, Pairs, PathId, done, list_query,
        of_query, page,
    },
    wire::page_of,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(retry);
}

/// List dead jobs
///
/// Background jobs of every company that were tried as often as they may be, or that can never work.
#[utoipa::path(
    tag = "Jobs",
    operation_id = "listDeadJobs",
    params(ListParameters<DeadJobList>),
    responses((status = 200, description = "A page of dead jobs.", body = Vec<DeadJob>)),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[get("/jobs/dead")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(DeadJobList::TABLE, &pairs, &caller)?;
    let jobs = state.application.dead_jobs.list(&caller, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, DeadJob>(jobs)))
}

/// Retry a dead job
///
/// It is queued at once, with as many tries as a new one. Mend what made it fail first.
#[utoipa::path(
    tag = "Jobs",
    operation_id = "retryDeadJob",
    params(("id" = Uuid, Path, description = "The job's id.")),
    responses((status = 204, description = "The job is queued again.")),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[post("/jobs/dead/{id}/retry")]
async fn retry(
    caller: Caller,
    id: PathId<kinds::Job>,
    _: NoQuery,
    NoBody { once }: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.dead_jobs.retry(&caller, id.0, &once).await?;
    Ok(done(outcome.replayed))
}
