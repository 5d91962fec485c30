//! What answers at the address that the program prints, and `HEAD`.

use actix_web::{http::Method, test::TestRequest};
use cartera_api_http::edge::DemoSignIns;

use super::support::{ID, get, post, send, send_with, settings};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn demo() -> DemoSignIns {
    DemoSignIns {
        password: "Password1".to_owned(),
        people: vec![("owner@saas.com".to_owned(), "owner of <ORT>".to_owned())],
    }
}

#[actix_web::test]
async fn a_browser_is_shown_where_things_are() {
    let mut settings = settings();
    for path in ["/", "/api", "/api/", "/api/v1", "/api/v1/"] {
        let answer = send_with(settings.clone(), get(path).insert_header(("accept", BROWSER))).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, Some("text/html; charset=utf-8")),
            "{path}"
        );
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let html = String::from_utf8(answer.body).expect("text");
        for wanted in ["Cartera 0.", "/docs/", "/openapi.json", "/quickstart", "/health", "/api/v1"] {
            assert!(html.contains(wanted), "{wanted} in {html}");
        }
        for unwanted in ["<script", "<style", " style=", "http://", "https://", "{", "saas.com"] {
            assert!(!html.contains(unwanted), "{unwanted} in {html}");
        }
    }
    settings.demo = Some(demo());
    let answer = send_with(settings, get("/").insert_header(("accept", BROWSER))).await;
    let html = String::from_utf8(answer.body).expect("text");
    assert!(html.contains("Password1") && html.contains("owner@saas.com"), "{html}");
    assert!(html.contains("owner of &lt;ORT&gt;"), "{html}");
}

#[actix_web::test]
async fn others_are_told_the_same_as_json() {
    let mut settings = settings();
    settings.demo = Some(demo());
    for accept in ["*/*", "application/json", "application/json, text/html;q=0.9"] {
        let answer = send_with(settings.clone(), get("/").insert_header(("accept", accept))).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept}");
        let body = answer.json();
        assert_eq!((&body["name"], &body["links"]["docs"]), (&"Cartera".into(), &"/docs/".into()));
        assert_eq!(body["demo"]["signIns"][0]["email"], "owner@saas.com");
    }
    let plain = send(get("/")).await;
    assert!(plain.json().get("demo").is_none(), "outside the demo there is nobody to sign in as");
    let varies: Vec<_> = plain.headers.get_all("vary").filter_map(|value| value.to_str().ok()).collect();
    assert_eq!(varies, ["Accept", "Origin"]);
    for link in plain.json()["links"].as_object().expect("links").values() {
        let answer = send(get(link.as_str().expect("a path"))).await;
        let is_there =
            answer.status == 200 || ["/health", "/api/v1"].contains(&link.as_str().unwrap_or_default());
        assert!(is_there, "{link}: {}", answer.status);
    }
    for path in ["/api", "/api/v1"] {
        send(get(path).insert_header(("accept", "*/*"))).await.refused(404, "not_found");
        send(TestRequest::post().uri(path).insert_header(("accept", BROWSER)))
            .await
            .refused(404, "not_found");
    }
    send(TestRequest::post().uri("/")).await.refused(405, "method_not_allowed");
    let quickstart = send(get("/quickstart")).await;
    assert_eq!(quickstart.header("content-type"), Some("text/markdown; charset=utf-8"));
    assert!(quickstart.body.starts_with(b"# "));
}

/// Whatever answers to GET.
#[actix_web::test]
async fn a_head_is_answered_as_a_get_without_its_body() {
    for path in [
        "/",
        "/api/v1",
        "/quickstart",
        "/health",
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/openapi.yaml",
        "/docs",
        "/docs/",
        "/docs/swagger-ui.css",
        "/docs/nope.js",
        "/invitations/accept",
        "/reset-password",
        "/pages/page.css",
        "/pages/page.js",
        "/pages/words.js",
        "/api/v1/things",
        "/api/v1/things/mine",
        "/api/v1/things/mine?nope=1",
        "/api/v1/plain",
        "/api/v1/whoami",
        "/api/v1/down",
        "/api/v1/slow",
        "/api/v1/panic",
        "/api/v1/nope",
        "/nope",
    ] {
        let request =
            |method| TestRequest::with_uri(path).method(method).insert_header(("x-request-id", "r"));
        let (head, get) = (send(request(Method::HEAD)).await, send(request(Method::GET)).await);
        assert_eq!(head.status, get.status, "{path}");
        let names = |answer: &super::support::Answer| {
            let mut names: Vec<_> = answer
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), value.as_bytes().to_owned()))
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(&head), names(&get), "{path}");
        assert!(head.body.is_empty(), "{path}");
    }
}

#[actix_web::test]
async fn where_nothing_is_got_there_is_no_head() {
    for path in [format!("/api/v1/things/{ID}"), "/api/v1/nope".to_owned()] {
        let head = send(TestRequest::with_uri(&path).method(Method::HEAD)).await;
        let status = if path.contains(ID) { 405 } else { 404 };
        assert_eq!((head.status.as_u16(), head.body.len()), (status, 0), "{path}");
    }
    assert_eq!(send(post("/api/v1/things", "{}")).await.status, 201);
}
