//! The HTTP edge: extract, call one use case, render.
//!
//! [`edge`] is the code shared by every route. Each feature has a module with the same name as in the other crates,
//! with its wire types, its handlers and its `routes`. The server builds an [`edge::EdgeState`] and passes it to
//! [`app`], once per worker.

pub mod accounts;
pub mod api_keys;
pub mod attachments;
pub mod auth;
mod comments;
pub mod companies;
pub mod contacts;
pub mod edge;
pub mod events;
pub mod history;
pub mod invitations;
pub mod jobs;
pub mod openapi;
pub mod opportunities;
pub mod pipelines;
pub mod records;
pub mod reports;
pub mod roles;
pub mod schema;
pub mod tags;
pub mod users;
pub mod wire;

use std::sync::Arc;

use actix_web::{
    App, Error,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    web::{Data, ServiceConfig},
};

use edge::EdgeState;

/// The whole application: `HttpServer::new(move || cartera_api_http::app(&state))`.
pub fn app(
    state: &EdgeState,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    let shared = Data::new(state.clone());
    let share = |cfg: &mut ServiceConfig| {
        cfg.app_data(shared);
    };
    edge::assemble(Arc::clone(&state.edge), share, openapi::routes)
}
