//! Invalid paths, methods, queries and headers.

use crate::support::{Call, Server, Snapshot};

#[tokio::test]
async fn queries_that_can_not_be_decoded_or_are_not_known() {
    let server = Server::shared().await;
    let company = server.company().await;
    let before = Snapshot::of(server, &company).await;
    let client = company.client();
    let long = format!("q={}", "x".repeat(201));
    for (query, pointer) in [
        ("q=%zz", "?q"),
        ("q=%", "?q"),
        ("q=%4", "?q"),
        ("q=%ff", "?q"),
        ("q=%c3%28", "?q"),
        ("q=%00", "?q"),
        ("q=a%1bb", "?q"),
        (long.as_str(), "?q"),
        ("%ff=1", "?"),
        ("limit=1;drop%20table%20accounts", "?limit"),
        ("ownerId=%27%20or%201=1", "?ownerId"),
        ("sort=name;select%201", "?sort"),
        ("[gte]=1", "?[gte]"),
        ("createdAt[gte=1", "?createdAt[gte"),
        ("createdAt[gte]=99999-01-01T00:00:00Z", "?createdAt[gte]"),
    ] {
        client.get(format!("/accounts?{query}")).await.invalid(&[pointer]);
    }
    let many = format!("/opportunities?status={}", "OPEN,".repeat(5_000));
    client.get(many).await.problem(400, "validation_failed");
    for query in [
        "number[gte]=9223372036854775808",
        "expectedCloseDate[lte]=2026-02-30",
        "amount[gte]=1e9&currency=UYU",
    ] {
        client.get(format!("/opportunities?{query}")).await.problem(400, "validation_failed");
    }
    let reports = "/reports/stage-changes?stage=venta";
    for days in
        ["from=2026-02-30&to=2026-03-01", "from=2026-03-02&to=2026-03-01", "from=0000-01-01&to=9999-12-31"]
    {
        client.get(format!("{reports}&{days}")).await.problem(400, "validation_failed");
    }
    // The last valid day has no following day.
    let answer = client.get(format!("{reports}&from=0001-01-01&to=9999-12-31")).await;
    assert!(matches!(answer.status, 200 | 400), "{}", answer.text);
    for limit in ["0", "51", "x", "-1", "1e1", "99999999999999999999"] {
        client.get(format!("/reports/top-accounts?limit={limit}")).await.invalid(&["?limit"]);
    }
    before.assert_same(&Snapshot::of(server, &company).await);
}

#[tokio::test]
async fn unknown_paths_and_malformed_ids() {
    let client = Server::shared().await.company().await.owner.client;
    let long = format!("/accounts/{}", "a".repeat(5_000));
    for path in [
        "",
        "/",
        "/nothing",
        "/accounts/",
        "/accounts//",
        "/accounts/7",
        "/accounts/nope",
        "/accounts/%00",
        "/accounts/%ff",
        "/accounts/%zz",
        "/accounts/%2e%2e%2fopportunities",
        "/accounts/0192f0c12a4b7c3d8e9f001122334455",
        "/accounts/%7B0192f0c1-2a4b-7c3d-8e9f-001122334455%7D",
        "/accounts/0192f0c1-2a4b-7c3d-8e9f-001122334455/nothing",
        "/Accounts",
        &long,
        "//nothing",
        "//api/v2/accounts",
        "//.env",
        "//api/v1%2faccounts",
    ] {
        client.get(path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn methods_that_a_path_does_not_take() {
    let server = Server::shared().await;
    let company = server.company().await;
    let before = Snapshot::of(server, &company).await;
    let id = "0192f0c1-2a4b-7c3d-8e9f-001122334455";
    let cases = [
        ("PUT", "/accounts".to_owned(), "GET, HEAD, POST"),
        ("DELETE", "/accounts".to_owned(), "GET, HEAD, POST"),
        ("TRACE", "/accounts".to_owned(), "GET, HEAD, POST"),
        ("BREW", "/accounts".to_owned(), "GET, HEAD, POST"),
        ("POST", format!("/accounts/{id}"), "GET, HEAD, DELETE, PATCH"),
        ("PUT", format!("/opportunities/{id}"), "GET, HEAD, DELETE, PATCH"),
        ("DELETE", format!("/opportunities/{id}/stage-changes"), "GET, HEAD, POST"),
        ("GET", "/auth/login".to_owned(), "POST"),
        ("DELETE", "/reports/pipeline".to_owned(), "GET, HEAD"),
        ("POST", "//health".to_owned(), "GET, HEAD"),
        ("DELETE", "//openapi.json".to_owned(), "GET, HEAD"),
    ];
    for (method, path, allowed) in cases {
        for client in [company.client(), &server.nobody()] {
            let answer = client.send(Call::new(method, path.as_str())).await;
            answer.problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
        }
    }
    before.assert_same(&Snapshot::of(server, &company).await);
}

#[tokio::test]
async fn headers_that_are_no_good() {
    let server = Server::shared().await;
    let company = server.company().await;
    let before = Snapshot::of(server, &company).await;
    let create = || Call::post("/accounts", &serde_json::json!({ "name": "never made" }));
    for key in ["", "two words", &"k".repeat(201)] {
        let answer = company.client().send(create().header("idempotency-key", key)).await;
        answer.invalid(&["header:Idempotency-Key"]);
    }
    let twice = create().header("idempotency-key", "a").header("idempotency-key", "b");
    company.client().send(twice).await.invalid(&["header:Idempotency-Key"]);
    let (_, key) = company.key(&["accounts:read"]).await;
    let after_key = Snapshot::of(server, &company).await;
    // Two kinds of credentials are ambiguous.
    let both = key.send(Call::get("/accounts").header("authorization", "Bearer x")).await;
    both.problem(401, "several_credentials");
    for credentials in ["Bearer", "Bearer ", "Basic YTpi", "bearer a b c", "Bearer é"] {
        let answer = server.nobody().send(create().header("authorization", credentials)).await;
        answer.problem(401, "unauthenticated");
    }
    for value in ["", "cak_", "cak_x.y", "é"] {
        server.nobody().send(create().header("x-api-key", value)).await.problem(401, "unauthenticated");
    }
    // A request id with unsafe characters is replaced.
    for id in ["a b", "<script>", &"x".repeat(200), "é"] {
        let answer =
            company.client().send(Call::get("/accounts").header("x-request-id", id)).await.expect(200);
        assert_ne!(answer.header("x-request-id"), Some(id));
    }
    let named = company.client().send(Call::get("/accounts").header("x-request-id", "trace-7.a_b")).await;
    assert_eq!(named.header("x-request-id"), Some("trace-7.a_b"));
    after_key.assert_same(&Snapshot::of(server, &company).await);
    assert_ne!(before, after_key, "a key was made in between");
}
