//! Assembles the actix application.

use std::sync::Arc;

use actix_web::{
    App, Error as ActixError, HttpRequest, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard, web,
};
use cartera_application::Code;

use super::{Edge, Problem, middleware, operations};

/// The prefix of every route of the API.
const BASE: &str = "/api/v1";

/// Builds the application with the routes of `register` below `/api/v1`. `register` also adds the data that they share.
pub fn assemble(
    edge: Arc<Edge>,
    register: impl FnOnce(&mut web::ServiceConfig),
    routes: impl FnOnce(&mut web::ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = ActixError,
        InitError = (),
    >,
> {
    let settled = Arc::clone(&edge);
    App::new()
        .app_data(web::Data::from(Arc::clone(&edge)))
        .configure(register)
        .configure(operations::routes)
        .service(web::scope(BASE).configure(|cfg| settle_ambiguous(&settled, cfg)).configure(routes))
        .default_service(web::to(no_route))
        .wrap(middleware::EdgeMiddleware(edge))
}

/// Makes `GET /users/me` a method that is not allowed on `/users/me`, instead of a lookup of a user with the id `me`.
fn settle_ambiguous(edge: &Edge, cfg: &mut web::ServiceConfig) {
    for (pattern, methods) in edge.routes.ambiguous() {
        let Some(path) = pattern.strip_prefix(BASE) else { continue };
        let taken = methods.to_vec();
        let refused = guard::fn_guard(move |asked| !taken.contains(&asked.head().method.as_str()));
        cfg.service(web::resource(path).guard(refused).to(no_route));
    }
}

/// The fallback when no route matches: the path is unknown, or does not allow the method.
async fn no_route(request: HttpRequest, edge: web::Data<Edge>) -> HttpResponse {
    match edge.routes.allowed(request.path()) {
        Some(_) => middleware::method_not_allowed(&edge, request.path()),
        None => Problem::refused(Code::NotFound).error_response(),
    }
}
