//! The routes of opportunities and their stage changes.

mod answers;
mod stage_changes;
mod wire;

use actix_web::{HttpResponse, delete, get, patch, post, web};
use cartera_application::{
    lists::Page, opportunities::OpportunityList, ports::Board, views::OpportunityView,
};
use cartera_domain::{
    events::EntityType, identity::Permission, ids::kinds, opportunities::OpportunityFields,
};
use serde::Serialize;
use utoipa_actix_web::service_config::ServiceConfig;

pub use answers::{BoardColumn, Opportunity, StageChange};
pub use wire::{CreateStageChange, NewOpportunity, OpportunityPatch};

use crate::{
    edge::{
        AsOfParameter, Caller, Change, EdgeState, Handled, IfMatchParameter, IncludeParameter,
        ListParameters, NoBody, NoQuery, Pairs, PathId, ReadQuery, Submission, TermsHeaders, created, done,
        done_versioned, list_query, of_query, ok, ok_versioned, page, page_with, take_include,
    },
    records::{HISTORY, Nested, Operation, history_page},
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create)
        .service(list)
        .service(read)
        .service(update)
        .service(remove)
        .service(restore)
        .service(stage_changes::create)
        .service(stage_changes::list)
        .service(history());
}

/// What happened to an opportunity.
fn history() -> Operation {
    Nested::history(Permission::OpportunitiesRead)
        .below::<OpportunityFields>(HISTORY, async |app, actor, id, query| {
            app.opportunities.history(actor, id, query).await.map(history_page)
        })
}

/// Create an opportunity
///
/// With the company's next number and its first stage change. It needs an account or a contact; with only a
/// contact it takes that contact's account.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "createOpportunity",
    request_body = NewOpportunity,
    responses((status = 201, description = "The new opportunity.", body = Opportunity)),
    extensions(
        ("x-cartera-access" = json!("permission:opportunities:write")),
        ("x-cartera-errors" = json!(["invalid_reference"])),
    ),
)]
#[post("/opportunities")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<NewOpportunity>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.opportunities.create(&caller, body.into(), &once).await?;
    if !outcome.replayed {
        metrics::counter!("opportunities_created_total").increment(1);
    }
    let location = format!("/api/v1/opportunities/{}", outcome.output.id);
    let version = outcome.output.version;
    Ok(created(Some(location), Some(version), Opportunity::from(outcome.output), outcome.replayed))
}

/// List opportunities
///
/// The open ones, unless `status` or `stage` is given. A stage given by name means every stage so named.
/// `board=true` adds `meta.board`: count and amounts by stage under the same filters except stage and status.
/// `deleted=true` lists the bin, whatever the status, last deleted first, to those who may delete: whoever may
/// delete only their own sees only their own there.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "listOpportunities",
    params(ListParameters<OpportunityList>, IncludeParameter),
    responses((status = 200, description = "A page of opportunities.", body = Vec<Opportunity>)),
    extensions(("x-cartera-access" = json!("permission:opportunities:read"))),
)]
#[get("/opportunities")]
async fn list(caller: Caller, mut pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let with_can = take_include(&mut pairs)?;
    let query = list_query(OpportunityList::TABLE, &pairs, &caller)?;
    let found = state.application.opportunities.list(&caller, query).await.map_err(of_query)?;
    Ok(opportunity_page(found, |view| shown(&caller, view, with_can)))
}

/// Read an opportunity
///
/// One that lies in the bin is not found. `version`, also the `ETag`, is what `If-Match` takes.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "getOpportunity",
    params(("id" = Uuid, Path, description = "The opportunity's id."), AsOfParameter, IncludeParameter),
    responses((status = 200, description = "The opportunity.", body = Opportunity)),
    extensions(
        ("x-cartera-access" = json!("permission:opportunities:read")),
        ("x-cartera-errors" = json!(["history_not_kept"])),
    ),
)]
#[get("/opportunities/{id}")]
async fn read(
    caller: Caller,
    id: PathId<kinds::Opportunity>,
    query: ReadQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let opportunities = &state.application.opportunities;
    let opportunity = match query.as_of {
        None => opportunities.get(&caller, id.0).await?,
        Some(at) => opportunities.get_as_of(&caller, id.0, at).await?,
    };
    if query.with_can {
        // Rights change without the version, so there is no tag.
        return Ok(ok(shown(&caller, opportunity, true)));
    }
    Ok(ok_versioned(opportunity.version, Opportunity::from(opportunity)))
}

/// An opportunity, with what the caller may do with it where that was asked for.
fn shown(caller: &Caller, view: OpportunityView, with_can: bool) -> Opportunity {
    let can = with_can.then(|| view.can(caller).into());
    Opportunity { can, ..Opportunity::from(view) }
}

/// Change an opportunity
///
/// A merge-patch: what is absent stays, null clears. The stage changes by a stage change only.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "updateOpportunity",
    params(("id" = Uuid, Path, description = "The opportunity's id."), IfMatchParameter),
    request_body = OpportunityPatch,
    responses((status = 200, description = "The opportunity as it is now.", body = Opportunity)),
    extensions(
        ("x-cartera-access" = json!("permission:opportunities:write")),
        ("x-cartera-errors" = json!(["edit_conflict", "invalid_reference"])),
    ),
)]
#[patch("/opportunities/{id}")]
async fn update(
    caller: Caller,
    id: PathId<kinds::Opportunity>,
    _: NoQuery,
    change: Change<OpportunityPatch>,
    state: web::Data<EdgeState>,
) -> Handled {
    let command = change.body.try_into()?;
    let opportunities = &state.application.opportunities;
    let outcome = opportunities.update(&caller, id.0, command, change.terms).await?;
    Ok(done_versioned(outcome.output.version, Opportunity::from(outcome.output), outcome.replayed))
}

/// Delete an opportunity
///
/// It leaves every list and report at once, with its stage changes, and lies in the bin until it is restored
/// or, after the company's `trashDays`, removed for good. Whoever may delete only their own opportunities is
/// refused others'.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "deleteOpportunity",
    params(("id" = Uuid, Path, description = "The opportunity's id."), IfMatchParameter),
    responses((status = 204, description = "The opportunity is deleted.")),
    extensions(
        ("x-cartera-access" = json!("permission:opportunities:delete")),
        ("x-cartera-errors" = json!(["edit_conflict"])),
    ),
)]
#[delete("/opportunities/{id}")]
async fn remove(
    caller: Caller,
    id: PathId<kinds::Opportunity>,
    _: NoQuery,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.opportunities.delete(&caller, id.0, terms.0).await?;
    Ok(done(outcome.replayed))
}

/// Restore an opportunity
///
/// Out of the bin, with its stage changes, back into lists and reports. If its stage was deleted meanwhile it
/// lands in the first stage of the same kind, by a stage change that says why. It takes the right to delete
/// it.
#[utoipa::path(
    tag = "Opportunities",
    operation_id = "restoreOpportunity",
    params(("id" = Uuid, Path, description = "The opportunity's id.")),
    responses((status = 200, description = "The opportunity, live again.", body = Opportunity)),
    extensions(
        ("x-cartera-access" = json!("permission:opportunities:delete")),
        ("x-cartera-errors" = json!([
            "account_deleted", "contact_deleted", "edit_conflict", "not_deleted", "pipeline_deleted"
        ])),
    ),
)]
#[post("/opportunities/{id}/restore")]
async fn restore(
    caller: Caller,
    id: PathId<kinds::Opportunity>,
    _: NoQuery,
    action: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.opportunities.restore(&caller, id.0, &action.once).await?;
    Ok(done_versioned(outcome.output.version, Opportunity::from(outcome.output), outcome.replayed))
}

/// The list of opportunities below a parent record.
pub(crate) fn nested_opportunities() -> Nested {
    Nested::new(EntityType::Opportunity, Permission::OpportunitiesRead, OpportunityList::TABLE)
}

/// The field that the board adds to a page's meta.
#[derive(Serialize)]
struct BoardMeta {
    board: Vec<BoardColumn>,
}

/// 200 with a page of opportunities, and the board if it was requested.
pub(crate) fn opportunity_page(
    (found, board): (Page<OpportunityView>, Option<Board>),
    mut shown: impl FnMut(OpportunityView) -> Opportunity,
) -> HttpResponse {
    let Page { items, limit, page: number, next_cursor, total } = found;
    let items = items.into_iter().map(&mut shown).collect();
    let opportunities = Page { items, limit, page: number, next_cursor, total };
    match board {
        None => page(opportunities),
        Some(board) => {
            let board = board.into_iter().map(BoardColumn::from).collect();
            page_with(opportunities, BoardMeta { board })
        }
    }
}
