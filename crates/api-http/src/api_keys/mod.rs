//! The routes of API keys.

mod wire;

use actix_web::{delete, get, post, web};
use cartera_application::identity::ApiKeyList;
use cartera_domain::ids::kinds;
use utoipa_actix_web::service_config::ServiceConfig;

pub use wire::{ApiKey, CreateApiKey, CreatedApiKey, CurrentKey, RequestLimit};

use crate::{
    edge::{
        Caller, EdgeState, Handled, ListParameters, NoQuery, OnceHeader, Pairs, PathId, Submission, created,
        done, list_query, of_query, ok, page,
    },
    wire::page_of,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    // `current` must come before `{id}`, which would match it as an id.
    cfg.service(create).service(list).service(current).service(revoke);
}

/// Make an API key
///
/// Its value is shown once, in this answer. A key can be given nothing that its creator may not do.
#[utoipa::path(
    tag = "API keys",
    operation_id = "createApiKey",
    request_body = CreateApiKey,
    responses((status = 201, description = "The new key with its value.", body = CreatedApiKey)),
    extensions(
        ("x-cartera-access" = json!("permission:apiKeys:write")),
        ("x-cartera-errors" = json!(["api_key_name_taken"])),
    ),
)]
#[post("/api-keys")]
async fn create(
    caller: Caller,
    _: NoQuery,
    submission: Submission<CreateApiKey>,
    state: web::Data<EdgeState>,
) -> Handled {
    let Submission { body, once } = submission;
    let outcome = state.application.api_keys.create(&caller, body.try_into()?, &once).await?;
    let version = outcome.output.key.version;
    Ok(created(None, Some(version), CreatedApiKey::from(outcome.output), outcome.replayed))
}

/// List API keys
///
/// Whoever may see only their own keys gets only those. Values are never shown.
#[utoipa::path(
    tag = "API keys",
    operation_id = "listApiKeys",
    params(ListParameters<ApiKeyList>),
    responses((status = 200, description = "A page of keys.", body = Vec<ApiKey>)),
    extensions(("x-cartera-access" = json!("permission:apiKeys:read"))),
)]
#[get("/api-keys")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(ApiKeyList::TABLE, &pairs, &caller)?;
    let keys = state.application.api_keys.list(&caller, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, ApiKey>(keys)))
}

/// What the calling key is and may do
///
/// Its scopes are what its creator may still do today.
#[utoipa::path(
    tag = "API keys",
    operation_id = "getCurrentApiKey",
    responses((status = 200, description = "The calling key.", body = CurrentKey)),
    extensions(("x-cartera-access" = json!("apiKey"))),
)]
#[get("/api-keys/current")]
async fn current(caller: Caller, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    let current = state.application.api_keys.current(&caller).await?;
    let limit = state.settings.rate_limits.map(|limits| RequestLimit {
        requests: limits.requests.requests.get(),
        window_seconds: limits.requests.period.as_secs(),
    });
    Ok(ok(CurrentKey::new(current, limit)))
}

/// Revoke an API key
///
/// For good: at once here, within two seconds elsewhere. Revoking a revoked key succeeds.
#[utoipa::path(
    tag = "API keys",
    operation_id = "revokeApiKey",
    params(("id" = Uuid, Path, description = "The key's id.")),
    responses((status = 204, description = "The key is revoked.")),
    extensions(
        ("x-cartera-access" = json!("permission:apiKeys:write")),
        ("x-cartera-errors" = json!(["edit_conflict"])),
    ),
)]
#[delete("/api-keys/{id}")]
async fn revoke(
    caller: Caller,
    id: PathId<kinds::ApiKey>,
    _: NoQuery,
    once: OnceHeader,
    state: web::Data<EdgeState>,
) -> Handled {
    let outcome = state.application.api_keys.revoke(&caller, id.0, &once.0).await?;
    Ok(done(outcome.replayed))
}
