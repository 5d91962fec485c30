//! The routes of companies for platform administrators.

use actix_web::{HttpResponse, get, patch, post, web};
use cartera_application::{
    companies::{CompanyList, CompanyView},
    idempotency::Outcome,
};
use cartera_domain::ids::kinds;

use super::{Company, CreateCompany, UpdateCompany};
use crate::{
    edge::{
        Caller, Change, EdgeState, Handled, IfMatchParameter, ListParameters, NoBody, NoQuery, Pairs, PathId,
        Submission, created, done_versioned, list_query, mark_replayed, of_query, ok_versioned, page,
    },
    wire::page_of,
};

/// Register a company
///
/// With a pipeline in its language. It has no OWNER yet: invite one.
#[utoipa::path(
    tag = "Companies",
    operation_id = "createCompany",
    request_body = CreateCompany,
    responses((status = 201, description = "The new company.", body = Company)),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[post("/companies")]
pub(super) async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreateCompany>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.companies.register(&caller, body.into(), &once).await?;
    let location = format!("/api/v1/companies/{}", outcome.output.id);
    let version = outcome.output.version;
    Ok(created(Some(location), Some(version), Company::from(outcome.output), outcome.replayed))
}

/// List companies
///
/// All of the platform, suspended ones too; nothing of what they keep in it.
#[utoipa::path(
    tag = "Companies",
    operation_id = "listCompanies",
    params(ListParameters<CompanyList>),
    responses((status = 200, description = "A page of companies.", body = Vec<Company>)),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[get("/companies")]
pub(super) async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(CompanyList::TABLE, &pairs, &caller)?;
    let companies = state.application.companies.list(&caller, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Company>(companies)))
}

/// Read a company
///
/// Its own data only: what it keeps is not the platform's to see.
#[utoipa::path(
    tag = "Companies",
    operation_id = "getCompany",
    params(("id" = Uuid, Path, description = "The company's id.")),
    responses((status = 200, description = "The company.", body = Company)),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[get("/companies/{id}")]
pub(super) async fn read(
    caller: Caller,
    id: PathId<kinds::Company>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let company = state.application.companies.get(&caller, id.0).await?;
    Ok(ok_versioned(company.version, Company::from(company)))
}

/// Change a company
///
/// A merge-patch: what is absent stays, null clears.
#[utoipa::path(
    tag = "Companies",
    operation_id = "updateCompany",
    params(("id" = Uuid, Path, description = "The company's id."), IfMatchParameter),
    request_body = UpdateCompany,
    responses((status = 200, description = "The company as it is now.", body = Company)),
    extensions(
        ("x-cartera-access" = json!("platform")),
        ("x-cartera-errors" = json!(["edit_conflict"])),
    ),
)]
#[patch("/companies/{id}")]
pub(super) async fn update(
    caller: Caller,
    id: PathId<kinds::Company>,
    _: NoQuery,
    change: Change<UpdateCompany>,
    state: web::Data<EdgeState>,
) -> Handled {
    let companies = &state.application.companies;
    let outcome = companies.update(&caller, id.0, change.body.into(), change.terms).await?;
    Ok(done_versioned(outcome.output.version, Company::from(outcome.output), outcome.replayed))
}

/// Suspend a company
///
/// Its users and API keys are refused, at once here and within two seconds elsewhere. Sessions don't end: they
/// wait. A company that is suspended stays as it is.
#[utoipa::path(
    tag = "Companies",
    operation_id = "suspendCompany",
    params(("id" = Uuid, Path, description = "The company's id.")),
    responses((status = 200, description = "The suspended company.", body = Company)),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[post("/companies/{id}/suspend")]
pub(super) async fn suspend(
    caller: Caller,
    id: PathId<kinds::Company>,
    _: NoQuery,
    submission: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.companies.suspend(&caller, id.0, &submission.once).await?;
    Ok(turned(outcome))
}

/// Reactivate a company
///
/// Its users and API keys are let in again, and sessions that have not ended go on. A company that works stays
/// as it is.
#[utoipa::path(
    tag = "Companies",
    operation_id = "reactivateCompany",
    params(("id" = Uuid, Path, description = "The company's id.")),
    responses((status = 200, description = "The company, at work again.", body = Company)),
    extensions(("x-cartera-access" = json!("platform"))),
)]
#[post("/companies/{id}/reactivate")]
pub(super) async fn reactivate(
    caller: Caller,
    id: PathId<kinds::Company>,
    _: NoQuery,
    submission: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.companies.reactivate(&caller, id.0, &submission.once).await?;
    Ok(turned(outcome))
}

fn turned(outcome: Outcome<CompanyView>) -> HttpResponse {
    let Outcome { output, replayed } = outcome;
    let mut response = ok_versioned(output.version, Company::from(output));
    if replayed {
        mark_replayed(&mut response);
    }
    response
}
