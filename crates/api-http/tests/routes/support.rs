//! An application over an in-memory store, and a client for it.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use actix_web::{
    body::to_bytes,
    http::{Method, StatusCode, header::HeaderMap},
    test::{TestRequest, init_service, try_call_service},
};
use cartera_api_http::{
    app,
    edge::{
        AllowedOrigins, Edge, EdgeSettings, EdgeState, HealthState, MetricsAccess, MetricsRenderer,
        ProxyHeader, Rate, RateLimits, Readiness, TrustedProxies,
    },
    openapi::document,
};
use cartera_application::{
    Application,
    identity::IdentitySettings,
    ports::Ports,
    testing::{TestCompany, TestEnvironment, TestKey, TestPerson, attachment_rules},
};
use cartera_domain::values::{Country, PasswordPolicy};
use serde_json::Value;

use super::canned::Canned;

pub(crate) const ORIGIN: &str = "https://crm.example.com";
/// An id that no record has.
pub(crate) const NOBODY: &str = "0192f0c1-2a4b-7c3d-8e9f-001122334455";

/// A test environment with the application on top.
pub(crate) struct TestServer {
    pub(crate) env: TestEnvironment,
    state: EdgeState,
}

impl TestServer {
    pub(crate) fn new() -> Self {
        Self::around(TestEnvironment::new(), true, PasswordPolicy::default())
    }

    pub(crate) fn closed() -> Self {
        Self::around(TestEnvironment::with_registration(false), false, PasswordPolicy::default())
    }

    /// Refuses the most common passwords, as outside the embedded mode.
    pub(crate) fn strict() -> Self {
        Self::around(TestEnvironment::new(), true, PasswordPolicy { refuse_common: true })
    }

    fn around(env: TestEnvironment, registration_open: bool, password_policy: PasswordPolicy) -> Self {
        let canned = Arc::new(Canned);
        let ports = Ports {
            company_queries: Arc::<Canned>::clone(&canned),
            user_queries: Arc::<Canned>::clone(&canned),
            history: Arc::<Canned>::clone(&canned),
            record_lists: Arc::<Canned>::clone(&canned),
            opportunity_queries: Arc::<Canned>::clone(&canned),
            invitation_queries: Arc::<Canned>::clone(&canned),
            attachment_queries: Arc::<Canned>::clone(&canned),
            api_key_queries: Arc::<Canned>::clone(&canned),
            dead_job_queries: Arc::<Canned>::clone(&canned),
            reports: canned,
            ..Ports::clone(&env.ports)
        };
        let default_country = Country::parse("UY").expect("a country");
        let settings = IdentitySettings { registration_open, default_country, password_policy };
        let application = Application::new(
            Arc::new(ports),
            settings,
            TestEnvironment::notice_settings(),
            attachment_rules(),
        );
        let edge = Edge::new(
            edge_settings(),
            Arc::new(HealthState::default()),
            Arc::new(Readiness::default()),
            MetricsRenderer::new(String::new),
            &document(),
        );
        Self { env, state: EdgeState::new(application, edge.expect("the document renders")) }
    }

    /// Sends one request.
    pub(crate) async fn send(&self, call: Call) -> Answer {
        let app = init_service(app(&self.state)).await;
        let response = match try_call_service(&app, call.0.to_request()).await {
            Ok(response) => response.into_parts().1,
            Err(error) => error.as_response_error().error_response(),
        };
        let (head, body) = response.into_parts();
        let body = to_bytes(body).await.expect("a whole body");
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") };
        Answer { status: head.status(), headers: head.headers().clone(), body }
    }
}

fn edge_settings() -> EdgeSettings {
    let rate = |requests, seconds| Rate {
        requests: NonZeroU32::new(requests).expect("a rate above zero"),
        period: Duration::from_secs(seconds),
    };
    EdgeSettings {
        public_origin: ORIGIN.to_owned(),
        cors_origins: AllowedOrigins::new(|_| false),
        trusted_proxies: TrustedProxies::none(),
        proxy_header: ProxyHeader::default(),
        body_limit: 256 * 1024,
        body_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(10),
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
        metrics: MetricsAccess::Absent,
        demo: None,
    }
}

/// A request to `/api/v1`.
pub(crate) struct Call(TestRequest);

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        let uri = if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") };
        Self(TestRequest::with_uri(&uri).method(method))
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new(Method::POST, path).body(body)
    }

    pub(crate) fn patch(path: &str, body: &Value) -> Self {
        Self::new(Method::PATCH, path).body(body)
    }

    pub(crate) fn delete(path: &str) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn body(self, body: &Value) -> Self {
        self.raw(body.to_string())
    }

    pub(crate) fn raw(self, body: String) -> Self {
        Self(self.0.insert_header(("content-type", "application/json")).set_payload(body))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.insert_header((name, value)))
    }

    /// As the owner of a company.
    pub(crate) fn owner(self, company: &TestCompany) -> Self {
        self.token(&company.session.access_token)
    }

    pub(crate) fn person(self, person: &TestPerson) -> Self {
        self.token(&person.session.access_token)
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn key(self, key: &TestKey) -> Self {
        self.header("x-api-key", &key.value)
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("an ASCII header"))
    }

    /// The data of a success with this status.
    #[track_caller]
    pub(crate) fn data(&self, status: u16) -> &Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        &self.body["data"]
    }

    /// Asserts that it is a problem with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!((self.status.as_u16(), self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.body["instance"].as_str(), self.header("x-request-id"));
    }

    /// Asserts that it is a validation problem with these pointers and rules.
    #[track_caller]
    pub(crate) fn invalid(&self, entries: &[(&str, &str)]) {
        self.refused(400, "validation_failed");
        assert_eq!(self.entries(), entries);
    }

    pub(crate) fn entries(&self) -> Vec<(&str, &str)> {
        let errors = self.body["errors"].as_array().expect("a list");
        errors
            .iter()
            .map(|e| (e["pointer"].as_str().expect("a pointer"), e["code"].as_str().expect("a code")))
            .collect()
    }
}

/// The id of a record in an answer.
pub(crate) fn id_of(record: &Value) -> &str {
    record["id"].as_str().expect("an id")
}
