//! The operations routes.

use std::time::Duration;

use actix_web::test::TestRequest;
use cartera_api_http::edge::{Check, HealthStatus, MetricsAccess};

use super::support::{edge, get, send, send_to, send_with, settings};

#[actix_web::test]
async fn health_is_down_only_without_the_database() {
    let edge = edge(settings());
    let cases = [
        (None, None, 503, "down"),
        (Some(HealthStatus::Ok), None, 200, "ok"),
        (Some(HealthStatus::Ok), Some(HealthStatus::Down), 200, "degraded"),
        (Some(HealthStatus::Degraded), Some(HealthStatus::Ok), 200, "degraded"),
        (Some(HealthStatus::Down), Some(HealthStatus::Ok), 503, "down"),
    ];
    for (database, mail, status, text) in cases {
        for (check, found) in [(Check::Database, database), (Check::Mail, mail)] {
            if let Some(found) = found {
                edge.health.record(check, found, Duration::from_micros(1234));
            }
        }
        for path in ["/health", "/healthz"] {
            let answer = send_to(&edge, get(path)).await;
            assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (status, Some(text)));
        }
    }
    let checks = send_to(&edge, get("/health")).await.json();
    assert_eq!(checks["checks"]["database"], serde_json::json!({ "status": "down", "latencyMs": 1.234 }));
}

#[actix_web::test]
async fn readiness_follows_the_flag_and_life_does_not() {
    let edge = edge(settings());
    edge.health.record(Check::Database, HealthStatus::Ok, Duration::ZERO);
    for (ready, status) in [(false, 503), (true, 200), (false, 503)] {
        edge.readiness.set(ready);
        assert_eq!(send_to(&edge, get("/readyz")).await.status, status);
        assert_eq!(send_to(&edge, get("/livez")).await.status, 200);
    }
    edge.readiness.set(true);
    edge.health.record(Check::Database, HealthStatus::Down, Duration::ZERO);
    assert_eq!(send_to(&edge, get("/readyz")).await.status, 503, "without its database it is not ready");
    assert_eq!(send_to(&edge, get("/livez")).await.status, 200);
}

#[actix_web::test]
async fn metrics_are_open_or_behind_a_token_or_absent() {
    let with = |token: &'static str| get("/metrics").insert_header(("authorization", token));
    assert_eq!(send(with("Bearer let-me-see")).await.body, b"http_requests_total 1\n");
    for token in ["Bearer no", "Basic let-me-see", "Bearer", "let-me-see"] {
        send(with(token)).await.refused(401, "unauthenticated");
    }
    let answer = send(get("/metrics")).await;
    answer.refused(401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    let mut settings = settings();
    settings.metrics = MetricsAccess::Open;
    let answer = send_with(settings.clone(), get("/metrics")).await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    settings.metrics = MetricsAccess::Absent;
    send_with(settings, get("/metrics")).await.refused(404, "not_found");
}

#[actix_web::test]
async fn the_document_comes_in_two_forms() {
    let answer = send(get("/openapi.json")).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.json()["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let answer = send(get("/openapi.yaml")).await;
    assert_eq!(answer.header("content-type"), Some("application/yaml"));
    assert!(String::from_utf8_lossy(&answer.body).contains("3.1."));
}

#[actix_web::test]
async fn the_page_needs_nothing_from_elsewhere() {
    assert_eq!(send(get("/docs")).await.header("location"), Some("/docs/"));
    let page = send(get("/docs/")).await;
    assert_eq!(page.status, 200);
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(!html.contains("https://") && !html.contains("http://"), "{html}");
    assert!(!html.contains("<script>"), "the policy lets no inline script run: {html}");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("script-src 'self'") && policy.contains("default-src 'none'"), "{policy}");
    for file in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert_eq!(send(get(&format!("/docs/{file}"))).await.status, 200, "{file}");
    }
    let start = send(get("/docs/swagger-initializer.js")).await;
    assert!(String::from_utf8_lossy(&start.body).contains("/openapi.json"));
}

#[actix_web::test]
async fn heads_are_answered() {
    for path in ["/health", "/livez", "/readyz", "/openapi.json"] {
        let head = send(TestRequest::default().method(actix_web::http::Method::HEAD).uri(path)).await;
        assert_eq!(head.status, send(get(path)).await.status);
    }
}
