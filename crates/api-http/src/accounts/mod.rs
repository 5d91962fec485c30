//! The routes of accounts.

mod wire;

use actix_web::{delete, get, patch, post, web};
use cartera_application::{accounts::AccountField, contacts::ContactField, opportunities::OpportunityField};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{Account, CreateAccount, UpdateAccount};

use crate::{
    contacts::Contact,
    edge::{
        Body, Caller, EdgeState, Handled, IfMatchHeader, IfMatchParameter, ListParameters, NoBody, NoQuery,
        Pairs, PathId, Submission, created, done_versioned, list_query, list_query_within, no_content,
        no_more, of_query, ok_versioned, page, take_flag, to_the_end,
    },
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
        .service(restore)
        .service(list_contacts)
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
///
/// `deleted=true` lists the bin, last deleted first, to those who may delete: whoever may delete only their own
/// sees only their own there.
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
    let accounts = state.application.accounts.list(&caller, query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Account>(accounts)))
}

/// Read an account
///
/// One that lies in the bin is not found.
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
/// It leaves every list at once and lies in the bin until it is restored or, after the company's `trashDays`,
/// removed for good. An account with live contacts or opportunities can't be deleted (`params` of the error
/// counts them) unless `cascade=true` deletes them together with it, all or nothing. That takes the
/// permissions to delete contacts and opportunities too; whoever may delete only their own records is refused
/// others', also under cascade.
///
/// With hundreds of thousands of records the answer may take minutes; who hangs up does not undo it.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "deleteAccount",
    params(
        ("id" = Uuid, Path, description = "The account's id."),
        (
            "cascade" = Option<bool>, Query,
            description = "Whether its live contacts and opportunities are deleted together with it.",
        ),
        IfMatchParameter,
    ),
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
    mut pairs: Pairs,
    seen: IfMatchHeader,
    state: web::Data<EdgeState>,
) -> Handled {
    let cascade = take_flag(&mut pairs, "cascade")?;
    no_more(&pairs)?;
    let accounts = state.application.accounts.clone();
    if cascade {
        to_the_end(async move { accounts.delete_cascading(&caller, id.0, seen.0).await }).await?;
    } else {
        accounts.delete(&caller, id.0, seen.0).await?;
    }
    Ok(no_content())
}

/// Restore an account
///
/// Out of the bin, with the contacts and opportunities that were deleted together with it; what was deleted on
/// its own before stays in the bin. When a name or an e-mail is taken by now, nothing is restored. It takes
/// the right to delete each of them.
///
/// With hundreds of thousands of records the answer may take minutes; who hangs up does not undo it.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "restoreAccount",
    params(("id" = Uuid, Path, description = "The account's id.")),
    responses((status = 200, description = "The account, live again.", body = Account)),
    extensions(
        ("x-cartera-access" = json!("permission:accounts:delete")),
        ("x-cartera-errors" = json!([
            "account_name_taken", "contact_email_taken", "edit_conflict", "not_deleted", "pipeline_deleted"
        ])),
    ),
)]
#[post("/accounts/{id}/restore")]
async fn restore(
    caller: Caller,
    id: PathId<kinds::Account>,
    _: NoQuery,
    action: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let accounts = state.application.accounts.clone();
    let restored = async move { accounts.restore(&caller, id.0, &action.once).await };
    let outcome = to_the_end(restored).await?;
    Ok(done_versioned(outcome.output.version, Account::from(outcome.output), outcome.replayed))
}

/// List an account's contacts
///
/// It also takes `accounts:read`.
#[utoipa::path(
    tag = "Accounts",
    operation_id = "listAccountContacts",
    params(("id" = Uuid, Path, description = "The account's id."), ListParameters<ContactField>),
    responses((status = 200, description = "A page of contacts.", body = Vec<Contact>)),
    extensions(("x-cartera-access" = json!("permission:contacts:read"))),
)]
#[get("/accounts/{id}/contacts")]
async fn list_contacts(
    caller: Caller,
    id: PathId<kinds::Account>,
    pairs: Pairs,
    state: web::Data<EdgeState>,
) -> Handled {
    let query = list_query_within::<ContactField>(&id.0.to_string(), &pairs, &caller)?;
    let contacts =
        state.application.contacts.list_of_account(&caller, id.0, query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Contact>(contacts)))
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
