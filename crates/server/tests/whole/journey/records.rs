//! Reading, changing and repeating: versions, merge-patches and `Idempotency-Key`.

use cartera_domain::identity::Role;
use serde_json::json;

use crate::support::{Call, Server, unique};

#[tokio::test]
async fn a_patch_changes_what_it_names_and_null_clears() {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let account = company.account_with(json!({ "industry": "Textil", "employees": 5 })).await;
    let path = format!("/accounts/{account}");
    let patched = client.patch(&path, &json!({ "industry": null, "website": "https://example.com" })).await;
    let patched = patched.expect(200);
    assert_eq!(patched.header("etag"), Some("\"2\""));
    let account = patched.data();
    assert_eq!((&account["industry"], &account["employees"]), (&json!(null), &json!(5)));
    client.patch(&path, &json!({ "name": null })).await.invalid(&["/name"]);
    client.patch(&path, &json!({ "website": "ftp://example.com" })).await.invalid(&["/website"]);
    // A change without effect does not increase the version.
    assert_eq!(client.patch(&path, &json!({ "employees": 5 })).await.expect(200).data()["version"], 2);
    assert_eq!(client.patch(&path, &json!({})).await.expect(200).data()["version"], 2);
    // Read-only fields can't be set.
    for field in ["id", "companyId", "version", "createdAt", "createdBy"] {
        client.patch(&path, &json!({ field: "x" })).await.invalid(&[&format!("/{field}")]);
    }
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let path = format!("/accounts/{}", company.account().await);
    let etag = client.get(&path).await.expect(200).header("etag").expect("a version").to_owned();
    let rename =
        |tag: &str| Call::patch(&path, &json!({ "name": unique("renamed") })).header("if-match", tag);
    client.send(rename(&etag)).await.expect(200);
    client.send(rename(&etag)).await.problem(412, "version_mismatch");
    client.send(rename("W/\"1\"")).await.problem(412, "version_mismatch");
    // As a proxy that compresses has it come back.
    client.send(rename("W/\"2-gzip\"")).await.expect(200);
    client.send(rename("2")).await.invalid(&["header:If-Match"]);
    client.send(rename("*")).await.expect(200);
    client.send(Call::delete(&path).header("if-match", etag)).await.problem(412, "version_mismatch");
    client.send(Call::delete(&path).header("if-match", "\"3\", \"4\"")).await.expect(204);
    client.get(&path).await.problem(404, "not_found");
    client.delete(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_stale_move_is_told_so() {
    let company = Server::shared().await.company().await;
    let opportunity = company.opportunity(&company.account().await).await;
    let path = format!("/opportunities/{opportunity}/stage-changes");
    let to = |stage: &str, tag: &str| {
        Call::post(&path, &json!({ "stage": stage, "reason": "x" })).header("if-match", tag)
    };
    company.client().send(to("presentacion", "\"1\"")).await.expect(201);
    company.client().send(to("negociacion", "\"1\"")).await.problem(412, "version_mismatch");
    company.client().send(to("negociacion", "\"2\"")).await.expect(201);
}

#[tokio::test]
async fn a_repeated_request_happens_once() {
    let server = Server::shared().await;
    let company = server.company().await;
    let body = json!({ "name": unique("once") });
    let once =
        |path: &str, body: &serde_json::Value| Call::post(path, body).header("idempotency-key", "order-17");
    let first = company.client().send(once("/accounts", &body)).await.expect(201);
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = company.client().send(once("/accounts", &body)).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    for header in ["etag", "location"] {
        assert_eq!(again.header(header), first.header(header));
    }
    assert_eq!(again.data(), first.data());
    // Another body or route is not the same request.
    let other = json!({ "name": unique("other") });
    company.client().send(once("/accounts", &other)).await.problem(422, "idempotency_key_reused");
    company.client().send(once("/api-keys", &other)).await.problem(422, "idempotency_key_reused");
    // Keys of different users are independent.
    let colleague = server.user(&company, Role::Admin).await;
    colleague.client.send(once("/accounts", &other)).await.expect(201);
    let neighbour = server.company().await;
    let theirs = neighbour.client().send(once("/accounts", &body)).await.expect(201);
    assert_ne!(theirs.id(), first.id());
}

#[tokio::test]
async fn what_failed_can_be_sent_again_under_its_key() {
    let company = Server::shared().await.company().await;
    let taken = unique("taken");
    company.account_with(json!({ "name": taken })).await;
    let send =
        |name: &str| Call::post("/accounts", &json!({ "name": name })).header("idempotency-key", "retry-me");
    company.client().send(send(&taken.to_uppercase())).await.problem(409, "account_name_taken");
    company.client().send(send(&unique("free"))).await.expect(201);
}

#[tokio::test]
async fn the_value_of_a_key_is_shown_once() {
    let server = Server::shared().await;
    let company = server.company().await;
    let body = json!({ "name": unique("key"), "scopes": ["accounts:read"] });
    let make = || Call::post("/api-keys", &body).header("idempotency-key", "the-key");
    let first = company.client().send(make()).await.expect(201).data();
    let value = first["value"].as_str().expect("a value").to_owned();
    let replay = company.client().send(make()).await.expect(201);
    assert_eq!(replay.data()["value"], json!(null));
    assert_eq!(replay.data()["id"], first["id"]);
    let listed = company.client().get("/api-keys").await.expect(200);
    assert!(!listed.text.contains(&value) && !listed.text.contains("\"value\""), "{}", listed.text);
    let key = server.nobody().key(&value);
    let current = key.get("/api-keys/current").await.expect(200).data();
    assert_eq!(current["company"]["id"], company.id);
    assert_eq!(current["scopes"], json!(["accounts:read"]));
    key.get("/accounts").await.expect(200);
    company.client().delete(format!("/api-keys/{}", first["id"].as_str().expect("an id"))).await.expect(204);
    key.get("/accounts").await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_member_gives_a_key_no_more_than_they_have_and_sees_only_their_own() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (owners, _) = company.key(&["reports:read"]).await;
    let member = server.user(&company, Role::Member).await;
    let body = json!({ "name": unique("key"), "scopes": ["accounts:write", "accounts:export"] });
    member.client.post("/api-keys", &body).await.invalid(&["/scopes/1"]);
    let body = json!({ "name": unique("key"), "scopes": ["accounts:write", "accounts:delete"] });
    let mine = member.client.post("/api-keys", &body).await.expect(201);
    assert_eq!(member.client.get("/api-keys").await.rows("id"), [json!(mine.id())]);
    assert_eq!(company.client().get("/api-keys").await.rows("id").len(), 2);
    member.client.delete(format!("/api-keys/{owners}")).await.problem(404, "not_found");
    // The key can only delete its creator's records.
    let key = server.nobody().key(mine.data()["value"].as_str().expect("a value"));
    let theirs = company.account().await;
    key.delete(format!("/accounts/{theirs}")).await.problem(403, "forbidden");
    let own = key.post("/accounts", &json!({ "name": unique("own") })).await.expect(201);
    assert_eq!(own.data()["owner"]["id"], member.id);
    key.delete(format!("/accounts/{}", own.id())).await.expect(204);
}

#[tokio::test]
async fn an_account_in_use_is_not_deleted() {
    let company = Server::shared().await.company().await;
    let account = company.account().await;
    let opportunity = company.opportunity(&account).await;
    let path = format!("/accounts/{account}");
    let problem = company.client().delete(&path).await.problem(409, "account_in_use");
    assert_eq!(problem["params"], json!({ "contacts": 0, "opportunities": 1 }));
    company.client().delete(format!("/opportunities/{opportunity}")).await.expect(204);
    company.client().delete(&path).await.expect(204);
}

#[tokio::test]
async fn money_is_exact_and_of_its_currency() {
    let company = Server::shared().await.company().await;
    let account = company.account().await;
    let create = |amount: &str, currency: &str| {
        let amount = json!({ "amount": amount, "currency": currency });
        Call::post("/opportunities", &json!({ "title": "x", "accountId": account, "amount": amount }))
    };
    for (given, currency, shown) in [
        ("0", "UYU", "0.00"),
        ("9999999999999.99", "USD", "9999999999999.99"),
        ("7", "JPY", "7"),
        ("1.5", "KWD", "1.500"),
    ] {
        let made = company.client().send(create(given, currency)).await.expect(201).data();
        assert_eq!(made["amount"], json!({ "amount": shown, "currency": currency }));
    }
    for (given, currency) in [
        ("1.5", "JPY"),
        ("1.234", "UYU"),
        ("-1", "UYU"),
        ("10000000000000", "UYU"),
        ("1e3", "UYU"),
        ("", "UYU"),
        ("1", "ZZZ"),
    ] {
        company.client().send(create(given, currency)).await.problem(400, "validation_failed");
    }
    let number = json!({ "title": "x", "accountId": account, "amount": { "amount": 5, "currency": "UYU" } });
    company.client().post("/opportunities", &number).await.invalid(&["/amount/amount"]);
}

#[tokio::test]
async fn a_change_and_a_deletion_under_a_key_happen_once() {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let path = format!("/accounts/{}", company.account().await);
    let change = |employees: i32| {
        Call::patch(&path, &json!({ "employees": employees })).header("idempotency-key", "a-change")
    };
    let seen = |call: Call| call.header("if-match", "\"1\"");
    client.send(change(-1)).await.invalid(&["/employees"]);
    let first = client.send(seen(change(5))).await.expect(200);
    client.patch(&path, &json!({ "employees": 6 })).await.expect(200);
    // Its version is stale by now, but it was done before.
    let again = client.send(seen(change(5))).await.expect(200);
    assert_eq!((again.data(), again.header("etag")), (first.data(), Some("\"2\"")));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    client.send(change(7)).await.problem(422, "idempotency_key_reused");
    assert_eq!(client.get(&path).await.expect(200).data()["employees"], 6);
    let delete = |path: &str| Call::delete(path).header("idempotency-key", "a-deletion");
    assert_eq!(client.send(delete(&path)).await.expect(204).header("idempotency-replayed"), None);
    assert_eq!(client.send(delete(&path)).await.expect(204).header("idempotency-replayed"), Some("true"));
    let cascade = format!("{path}?cascade=true");
    client.send(delete(&cascade)).await.problem(422, "idempotency_key_reused");
    client.delete(&path).await.problem(404, "not_found");
}
