//! Authentication by token and API key, and quotas, through the whole application.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

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
    openapi,
};
use cartera_application::testing::{TestCompany, TestEnvironment};
use cartera_domain::identity::Permission;
use chrono::TimeDelta;
use serde_json::Value;

/// The state of an application with this many requests a minute per caller.
fn serve(env: &TestEnvironment, requests: u32) -> EdgeState {
    let rate = |requests| Rate {
        requests: NonZeroU32::new(requests).expect("a rate above zero"),
        period: Duration::from_mins(1),
    };
    let settings = EdgeSettings {
        public_origin: "https://crm.example.com".to_owned(),
        cors_origins: AllowedOrigins::new(|_| false),
        trusted_proxies: TrustedProxies::new(|_: IpAddr| false),
        proxy_header: ProxyHeader::default(),
        body_limit: 64 * 1024,
        body_timeout: Duration::from_secs(5),
        request_timeout: Duration::from_secs(5),
        rate_limits: Some(RateLimits {
            sign_in_per_email: rate(5),
            sign_in_per_address: rate(60),
            register: rate(10),
            invitations: rate(10),
            requests: rate(requests),
            refresh: rate(30),
            bad_cookies: rate(60),
            public: rate(3000),
        }),
        metrics: MetricsAccess::Absent,
        demo: None,
    };
    let (health, readiness) = (Arc::new(HealthState::default()), Arc::new(Readiness::default()));
    let edge =
        Edge::new(settings, health, readiness, MetricsRenderer::new(String::new), &openapi::document());
    EdgeState::new(env.app.clone(), edge.expect("the document renders"))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("ASCII"))
    }
}

async fn send(state: &EdgeState, request: TestRequest) -> Answer {
    let service = init_service(app(state)).await;
    let response = match try_call_service(&service, request.to_request()).await {
        Ok(response) => response.into_parts().1,
        Err(error) => error.as_response_error().error_response(),
    };
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.expect("a whole body");
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Answer { status: head.status(), headers: head.headers().clone(), body }
}

fn me() -> TestRequest {
    TestRequest::get().uri("/api/v1/auth/me")
}

fn as_owner(request: TestRequest, company: &TestCompany) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {}", company.session.access_token)))
}

#[actix_web::test]
async fn a_person_is_known_by_their_access_token() {
    let env = TestEnvironment::new();
    let (company, state) = (env.company("Acme").await, serve(&env, 100));
    let answer = send(&state, as_owner(me(), &company)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["data"]["user"]["email"], company.email);
    let lower = format!("bearer  {}", company.session.access_token);
    assert_eq!(send(&state, me().insert_header(("authorization", lower))).await.status, 200);
}

#[actix_web::test]
async fn whoever_does_not_sign_in_is_told_how() {
    let env = TestEnvironment::new();
    let (company, state) = (env.company("Acme").await, serve(&env, 100));
    let key = env.key(&company.owner, &[Permission::AccountsRead]).await;
    let token = format!("Bearer {}", company.session.access_token);
    let strangers = [
        me(),
        me().insert_header(("authorization", "Bearer")),
        me().insert_header(("authorization", "Bearer nonsense")),
        me().insert_header(("authorization", format!("Basic {}", company.session.access_token))),
        me().insert_header(("authorization", format!("Bearer {}", key.value))),
        me().insert_header(("x-api-key", "nonsense")),
        me().insert_header(("x-api-key", company.session.access_token.clone())),
    ];
    let undecided = [
        me().insert_header(("authorization", token.clone())).insert_header(("x-api-key", key.value.clone())),
        me().insert_header(("authorization", token.clone())).append_header(("authorization", token.clone())),
        me().insert_header(("authorization", "Basic x")).insert_header(("x-api-key", key.value.clone())),
        me().insert_header(("x-api-key", key.value.clone())).append_header(("x-api-key", key.value.clone())),
    ];
    // What a client sends whose variable is not set is no credential.
    let unset = me().insert_header(("authorization", token.clone())).insert_header(("x-api-key", " "));
    assert_eq!(send(&state, unset).await.status, 200);
    let refused = strangers.map(|stranger| (stranger, "unauthenticated")).into_iter();
    for (stranger, code) in refused.chain(undecided.map(|both| (both, "several_credentials"))) {
        let answer = send(&state, stranger).await;
        assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (401, Some(code)));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    env.clock.advance(TimeDelta::minutes(16));
    assert_eq!(send(&state, as_owner(me(), &company)).await.status, 401);
}

#[actix_web::test]
async fn a_key_is_known_by_its_value_and_is_no_person() {
    let env = TestEnvironment::new();
    let (company, state) = (env.company("Acme").await, serve(&env, 100));
    let key = env.key(&company.owner, &[Permission::AccountsRead]).await;
    let with_key = |uri: &str| TestRequest::get().uri(uri).insert_header(("x-api-key", key.value.clone()));
    let answer = send(&state, with_key("/api/v1/api-keys/current")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = send(&state, with_key("/api/v1/auth/me")).await;
    assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (403, Some("api_key_not_allowed")));
}

#[actix_web::test]
async fn every_caller_has_a_quota_of_their_own() {
    let env = TestEnvironment::new();
    let (acme, globex, state) = (env.company("Acme").await, env.company("Globex").await, serve(&env, 3));
    for remaining in [2, 1, 0] {
        let answer = send(&state, as_owner(me(), &acme)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=3;w=60"));
        let start = format!("\"default\";r={remaining};t=");
        assert!(answer.header("ratelimit").is_some_and(|limit| limit.starts_with(&start)));
    }
    let answer = send(&state, as_owner(me(), &acme)).await;
    assert_eq!((answer.status.as_u16(), answer.body["code"].as_str()), (429, Some("rate_limited")));
    let wait: u64 = answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(send(&state, as_owner(me(), &globex)).await.status, 200);
    // Whoever doesn't sign in uses up the quota of their address, and nobody's of these.
    let stranger = send(&state, me()).await;
    assert_eq!(stranger.header("ratelimit-policy"), Some("\"public\";q=3000;w=60"));
}

#[actix_web::test]
async fn every_described_path_says_which_methods_it_takes() {
    let env = TestEnvironment::new();
    let state = serve(&env, 100);
    for (path, item) in &openapi::document().paths.paths {
        let brew = Method::from_bytes(b"BREW").expect("a method");
        let uri = path.replace("{id}", "0192f0c1-2a4b-7c3d-8e9f-001122334455");
        let answer = send(&state, TestRequest::default().method(brew).uri(&uri)).await;
        assert_eq!(answer.status, 405, "{path}");
        let allowed = answer.header("allow").expect("methods");
        for (name, there) in
            [("GET", item.get.is_some()), ("POST", item.post.is_some()), ("DELETE", item.delete.is_some())]
        {
            assert_eq!(allowed.split(", ").any(|method| method == name), there, "{path}: {allowed}");
        }
    }
}
