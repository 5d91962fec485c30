//! Failures and the framework's own answers have our error format, and reveal no internals.

use actix_web::{ResponseError as _, body::to_bytes};
use cartera_api_http::edge::Problem;
use cartera_application::{Error, Lack};
use cartera_domain::identity::Permission;
use serde_json::Value;

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

#[actix_web::test]
async fn who_may_not_is_told_what_is_missing_or_for_whom_it_is() {
    for (lack, permission, words) in [
        (Lack::Permission(Permission::AccountsWrite), Some("accounts:write"), "a key with that scope"),
        (Lack::Reach(Permission::AccountsDelete), Some("accounts:delete"), "your own records only"),
        (Lack::Rank, None, "above your own role"),
        (Lack::AnotherPerson, None, "their own role"),
        (Lack::Platform, None, "for platform administrators"),
        (Lack::OwnersInviter, None, "invite an OWNER"),
        (Lack::ApiKey, None, "`X-API-Key`"),
    ] {
        let answer = Problem(Error::lacking(lack)).error_response();
        assert_eq!(answer.status(), 403, "{lack:?}");
        let body = to_bytes(answer.into_body()).await.expect("a whole body");
        let problem: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(problem["code"], "forbidden", "{lack:?}");
        assert_eq!(problem.get("permission").and_then(Value::as_str), permission, "{lack:?}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(words)), "{problem}");
    }
}
