//! A route that is described at run time: one value is both the service and its place in the document, so that neither
//! can be without the other.

use actix_web::{
    FromRequest, Handler, Responder, Route,
    dev::{AppService, HttpServiceFactory},
    guard,
    http::Method,
    web,
};
use cartera_application::Code;
use cartera_domain::identity::Permission;
use serde_json::json;
use utoipa::openapi::{
    ContentBuilder, HttpMethod, Ref, RefOr, Required, ResponseBuilder, Schema,
    extensions::Extensions,
    path::{Operation as Described, Parameter, ParameterIn, PathItem, Paths},
    request_body::RequestBodyBuilder,
};
use utoipa_actix_web::OpenApiFactory;

const JSON: &str = "application/json";

/// The components that an operation brings along.
pub(super) type Schemas = fn() -> Vec<(String, RefOr<Schema>)>;

/// The methods of the routes of resources.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    /// As the server and as the document know it.
    const fn method(self) -> (Method, HttpMethod) {
        match self {
            Self::Get => (Method::GET, HttpMethod::Get),
            Self::Post => (Method::POST, HttpMethod::Post),
            Self::Patch => (Method::PATCH, HttpMethod::Patch),
            Self::Delete => (Method::DELETE, HttpMethod::Delete),
        }
    }
}

/// A route and what the document says of it.
pub struct Operation {
    verb: Verb,
    path: String,
    route: Route,
    described: Described,
    schemas: Schemas,
}

impl Operation {
    /// A route without a word yet. `path` is relative to the API's base.
    pub(super) fn new<H, Args>(verb: Verb, path: String, handler: H) -> Self
    where
        H: Handler<Args>,
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        let (route, described) = (web::route().to(handler), Described::default());
        Self { verb, path, route, described, schemas: Vec::new }
    }

    /// Takes another handler for the route.
    #[must_use]
    pub fn to<H, Args>(mut self, handler: H) -> Self
    where
        H: Handler<Args>,
        H::Output: Responder + 'static,
        Args: FromRequest + 'static,
    {
        self.route = web::route().to(handler);
        self
    }

    /// Describes one more parameter.
    #[must_use]
    pub fn taking(mut self, parameter: Parameter) -> Self {
        let parameters = self.described.parameters.get_or_insert_default();
        // The document has those of the path first, then the query's, then headers.
        let rank = |place: &ParameterIn| match place {
            ParameterIn::Path => 0,
            ParameterIn::Query => 1,
            _ => 2,
        };
        let own = rank(&parameter.parameter_in);
        let place = parameters
            .iter()
            .take_while(|known| matches!(known, RefOr::T(known) if rank(&known.parameter_in) <= own))
            .count();
        parameters.insert(place, RefOr::T(parameter));
        self
    }

    /// Names it, and says in words what it does.
    pub(super) fn says(mut self, tag: &str, id: String, summary: String, description: &str) -> Self {
        self.described.tags = Some(vec![tag.to_owned()]);
        self.described.operation_id = Some(id);
        self.described.summary = Some(summary);
        self.described.description = Some(description.to_owned());
        self
    }

    /// Whoever has the permission may call it, and may be refused by these codes.
    pub(super) fn access(mut self, permission: Permission, errors: &[Code]) -> Self {
        let access = format!("permission:{permission}");
        let mut extensions = Extensions::builder().add("x-cartera-access", json!(access)).build();
        if !errors.is_empty() {
            let errors: Vec<_> = errors.iter().map(|code| code.as_str()).collect();
            extensions.insert("x-cartera-errors".to_owned(), json!(errors));
        }
        self.described.extensions = Some(extensions);
        self
    }

    /// Its body is of the component of this name.
    pub(super) fn body(mut self, schema: &str) -> Self {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
        let body = RequestBodyBuilder::new().content(JSON, content).required(Some(Required::True));
        self.described.request_body = Some(RefOr::T(body.build()));
        self
    }

    /// Its success, with what the answer holds.
    pub(super) fn answers(mut self, status: u16, description: String, schema: Option<RefOr<Schema>>) -> Self {
        let mut response = ResponseBuilder::new().description(description);
        if let Some(schema) = schema {
            response = response.content(JSON, ContentBuilder::new().schema(Some(schema)).build());
        }
        self.described.responses.responses.insert(status.to_string(), RefOr::T(response.build()));
        self
    }

    /// Brings components along.
    pub(super) fn with(mut self, schemas: Schemas) -> Self {
        self.schemas = schemas;
        self
    }
}

impl HttpServiceFactory for Operation {
    fn register(self, config: &mut AppService) {
        let (method, _) = self.verb.method();
        // A guard of the resource, not of the route: another operation on the same path must get its turn.
        web::resource(self.path).guard(guard::Method(method)).route(self.route).register(config);
    }
}

impl OpenApiFactory for Operation {
    fn paths(&self) -> Paths {
        let (_, method) = self.verb.method();
        let item = PathItem::new(method, self.described.clone());
        Paths::builder().path(self.path.clone(), item).build()
    }

    fn schemas(&self, schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend((self.schemas)());
    }
}
