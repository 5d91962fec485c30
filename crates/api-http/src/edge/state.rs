//! State shared by all workers of the server.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use actix_web::{HttpRequest, web};
use cartera_application::{Application, Error};
use utoipa::openapi::OpenApi;

use super::{
    EdgeSettings, HealthState, Limits, Problem, documents::Documents, forwarded, routes::RouteTable,
};

/// Whether the server accepts new requests: not before it is ready, nor while it drains.
#[derive(Debug, Default)]
pub struct Readiness {
    ready: AtomicBool,
    draining: AtomicBool,
}

impl Readiness {
    /// Sets what `/readyz` answers from now on.
    pub fn set(&self, ready: bool) {
        self.ready.store(ready, Ordering::SeqCst);
    }

    /// Starts draining: `/readyz` reports not ready, and each answer closes its connection, so that requests go
    /// elsewhere.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the server accepts new requests.
    pub fn get(&self) -> bool {
        self.ready.load(Ordering::SeqCst) && !self.draining()
    }

    /// Whether the server is draining before it stops.
    pub fn draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}

/// Renders the metrics in the Prometheus text format.
#[derive(Clone)]
pub struct MetricsRenderer(Arc<dyn Fn() -> String + Send + Sync>);

impl MetricsRenderer {
    /// A renderer that calls a closure.
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }

    /// The current metrics.
    pub fn render(&self) -> String {
        (self.0)()
    }
}

impl fmt::Debug for MetricsRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsRenderer(..)")
    }
}

/// The shared state of the edge itself, without use cases.
#[derive(Debug)]
pub struct Edge {
    /// The deployment's settings.
    pub settings: EdgeSettings,
    /// The rate limits in force.
    pub limits: Limits,
    /// The last results of the background probe.
    pub health: Arc<HealthState>,
    /// Whether the server accepts requests.
    pub readiness: Arc<Readiness>,
    /// Renders the metrics for `/metrics`.
    pub metrics: MetricsRenderer,
    /// The API document, rendered.
    pub documents: Documents,
    /// Every route, for `Allow`.
    pub(super) routes: RouteTable,
    /// Whether a proxy was found to send what can't be read.
    pub(super) unread_proxies: forwarded::Reported,
}

impl Edge {
    /// The state of the edge of the API that `document` describes.
    ///
    /// # Errors
    /// The document can't be rendered.
    pub fn new(
        settings: EdgeSettings,
        health: Arc<HealthState>,
        readiness: Arc<Readiness>,
        metrics: MetricsRenderer,
        document: &OpenApi,
    ) -> Result<Self, Error> {
        Ok(Self {
            limits: Limits::new(settings.rate_limits),
            routes: RouteTable::of(document),
            documents: Documents::render(document)?,
            unread_proxies: forwarded::Reported::default(),
            settings,
            health,
            readiness,
            metrics,
        })
    }

    pub(super) fn of(request: &HttpRequest) -> Result<&Self, Problem> {
        request.app_data::<web::Data<Self>>().map(|data| &***data).ok_or_else(|| {
            Problem(Error::Internal { what: "finding the shared state of the edge", cause: None })
        })
    }
}

/// The state of handlers: the use cases, and (by dereferencing) the edge.
#[derive(Clone)]
pub struct EdgeState {
    /// Every use case.
    pub application: Application,
    /// The edge.
    pub edge: Arc<Edge>,
}

impl EdgeState {
    /// Combines the use cases with the state of the edge.
    pub fn new(application: Application, edge: Edge) -> Self {
        Self { application, edge: Arc::new(edge) }
    }
}

impl Deref for EdgeState {
    type Target = Edge;

    fn deref(&self) -> &Edge {
        &self.edge
    }
}
