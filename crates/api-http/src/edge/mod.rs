//! The code shared by all routes, so that a handler only extracts, calls one use case and renders.
//!
//! ```text
//! /// Create a pipeline
//! #[utoipa::path(tag = "Pipelines", operation_id = "createPipeline", …)]
//! #[post("/pipelines")]
//! async fn create(
//!     caller: Caller,                           // 401, 429; first, so that strangers learn nothing more
//!     _: NoQuery,                               // 400 for any query parameter
//!     submission: Submission<CreatePipeline>,   // 400, 408, 413, 415; Idempotency-Key
//!     state: web::Data<EdgeState>,
//! ) -> Handled {
//!     let Submission { body, once } = submission;
//!     let outcome = state.application.pipelines.create(&caller, body.into(), &once).await?;
//!     let location = format!("/api/v1/pipelines/{}", outcome.output.id);
//!     let version = outcome.output.version;
//!     Ok(created(Some(location), Some(version), Pipeline::from(outcome.output), outcome.replayed))
//! }
//! ```
//!
//! For a resource whose fields are in a table, [`crate::records`] has the handlers and their description; its bodies
//! are [`Drafted`].
//!
//! A handler is registered in its feature's `routes(cfg)`, below `/api/v1`, and described by `#[utoipa::path]` in the
//! same place, so that the API document can't omit it. The route table behind `Allow` is generated from that document.

mod app;
mod blank;
mod bodiless;
mod body;
mod caller;
mod conditions;
mod cookie;
mod cors;
mod document_routes;
mod documents;
mod draft;
mod errors_page;
mod forwarded;
mod headers;
mod health;
mod json;
mod landing;
mod limits;
mod media;
mod middleware;
mod operations;
mod pages;
mod parameters;
mod patience;
mod problem;
mod query;
mod reply;
mod request;
mod routes;
mod settings;
mod state;
mod strict;
mod trace;
mod turn;

pub use app::assemble;
pub use body::{Body, Change, IDEMPOTENCY_KEY, NoBody, OnceHeader, Submission, TermsHeaders, patch};
pub use caller::{Caller, bearer};
pub use conditions::{IF_MATCH, IfMatchHeader};
pub use cookie::{OriginGuard, REFRESH_COOKIE, RefreshCookie, cleared_refresh_cookie, refresh_cookie};
pub use documents::Documents;
pub use draft::Drafted;
pub use errors_page::errors_markdown;
pub use forwarded::ProxyHeader;
pub use health::{Check, CheckReport, HealthReport, HealthState, HealthStatus};
pub use limits::Limits;
pub(crate) use media::MERGE_PATCH;
pub use parameters::{
    AsOfParameter, IfMatchParameter, IncludeParameter, ListParameters, flag_parameter, header_parameter,
    list_parameters,
};
pub use patience::to_the_end;
pub use problem::{Handled, PROBLEM_JSON, Problem, ProblemDocument, ProblemEntry, status_of};
pub use query::{
    AS_OF, INCLUDE, INCLUDED, NoQuery, Pairs, ReadQuery, list_query, list_query_within, no_more, of_query,
    take, take_flag, take_include,
};
pub use reply::{
    Envelope, IDEMPOTENCY_REPLAYED, ListEnvelope, PageMeta, all, created, done, done_versioned,
    mark_replayed, no_content, ok, ok_versioned, page, page_with,
};
pub use request::{PathId, REQUEST_ID, RequestInfo};
pub use settings::{
    AllowedOrigins, DemoSignIns, EdgeSettings, MetricsAccess, Rate, RateLimits, TrustedProxies,
};
pub use state::{Edge, EdgeState, MetricsRenderer, Readiness};
