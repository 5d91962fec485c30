//! The routes of attachments. The bytes of files never pass through them.

mod wire;

use actix_web::{delete, get, post, web};
use cartera_application::{
    attachments::{AttachmentList, Confirmed, WantedTarget},
    idempotency::Outcome,
};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{AnnouncedAttachment, Attachment, CreateAttachment, Download, Upload};

use crate::{
    edge::{
        Caller, EdgeState, Handled, IfMatchParameter, ListParameters, NoBody, NoQuery, Pairs, PathId,
        Submission, TermsHeaders, created, done, list_query_within, mark_replayed, of_query, ok,
        ok_versioned, page, take,
    },
    wire::{AttachmentTargetType, page_of},
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(create).service(list).service(read).service(remove).service(confirm).service(download);
}

/// Announce an attachment
///
/// The answer says how to upload the file, straight to the store: exactly the announced bytes, within 15
/// minutes. Then confirm. A replay under an `Idempotency-Key` gets a new URL as long as the file is not there.
#[utoipa::path(
    tag = "Attachments",
    operation_id = "createAttachment",
    request_body = CreateAttachment,
    responses((status = 201, description = "The attachment, and how to upload it.", body = AnnouncedAttachment)),
    extensions(
        ("x-cartera-access" = json!("record:write")),
        ("x-cartera-errors" = json!(["invalid_reference"])),
    ),
)]
#[post("/attachments")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreateAttachment>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.attachments.create(&caller, body.into(), &once).await?;
    let Outcome { output: announced, replayed } = outcome;
    let location = format!("/api/v1/attachments/{}", announced.attachment.id);
    let version = announced.attachment.version;
    Ok(created(Some(location), Some(version), AnnouncedAttachment::from(announced), replayed))
}

/// List a record's attachments
///
/// Those awaited too, unless `status` is given.
#[utoipa::path(
    tag = "Attachments",
    operation_id = "listAttachments",
    params(
        ("entityType" = AttachmentTargetType, Query, description = "The kind of record."),
        ("entityId" = Uuid, Query, description = "The record's id."),
        ListParameters<AttachmentList>,
    ),
    responses((status = 200, description = "A page of attachments.", body = Vec<Attachment>)),
    extensions(
        ("x-cartera-access" = json!("record:read")),
        ("x-cartera-errors" = json!(["not_found"])),
    ),
)]
#[get("/attachments")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let mut pairs = pairs.0;
    let wanted = WantedTarget {
        entity_type: take(&mut pairs, "entityType")?,
        entity_id: take(&mut pairs, "entityId")?,
    };
    // The record is not a filter of the list language, so it scopes the cursor. It is parsed, so that every spelling of
    // its id gives the same scope.
    let scope = format!("{:?}", wanted.clone().read());
    let query = list_query_within(AttachmentList::TABLE, &scope, &pairs, &caller)?;
    let found = state.application.attachments.list(&caller, wanted, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Attachment>(found)))
}

/// Read an attachment
///
/// It is `PENDING` until the upload was confirmed, and there is nothing to download before that.
#[utoipa::path(
    tag = "Attachments",
    operation_id = "getAttachment",
    params(("id" = Uuid, Path, description = "The attachment's id.")),
    responses((status = 200, description = "The attachment.", body = Attachment)),
    extensions(("x-cartera-access" = json!("record:read"))),
)]
#[get("/attachments/{id}")]
async fn read(
    caller: Caller,
    id: PathId<kinds::Attachment>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let attachment = state.application.attachments.get(&caller, id.0).await?;
    Ok(ok_versioned(attachment.version, Attachment::from(attachment)))
}

/// Delete an attachment
///
/// And its file. Whoever may delete only their own records is refused others' uploads.
#[utoipa::path(
    tag = "Attachments",
    operation_id = "deleteAttachment",
    params(("id" = Uuid, Path, description = "The attachment's id."), IfMatchParameter),
    responses((status = 204, description = "The attachment is deleted.")),
    extensions(
        ("x-cartera-access" = json!("record:delete")),
        ("x-cartera-errors" = json!(["edit_conflict"])),
    ),
)]
#[delete("/attachments/{id}")]
async fn remove(
    caller: Caller,
    id: PathId<kinds::Attachment>,
    _: NoQuery,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.attachments.delete(&caller, id.0, terms.0).await?;
    Ok(done(outcome.replayed))
}

/// Confirm an upload
///
/// The store is asked for the file, which must be the announced one; then the attachment is AVAILABLE.
/// Confirming again changes nothing.
#[utoipa::path(
    tag = "Attachments",
    operation_id = "confirmAttachment",
    params(("id" = Uuid, Path, description = "The attachment's id.")),
    responses((status = 200, description = "The attachment as it is now.", body = Attachment)),
    extensions(
        ("x-cartera-access" = json!("record:write")),
        ("x-cartera-errors" = json!(["edit_conflict", "upload_mismatch", "upload_missing"])),
    ),
)]
#[post("/attachments/{id}/confirm")]
async fn confirm(
    caller: Caller,
    id: PathId<kinds::Attachment>,
    _: NoQuery,
    action: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let confirmed = state.application.attachments.confirm(&caller, id.0, &action.once).await?;
    let Confirmed { outcome: Outcome { output: attachment, replayed }, is_news } = confirmed;
    if is_news {
        metrics::counter!("attachments_uploaded_total").increment(1);
    }
    let mut response = ok_versioned(attachment.version, Attachment::from(attachment));
    if replayed {
        mark_replayed(&mut response);
    }
    Ok(response)
}

/// Download a file
///
/// The answer says where, for five minutes. Only an AVAILABLE one can be downloaded.
#[utoipa::path(
    tag = "Attachments",
    operation_id = "downloadAttachment",
    params(("id" = Uuid, Path, description = "The attachment's id.")),
    responses((status = 200, description = "Where the file can be downloaded.", body = Download)),
    extensions(
        ("x-cartera-access" = json!("record:read")),
        ("x-cartera-errors" = json!(["attachment_not_available"])),
    ),
)]
#[get("/attachments/{id}/download")]
async fn download(
    caller: Caller,
    id: PathId<kinds::Attachment>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    let ticket = state.application.attachments.download(&caller, id.0).await?;
    Ok(ok(Download::from(ticket)))
}
