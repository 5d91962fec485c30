//! The routes of the API document and of the page that shows it, all embedded in the binary.

use actix_web::{HttpResponse, http::header, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::{Edge, documents::PAGE};

/// Adds `/openapi.json`, `/openapi.yaml` and the page at `/docs/`.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/openapi.json").get(json))
        .service(web::resource("/openapi.yaml").get(yaml))
        .service(web::resource("/docs").get(to_page))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").validator_url("none")));
}

async fn json(edge: web::Data<Edge>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(edge.documents.json.clone())
}

async fn yaml(edge: web::Data<Edge>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(edge.documents.yaml.clone())
}

/// Redirects to the page's URL with a trailing slash, which its relative links need.
async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, PAGE)).finish()
}
