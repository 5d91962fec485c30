//! Accounts.

use cartera_domain::identity::{Permission, Role};
use serde_json::json;

use super::support::{Call, NOBODY, TestServer, id_of};

#[actix_web::test]
async fn an_account_lives_and_dies() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let body = json!({
        "name": " Globex ", "employees": 12, "website": "https://globex.example", "phone": "2900 1234",
        "tags": ["vip"]
    });
    let made = server.send(Call::post("/accounts", &body).owner(&acme)).await;
    let account = made.data(201).clone();
    let path = format!("/api/v1/accounts/{}", id_of(&account));
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!(account["name"], "Globex");
    assert_eq!(account["phone"], "+59829001234");
    assert_eq!(account["industry"], json!(null));
    assert_eq!(account["owner"]["id"], acme.owner_id.to_string());
    let created_at = account["createdAt"].as_str().expect("a moment");
    assert!(created_at.ends_with('Z') && created_at.len() <= 27, "{created_at}");

    let read = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!((read.data(200), read.header("etag")), (&account, Some("\"1\"")));
    for (known, status) in
        [("\"1\"", 304), ("W/\"1\"", 304), ("\"7\", \"1\"", 304), ("*", 304), ("\"2\"", 200), ("1", 200)]
    {
        let read = server.send(Call::get(&path).owner(&acme).header("if-none-match", known)).await;
        assert_eq!((read.status.as_u16(), read.header("etag")), (status, Some("\"1\"")), "{known}");
    }

    let change = json!({ "employees": 13, "website": null });
    let changed = server.send(Call::patch(&path, &change).owner(&acme).header("if-match", "\"1\"")).await;
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.data(200)["employees"], 13);
    assert_eq!(changed.data(200)["website"], json!(null));
    assert_eq!(changed.data(200)["name"], "Globex");
    let stale = server.send(Call::patch(&path, &change).owner(&acme).header("if-match", "\"1\"")).await;
    stale.refused(412, "version_mismatch");
    server
        .send(Call::delete(&path).owner(&acme).header("if-match", "\"1\""))
        .await
        .refused(412, "version_mismatch");

    let gone = server.send(Call::delete(&path).owner(&acme)).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!(null)));
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
}

#[actix_web::test]
async fn bad_bodies_are_refused_field_by_field() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |body: serde_json::Value| Call::post("/accounts", &body).owner(&acme);
    server.send(post(json!({}))).await.invalid(&[("/name", "required")]);
    let many = json!({ "name": "", "employees": -1, "website": "javascript:alert(1)", "tags": ["", "x"] });
    server.send(post(many)).await.invalid(&[
        ("/name", "blank"),
        ("/employees", "out_of_range"),
        ("/website", "malformed"),
        ("/tags/0", "blank"),
    ]);
    for field in ["id", "version", "companyId", "createdAt", "createdBy", "owner", "deletedAt"] {
        let pointer = format!("/{field}");
        server.send(post(json!({ "name": "x", field: null }))).await.invalid(&[(&pointer, "unknown_field")]);
    }
    server.send(post(json!({ "name": 7 }))).await.invalid(&[("/name", "malformed")]);
    server.send(post(json!({ "name": "x", "ownerId": "me" }))).await.invalid(&[("/ownerId", "malformed")]);
    let unknown = server.send(post(json!({ "name": "x", "ownerId": NOBODY }))).await;
    unknown.refused(422, "invalid_reference");
    assert_eq!(unknown.entries(), [("/ownerId", "invalid_reference")]);
    let account = server.env.account(&acme.owner, "Globex").await;
    let path = format!("/accounts/{account}");
    server
        .send(Call::patch(&path, &json!({ "name": null })).owner(&acme))
        .await
        .invalid(&[("/name", "required")]);
    server.send(post(json!({ "name": "GLOBEX" }))).await.refused(409, "account_name_taken");
}

#[actix_web::test]
async fn another_companys_account_is_as_absent_as_one_that_never_was() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let account = server.env.account(&other.owner, "Globex").await.to_string();
    for id in [account.as_str(), NOBODY, "not-an-id"] {
        let path = format!("/accounts/{id}");
        server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
        server.send(Call::patch(&path, &json!({})).owner(&acme)).await.refused(404, "not_found");
        server.send(Call::delete(&path).owner(&acme)).await.refused(404, "not_found");
        let nested = Call::get(&format!("{path}/opportunities"));
        server.send(nested.owner(&acme)).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn the_same_submission_happens_once() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |name: &str| {
        Call::post("/accounts", &json!({ "name": name })).owner(&acme).header("idempotency-key", "one")
    };
    let first = server.send(post("Globex")).await;
    assert_eq!(first.header("idempotency-replayed"), None);
    let second = server.send(post("Globex")).await;
    assert_eq!(second.data(201), first.data(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(second.header("location"), first.header("location"));
    assert_eq!(second.header("etag"), first.header("etag"));
    server.send(post("Initech")).await.refused(422, "idempotency_key_reused");
}

#[actix_web::test]
async fn roles_and_scopes_decide() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    let member = server.env.person(acme.id, Role::Member).await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let path = format!("/accounts/{account}");
    let body = json!({ "name": "Initech" });
    let assign = json!({ "name": "Initech", "ownerId": acme.owner_id.to_string() });
    for (call, missing) in [
        (Call::post("/accounts", &body).person(&viewer), "accounts:write"),
        (Call::delete(&path).person(&member), "accounts:delete"),
        (Call::post("/accounts", &assign).person(&member), "accounts:assign"),
    ] {
        let refused = server.send(call).await;
        refused.refused(403, "forbidden");
        assert_eq!(refused.body["permission"], missing);
        assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains(missing)));
    }
    assert_eq!(server.send(Call::get(&path).person(&viewer)).await.status, 200);

    let reader = server.env.key(&acme.owner, &[Permission::AccountsRead]).await;
    assert_eq!(server.send(Call::get(&path).key(&reader)).await.status, 200);
    server.send(Call::post("/accounts", &body).key(&reader)).await.refused(403, "forbidden");
    let platform = server.env.administrator().await;
    server.send(Call::get(&path).person(&platform)).await.refused(403, "company_required");
    let both = Call::get(&path).owner(&acme).key(&reader);
    server.send(both).await.refused(401, "several_credentials");
}

#[actix_web::test]
async fn an_account_in_use_says_by_what() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    server.env.opportunity(&acme.owner, account).await;
    let answer = server.send(Call::delete(&format!("/accounts/{account}")).owner(&acme)).await;
    answer.refused(409, "account_in_use");
    assert_eq!(answer.body["params"], json!({ "contacts": 0, "opportunities": 1 }));
}

#[actix_web::test]
async fn lists_are_paged_and_their_parameters_checked() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let list = |query: &str| Call::get(&format!("/accounts{query}")).owner(&acme);
    let answer = server.send(list("?limit=5")).await;
    assert_eq!(answer.data(200)[0]["createdAt"], "2026-01-15T12:00:00.001234Z");
    assert_eq!(answer.body["meta"]["limit"], 5);
    let cursor = answer.body["meta"]["nextCursor"].as_str().expect("a cursor").to_owned();
    assert_eq!(server.send(list(&format!("?limit=5&cursor={cursor}"))).await.status, 200);
    server.send(list(&format!("?sort=name&cursor={cursor}"))).await.refused(400, "invalid_cursor");
    let paged = server.send(list("?page=2")).await;
    assert_eq!(paged.body["meta"], json!({ "page": 2, "limit": 20, "total": 1 }));
    server.send(list("?limit=0&sort=phone&nonsense=1")).await.invalid(&[
        ("?nonsense", "unknown_field"),
        ("?sort", "not_allowed"),
        ("?limit", "out_of_range"),
    ]);
}
