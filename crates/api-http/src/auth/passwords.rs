//! Password resets by a mailed link.

use actix_web::{HttpResponse, post, web};
use cartera_application::identity::{self, ResetPasswordCommand};
use cartera_domain::{ids::kinds, input::Patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    edge::{
        Body, Caller, EdgeState, Handled, NoBody, NoQuery, PathId, RequestInfo, done, no_content, ok, patch,
    },
    wire::Timestamp,
};

/// Somebody who forgot their password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"email": "ana@acme.example"}))]
pub struct ForgotPassword {
    /// The e-mail they sign in with, whatever its case.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = "idn-email", max_length = 254)]
    pub email: Patch<String>,
}

/// The token of a link to choose a new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"token": "cpr_019a9f2e00007000800000000000b001.the-secret-of-the-link"}))]
pub struct PreviewPasswordReset {
    /// What stands behind `#token=` in the link.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, max_length = 200)]
    pub token: Patch<String>,
}

/// What a link to choose a new password leads to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({"email": "ana@acme.example", "expiresAt": "2026-01-31T13:00:00.000000Z"}))]
pub struct PasswordResetPreview {
    /// The e-mail that one signs in with: the user name for password managers.
    pub email: String,
    /// Until when the link can be used.
    pub expires_at: Timestamp,
}

impl From<identity::PasswordResetPreview> for PasswordResetPreview {
    fn from(identity::PasswordResetPreview { email, expires_at }: identity::PasswordResetPreview) -> Self {
        Self { email, expires_at: expires_at.into() }
    }
}

/// A new password, by the link of a mail.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "token": "cpr_019a9f2e00007000800000000000b001.the-secret-of-the-link", "newPassword": "Password2"
}))]
pub struct ResetPassword {
    /// What stands behind `#token=` in the link.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, max_length = 200)]
    pub token: Patch<String>,
    /// The password one wants: with an upper-case letter, a lower-case letter and a digit.
    #[serde(default, deserialize_with = "patch")]
    #[schema(value_type = String, required, format = Password, min_length = 8, max_length = 128)]
    pub new_password: Patch<String>,
}

impl From<ResetPassword> for ResetPasswordCommand {
    fn from(ResetPassword { token, new_password }: ResetPassword) -> Self {
        Self { token, new_password }
    }
}

/// Ask for a link to choose a new password
///
/// The answer is the same whether anybody has this e-mail or not. The link is valid for an hour.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "forgotPassword",
    request_body = ForgotPassword,
    responses((status = 202, description = "If somebody has this e-mail, they get a mail.")),
    extensions(
        ("x-cartera-access" = json!("public")),
    ),
)]
#[post("/auth/forgot-password")]
pub(super) async fn forgot(
    info: RequestInfo,
    _: NoQuery,
    body: Body<ForgotPassword>,
    state: web::Data<EdgeState>,
) -> Handled {
    let email = match &body.0.email {
        Patch::Value(email) => email.as_str(),
        Patch::Absent | Patch::Null => "",
    };
    state.limits.sign_in(info.address, email)?;
    state.application.identity.forgot_password(body.0.email, info.provenance).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// See what a link to choose a new password leads to
///
/// The token stands behind `#token=` in the link. Looking does not use the link up.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "previewPasswordReset",
    request_body = PreviewPasswordReset,
    responses((status = 200, description = "What it leads to.", body = PasswordResetPreview)),
    extensions(
        ("x-cartera-access" = json!("public")),
        ("x-cartera-errors" = json!([
            "password_reset_unknown", "password_reset_expired", "password_reset_used"
])),
    ),
)]
#[post("/auth/reset-password/preview")]
pub(super) async fn preview(
    info: RequestInfo,
    _: NoQuery,
    body: Body<PreviewPasswordReset>,
    state: web::Data<EdgeState>,
) -> Handled {
    state.limits.token_use(info.address)?;
    let previewed = state.application.identity.preview_password_reset(body.0.token, info.provenance).await?;
    Ok(ok(PasswordResetPreview::from(previewed)))
}

/// Choose a new password by a mailed link
///
/// Every session of the person ends; a locked sign-in is unlocked.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "resetPassword",
    request_body = ResetPassword,
    responses((status = 204, description = "The password is changed: sign in with it.")),
    extensions(
        ("x-cartera-access" = json!("public")),
        ("x-cartera-errors" = json!([
            "password_reset_unknown", "password_reset_expired", "password_reset_used", "edit_conflict"
])),
    ),
)]
#[post("/auth/reset-password")]
pub(super) async fn reset(
    info: RequestInfo,
    _: NoQuery,
    body: Body<ResetPassword>,
    state: web::Data<EdgeState>,
) -> Handled {
    state.limits.token_use(info.address)?;
    state.application.identity.reset_password(body.0.into(), info.provenance).await?;
    Ok(no_content())
}

/// Demand a new password of a user
///
/// They get a mail with a link; the caller sees and sets no password. Until a new one is chosen they can do
/// nothing else.
#[utoipa::path(
    tag = "Users",
    operation_id = "demandPasswordReset",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses((status = 204, description = "The mail is on its way.")),
    extensions(("x-cartera-access" = json!("permission:users:write"))),
)]
#[post("/users/{id}/reset-password")]
pub(super) async fn demand_reset(
    caller: Caller,
    id: PathId<kinds::User>,
    _: NoQuery,
    action: NoBody,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.identity.demand_password_reset(&caller, id.0, &action.once).await?;
    Ok(done(outcome.replayed))
}
