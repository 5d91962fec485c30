//! The API document and the page that shows it, all from the binary.

use actix_web::{HttpResponse, http::header, web};
use cartera_application::Error;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::Edge;
use crate::openapi;

/// Where the page is.
pub(super) const PAGE: &str = "/docs/";

/// The API document in both of its forms.
#[derive(Debug)]
pub struct Documents {
    /// As JSON.
    pub json: web::Bytes,
    /// As YAML.
    pub yaml: web::Bytes,
}

impl Documents {
    /// # Errors
    /// The document can't be rendered.
    pub(super) fn render(document: &OpenApi) -> Result<Self, Error> {
        let failed = |cause: serde_json::Error| Error::internal("rendering the API document", cause);
        let (json, yaml) =
            (openapi::json(document).map_err(failed)?, openapi::yaml(document).map_err(failed)?);
        Ok(Self { json: json.into(), yaml: yaml.into() })
    }
}

/// Adds `/openapi.json`, `/openapi.yaml` and the page at `/docs/`.
pub(super) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/openapi.json").get(json).route(web::head().to(json)))
        .service(web::resource("/openapi.yaml").get(yaml).route(web::head().to(yaml)))
        .service(web::resource("/docs").get(to_page).route(web::head().to(to_page)))
        .service(SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json").validator_url("none")));
}

async fn json(edge: web::Data<Edge>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(edge.documents.json.clone())
}

async fn yaml(edge: web::Data<Edge>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/yaml").body(edge.documents.yaml.clone())
}

/// The page asks for its files by relative names, which needs the slash.
async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, PAGE)).finish()
}
