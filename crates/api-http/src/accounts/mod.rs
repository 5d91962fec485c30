//! The routes of accounts.

mod wire;

use actix_web::{delete, get, patch, post, web};
use cartera_application::accounts::AccountField;
use cartera_application::opportunities::OpportunityField;
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{Account, CreateAccount, UpdateAccount};

use crate::{
    edge::{
        Body, Caller, EdgeState, Handled, IfMatchHeader, ListParameters, NoQuery, Pairs, PathId, Submission,
        created, list_query, list_query_within, no_content, of_query, ok_versioned, page,
    },
    openapi::IfMatchParameter,
    opportunities::{Opportunity, opportunity_page},
    wire::page_of,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create)
        .service(list)
        .service(read)
        .service(update)
        .service(remove)
        .service(list_opportunities);
}

/// Create an account
///
/// Its owner is the creator unless `ownerId` says otherwise.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "createAccount",
    request_body = CreateAccount,
    responses((status = 201, description = "The new account.", body = Account)),
    extensions(
        ("x-cartera-access" = json!("permission:accounts:write")),
        ("x-cartera-errors" = json!(["account_name_taken", "invalid_reference"])),
    ),
)]
#[post("/accounts")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreateAccount>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.accounts.create(&caller, body.into(), &once).await?;
    let location = format!("/api/v1/accounts/{}", outcome.output.id);
    let version = outcome.output.version;
    Ok(created(Some(location), Some(version), Account::from(outcome.output), outcome.replayed))
}

/// List accounts
#[utoipa::path(
    tag = "Accounts",
    operation_id = "listAccounts",
    params(ListParameters<AccountField>),
    responses((status = 200, description = "A page of accounts.", body = Vec<Account>)),
    extensions(("x-cartera-access" = json!("permission:accounts:read"))),
)]
#[get("/accounts")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query::<AccountField>(&pairs, &caller)?;
    let accounts = state.application.accounts.list(&caller, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Account>(accounts)))
}

/// Read an account
#[utoipa::path(
    tag = "Accounts",
    operation_id = "getAccount",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The account.", body = Account)),
    extensions(("x-cartera-access" = json!("permission:accounts:read"))),
)]
#[get("/accounts/{id}")]
async fn read(
    caller: Caller,
    id: PathId<kinds::Account>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let account = state.application.accounts.get(&caller, id.0).await?;
    Ok(ok_versioned(account.version, Account::from(account)))
}

/// Change an account
///
/// A merge-patch: what is absent stays, null clears.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "updateAccount",
    params(("id" = Uuid, Path, description = "The account's id."), IfMatchParameter),
    request_body = UpdateAccount,
    responses((status = 200, description = "The account as it is now.", body = Account)),
    extensions(
        ("x-cartera-access" = json!("permission:accounts:write")),
        ("x-cartera-errors" = json!(["account_name_taken", "edit_conflict", "invalid_reference"])),
    ),
)]
#[patch("/accounts/{id}")]
async fn update(
    caller: Caller,
    id: PathId<kinds::Account>,
    _: NoQuery,
    seen: IfMatchHeader,
    body: Body<UpdateAccount>,
    state: web::Data<EdgeState>,
) -> Handled {
    let account = state.application.accounts.update(&caller, id.0, body.0.into(), seen.0).await?;
    Ok(ok_versioned(account.version, Account::from(account)))
}

/// Delete an account
///
/// It leaves every list at once. An account with live contacts or opportunities can't be deleted; `params`
/// of the error counts them. Whoever may delete only their own accounts is refused others'.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "deleteAccount",
    params(("id" = Uuid, Path, description = "The account's id."), IfMatchParameter),
    responses((status = 204, description = "The account is deleted.")),
    extensions(
        ("x-cartera-access" = json!("permission:accounts:delete")),
        ("x-cartera-errors" = json!(["account_in_use", "edit_conflict"])),
    ),
)]
#[delete("/accounts/{id}")]
async fn remove(
    caller: Caller,
    id: PathId<kinds::Account>,
    _: NoQuery,
    seen: IfMatchHeader,
    state: web::Data<EdgeState>,
) -> Handled {
    state.application.accounts.delete(&caller, id.0, seen.0).await?;
    Ok(no_content())
}

/// List an account's opportunities
///
/// Whatever their status, unless `status` or `stage` is given. It also takes `accounts:read`.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "listAccountOpportunities",
    params(("id" = Uuid, Path, description = "The account's id."), ListParameters<OpportunityField>),
    responses((status = 200, description = "A page of opportunities.", body = Vec<Opportunity>)),
    extensions(("x-cartera-access" = json!("permission:opportunities:read"))),
)]
#[get("/accounts/{id}/opportunities")]
async fn list_opportunities(
    caller: Caller,
    id: PathId<kinds::Account>,
    pairs: Pairs,
    state: web::Data<EdgeState>,
) -> Handled {
    let query = list_query_within::<OpportunityField>(&id.0.to_string(), &pairs, &caller)?;
    let opportunities = &state.application.opportunities;
    let found = opportunities.list_of_account(&caller, id.0, query).await.map_err(of_query)?;
    Ok(opportunity_page(found))
}
