//! A small application with routes for the tests.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{
    HttpResponse,
    body::to_bytes,
    http::{StatusCode, header::HeaderMap},
    test::{TestRequest, init_service, try_call_service},
    web,
};
use cartera_api_http::edge::{
    AllowedOrigins, Body, Edge, EdgeSettings, Handled, HealthState, IfMatchHeader, MetricsAccess,
    MetricsRenderer, NoBody, NoQuery, OriginGuard, Pairs, PathId, Problem, ProxyHeader, Rate, RateLimits,
    Readiness, RefreshCookie, RequestInfo, Submission, TrustedProxies, assemble, created, ok, ok_versioned,
    patch,
};
use cartera_application::{Error, idempotency::Once};
use cartera_domain::{ids::kinds, input::Patch};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::{
    HttpMethod, OpenApi, OpenApiBuilder,
    path::{OperationBuilder, PathItemBuilder, PathsBuilder},
};

pub(crate) const ORIGIN: &str = "https://crm.example.com";
pub(crate) const FRIEND: &str = "https://app.example.org";
pub(crate) const ID: &str = "0192f0c1-2a4b-7c3d-8e9f-001122334455";

/// Settings of a deployment behind https, with low limits.
pub(crate) fn settings() -> EdgeSettings {
    let rate = |requests, seconds| Rate {
        requests: NonZeroU32::new(requests).expect("a rate above zero"),
        period: Duration::from_secs(seconds),
    };
    EdgeSettings {
        public_origin: ORIGIN.to_owned(),
        cors_origins: AllowedOrigins::new(|origin| origin == FRIEND),
        trusted_proxies: TrustedProxies::new(|address| address == IpAddr::from([10, 0, 0, 1])),
        proxy_header: ProxyHeader::default(),
        body_limit: 64 * 1024,
        body_timeout: Duration::from_millis(200),
        request_timeout: Duration::from_millis(500),
        rate_limits: Some(RateLimits {
            sign_in_per_email: rate(5, 60),
            sign_in_per_address: rate(60, 60),
            register: rate(10, 3600),
            invitations: rate(10, 3600),
            requests: rate(3000, 60),
            refresh: rate(30, 60),
            bad_cookies: rate(60, 60),
            public: rate(3000, 60),
        }),
        metrics: MetricsAccess::Bearer("let-me-see".to_owned()),
        demo: None,
    }
}

pub(crate) fn edge(settings: EdgeSettings) -> Arc<Edge> {
    let metrics = MetricsRenderer::new(|| "http_requests_total 1\n".to_owned());
    let (health, readiness) = (Arc::new(HealthState::default()), Arc::new(Readiness::default()));
    Arc::new(Edge::new(settings, health, readiness, metrics, &document()).expect("the document renders"))
}

fn document() -> OpenApi {
    let item = |methods: &[HttpMethod]| {
        methods
            .iter()
            .fold(PathItemBuilder::new(), |item, method| {
                item.operation(method.clone(), OperationBuilder::new())
            })
            .build()
    };
    let paths = PathsBuilder::new()
        .path("/api/v1/things", item(&[HttpMethod::Get, HttpMethod::Post]))
        .path("/api/v1/things/mine", item(&[HttpMethod::Get]))
        .path("/api/v1/things/{id}", item(&[HttpMethod::Patch]))
        .path("/api/v1/slow", item(&[HttpMethod::Get]))
        .build();
    OpenApiBuilder::new().paths(paths).build()
}

pub(crate) fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/things").get(list).post(submit))
        .service(web::resource("/things/mine").get(plain))
        .service(web::resource("/things/{id}").patch(change))
        .service(web::resource("/plain").get(plain).post(bodiless))
        .service(web::resource("/body").post(body))
        .service(web::resource("/cookie").post(by_cookie))
        .service(web::resource("/whoami").get(whoami))
        .service(web::resource("/sign-in").post(sign_in))
        .service(web::resource("/slow").get(slow))
        .service(web::resource("/panic").get(panics))
        .service(web::resource("/broken").get(broken))
        .service(web::resource("/down").get(down))
        .service(web::resource("/bare").get(bare));
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Thing {
    #[serde(default, deserialize_with = "patch")]
    name: Patch<String>,
    #[serde(default)]
    size: Option<u32>,
    #[serde(default)]
    flag: Option<bool>,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    parts: Option<Vec<Part>>,
    #[serde(default)]
    part: Option<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    weight: u8,
    #[serde(default)]
    inner: Option<Box<Part>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Kind {
    Small,
    Large,
}

fn show(thing: &Thing) -> Value {
    let Thing { name, size, flag, kind, tags, parts, part } = thing;
    let name = match name {
        Patch::Absent => "absent",
        Patch::Null => "null",
        Patch::Value(name) => name,
    };
    let large = kind.as_ref().map(|kind| matches!(kind, Kind::Large) && !matches!(kind, Kind::Small));
    let weights: u32 = parts
        .iter()
        .flatten()
        .chain(part)
        .map(|part| u32::from(part.weight) + u32::from(part.inner.is_some()))
        .sum();
    json!({ "name": name, "size": size, "flag": flag, "large": large, "tags": tags, "weights": weights })
}

async fn list(pairs: Pairs) -> Handled {
    Ok(ok(pairs.0))
}

async fn plain(_: NoQuery) -> Handled {
    Ok(ok("plain"))
}

async fn submit(Submission { body, once }: Submission<Thing>) -> Handled {
    Ok(created(Some("/api/v1/things/7".to_owned()), Some(1), show(&body), once != Once::default()))
}

async fn body(Body(thing): Body<Thing>) -> Handled {
    Ok(ok(show(&thing)))
}

async fn bodiless(NoBody { once }: NoBody) -> Handled {
    Ok(ok(format!("{once:?}")))
}

async fn change(id: PathId<kinds::Account>, IfMatchHeader(seen): IfMatchHeader) -> Handled {
    seen.check(3)?;
    Ok(ok_versioned(4, id.0.to_string()))
}

async fn by_cookie(_: OriginGuard, RefreshCookie(token): RefreshCookie) -> Handled {
    Ok(ok(token))
}

async fn whoami(info: RequestInfo) -> Handled {
    Ok(ok(json!({
        "requestId": info.provenance.request_id(),
        "address": info.address.to_string(),
        "userAgent": info.device.user_agent,
    })))
}

async fn sign_in(info: RequestInfo, edge: web::Data<Edge>, pairs: Pairs) -> Handled {
    let email = pairs.first().map(|(_, email)| email.as_str()).unwrap_or_default();
    edge.limits.sign_in(info.address, email)?;
    Ok(ok("in"))
}

async fn slow() -> Handled {
    tokio::time::sleep(Duration::from_secs(30)).await;
    Ok(ok("at last"))
}

async fn panics(_: NoQuery) -> Handled {
    panic!("a secret of ours")
}

async fn broken() -> Handled {
    Err(Error::internal("reading the stars", "a secret of ours").into())
}

async fn down() -> Handled {
    Err(Problem(Error::unavailable("the database", "a secret of ours")))
}

async fn bare() -> HttpResponse {
    HttpResponse::ImATeapot().body("short and stout")
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("an ASCII header"))
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// Checks the mandatory members of a problem, and returns its code and pointers.
    pub(crate) fn problem(&self) -> (String, Vec<(String, String)>) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body = self.json();
        assert_eq!(body["status"], self.status.as_u16());
        assert_eq!(body["instance"].as_str(), self.header("x-request-id"));
        assert_eq!(body["type"], format!("/errors/{}", body["code"].as_str().expect("a code")));
        for name in ["title", "detail"] {
            assert!(body[name].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        }
        assert!(body["params"].is_object());
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let entries = body["errors"].as_array().expect("a list");
        let errors = entries.iter().map(|entry| (text(&entry["pointer"]), text(&entry["code"]))).collect();
        (text(&body["code"]), errors)
    }

    /// Asserts that it is a problem with this status and code.
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.problem().0.as_str()), (status, code), "{self:?}");
    }

    /// Asserts that it is a validation problem with one entry.
    pub(crate) fn invalid(&self, pointer: &str, rule: &str) {
        let expected = ("validation_failed".to_owned(), vec![(pointer.to_owned(), rule.to_owned())]);
        assert_eq!((self.status.as_u16(), self.problem()), (400, expected), "{self:?}");
    }
}

/// Sends one request through an application with these settings.
pub(crate) async fn send_with(settings: EdgeSettings, request: TestRequest) -> Answer {
    send_to(&edge(settings), request).await
}

/// Sends one request through an application with the usual settings.
pub(crate) async fn send(request: TestRequest) -> Answer {
    send_with(settings(), request).await
}

/// Sends one request through an application with an edge that the test retains.
pub(crate) async fn send_to(edge: &Arc<Edge>, request: TestRequest) -> Answer {
    let app = init_service(assemble(Arc::clone(edge), |_| (), routes)).await;
    let response = match try_call_service(&app, request.to_request()).await {
        Ok(response) => response.into_parts().1,
        Err(error) => error.as_response_error().error_response(),
    };
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.expect("a whole body").to_vec();
    Answer { status: head.status(), headers: head.headers().clone(), body }
}

pub(crate) fn get(uri: &str) -> TestRequest {
    TestRequest::get().uri(uri)
}

pub(crate) fn post(uri: &str, body: impl Into<web::Bytes>) -> TestRequest {
    TestRequest::post().uri(uri).insert_header(("content-type", "application/json")).set_payload(body)
}
