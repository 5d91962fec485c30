//! The routes of the caller's own company.

mod wire;

use actix_web::{get, web};
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{Company, Settings};

use crate::edge::{Caller, EdgeState, Handled, NoQuery, ok_versioned};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(current);
}

/// Read my company
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
    Ok(ok_versioned(company.record().version, Company::from(&company)))
}
