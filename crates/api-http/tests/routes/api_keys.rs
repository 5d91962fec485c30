//! API keys.

use cartera_domain::identity::{Permission, Role};
use serde_json::json;

use super::support::{Call, NOBODY, TestServer, id_of};

#[actix_web::test]
async fn a_key_shows_its_value_once_works_and_is_revoked() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = || {
        let body = json!({ "name": "Reports", "expiresAt": "2027-01-01T00:00:00-03:00" });
        Call::post("/api-keys", &body).owner(&acme).header("idempotency-key", "k")
    };
    let made = server.send(post()).await;
    let key = made.data(201);
    let value = key["value"].as_str().expect("a value");
    assert_eq!(key["scopes"], json!(["reports:read"]));
    assert_eq!(key["expiresAt"], "2027-01-01T03:00:00.000000Z");
    assert!(value.ends_with(key["lastFour"].as_str().expect("four characters")));
    assert_eq!((made.header("location"), made.header("etag")), (None, Some("\"1\"")));
    let replayed = server.send(post()).await;
    assert_eq!(replayed.data(201)["value"], json!(null));
    assert_eq!(replayed.data(201)["id"], key["id"]);

    let current = server.send(Call::get("/api-keys/current").header("x-api-key", value)).await;
    assert_eq!(current.data(200)["company"]["name"], "Acme");
    assert_eq!(current.data(200)["limit"], json!({ "requests": 3000, "windowSeconds": 60 }));
    let path = format!("/api-keys/{}", id_of(key));
    assert_eq!(server.send(Call::delete(&path).owner(&acme)).await.status, 204);
    let refused = server.send(Call::get("/api-keys/current").header("x-api-key", value)).await;
    refused.refused(401, "unauthenticated");
}

#[actix_web::test]
async fn keys_stay_out_of_what_is_for_people() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let key = server.env.key(&acme.owner, &[Permission::ReportsRead]).await;
    for path in ["/auth/me", "/companies/current", "/roles", "/api-keys"] {
        server.send(Call::get(path).key(&key)).await.refused(403, "api_key_not_allowed");
    }
    server.send(Call::get("/api-keys/current").owner(&acme)).await.refused(403, "forbidden");
    assert_eq!(server.send(Call::get("/reports/pipeline").key(&key)).await.status, 200);
    server.send(Call::get("/accounts").key(&key)).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn nobody_gives_a_key_more_than_they_have() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let member = server.env.person(acme.id, Role::Member).await;
    let body = json!({ "name": "k", "scopes": ["accounts:read", "accounts:assign", "users:read"] });
    server
        .send(Call::post("/api-keys", &body).person(&member))
        .await
        .invalid(&[("/scopes/1", "not_allowed"), ("/scopes/2", "not_allowed")]);
    for moment in ["tomorrow", "2020-01-01T00:00:00Z", "+12026-01-01T00:00:00Z"] {
        let body = json!({ "name": "k", "expiresAt": moment });
        let answer = server.send(Call::post("/api-keys", &body).owner(&acme)).await;
        answer.invalid(&[("/expiresAt", "malformed")]);
    }
    let theirs = server.env.key(&acme.owner, &[Permission::ReportsRead]).await;
    for id in [theirs.id.to_string(), NOBODY.to_owned()] {
        server.send(Call::delete(&format!("/api-keys/{id}")).person(&member)).await.refused(404, "not_found");
    }
}
