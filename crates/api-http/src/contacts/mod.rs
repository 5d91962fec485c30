//! The routes of contacts.

mod wire;

use actix_web::{delete, get, patch, post, web};
use cartera_application::{contacts::ContactField, opportunities::OpportunityField};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{Contact, CreateContact, SocialLinks, SocialLinksPatch, UpdateContact};

use crate::{
    edge::{
        Body, Caller, EdgeState, Handled, IfMatchHeader, IfMatchParameter, ListParameters, NoBody, NoQuery,
        Pairs, PathId, Submission, created, done_versioned, list_query, list_query_within, no_content,
        of_query, ok_versioned, page,
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
        .service(list_opportunities);
}

/// Create a contact
///
/// Its owner is the creator unless `ownerId` says otherwise.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "createContact",
    request_body = CreateContact,
    responses((status = 201, description = "The new contact.", body = Contact)),
    extensions(
        ("x-cartera-access" = json!("permission:contacts:write")),
        ("x-cartera-errors" = json!(["contact_email_taken", "invalid_reference"])),
    ),
)]
#[post("/contacts")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreateContact>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.contacts.create(&caller, body.into(), &once).await?;
    let location = format!("/api/v1/contacts/{}", outcome.output.id);
    let version = outcome.output.version;
    Ok(created(Some(location), Some(version), Contact::from(outcome.output), outcome.replayed))
}

/// List contacts
///
/// `q` finds the beginning of the name, of the last name or of the e-mail. `deleted=true` lists the bin, last
/// deleted first, to those who may delete: whoever may delete only their own sees only their own there.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "listContacts",
    params(ListParameters<ContactField>),
    responses((status = 200, description = "A page of contacts.", body = Vec<Contact>)),
    extensions(("x-cartera-access" = json!("permission:contacts:read"))),
)]
#[get("/contacts")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query::<ContactField>(&pairs, &caller)?;
    let contacts = state.application.contacts.list(&caller, query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Contact>(contacts)))
}

/// Read a contact
///
/// One that lies in the bin is not found.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "getContact",
    params(("id" = Uuid, Path, description = "The contact's id.")),
    responses((status = 200, description = "The contact.", body = Contact)),
    extensions(("x-cartera-access" = json!("permission:contacts:read"))),
)]
#[get("/contacts/{id}")]
async fn read(
    caller: Caller,
    id: PathId<kinds::Contact>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let contact = state.application.contacts.get(&caller, id.0).await?;
    Ok(ok_versioned(contact.version, Contact::from(contact)))
}

/// Change a contact
///
/// A merge-patch: what is absent stays, null clears; of `socialLinks`, link by link. Opportunities with the
/// contact keep the account they have.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "updateContact",
    params(("id" = Uuid, Path, description = "The contact's id."), IfMatchParameter),
    request_body = UpdateContact,
    responses((status = 200, description = "The contact as it is now.", body = Contact)),
    extensions(
        ("x-cartera-access" = json!("permission:contacts:write")),
        ("x-cartera-errors" = json!(["contact_email_taken", "edit_conflict", "invalid_reference"])),
    ),
)]
#[patch("/contacts/{id}")]
async fn update(
    caller: Caller,
    id: PathId<kinds::Contact>,
    _: NoQuery,
    seen: IfMatchHeader,
    body: Body<UpdateContact>,
    state: web::Data<EdgeState>,
) -> Handled {
    let contact = state.application.contacts.update(&caller, id.0, body.0.into(), seen.0).await?;
    Ok(ok_versioned(contact.version, Contact::from(contact)))
}

/// Delete a contact
///
/// It leaves every list at once and lies in the bin until it is restored or, after the company's `trashDays`,
/// removed for good. A contact that is the only party of live opportunities can't be deleted; `params` of the
/// error counts them. Opportunities that have an account besides show no contact until it is restored.
/// Whoever may delete only their own contacts is refused others'.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "deleteContact",
    params(("id" = Uuid, Path, description = "The contact's id."), IfMatchParameter),
    responses((status = 204, description = "The contact is deleted.")),
    extensions(
        ("x-cartera-access" = json!("permission:contacts:delete")),
        ("x-cartera-errors" = json!(["contact_in_use", "edit_conflict"])),
    ),
)]
#[delete("/contacts/{id}")]
async fn remove(
    caller: Caller,
    id: PathId<kinds::Contact>,
    _: NoQuery,
    seen: IfMatchHeader,
    state: web::Data<EdgeState>,
) -> Handled {
    state.application.contacts.delete(&caller, id.0, seen.0).await?;
    Ok(no_content())
}

/// Restore a contact
///
/// Out of the bin. While its account lies in the bin it can't be restored alone, nor when its e-mail is taken
/// by now. It takes the right to delete it.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "restoreContact",
    params(("id" = Uuid, Path, description = "The contact's id.")),
    responses((status = 200, description = "The contact, live again.", body = Contact)),
    extensions(
        ("x-cartera-access" = json!("permission:contacts:delete")),
        ("x-cartera-errors" = json!([
            "account_deleted", "contact_email_taken", "edit_conflict", "not_deleted"
        ])),
    ),
)]
#[post("/contacts/{id}/restore")]
async fn restore(
    caller: Caller,
    id: PathId<kinds::Contact>,
    _: NoQuery,
    action: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.contacts.restore(&caller, id.0, &action.once).await?;
    Ok(done_versioned(outcome.output.version, Contact::from(outcome.output), outcome.replayed))
}

/// List a contact's opportunities
///
/// Whatever their status, unless `status` or `stage` is given. It also takes `contacts:read`.
#[utoipa::path(
    tag = "Contacts",
    operation_id = "listContactOpportunities",
    params(("id" = Uuid, Path, description = "The contact's id."), ListParameters<OpportunityField>),
    responses((status = 200, description = "A page of opportunities.", body = Vec<Opportunity>)),
    extensions(("x-cartera-access" = json!("permission:opportunities:read"))),
)]
#[get("/contacts/{id}/opportunities")]
async fn list_opportunities(
    caller: Caller,
    id: PathId<kinds::Contact>,
    pairs: Pairs,
    state: web::Data<EdgeState>,
) -> Handled {
    let query = list_query_within::<OpportunityField>(&id.0.to_string(), &pairs, &caller)?;
    let opportunities = &state.application.opportunities;
    let found = opportunities.list_of_contact(&caller, id.0, query).await.map_err(of_query)?;
    Ok(opportunity_page(found))
}
