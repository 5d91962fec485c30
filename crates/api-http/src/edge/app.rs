//! How the parts make an application.

use std::sync::Arc;

use actix_web::{
    App, Error as ActixError, HttpRequest, HttpResponse, ResponseError,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    web,
};
use cartera_application::Code;

use super::{Edge, Problem, middleware, operations};

/// The application with these routes below `/api/v1`. `register` also adds whatever data they share.
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
    App::new()
        .app_data(web::Data::from(Arc::clone(&edge)))
        .configure(register)
        .configure(operations::routes)
        .service(web::scope("/api/v1").configure(routes))
        .default_service(web::to(no_route))
        .wrap(middleware::EdgeMiddleware(edge))
}

/// No route took the request: the path is unknown, or takes other methods.
async fn no_route(request: HttpRequest, edge: web::Data<Edge>) -> HttpResponse {
    match edge.routes.allowed(request.path()) {
        Some(_) => middleware::method_not_allowed(&edge, request.path()),
        None => Problem::refused(Code::NotFound).error_response(),
    }
}
