//! The refresh cookie, and the check of the pages that may use it.

use actix_web::{cookie::Cookie, test::TestRequest};
use cartera_api_http::edge::{cleared_refresh_cookie, refresh_cookie};
use chrono::DateTime;

use super::support::{FRIEND, ORIGIN, send, settings};

#[test]
fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let ends = DateTime::from_timestamp(1_800_000_000, 0).expect("a moment");
    let cookie = refresh_cookie(&settings(), "crt_x.y".to_owned(), ends).to_string();
    for attribute in [
        "cartera_refresh=crt_x.y",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/api/v1/auth",
        "Expires=Fri, 15 Jan 2027 08:00:00 GMT",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
}

#[test]
fn on_plain_http_the_cookie_is_not_secure() {
    let mut settings = settings();
    settings.public_origin = "http://127.0.0.1:8080".to_owned();
    let cookie = refresh_cookie(&settings, "x".to_owned(), DateTime::UNIX_EPOCH).to_string();
    assert!(!cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");
}

#[actix_web::test]
async fn a_quoted_value_is_the_value_between_the_quotes() {
    for (cookie, token) in
        [("cartera_refresh=x", "x"), ("cartera_refresh=\"x\"", "x"), ("a=\"b\"; cartera_refresh=\"x\"", "x")]
    {
        let request = TestRequest::post().uri("/api/v1/cookie").insert_header(("cookie", cookie));
        assert_eq!(send(request).await.json()["data"], token, "{cookie}");
    }
}

#[test]
fn clearing_removes_the_same_cookie() {
    let cookie = cleared_refresh_cookie(&settings()).to_string();
    for attribute in ["cartera_refresh=;", "Max-Age=0", "Path=/api/v1/auth", "Secure", "SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

fn with(headers: &[(&'static str, &'static str)]) -> TestRequest {
    headers.iter().fold(
        TestRequest::post().uri("/api/v1/cookie").cookie(Cookie::new("cartera_refresh", "crt_x.y")),
        |request, header| request.append_header(*header),
    )
}

#[actix_web::test]
async fn our_own_pages_and_programs_may_use_it() {
    let allowed: [&[(&str, &str)]; 6] = [
        &[],
        &[("origin", ORIGIN)],
        &[("origin", FRIEND), ("sec-fetch-site", "cross-site")],
        &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
    ];
    for headers in allowed {
        let answer = send(with(headers)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["data"].as_str()),
            (200, Some("crt_x.y")),
            "{headers:?}"
        );
    }
}

#[actix_web::test]
async fn pages_of_others_may_not() {
    let refused: [&[(&str, &str)]; 7] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", ORIGIN), ("origin", "https://evil.example")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ];
    for headers in refused {
        send(with(headers)).await.refused(403, "origin_not_allowed");
    }
}

#[actix_web::test]
async fn an_empty_cookie_is_none() {
    let answer =
        send(TestRequest::post().uri("/api/v1/cookie").cookie(Cookie::new("cartera_refresh", ""))).await;
    assert!(answer.json()["data"].is_null());
}
