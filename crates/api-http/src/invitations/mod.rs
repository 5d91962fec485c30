//! The routes of invitations: inviting, and joining.

mod wire;

use actix_web::{HttpResponse, delete, get, post, web};
use cartera_application::{
    idempotency::Outcome,
    invitations::{InvitationList, InvitationView},
};
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{AcceptInvitation, CreateInvitation, Invitation, InvitationPreview, PreviewInvitation};

use crate::{
    auth::{Session, cookie_of, with_cookie},
    edge::{
        Body, Caller, EdgeState, Handled, IfMatchParameter, ListParameters, NoBody, NoQuery, Pairs, PathId,
        RequestInfo, Submission, TermsHeaders, created, done, list_query, mark_replayed, of_query, ok,
        ok_versioned, page,
    },
    wire::page_of,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    // The fixed paths must come before `{id}`, which would match them as an id.
    cfg.service(preview)
        .service(accept)
        .service(create)
        .service(create_in_company)
        .service(list)
        .service(resend)
        .service(revoke);
}

fn made(outcome: Outcome<InvitationView>) -> HttpResponse {
    if !outcome.replayed {
        count("created");
    }
    created(None, Some(outcome.output.version), Invitation::from(outcome.output), outcome.replayed)
}

fn count(event: &'static str) {
    metrics::counter!("invitations_total", "event" => event).increment(1);
}

/// Invite somebody into the company
///
/// They get a mail with a link that is valid for seven days.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "createInvitation",
    request_body = CreateInvitation,
    responses((status = 201, description = "The invitation; the mail is on its way.", body = Invitation)),
    extensions(
        ("x-cartera-access" = json!("permission:users:invite")),
        ("x-cartera-errors" = json!(["email_taken", "invitation_pending", "company_suspended"])),
    ),
)]
#[post("/invitations")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreateInvitation>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    state.limits.invitation(caller.company_id())?;
    let outcome = state.application.invitations.create(&caller, body.into(), &once).await?;
    Ok(made(outcome))
}

/// Invite somebody into any company
///
/// For platform administrators. This is how a company that they registered gets its first OWNER.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "createInvitationInCompany",
    params(("id" = Uuid, Path, description = "The company's id.")),
    request_body = CreateInvitation,
    responses((status = 201, description = "The invitation; the mail is on its way.", body = Invitation)),
    extensions(
        ("x-cartera-access" = json!("platform")),
        ("x-cartera-errors" = json!(["email_taken", "invitation_pending", "company_suspended"])),
    ),
)]
#[post("/companies/{id}/invitations")]
async fn create_in_company(
    caller: Caller,
    id: PathId<kinds::Company>,
    _: NoQuery,
    submission: Submission<CreateInvitation>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.invitations.create_in(&caller, id.0, body.into(), &once).await?;
    Ok(made(outcome))
}

/// List pending invitations
///
/// Expired ones too: they can be sent again.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "listInvitations",
    params(ListParameters<InvitationList>),
    responses((status = 200, description = "A page of invitations.", body = Vec<Invitation>)),
    extensions(("x-cartera-access" = json!("permission:users:invite"))),
)]
#[get("/invitations")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(InvitationList::TABLE, &pairs, &caller)?;
    let invitations = state.application.invitations.list(&caller, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, Invitation>(invitations)))
}

/// Send an invitation again
///
/// With a new link that is valid for seven days; the old one leads nowhere any more.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "resendInvitation",
    params(("id" = Uuid, Path, description = "The invitation's id.")),
    responses((status = 200, description = "The invitation; the mail is on its way.", body = Invitation)),
    extensions(("x-cartera-access" = json!("permission:users:invite"))),
)]
#[post("/invitations/{id}/resend")]
async fn resend(
    caller: Caller,
    id: PathId<kinds::Invitation>,
    _: NoQuery,
    body: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    state.limits.invitation(caller.company_id())?;
    let outcome = state.application.invitations.resend(&caller, id.0, &body.once).await?;
    let mut response = ok_versioned(outcome.output.version, Invitation::from(outcome.output));
    if outcome.replayed {
        mark_replayed(&mut response);
    } else {
        count("resent");
    }
    Ok(response)
}

/// Revoke an invitation
///
/// Its link leads nowhere any more.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "revokeInvitation",
    params(("id" = Uuid, Path, description = "The invitation's id."), IfMatchParameter),
    responses((status = 204, description = "The invitation is revoked.")),
    extensions(("x-cartera-access" = json!("permission:users:invite"))),
)]
#[delete("/invitations/{id}")]
async fn revoke(
    caller: Caller,
    id: PathId<kinds::Invitation>,
    _: NoQuery,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.invitations.revoke(&caller, id.0, terms.0).await?;
    if !outcome.replayed {
        count("revoked");
    }
    Ok(done(outcome.replayed))
}

/// See what an invitation's link leads to
///
/// The token stands behind `#token=` in the link. Looking does not use the invitation up.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "previewInvitation",
    request_body = PreviewInvitation,
    responses((status = 200, description = "What it leads to.", body = InvitationPreview)),
    extensions(
        ("x-cartera-access" = json!("public")),
        ("x-cartera-errors" = json!([
            "invitation_unknown", "invitation_expired", "invitation_used", "invitation_revoked",
            "company_suspended"
])),
    ),
)]
#[post("/invitations/preview")]
async fn preview(
    info: RequestInfo,
    _: NoQuery,
    body: Body<PreviewInvitation>,
    state: web::Data<EdgeState>,
) -> Handled {
    state.limits.token_use(info.address)?;
    let invited = state.application.invitations.preview(body.0.token, info.provenance).await?;
    Ok(ok(InvitationPreview::from(invited)))
}

/// Join a company by an invitation
///
/// Makes the user and signs them in. `forcePasswordReset` says whether the company demands a new password at
/// first: then nothing but choosing one is possible.
#[utoipa::path(
    tag = "Invitations",
    operation_id = "acceptInvitation",
    request_body = AcceptInvitation,
    responses((status = 201, description = "The new user's session.", body = Session)),
    extensions(
        ("x-cartera-access" = json!("public")),
        ("x-cartera-errors" = json!([
            "invitation_unknown", "invitation_expired", "invitation_used", "invitation_revoked",
            "company_suspended", "email_taken"
])),
    ),
)]
#[post("/invitations/accept")]
async fn accept(
    info: RequestInfo,
    _: NoQuery,
    body: Body<AcceptInvitation>,
    state: web::Data<EdgeState>,
) -> Handled {
    state.limits.token_use(info.address)?;
    let invitations = &state.application.invitations;
    let opened = invitations.accept(body.0.into(), info.device, info.provenance).await?;
    count("accepted");
    let cookie = cookie_of(&state, &opened);
    Ok(with_cookie(created(None, None, Session::from(opened), false), &cookie))
}
