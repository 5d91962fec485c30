//! Invalid bodies, on a route that creates, one that changes and one that moves.

use serde_json::json;

use crate::support::{Answer, Call, Client, Company, PASSWORD, Server, Snapshot};

/// Routes with a body: the method, the path, and a text field.
struct Routes {
    company: Company,
    before: Snapshot,
    list: Vec<(&'static str, String, &'static str)>,
}

impl Routes {
    async fn new(server: &Server) -> Self {
        let company = server.company().await;
        let account = company.account().await;
        let opportunity = company.opportunity(&account).await;
        let list = vec![
            ("POST", "/accounts".to_owned(), "name"),
            ("PATCH", format!("/accounts/{account}"), "name"),
            ("POST", format!("/opportunities/{opportunity}/stage-changes"), "reason"),
            ("PATCH", format!("/opportunities/{opportunity}"), "title"),
            ("POST", "/api-keys".to_owned(), "name"),
        ];
        Self { before: Snapshot::of(server, &company).await, company, list }
    }

    fn client(&self) -> &Client {
        self.company.client()
    }

    /// Sends the body that `body` builds for each route's text field.
    async fn send(&self, body: impl Fn(&str) -> Vec<u8>) -> Vec<(&'static str, Answer)> {
        let mut answers = Vec::new();
        for (method, path, field) in &self.list {
            let call = Call::new(method, path).header("content-type", "application/json").bytes(body(field));
            answers.push((*field, self.client().send(call).await));
        }
        answers
    }

    async fn assert_nothing_written(&self, server: &Server) {
        self.before.assert_same(&Snapshot::of(server, &self.company).await);
    }
}

#[tokio::test]
async fn malformed_json() {
    let server = Server::shared().await;
    let routes = Routes::new(server).await;
    let bodies: [&[u8]; 16] = [
        b"{",
        b"}",
        b"{\"name\":}",
        b"{\"name\":\"a\",}",
        b"{'name':'a'}",
        b"{name:\"a\"}",
        b"{\"name\":\"a\"} x",
        b"{\"name\":\"a\"}{}",
        b"[]",
        b"null",
        b"\"name\"",
        b"7",
        b"NaN",
        b"{\"name\":\"a\x00b\"}",
        b"{\"name\":\"\xff\xfe\"}",
        b"\xfe\xff{\"name\":\"a\"}",
    ];
    for body in bodies {
        for (field, answer) in routes.send(|field| replace(body, field)).await {
            let problem = answer.problem(400, "validation_failed");
            let pointer = problem["errors"][0]["pointer"].as_str().expect("a pointer");
            assert!(pointer.is_empty() || pointer == format!("/{field}"), "{body:?}: {problem}");
        }
    }
    for body in [b"".as_slice(), b" \r\n\t"] {
        for (_, answer) in routes.send(|_| body.to_vec()).await {
            answer.invalid(&[""]);
        }
    }
    routes.assert_nothing_written(server).await;
}

#[tokio::test]
async fn wrong_types_and_unknown_fields() {
    let server = Server::shared().await;
    let routes = Routes::new(server).await;
    for value in ["1", "1.5", "true", "{}", "[]", "[\"a\"]", "{\"a\":1}"] {
        let body = |field: &str| format!("{{\"{field}\": {value}}}").into_bytes();
        for (field, answer) in routes.send(body).await {
            answer.invalid(&[&format!("/{field}")]);
        }
    }
    for name in ["colour", "__proto__", "Name", "name ", "companyId", "role", "id", ""] {
        for (_, answer) in routes.send(|_| json!({ name: "x" }).to_string().into_bytes()).await {
            answer.invalid(&[&format!("/{name}")]);
        }
    }
    let twice = |field: &str| format!("{{\"{field}\": \"a\", \"{field}\": \"b\"}}").into_bytes();
    for (field, answer) in routes.send(twice).await {
        answer.invalid(&[&format!("/{field}")]);
    }
    let account = &routes.list[1].1;
    for (body, pointer) in [
        (json!({ "employees": "5" }), "/employees"),
        (json!({ "employees": 1.5 }), "/employees"),
        (json!({ "employees": -1 }), "/employees"),
        (json!({ "employees": 3_000_000_000_u32 }), "/employees"),
        (json!({ "ownerId": 5 }), "/ownerId"),
        (json!({ "ownerId": "me" }), "/ownerId"),
        (json!({ "tags": "vip" }), "/tags"),
        (json!({ "tags": [1] }), "/tags/0"),
        (json!({ "tags": [["a"]] }), "/tags/0"),
    ] {
        routes.client().patch(account, &body).await.invalid(&[pointer]);
    }
    let huge = Call::new("PATCH", account).header("content-type", "application/json");
    routes.client().send(huge.bytes("{\"employees\": 1e400}")).await.problem(400, "validation_failed");
    routes.assert_nothing_written(server).await;
}

#[tokio::test]
async fn texts_that_no_field_takes() {
    let server = Server::shared().await;
    let routes = Routes::new(server).await;
    let megabyte = "x".repeat(1_000_000);
    let texts = ["a\\u0000b", "a\\u0007b", "\\ud800", "\\udc00\\ud800", "   ", "", &megabyte];
    for text in texts {
        let body = |field: &str| format!("{{\"{field}\": \"{text}\"}}").into_bytes();
        for (field, answer) in routes.send(body).await {
            let problem = answer.problem(400, "validation_failed");
            let pointers: Vec<_> =
                problem["errors"].as_array().into_iter().flatten().map(|entry| &entry["pointer"]).collect();
            let ours = json!(format!("/{field}"));
            let malformed = json!("");
            assert!(pointers.contains(&&ours) || pointers.contains(&&malformed), "{field}: {problem}");
            assert!(answer.text.len() < 2_000, "the answer does not repeat a megabyte");
        }
    }
    // A megabyte in an unknown name, and a body of slightly more than a megabyte.
    for (_, answer) in routes.send(|_| format!("{{\"{megabyte}\": 1}}").into_bytes()).await {
        answer.problem(400, "validation_failed");
        assert!(answer.text.len() < 2_000, "the answer does not repeat a megabyte");
    }
    let over = "x".repeat(1_048_577);
    for (_, answer) in routes.send(|field| json!({ field: over }).to_string().into_bytes()).await {
        answer.problem(413, "payload_too_large");
    }
    routes.assert_nothing_written(server).await;
}

#[tokio::test]
async fn deep_nesting() {
    let server = Server::shared().await;
    let routes = Routes::new(server).await;
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for unknown in [false, true] {
            let body = |field: &str| {
                let name = if unknown { "colour" } else { field };
                format!("{{\"{name}\": {deep}}}").into_bytes()
            };
            for (_, answer) in routes.send(body).await {
                answer.problem(400, "validation_failed");
            }
        }
        for (_, answer) in routes.send(|_| deep.clone().into_bytes()).await {
            answer.problem(400, "validation_failed");
        }
    }
    routes.assert_nothing_written(server).await;
}

#[tokio::test]
async fn media_types_other_than_json() {
    let server = Server::shared().await;
    let routes = Routes::new(server).await;
    for (method, path, field) in &routes.list {
        let call = || Call::new(method, path).bytes(json!({ *field: "perfectly good" }).to_string());
        routes.client().send(call()).await.problem(415, "unsupported_media_type");
        for media in
            ["text/plain", "application/xml", "application/jsonp", "", "application/json; charset=latin1"]
        {
            let answer = routes.client().send(call().header("content-type", media)).await;
            answer.problem(415, "unsupported_media_type");
        }
        let zipped = call().header("content-type", "application/json").header("content-encoding", "gzip");
        routes.client().send(zipped).await.problem(415, "unsupported_media_type");
    }
    routes.assert_nothing_written(server).await;
}

#[tokio::test]
async fn a_bad_registration_leaves_nothing_behind() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let before = Snapshot::of_all(&server).await;
    let nobody = server.nobody();
    let good = json!({ "companyName": "A", "name": "B", "email": "b@example.com", "password": PASSWORD });
    let spoil = |field: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (field, value) in [
        ("companyName", json!("a\u{0}b")),
        ("companyName", json!("x".repeat(201))),
        ("companyName", json!(null)),
        ("email", json!("b@example.com\r\nbcc: all@example.com")),
        ("email", json!(["b@example.com"])),
        ("password", json!("correct-horse-7")),
        ("password", json!(format!("aA1{}", "x".repeat(60_000)))),
        ("country", json!("Uruguay")),
        ("timezone", json!("Mars/Olympus")),
        ("role", json!("OWNER")),
        ("companyId", json!("0192f0c1-2a4b-7c3d-8e9f-001122334455")),
    ] {
        nobody.post("/auth/register", &spoil(field, value)).await.invalid(&[&format!("/{field}")]);
    }
    before.assert_same(&Snapshot::of_all(&server).await);
    // A wrong password is counted for any e-mail text.
    nobody
        .post("/auth/login", &json!({ "email": "a\u{0}b", "password": "a\u{0}b" }))
        .await
        .problem(401, "invalid_credentials");
    nobody.post("/auth/register", &good).await.expect(201);
}

/// The body with the field's name instead of `name`.
fn replace(body: &[u8], field: &str) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = body;
    while let Some(at) = rest.windows(4).position(|window| window == b"name") {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(field.as_bytes());
        rest = &rest[at + 4..];
    }
    replaced.extend_from_slice(rest);
    replaced
}
