//! Operations and their events.

mod wire;

use actix_web::{get, web};
use cartera_application::history::{EventList, OperationList};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{OperationDetail, OperationSummary, RecordEvent};

use crate::{
    edge::{
        Caller, EdgeState, Handled, ListParameters, NoQuery, Pairs, PathId, list_query, list_query_within,
        of_query, ok, page,
    },
    wire::page_of,
};

/// The routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(read).service(list_events);
}

/// List operations
///
/// Everything that one request or job wrote is one operation; `X-Operation-Id` of the answer that made it names it.
/// Newest first unless asked otherwise. Whoever may not read the audit sees only their own.
#[utoipa::path(
    tag = "Operations",
    operation_id = "listOperations",
    params(ListParameters<OperationList>),
    responses((status = 200, description = "A page of operations.", body = Vec<OperationSummary>)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "password_reset_required"])),
    ),
)]
#[get("/operations")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(OperationList::TABLE, &pairs, &caller)?;
    let found = state.application.history.list(&caller, query).await.map_err(of_query)?;
    Ok(page(page_of::<_, OperationSummary>(found)))
}

/// Read an operation
///
/// With its first 100 events, in order. Another's is not found unless one may read the audit.
#[utoipa::path(
    tag = "Operations",
    operation_id = "getOperation",
    params(("id" = Uuid, Path, description = "The operation's id.")),
    responses((status = 200, description = "The operation.", body = OperationDetail)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "password_reset_required"])),
    ),
)]
#[get("/operations/{id}")]
async fn read(
    caller: Caller,
    id: PathId<kinds::Operation>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let (operation, events) = state.application.history.get(&caller, id.0).await?;
    Ok(ok(OperationDetail::of(operation, events)))
}

/// List the events of an operation
///
/// Last ones first unless asked otherwise. Another's operation is not found unless one may read the audit.
#[utoipa::path(
    tag = "Operations",
    operation_id = "listOperationEvents",
    params(("id" = Uuid, Path, description = "The operation's id."), ListParameters<EventList>),
    responses((status = 200, description = "A page of events.", body = Vec<RecordEvent>)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "password_reset_required"])),
    ),
)]
#[get("/operations/{id}/events")]
async fn list_events(
    caller: Caller,
    id: PathId<kinds::Operation>,
    pairs: Pairs,
    state: web::Data<EdgeState>,
) -> Handled {
    let query = list_query_within(EventList::TABLE, &id.0.to_string(), &pairs, &caller)?;
    let found = state.application.history.list_events(&caller, id.0, query).await.map_err(of_query)?;
    Ok(page(page_of::<_, RecordEvent>(found)))
}
