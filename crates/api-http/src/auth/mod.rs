//! Sign-up, sign-in and sessions. The refresh token is only ever sent in a cookie.

mod passwords;
mod sessions;
mod wire;

use actix_web::{HttpRequest, HttpResponse, cookie::Cookie, get, post, web};
use cartera_application::{Code, Result, identity::SessionOpened};
use cartera_domain::input::Patch;
use utoipa_actix_web::service_config::ServiceConfig;

pub use passwords::{ForgotPassword, PasswordResetPreview, PreviewPasswordReset, ResetPassword};
pub use sessions::OpenSession;
pub use wire::{ChangePassword, Login, Me, Register, Session, SessionCompany, SessionUser};

use crate::edge::{
    Body, Caller, EdgeState, Handled, NoBody, NoQuery, OriginGuard, Problem, RefreshCookie, RequestInfo,
    bearer, cleared_refresh_cookie, created, no_content, ok, refresh_cookie,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(register)
        .service(login)
        .service(refresh)
        .service(logout)
        .service(me)
        .service(change_password)
        .service(passwords::forgot)
        .service(passwords::preview)
        .service(passwords::reset)
        .service(passwords::demand_reset)
        .service(sessions::list)
        .service(sessions::end);
}

/// Sign a company up
///
/// Makes the company with a pipeline in its language, and its owner, who is signed in.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "register",
    request_body = Register,
    responses((status = 201, description = "The owner's session.", body = Session)),
    extensions(
        ("x-cartera-access" = json!("public")),
        ("x-cartera-errors" = json!(["registration_closed", "email_taken"])),
    ),
)]
#[post("/auth/register")]
async fn register(
    info: RequestInfo,
    _: NoQuery,
    body: Body<Register>,
    state: web::Data<EdgeState>,
) -> Handled {
    state.limits.register(info.address)?;
    let identity = &state.application.identity;
    let opened = identity.register(body.0.into(), info.device, info.provenance).await?;
    let cookie = cookie_of(&state, &opened);
    Ok(with_cookie(created(None, None, Session::from(opened), false), &cookie))
}

/// Sign in
///
/// The answer is the same for an unknown e-mail, a wrong password, an inactive user and a suspended company.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "login",
    request_body = Login,
    responses((status = 200, description = "The session.", body = Session)),
    extensions(
        ("x-cartera-access" = json!("public")),
        ("x-cartera-errors" = json!(["invalid_credentials"])),
    ),
)]
#[post("/auth/login")]
async fn login(info: RequestInfo, _: NoQuery, body: Body<Login>, state: web::Data<EdgeState>) -> Handled {
    let email = match &body.0.email {
        Patch::Value(email) => email.as_str(),
        Patch::Absent | Patch::Null => "",
    };
    state.limits.sign_in(info.address, email).inspect_err(|_| count_login(Code::RateLimited.as_str()))?;
    let opened = state.application.identity.login(body.0.into(), info.device, info.provenance).await;
    count_login(opened.as_ref().map_or_else(|error| error.code().as_str(), |_| "success"));
    session(&state, opened)
}

fn count_login(result: &'static str) {
    metrics::counter!("auth_logins_total", "result" => result).increment(1);
}

/// Refresh the session
///
/// Exchanges the refresh cookie for the next one and a new access token. A cookie that was used before ends
/// the session. A browser page must be of an allowed origin.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "refreshSession",
    responses((status = 200, description = "The session.", body = Session)),
    extensions(
        ("x-cartera-access" = json!("cookie")),
        ("x-cartera-errors" = json!(["refresh_token_invalid", "refresh_token_reused"])),
    ),
)]
#[post("/auth/refresh")]
async fn refresh(
    _: OriginGuard,
    info: RequestInfo,
    _: NoQuery,
    _: NoBody,
    cookie: RefreshCookie,
    state: web::Data<EdgeState>,
) -> Handled {
    let token = cookie.0.ok_or_else(|| Problem::refused(Code::RefreshTokenInvalid))?;
    let identity = &state.application.identity;
    match identity.session_of(&token) {
        Some(session) => state.limits.refresh(session)?,
        None => state.limits.bad_cookie(info.address)?,
    }
    session(&state, identity.refresh(&token, info.provenance).await)
}

/// Sign out
///
/// With the refresh cookie or the access token, even an expired one. Signing out twice succeeds. A browser
/// page must be of an allowed origin.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "logout",
    responses((status = 204, description = "The session has ended and the cookie is cleared.")),
    security(("refreshCookie" = []), ("bearer" = [])),
    extensions(
        ("x-cartera-access" = json!("cookie")),
        ("x-cartera-errors" = json!(["unauthenticated"])),
    ),
)]
#[post("/auth/logout")]
async fn logout(
    _: OriginGuard,
    info: RequestInfo,
    _: NoQuery,
    _: NoBody,
    cookie: RefreshCookie,
    request: HttpRequest,
    state: web::Data<EdgeState>,
) -> Handled {
    let identity = &state.application.identity;
    match cookie.0.as_deref().map(|token| identity.session_of(token)) {
        Some(None) => state.limits.bad_cookie(info.address)?,
        // Whoever used the quota of a session up must not keep its owner from ending it.
        Some(Some(_)) | None => state.limits.public(info.address)?,
    }
    identity.logout(cookie.0.as_deref(), bearer(&request), info.provenance).await?;
    let mut response = no_content();
    // If the cookie can't be rendered, the old one stays in the browser, where it is no longer valid.
    let _ = response.add_cookie(&cleared_refresh_cookie(&state.settings));
    Ok(response)
}

/// Who am I
///
/// `permissions` is what the caller's role may do. A platform administrator has no company.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "getMe",
    responses((status = 200, description = "The caller, their company and what they may do.", body = Me)),
    extensions(("x-cartera-access" = json!("user"))),
)]
#[get("/auth/me")]
async fn me(caller: Caller, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    Ok(ok(Me::from(state.application.identity.me(&caller).await?)))
}

/// Change my password
///
/// Every session of the caller ends, and a new one is opened.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "changePassword",
    request_body = ChangePassword,
    responses((status = 200, description = "The new session.", body = Session)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["invalid_credentials", "edit_conflict"])),
    ),
)]
#[post("/auth/change-password")]
async fn change_password(
    caller: Caller,
    info: RequestInfo,
    _: NoQuery,
    body: Body<ChangePassword>,
    state: web::Data<EdgeState>,
) -> Handled {
    // Rate-limited, so that a stolen access token can't be used to guess the password.
    let person = caller.as_ref().id().unwrap_or_default();
    state.limits.sign_in(info.address, &person.to_string())?;
    let identity = &state.application.identity;
    session(&state, identity.change_password(&caller, body.0.into(), info.device).await)
}

fn session(state: &EdgeState, opened: Result<SessionOpened>) -> Handled {
    let opened = opened?;
    let cookie = cookie_of(state, &opened);
    Ok(with_cookie(ok(Session::from(opened)), &cookie))
}

pub(crate) fn cookie_of(state: &EdgeState, opened: &SessionOpened) -> Cookie<'static> {
    refresh_cookie(&state.settings, opened.refresh_token.expose(), opened.session_expires_at)
}

pub(crate) fn with_cookie(mut response: HttpResponse, cookie: &Cookie<'static>) -> HttpResponse {
    // The token only has characters that are valid in a cookie.
    let _ = response.add_cookie(cookie);
    response
}
