//! The routes of companies: the caller's own one, and all of them for platform administrators.

mod platform;
mod wire;

use actix_web::{get, patch, web};
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{Company, CreateCompany, Settings, UpdateCompany, UpdateSettings};

use crate::edge::{
    Caller, Change, EdgeState, Handled, IfMatchParameter, NoQuery, done_versioned, ok_versioned,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(current)
        .service(update_current)
        .service(platform::create)
        .service(platform::list)
        .service(platform::read)
        .service(platform::update)
        .service(platform::suspend)
        .service(platform::reactivate);
}

/// Read my company
///
/// Everybody in the company may; a platform administrator has none.
#[utoipa::path(
    tag = "Companies",
    operation_id = "getCurrentCompany",
    responses((status = 200, description = "The caller's company.", body = Company)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "password_reset_required"])),
    ),
)]
#[get("/companies/current")]
async fn current(caller: Caller, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    let company = state.application.companies.current(&caller).await?;
    Ok(ok_versioned(company.version, Company::from(company)))
}

/// Change my company
///
/// A merge-patch: what is absent stays, null clears.
#[utoipa::path(
    tag = "Companies",
    operation_id = "updateCurrentCompany",
    params(IfMatchParameter),
    request_body = UpdateCompany,
    responses((status = 200, description = "The company as it is now.", body = Company)),
    extensions(
        ("x-cartera-access" = json!("permission:company:write")),
        ("x-cartera-errors" = json!(["edit_conflict"])),
    ),
)]
#[patch("/companies/current")]
async fn update_current(
    caller: Caller,
    _: NoQuery,
    change: Change<UpdateCompany>,
    state: web::Data<EdgeState>,
) -> Handled {
    let companies = &state.application.companies;
    let outcome = companies.update_current(&caller, change.body.into(), change.terms).await?;
    Ok(done_versioned(outcome.output.version, Company::from(outcome.output), outcome.replayed))
}
