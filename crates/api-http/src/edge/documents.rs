//! The API document, rendered once at the start.

use actix_web::web;
use cartera_application::Error;
use utoipa::openapi::OpenApi;

use crate::openapi::{json, yaml};

/// The path of the page that shows the document.
pub(super) const PAGE: &str = "/docs/";

/// The API document in both formats.
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
        let (json, yaml) = (json(document).map_err(failed)?, yaml(document).map_err(failed)?);
        Ok(Self { json: json.into(), yaml: yaml.into() })
    }
}
