//! Every form of malformed input gets the right status, a problem and a pointer.

use actix_web::{http::Method, test::TestRequest};

use super::support::{ID, get, post, send};

/// PowerShell and .NET send one (RFC 8259, section 8.1).
#[actix_web::test]
async fn a_byte_order_mark_is_no_part_of_a_body() {
    assert_eq!(send(post("/api/v1/body", b"\xEF\xBB\xBF{}".to_vec())).await.status, 200);
}

#[actix_web::test]
async fn bodies_that_are_no_json_object_are_refused_as_a_whole() {
    let deep = "[".repeat(60_000);
    let nested = format!("{{\"part\":{}{}", "{\"weight\":1,\"inner\":".repeat(500), "}".repeat(500));
    let cases: [&[u8]; 14] = [
        b"{",
        b"{\"name\": }",
        b"[]",
        b"[\"name\"]",
        b"null",
        b"\"text\"",
        b"1",
        b"{} {}",
        b"{'name': 1}",
        b"\xFE\xFF{}",
        b"{\"name\": \"\xFF\xFE\"}",
        b"{\"name\": \"a\0b\"}",
        deep.as_bytes(),
        nested.as_bytes(),
    ];
    for case in cases {
        let answer = send(post("/api/v1/body", case.to_vec())).await;
        let shown = String::from_utf8_lossy(&case[..case.len().min(30)]);
        assert_eq!((answer.status.as_u16(), answer.problem().1.len()), (400, 1), "{shown}");
        assert_eq!(answer.problem().1[0], (String::new(), "malformed".to_owned()), "{shown}");
    }
}

#[actix_web::test]
async fn an_empty_body_is_refused() {
    for case in ["", " \r\n\t"] {
        send(post("/api/v1/body", case)).await.invalid("", "required");
    }
}

#[actix_web::test]
async fn what_is_wrong_inside_a_body_has_a_pointer() {
    let cases = [
        (r#"{"nope": 1}"#, "/nope", "unknown_field"),
        (r#"{"na/m~e": 1}"#, "/na~1m~0e", "unknown_field"),
        (r#"{"companyId": "x", "name": "y"}"#, "/companyId", "unknown_field"),
        (r#"{"part": {"weight": 1, "wide": 2}}"#, "/part/wide", "unknown_field"),
        (r#"{"parts": [{"weight": 1}, {"weight": 1, "nope": 2}]}"#, "/parts/1/nope", "unknown_field"),
        (r#"{"name": 7}"#, "/name", "malformed"),
        (r#"{"name": {"a": 1}}"#, "/name", "malformed"),
        (r#"{"size": "7"}"#, "/size", "malformed"),
        (r#"{"size": -1}"#, "/size", "malformed"),
        (r#"{"size": 1.5}"#, "/size", "malformed"),
        (r#"{"size": 1e400}"#, "/size", "malformed"),
        (r#"{"size": -1E+400}"#, "/size", "malformed"),
        (r#"{"parts": [{"weight": 1}, {"weight": 1e400}]}"#, "/parts/1/weight", "malformed"),
        (r#"{"size": 1e}"#, "", "malformed"),
        (r#"{"flag": "true"}"#, "/flag", "malformed"),
        (r#"{"tags": "a"}"#, "/tags", "malformed"),
        (r#"{"tags": ["a", 2]}"#, "/tags/1", "malformed"),
        (r#"{"parts": [{"weight": 300}]}"#, "/parts/0/weight", "malformed"),
        (r#"{"part": [1]}"#, "/part", "malformed"),
        (r#"{"parts": [[1]]}"#, "/parts/0", "malformed"),
        (r#"{"part": {}}"#, "/part/weight", "required"),
        (r#"{"kind": "HUGE"}"#, "/kind", "not_allowed"),
        (r#"{"kind": 1}"#, "/kind", "malformed"),
        (r#"{"kind": {"SMALL": null}}"#, "/kind", "malformed"),
        (r#"{"name": "a", "name": "b"}"#, "/name", "malformed"),
    ];
    for (body, pointer, rule) in cases {
        let answer = send(post("/api/v1/body", body)).await;
        let expected = ("validation_failed".to_owned(), vec![(pointer.to_owned(), rule.to_owned())]);
        assert_eq!((answer.status.as_u16(), answer.problem()), (400, expected), "{body}");
    }
}

#[actix_web::test]
async fn absent_null_and_a_value_are_told_apart() {
    for (body, name) in [("{}", "absent"), (r#"{"name": null}"#, "null"), (r#"{"name": "Ana"}"#, "Ana")] {
        let answer = send(post("/api/v1/body", body)).await;
        assert_eq!((answer.status.as_u16(), answer.json()["data"]["name"].as_str()), (200, Some(name)));
    }
}

/// By JSON Schema, which the document is written in.
#[actix_web::test]
async fn an_integer_is_one_however_it_is_written() {
    for (size, read) in [
        ("7", 7),
        ("7.0", 7),
        ("7.000e0", 7),
        ("7e2", 700),
        ("7E+2", 700),
        ("70e-1", 7),
        ("0.7e1", 7),
        ("0.0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("4294967295.0", 4_294_967_295_u32),
    ] {
        let answer = send(post("/api/v1/body", format!(r#"{{"size": {size}}}"#))).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["data"]["size"]), (200, &read.into()), "{size}");
    }
    for size in ["7.5", "-7.0", "4294967296.0", "1e300", "1e-1", "9007199254740993.0"] {
        let answer = send(post("/api/v1/body", format!(r#"{{"size": {size}}}"#))).await;
        answer.invalid("/size", "malformed");
    }
    let nested = r#"{"parts": [{"weight": 2.0, "inner": {"weight": 1e0}}]}"#;
    assert_eq!(send(post("/api/v1/body", nested)).await.json()["data"]["weights"], 3);
}

#[actix_web::test]
async fn a_value_is_explained_in_words() {
    let cases = [
        (r#"{"name": 7}"#, "must be text"),
        (r#"{"flag": 1}"#, "must be true or false"),
        (r#"{"size": "x"}"#, "must be a whole number in range"),
        (r#"{"size": 1E400}"#, "must be within range: the number is too large"),
        (r#"{"size": 1E}"#, "must be well-formed JSON"),
        (r#"{"tags": 1}"#, "must be a list"),
        (r#"{"part": 1}"#, "must be an object"),
        (r#"{"kind": "HUGE"}"#, "must be one of: SMALL, LARGE"),
    ];
    for (body, detail) in cases {
        let answer = send(post("/api/v1/body", body)).await;
        assert_eq!(answer.json()["errors"][0]["detail"], detail, "{body}");
    }
}

#[actix_web::test]
async fn names_of_a_megabyte_are_not_sent_back() {
    let body = format!("{{\"{}\": 1}}", "n".repeat(60_000));
    let answer = send(post("/api/v1/body", body)).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.len() < 2_000, "{}", answer.body.len());
}

#[actix_web::test]
async fn bodies_beyond_the_limit_are_refused() {
    let body = format!("{{\"name\": \"{}\"}}", "x".repeat(1024 * 1024));
    send(post("/api/v1/body", body.clone())).await.refused(413, "payload_too_large");
    // With a `Content-Length`, on every path; without one, on routes that read the body.
    let announced = get("/api/v1/plain").insert_header(("content-length", "10000000"));
    send(announced).await.refused(413, "payload_too_large");
    let chunked = post("/api/v1/body", body).insert_header(("transfer-encoding", "chunked"));
    send(chunked).await.refused(413, "payload_too_large");
}

#[actix_web::test]
async fn only_plain_json_is_understood() {
    let with = |kind: &'static str| {
        TestRequest::post().uri("/api/v1/body").insert_header(("content-type", kind)).set_payload("{}")
    };
    for kind in [
        "text/plain",
        "application/xml",
        "application/json; charset=latin1",
        "application/jsonx",
        "application/merge-patch+json",
        "",
    ] {
        send(with(kind)).await.refused(415, "unsupported_media_type");
    }
    send(TestRequest::post().uri("/api/v1/body").set_payload("{}"))
        .await
        .refused(415, "unsupported_media_type");
    send(post("/api/v1/body", "{}").insert_header(("content-encoding", "gzip")))
        .await
        .refused(415, "unsupported_media_type");
    for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""]
    {
        assert_eq!(send(with(kind)).await.status, 200, "{kind}");
    }
}

#[actix_web::test]
async fn a_path_says_which_patches_it_takes() {
    let thing = format!("/api/v1/things/{}", super::support::ID);
    let takes = Some("application/merge-patch+json, application/json");
    let patch = || TestRequest::patch().uri(&thing);
    for request in [patch(), patch().insert_header(("if-match", "\"9\"")), TestRequest::put().uri(&thing)] {
        assert_eq!(send(request).await.header("accept-patch"), takes);
    }
    let options = TestRequest::default().method(actix_web::http::Method::OPTIONS);
    let answer = send(options.uri(&thing)).await;
    assert_eq!((answer.header("accept-patch"), answer.header("allow")), (takes, Some("PATCH")));
    let elsewhere = send(TestRequest::patch().uri("/api/v1/things")).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.header("accept-patch")), (405, None));
}

#[actix_web::test]
async fn what_could_have_been_given_is_told() {
    let fields = ["name", "size", "flag", "kind", "tags", "parts", "part"];
    for (body, allowed, meant) in [
        (r#"{"nmae": 1}"#, &fields[..], Some("name")),
        (r#"{"Part": 1}"#, &fields, Some("part")),
        (r#"{"nope": 1}"#, &fields, None),
        // Whatever it quotes, it names nothing itself.
        (r#"{"x`, expected `evil": 1}"#, &fields, None),
        (r#"{"part": {"wieght": 1}}"#, &["weight", "inner"], Some("weight")),
        (r#"{"kind": "small"}"#, &["SMALL", "LARGE"], Some("SMALL")),
        (r#"{"kind": "x`, expected `evil"}"#, &["SMALL", "LARGE"], None),
    ] {
        let entry = send(post("/api/v1/body", body)).await.json()["errors"][0].clone();
        assert_eq!(entry["allowed"], serde_json::json!(allowed), "{body}");
        assert_eq!(entry["didYouMean"].as_str(), meant, "{body}");
    }
    let entry = send(post("/api/v1/body", r#"{"name": 7}"#)).await.json()["errors"][0].clone();
    assert_eq!(entry.as_object().expect("an object").len(), 3, "{entry}");
}

#[actix_web::test]
async fn an_action_takes_no_body() {
    for body in ["", "{}"] {
        assert_eq!(send(post("/api/v1/plain", body)).await.status, 200);
    }
    send(post("/api/v1/plain", r#"{"id": 1}"#)).await.invalid("/id", "unknown_field");
    send(TestRequest::post().uri("/api/v1/plain").set_payload("x"))
        .await
        .refused(415, "unsupported_media_type");
}

#[actix_web::test]
async fn queries_are_decoded_strictly() {
    let answer = send(get("/api/v1/things?a=b%20c+d&e&amount%5Bgte%5D=1&&%C3%B1=%C3%B1")).await;
    let expected = serde_json::json!([["a", "b c d"], ["e", ""], ["amount[gte]", "1"], ["ñ", "ñ"]]);
    assert_eq!(answer.json()["data"], expected);
    for (query, pointer) in
        [("q=%", "?q"), ("q=%2", "?q"), ("q=%zz", "?q"), ("q=%+1", "?q"), ("q=%ff", "?q"), ("%ff=1", "?")]
    {
        send(get(&format!("/api/v1/things?{query}"))).await.invalid(pointer, "malformed");
    }
}

#[actix_web::test]
async fn unknown_query_parameters_are_refused() {
    assert_eq!(send(get("/api/v1/plain?")).await.status, 200);
    send(get("/api/v1/plain?debug=true")).await.invalid("?debug", "unknown_field");
}

#[actix_web::test]
async fn unknown_paths_are_not_found() {
    for path in [
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nope",
        "/api/v2/things",
        "/api/v1/things/",
        "/docs/nope.js",
        "/%2e%2e/etc/passwd",
        "/api/v1/%ff",
        "/api/v1/things%00",
    ] {
        send(get(path)).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn malformed_ids_are_not_found() {
    let long = "a".repeat(5_000);
    for id in [
        "7",
        "nope",
        "0192f0c12a4b7c3d8e9f001122334455",
        "%7B0192f0c1-2a4b-7c3d-8e9f-001122334455%7D",
        "%00",
        "%ff",
        &long,
    ] {
        send(TestRequest::patch().uri(&format!("/api/v1/things/{id}"))).await.refused(404, "not_found");
    }
    assert_eq!(send(TestRequest::patch().uri(&format!("/api/v1/things/{ID}"))).await.status, 200);
}

#[actix_web::test]
async fn other_methods_are_told_which_ones_there_are() {
    let cases = [
        (Method::DELETE, "/api/v1/things", "GET, HEAD, POST"),
        (Method::OPTIONS, "/api/v1/things", "GET, HEAD, POST"),
        (Method::TRACE, "/api/v1/things", "GET, HEAD, POST"),
        (Method::POST, "/api/v1/things/mine", "GET, HEAD"),
        (Method::GET, "/api/v1/things/0192f0c1-2a4b-7c3d-8e9f-001122334455", "PATCH"),
        (Method::POST, "/health", "GET, HEAD"),
        (Method::PUT, "/metrics", "GET, HEAD"),
        (Method::POST, "/docs/", "GET, HEAD"),
        (Method::POST, "/", "GET, HEAD"),
    ];
    for (method, path, allowed) in cases {
        let answer = send(TestRequest::default().method(method.clone()).uri(path)).await;
        answer.refused(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
    }
}

#[actix_web::test]
async fn idempotency_keys_are_short_and_visible() {
    let with = |key: &str| post("/api/v1/things", "{}").insert_header(("idempotency-key", key));
    let longest = "k".repeat(200);
    for key in ["a", "order-17/retry 1".split(' ').next().unwrap_or_default(), longest.as_str()] {
        assert_eq!(send(with(key)).await.header("idempotency-replayed"), Some("true"));
    }
    let too_long = "k".repeat(201);
    let quoted = format!("\"{longest}\"");
    for key in ["\"a b\"", quoted.as_str()] {
        assert_eq!(send(with(key)).await.header("idempotency-replayed"), Some("true"));
    }
    for key in ["", "\"\"", "a b", "\tx\ty", "é", too_long.as_str()] {
        send(with(key)).await.invalid("header:Idempotency-Key", "malformed");
    }
    let twice = with("a").append_header(("idempotency-key", "b"));
    send(twice).await.invalid("header:Idempotency-Key", "malformed");
    assert_eq!(send(post("/api/v1/things", "{}")).await.header("idempotency-replayed"), None);
}
