//! A person's own sessions.

use actix_web::{delete, get, web};
use cartera_application::identity::OpenSession as OpenSessionView;
use cartera_domain::ids::kinds;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    edge::{Caller, EdgeState, Handled, NoQuery, PathId, all, no_content},
    wire::Timestamp,
};

/// An open session.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": "019a9f2e-0000-7000-8000-00000000b001",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
    "address": "203.0.113.7",
    "createdAt": "2026-01-31T12:00:00.000000Z",
    "lastUsedAt": "2026-01-31T12:00:00.000000Z",
    "expiresAt": "2026-03-02T12:00:00.000000Z",
    "current": true
}))]
pub struct OpenSession {
    /// The session's id.
    pub id: Uuid,
    /// The browser or program, as it named itself.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// The address from which it was opened.
    #[schema(required)]
    pub address: Option<String>,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends if it is not refreshed.
    pub expires_at: Timestamp,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl From<OpenSessionView> for OpenSession {
    fn from(view: OpenSessionView) -> Self {
        let OpenSessionView { id, user_agent, address, created_at, last_used_at, expires_at, current } = view;
        Self {
            id,
            user_agent,
            address,
            created_at: created_at.into(),
            last_used_at: last_used_at.into(),
            expires_at: expires_at.into(),
            current,
        }
    }
}

/// List my sessions
///
/// The open ones, the newest first; at most five.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "listSessions",
    responses((status = 200, description = "The open sessions.", body = Vec<OpenSession>)),
    extensions(("x-cartera-access" = json!("user"))),
)]
#[get("/auth/sessions")]
pub(super) async fn list(caller: Caller, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    let sessions = state.application.identity.sessions(&caller).await?;
    Ok(all(sessions.into_iter().map(OpenSession::from).collect()))
}

/// End a session of mine
///
/// At once here, within two seconds elsewhere.
#[utoipa::path(
    tag = "Sign-in",
    operation_id = "endSession",
    params(("id" = Uuid, Path, description = "The session's id.")),
    responses((status = 204, description = "The session has ended.")),
    extensions(("x-cartera-access" = json!("user"))),
)]
#[delete("/auth/sessions/{id}")]
pub(super) async fn end(
    caller: Caller,
    id: PathId<kinds::Session>,
    _: NoQuery,
    state: web::Data<EdgeState>,
) -> Handled {
    state.application.identity.end_own_session(&caller, id.0).await?;
    Ok(no_content())
}
