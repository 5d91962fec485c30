//! Failures and the framework's own answers have our error format, and reveal no internals.

use super::support::{get, post, send};

#[actix_web::test]
async fn failures_of_ours_show_nothing_of_the_inside() {
    for (path, status, code) in [
        ("/api/v1/broken", 500, "internal"),
        ("/api/v1/panic", 500, "internal"),
        ("/api/v1/down", 503, "unavailable"),
        ("/api/v1/slow", 503, "unavailable"),
    ] {
        let answer = send(get(path)).await;
        answer.refused(status, code);
        let body = String::from_utf8_lossy(&answer.body);
        assert!(!body.contains("secret") && !body.contains("stars"), "{body}");
        assert_eq!(answer.header("retry-after").is_some(), status == 503, "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
}

#[actix_web::test]
async fn foreign_errors_get_our_shape() {
    send(get("/api/v1/bare")).await.invalid("", "malformed");
}

#[actix_web::test]
async fn the_request_id_of_a_problem_is_the_one_that_was_given() {
    let answer = send(post("/api/v1/body", "{").insert_header(("x-request-id", "abc.DEF_1-2"))).await;
    assert_eq!(answer.json()["instance"], "abc.DEF_1-2");
    assert_eq!(answer.header("x-request-id"), Some("abc.DEF_1-2"));
}
