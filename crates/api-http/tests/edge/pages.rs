//! The pages for links in mails: how they are served, and that their texts are complete. Their behaviour is tested in a
//! browser.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;

use super::support::{get, send};

const PAGES: [&str; 2] = ["/invitations/accept", "/reset-password"];

#[actix_web::test]
async fn pages_run_nothing_but_their_own_script_and_are_kept_nowhere() {
    let files = [
        ("/pages/page.css", "text/css; charset=utf-8"),
        ("/pages/page.js", "text/javascript; charset=utf-8"),
        ("/pages/words.js", "text/javascript; charset=utf-8"),
    ];
    for (path, kind) in PAGES.map(|path| (path, "text/html; charset=utf-8")).into_iter().chain(files) {
        let answer = send(get(path)).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, Some(kind)), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        let policy = answer.header("content-security-policy").expect("a policy");
        for part in
            ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(send(TestRequest::with_uri(path).method(actix_web::http::Method::HEAD)).await.status, 200);
        let refused = send(TestRequest::post().uri(path)).await;
        refused.refused(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    }
}

#[actix_web::test]
async fn pages_hold_nothing_inline_and_ask_nobody_else() {
    for path in PAGES {
        let html = String::from_utf8(send(get(path)).await.body).expect("text");
        for unwanted in ["<style", " style=", "onclick", "onload", "http://", "https://"] {
            assert!(!html.contains(unwanted), "{path}: {unwanted}");
        }
        assert_eq!(html.matches("<script").count(), 1);
        assert!(html.contains("<script type=\"module\" src=\"/pages/page.js\"></script>"));
    }
    for path in ["/pages/page.js", "/pages/words.js"] {
        let script = String::from_utf8(send(get(path)).await.body).expect("text");
        for unwanted in
            ["innerHTML", "insertAdjacentHTML", "eval(", "document.write", "https://", "localStorage"]
        {
            assert!(!script.contains(unwanted), "{path}: {unwanted}");
        }
    }
}

/// What a browser cuts off or announces is what the API takes.
#[actix_web::test]
async fn the_pages_have_the_limits_of_the_api() {
    let html = String::from_utf8(send(get("/invitations/accept")).await.body).expect("text");
    let document = serde_json::to_value(cartera_api_http::openapi::document()).expect("JSON");
    let fields = &document["components"]["schemas"]["AcceptInvitation"]["properties"];
    let (name, password) = (&fields["name"], &fields["password"]);
    assert!(html.contains(&format!("maxlength=\"{}\"", name["maxLength"])), "{name}");
    let limits = format!("data-min=\"{}\" data-max=\"{}\"", password["minLength"], password["maxLength"]);
    assert!(html.contains(&limits), "{password}");
    assert!(!html.contains('{'), "every limit is filled in");
}

/// The error codes of an operation.
fn refusals(document: &serde_json::Value, path: &str) -> BTreeSet<String> {
    let answers = document["paths"][format!("/api/v1{path}")]["post"]["responses"].as_object();
    let shared = answers.into_iter().flatten().filter_map(|(_, answer)| {
        let name = answer["$ref"].as_str()?.rsplit('/').next()?;
        document["components"]["responses"][name]["content"]["application/problem+json"]["examples"]
            .as_object()
    });
    shared.flat_map(|examples| examples.keys().cloned()).collect()
}

/// Every documented error code of the operations that the pages call has a text in each language.
#[actix_web::test]
async fn the_pages_have_words_for_every_refusal() {
    let words = String::from_utf8(send(get("/pages/words.js")).await.body).expect("text");
    let document = serde_json::to_value(cartera_api_http::openapi::document()).expect("JSON");
    // The errors common to all public routes share one text; field errors are shown at the fields.
    let common = refusals(&document, "/auth/login");
    let mut told = BTreeSet::new();
    for path in [
        "/invitations/preview",
        "/invitations/accept",
        "/auth/reset-password",
        "/auth/reset-password/preview",
    ] {
        for code in refusals(&document, path).difference(&common) {
            let line = format!("\n    {code}: \"");
            assert_eq!(words.matches(&line).count(), 3, "{path}: {code}");
            told.insert(code.clone());
        }
    }
    assert!(told.len() > 5, "the operations are described: {told:?}");
}
