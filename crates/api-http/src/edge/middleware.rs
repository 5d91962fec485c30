//! The middleware around every request: an id, limits of size and time, CORS, headers, uniform errors, a log line and
//! metrics.

use std::{
    any::Any,
    cell::Cell,
    future::{Ready, ready},
    panic::AssertUnwindSafe,
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error as ActixError, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
    http::{
        ConnectionType, Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use cartera_application::{Code, Error};
use cartera_domain::input::Rule;
use futures_util::{FutureExt, future::LocalBoxFuture};
use tokio::time::error::Elapsed;
use uuid::Uuid;

use super::{
    Edge, Problem, bodiless::Bodiless, conditions, cors, headers, media, problem::PROBLEM_JSON, request,
    routes, trace, trace::Trace,
};

/// The route name of unknown paths in the log and the metrics.
const NO_ROUTE: &str = "unmatched";
/// The status in the log and the metrics when the client disconnected, as proxies log it. It is never sent.
const GONE: u16 = 499;

/// The middleware.
#[derive(Clone)]
pub(super) struct EdgeMiddleware(pub(super) Arc<Edge>);

impl<S, B> Transform<S, ServiceRequest> for EdgeMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = ActixError> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = ActixError;
    type InitError = ();
    type Transform = EdgeService<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(EdgeService { edge: Arc::clone(&self.0), service: Rc::new(service) }))
    }
}

/// The middleware around the routes of one worker.
pub(super) struct EdgeService<S> {
    edge: Arc<Edge>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = ActixError> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = ActixError;
    type Future = LocalBoxFuture<'static, Result<Self::Response, ActixError>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let flight = Flight::begin(Arc::clone(&self.edge), &request);
        // It is answered as GET is, everywhere; what would be sent is left out at the end.
        if *request.method() == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        let service = Rc::clone(&self.service);
        let trace = Rc::clone(&flight.trace);
        Box::pin(async move {
            if let Some(answer) = trace::sync_scope(Rc::clone(&trace), || flight.refuse_early(&request)) {
                let response = request.into_response(answer);
                return Ok(flight.finish_response(response));
            }
            let timeout = flight.edge.settings.request_timeout;
            let work = trace::scope(Rc::clone(&trace), async move { service.call(request).await });
            match flight.in_time(timeout, AssertUnwindSafe(work).catch_unwind()).await {
                Ok(Ok(Ok(response))) => Ok(flight.finish_response(response.map_into_boxed_body())),
                Ok(Ok(Err(error))) => Err(flight.finish_error(|| HttpResponse::from_error(error))),
                Ok(Err(panic)) => Err(flight.finish_error(|| panicked(&*panic))),
                Err(_elapsed) => Err(flight.finish_error(|| too_slow(timeout))),
            }
        })
    }
}

/// A request in flight.
struct Flight {
    edge: Arc<Edge>,
    trace: Rc<Trace>,
    started: Instant,
    method: Method,
    path: String,
    origin: Option<HeaderValue>,
    /// The versions that the caller has already.
    none_match: Vec<HeaderValue>,
    /// Whether the log line has been written.
    reported: Cell<bool>,
}

/// Logs requests that get no answer, because the client disconnected or sent invalid HTTP. What they began may have
/// been completed.
impl Drop for Flight {
    fn drop(&mut self) {
        if !self.reported.get() {
            self.report(GONE, self.edge.routes.pattern(&self.path).unwrap_or(NO_ROUTE));
        }
    }
}

impl Flight {
    fn begin(edge: Arc<Edge>, request: &ServiceRequest) -> Self {
        let provenance = request::provenance(request.headers().get(request::REQUEST_ID));
        let address = request::caller_address(request.request(), &edge);
        Self {
            trace: Trace::new(provenance, address),
            started: Instant::now(),
            method: request.method().clone(),
            path: request.path().to_owned(),
            origin: request.headers().get(header::ORIGIN).cloned(),
            none_match: request.headers().get_all(header::IF_NONE_MATCH).cloned().collect(),
            reported: Cell::new(false),
            edge,
        }
    }

    /// The answer to a request that does not need a route: a preflight, or one that is refused.
    fn refuse_early(&self, request: &ServiceRequest) -> Option<HttpResponse> {
        if let Some(answer) = cors::preflight(&self.method, request.headers(), &self.edge.settings) {
            return Some(answer);
        }
        let length = request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok()?;
        let fits = usize::try_from(length).is_ok_and(|length| length <= self.edge.settings.body_limit);
        (!fits).then(|| Problem::refused(Code::PayloadTooLarge).error_response())
    }

    /// Awaits the answer within its timeout, which the handler may extend.
    async fn in_time<F: Future>(&self, timeout: Duration, work: F) -> Result<F::Output, Elapsed> {
        let mut work = pin!(work);
        match tokio::time::timeout(timeout, &mut work).await {
            Err(elapsed) => match self.trace.patience.get() {
                Some(patience) => tokio::time::timeout(patience.saturating_sub(timeout), work).await,
                None => Err(elapsed),
            },
            answer => answer,
        }
    }

    /// Whether a request with an extended timeout has used more than the normal one and failed. `Retry-After` would
    /// mislead: retrying in a few seconds does not help.
    fn is_hopeless(&self, status: StatusCode) -> bool {
        status == StatusCode::SERVICE_UNAVAILABLE
            && self.trace.patience.get().is_some()
            && self.started.elapsed() > self.edge.settings.request_timeout
    }

    fn finish_response(&self, response: ServiceResponse) -> ServiceResponse {
        let pattern = response.request().match_pattern();
        let (request, response) = response.into_parts();
        let response = self.within_public_limit(response);
        let response = self.finish(response, pattern.as_deref());
        ServiceResponse::new(request, response)
    }

    /// Counts what no other limit has counted: pages, documents, unknown paths, refused credentials. The answer is ready by
    /// then, as it costs little; what is saved is sending it. Probes are answered from memory, and refusing them could have
    /// a healthy server restarted.
    fn within_public_limit(&self, response: HttpResponse) -> HttpResponse {
        let is_counted =
            !self.trace.standings.borrow().is_empty() || routes::PROBES.contains(&self.path.as_str());
        if is_counted {
            return response;
        }
        let counted =
            trace::sync_scope(Rc::clone(&self.trace), || self.edge.limits.public(self.trace.address));
        match counted {
            Ok(()) => response,
            Err(refused) => trace::sync_scope(Rc::clone(&self.trace), || refused.error_response()),
        }
    }

    /// The request was consumed, so the finished answer is returned inside an error.
    fn finish_error(&self, render: impl FnOnce() -> HttpResponse) -> ActixError {
        let response = trace::sync_scope(Rc::clone(&self.trace), render);
        let response = self.finish(response, self.edge.routes.pattern(&self.path));
        InternalError::from_response("the request did not reach an answer of its own", response).into()
    }

    fn finish(&self, response: HttpResponse, pattern: Option<&str>) -> HttpResponse {
        let mut response = trace::sync_scope(Rc::clone(&self.trace), || self.in_shape(response));
        if self.is_known(&response) {
            response.headers_mut().remove(header::CONTENT_TYPE);
            response = response.map_body(|head, _| {
                head.status = StatusCode::NOT_MODIFIED;
                BoxBody::new(())
            });
        }
        let status = response.status();
        let is_hopeless = self.is_hopeless(status);
        let answer = response.headers_mut();
        if is_hopeless {
            answer.remove(header::RETRY_AFTER);
        }
        headers::describe(&self.trace, answer);
        // A refusal may have written, too: a session that ended, a count of wrong passwords. That is nobody's to look up.
        if status.is_success() {
            headers::name_operation(&self.trace, answer);
        }
        headers::secure(&self.path, &self.edge.settings, answer);
        if self.says_patches(status) {
            answer.insert(HeaderName::from_static(media::ACCEPT_PATCH), media::PATCHES);
        }
        cors::allow(self.origin.as_ref(), &self.edge.settings, answer);
        if self.edge.readiness.draining() {
            // The client then sends no more requests on this connection, so closing it loses none.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        self.report(response.status().as_u16(), pattern.unwrap_or(NO_ROUTE));
        if self.method == Method::HEAD {
            response = response.map_body(|_, body| BoxBody::new(Bodiless::of(&body)));
        }
        response
    }

    /// Whether the caller has just this version of what they read.
    fn is_known(&self, response: &HttpResponse) -> bool {
        let reads = matches!(self.method, Method::GET | Method::HEAD) && response.status() == StatusCode::OK;
        let tag = response.headers().get(header::ETAG).and_then(|value| value.to_str().ok());
        let is_named = |tag| conditions::none_match_names(self.none_match.iter(), tag);
        reads && tag.is_some_and(is_named)
    }

    /// Converts actix's own error answers into our format.
    fn in_shape(&self, response: HttpResponse) -> HttpResponse {
        let status = response.status();
        let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
            let kind = kind.as_bytes();
            kind.starts_with(PROBLEM_JSON.as_bytes()) || kind.starts_with(b"application/json")
        });
        if ours || !(status.is_client_error() || status.is_server_error()) {
            return response;
        }
        let problem = match status {
            StatusCode::NOT_FOUND => Problem::refused(Code::NotFound),
            StatusCode::METHOD_NOT_ALLOWED => return method_not_allowed(&self.edge, &self.path),
            StatusCode::REQUEST_TIMEOUT => Problem::refused(Code::RequestTimeout),
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => {
                Problem::refused(Code::PayloadTooLarge)
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::refused(Code::UnsupportedMediaType),
            status if status.is_client_error() => {
                Problem::invalid("", Rule::Malformed { expected: "a request that HTTP allows" })
            }
            _ => Problem(Error::Internal { what: "answering the request", cause: None }),
        };
        problem.error_response()
    }

    /// Whether to say which patches the path takes: to whoever patches it, or asks what it takes.
    fn says_patches(&self, status: StatusCode) -> bool {
        let asks = matches!(self.method, Method::PATCH | Method::OPTIONS)
            || matches!(status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::UNSUPPORTED_MEDIA_TYPE);
        asks && self.edge.routes.takes(&self.path, "PATCH")
    }

    fn report(&self, status: u16, route: &str) {
        self.reported.set(true);
        let elapsed = self.started.elapsed();
        let method = method_name(&self.method);
        count(method, route, status, elapsed);
        let caller = self.trace.caller.get();
        let shown = |id: Option<Uuid>| id.map(tracing::field::display);
        tracing::info!(
            target: "cartera::http",
            requestId = self.trace.provenance.request_id(),
            userId = shown(caller.and_then(|caller| caller.user)),
            apiKeyId = shown(caller.and_then(|caller| caller.api_key)),
            companyId = shown(caller.and_then(|caller| caller.company)),
            method,
            route,
            status,
            latencyMs = (elapsed.as_secs_f64() * 1e6).round() / 1e3,
            "request"
        );
    }
}

/// Labels metrics by route pattern, never by the actual path, to limit their number.
fn count(method: &'static str, route: &str, status: u16, elapsed: Duration) {
    let route = [("method", method.to_owned()), ("route", route.to_owned())];
    metrics::histogram!("http_requests_duration_seconds", &route).record(elapsed.as_secs_f64());
    let [method, route] = route;
    let outcome = [method, route, ("status", status.to_string())];
    metrics::counter!("http_requests_total", &outcome).increment(1);
    if status >= 500 {
        metrics::counter!("http_requests_errors_total", &outcome).increment(1);
    }
}

/// A closed set of method names: all unknown methods share one, to limit the number of metrics.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// 405 with the methods that the path allows.
pub(super) fn method_not_allowed(edge: &Edge, path: &str) -> HttpResponse {
    let mut response = Problem::refused(Code::MethodNotAllowed).error_response();
    let allowed = edge.routes.allowed(path).and_then(|allowed| HeaderValue::try_from(allowed).ok());
    let allowed = allowed.unwrap_or_else(|| HeaderValue::from_static(""));
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}

fn too_slow(timeout: Duration) -> HttpResponse {
    let cause = format!("no answer within {} s", timeout.as_secs_f64());
    Problem(Error::unavailable("the answer in time", cause)).error_response()
}

fn panicked(panic: &(dyn Any + Send)) -> HttpResponse {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned());
    Problem(Error::internal("handling the request", message)).error_response()
}
