//! The routes of users.

mod wire;

use actix_web::{delete, get, patch, web};
use cartera_application::users::UserList;
use cartera_domain::{
    ids::{Id, kinds},
    input::Rule,
};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub use wire::{UpdateMe, UpdateUser, User};

use crate::{
    edge::{
        Caller, Change, EdgeState, Handled, IfMatchParameter, ListParameters, NoQuery, Pairs, PathId,
        Problem, TermsHeaders, done, done_versioned, list_query, no_more, of_query, ok_versioned, page, take,
        to_the_end,
    },
    wire::page_of,
};

/// Adds the routes.
pub fn routes(cfg: &mut ServiceConfig) {
    cfg.service(list).service(update_me).service(read).service(update).service(remove);
}

/// List users
///
/// Everybody gets ids, names and whether they are active. E-mail, role and the rest take `users:read`; so does
/// filtering or sorting by them, and finding people by e-mail with `q`. Removed users are absent.
#[utoipa::path(
    tag = "Users",
    operation_id = "listUsers",
    params(ListParameters<UserList>),
    responses((status = 200, description = "A page of users.", body = Vec<User>)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "forbidden", "password_reset_required"])),
    ),
)]
#[get("/users")]
async fn list(caller: Caller, pairs: Pairs, state: web::Data<EdgeState>) -> Handled {
    let query = list_query(UserList::TABLE, &pairs, &caller)?;
    let users = state.application.users.list(&caller, &query).await.map_err(of_query)?;
    Ok(page(page_of::<_, User>(users)))
}

/// Read a user
///
/// Without `users:read` only id, name and whether they are active, unless it is oneself.
#[utoipa::path(
    tag = "Users",
    operation_id = "getUser",
    params(("id" = Uuid, Path, description = "The user's id.")),
    responses((status = 200, description = "The user.", body = User)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "password_reset_required"])),
    ),
)]
#[get("/users/{id}")]
async fn read(caller: Caller, id: PathId<kinds::User>, _: NoQuery, state: web::Data<EdgeState>) -> Handled {
    let user = state.application.users.get(&caller, id.0).await?;
    Ok(ok_versioned(user.version, User::from(user)))
}

/// Change my name
///
/// Nothing else of oneself is changed here: a role is given by somebody else.
#[utoipa::path(
    tag = "Users",
    operation_id = "updateMe",
    params(IfMatchParameter),
    request_body = UpdateMe,
    responses((status = 200, description = "The caller as they are now.", body = User)),
    extensions(
        ("x-cartera-access" = json!("user")),
        ("x-cartera-errors" = json!(["company_required", "password_reset_required"])),
    ),
)]
#[patch("/users/me")]
async fn update_me(
    caller: Caller,
    _: NoQuery,
    change: Change<UpdateMe>,
    state: web::Data<EdgeState>,
) -> Handled {
    let UpdateMe { name } = change.body;
    let outcome = state.application.users.update_own(&caller, name, change.terms).await?;
    Ok(done_versioned(outcome.output.version, User::from(outcome.output), outcome.replayed))
}

/// Change a user
///
/// Name, role, or whether they are active. Nobody changes a user above their own role, gives a role above it,
/// or changes their own; but an OWNER may step down while another OWNER stays. Whoever is switched off loses
/// their sessions and API keys at once.
#[utoipa::path(
    tag = "Users",
    operation_id = "updateUser",
    params(("id" = Uuid, Path, description = "The user's id."), IfMatchParameter),
    request_body = UpdateUser,
    responses((status = 200, description = "The user as they are now.", body = User)),
    extensions(
        ("x-cartera-access" = json!("permission:users:write")),
        ("x-cartera-errors" = json!(["last_owner"])),
    ),
)]
#[patch("/users/{id}")]
async fn update(
    caller: Caller,
    id: PathId<kinds::User>,
    _: NoQuery,
    change: Change<UpdateUser>,
    state: web::Data<EdgeState>,
) -> Handled {
    let users = &state.application.users;
    let outcome = users.update(&caller, id.0, change.body.into(), change.terms).await?;
    Ok(done_versioned(outcome.output.version, User::from(outcome.output), outcome.replayed))
}

/// Remove a user
///
/// Their sessions and API keys end at once, and their e-mail is free again. What they own goes to the user
/// named by `reassignTo`, or is nobody's. Histories go on naming them.
///
/// When they own hundreds of thousands of records the answer may take minutes; who hangs up does not undo it.
#[utoipa::path(
    tag = "Users",
    operation_id = "removeUser",
    params(
        ("id" = Uuid, Path, description = "The user's id."),
        ("reassignTo" = Option<Uuid>, Query, description = "An active user who gets what they own."),
        IfMatchParameter,
    ),
    responses((status = 204, description = "The user is removed.")),
    extensions(
        ("x-cartera-access" = json!("permission:users:remove")),
        ("x-cartera-errors" = json!(["invalid_reference", "last_owner"])),
    ),
)]
#[delete("/users/{id}")]
async fn remove(
    caller: Caller,
    id: PathId<kinds::User>,
    pairs: Pairs,
    terms: TermsHeaders,
    state: web::Data<EdgeState>,
) -> Handled {
    let mut pairs = pairs.0;
    let heir = take(&mut pairs, "reassignTo")?.map(|raw| read_heir(&raw)).transpose()?;
    no_more(&pairs, &["reassignTo"])?;
    let users = state.application.users.clone();
    let removed = async move { users.remove(&caller, id.0, heir.map(Id::new), terms.0).await };
    let outcome = to_the_end(removed).await.map_err(of_query)?;
    Ok(done(outcome.replayed))
}

fn read_heir(raw: &str) -> Result<Uuid, Problem> {
    let malformed = |_| Problem::invalid("?reassignTo", Rule::Malformed { expected: "an id (UUID)" });
    Uuid::try_parse(raw).map_err(malformed)
}
