//! Moving an opportunity, and its history.

use actix_web::{get, post, web};
use cartera_application::{opportunities::StageChangeList, views::Moved};
use cartera_domain::ids::kinds;

use super::{CreateStageChange, StageChange};
use crate::{
    edge::{
        Caller, EdgeState, Handled, IfMatchHeader, IfMatchParameter, ListParameters, NoQuery, Pairs, PathId,
        Submission, created, list_query_within, of_query, page,
    },
    wire::page_of,
};

/// Move an opportunity to another stage
///
/// The only way a stage changes: recorded with from, to, when, who and why. The stage must be one of the
/// opportunity's own pipeline. `If-Match` and `ETag` are the opportunity's version, before and after the move.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "createStageChange",
    params(("id" = Uuid, Path, description = "The opportunity's id."), IfMatchParameter),
    request_body = CreateStageChange,
    responses((
        status = 201,
        description = "The stage change.",
        body = StageChange,
        headers(("ETag" = String, description = "The opportunity's version since, for `If-Match`.")),
    )),
    extensions(
        ("x-cartera-access" = json!("permission:opportunities:write")),
        ("x-cartera-errors" = json!(["already_in_stage", "edit_conflict", "invalid_reference"])),
    ),
)]
#[post("/opportunities/{id}/stage-changes")]
pub(super) async fn create(
    caller: Caller,
    id: PathId<kinds::Opportunity>,
    _: NoQuery,
    seen: IfMatchHeader,
    submission: Submission<CreateStageChange>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let opportunities = &state.application.opportunities;
    let outcome = opportunities.change_stage(&caller, id.0, body.into(), seen.0, &once).await?;
    let Moved { change, opportunity_version } = outcome.output;
    if !outcome.replayed {
        let kind = change.new_stage.kind.clone();
        metrics::counter!("stage_changes_total", "kind" => kind).increment(1);
    }
    Ok(created(None, opportunity_version, StageChange::from(change), outcome.replayed))
}

/// List an opportunity's stage changes
///
/// Newest first unless asked otherwise; the first one is the creation.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "listStageChanges",
    params(("id" = Uuid, Path, description = "The opportunity's id."), ListParameters<StageChangeList>),
    responses((status = 200, description = "A page of stage changes.", body = Vec<StageChange>)),
    extensions(("x-cartera-access" = json!("permission:opportunities:read"))),
)]
#[get("/opportunities/{id}/stage-changes")]
pub(super) async fn list(
    caller: Caller,
    id: PathId<kinds::Opportunity>,
    pairs: Pairs,
    state: web::Data<EdgeState>,
) -> Handled {
    let query = list_query_within(StageChangeList::TABLE, &id.0.to_string(), &pairs, &caller)?;
    let opportunities = &state.application.opportunities;
    let changes = opportunities.list_stage_changes(&caller, id.0, query).await.map_err(of_query)?;
    Ok(page(page_of::<_, StageChange>(changes)))
}
