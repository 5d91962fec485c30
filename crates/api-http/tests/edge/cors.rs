//! CORS.

use actix_web::{http::Method, test::TestRequest};

use super::support::{FRIEND, ORIGIN, get, send};

fn preflight(origin: &str) -> TestRequest {
    TestRequest::default()
        .method(Method::OPTIONS)
        .uri("/api/v1/things")
        .insert_header(("origin", origin))
        .insert_header(("access-control-request-method", "POST"))
        .insert_header(("access-control-request-headers", "authorization, idempotency-key"))
}

#[actix_web::test]
async fn a_preflight_of_an_allowed_origin_is_answered() {
    for origin in [ORIGIN, FRIEND] {
        let answer = send(preflight(origin)).await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, PUT, PATCH, DELETE"));
        let headers = answer.header("access-control-allow-headers").expect("headers");
        for name in ["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-API-Key"] {
            assert!(headers.contains(name), "{headers}");
        }
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[actix_web::test]
async fn a_preflight_of_any_other_origin_is_refused() {
    for origin in
        ["https://evil.example", "null", "https://crm.example.com.evil.example", "http://crm.example.com", ""]
    {
        let answer = send(preflight(origin)).await;
        answer.refused(403, "origin_not_allowed");
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[actix_web::test]
async fn answers_can_be_read_by_allowed_origins_only() {
    let answer = send(get("/api/v1/nope").insert_header(("origin", FRIEND))).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRIEND));
    assert_eq!(
        answer.header("access-control-expose-headers"),
        Some(
            "ETag, Location, X-Request-Id, X-Operation-Id, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed"
        )
    );
    for origin in ["https://evil.example", "null"] {
        let answer = send(get("/api/v1/plain").insert_header(("origin", origin))).await;
        assert_eq!((answer.status.as_u16(), answer.header("access-control-allow-origin")), (200, None));
    }
    let answer = send(get("/api/v1/plain")).await;
    assert_eq!((answer.header("vary"), answer.header("access-control-allow-origin")), (Some("Origin"), None));
}
