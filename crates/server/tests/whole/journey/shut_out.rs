//! Revoked access: deactivated users, and all users of a suspended company.

use cartera_domain::identity::Role;
use serde_json::json;

use crate::support::{Call, PASSWORD, Person, Server};

/// Asserts that password, session, cookie and key are all refused.
async fn assert_shut_out(server: &Server, person: &Person, key: &str) {
    let nobody = server.nobody();
    let login = json!({ "email": person.email, "password": PASSWORD });
    nobody.post("/auth/login", &login).await.problem(401, "invalid_credentials");
    person.client.get("/auth/me").await.problem(401, "unauthenticated");
    let cookie = format!("cartera_refresh={}", person.refresh_token);
    let refresh = Call::new("POST", "/auth/refresh").header("cookie", cookie);
    nobody.send(refresh).await.problem(401, "refresh_token_invalid");
    nobody.key(key).get("/accounts").await.problem(401, "unauthenticated");
}

/// A new session, and the value of a key created by the same person.
async fn member_with_key(server: &Server, company: &crate::support::Company) -> (Person, String) {
    let member = server.user(company, Role::Member).await;
    let body = json!({ "name": "mine", "scopes": ["accounts:read"] });
    let made = member.client.post("/api-keys", &body).await.expect(201).data();
    // A session that has not been used yet, so that it is not in the authorization cache.
    (server.sign_in(&member.email).await, made["value"].as_str().expect("a value").to_owned())
}

#[tokio::test]
async fn an_inactive_user() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (member, key) = member_with_key(server, &company).await;
    company.client().patch(format!("/users/{}", member.id), &json!({ "active": false })).await.expect(200);
    assert_shut_out(server, &member, &key).await;
    company.client().get("/accounts").await.expect(200);
    // They can't become owners of records either.
    let body = json!({ "name": "x", "ownerId": member.id });
    company.client().post("/accounts", &body).await.problem(422, "invalid_reference");
}

#[tokio::test]
async fn a_suspended_company() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (member, key) = member_with_key(server, &company).await;
    let platform = server.administrator().await.client;
    let path = format!("/companies/{}", company.id);
    platform.post(format!("{path}/suspend"), &json!({})).await.expect(200);
    assert_shut_out(server, &member, &key).await;
    platform.post(format!("{path}/reactivate"), &json!({})).await.expect(200);
    server.sign_in(&member.email).await.client.get("/accounts").await.expect(200);
}

#[tokio::test]
async fn a_demoted_creator_takes_their_key_along() {
    let server = Server::shared().await;
    let company = server.company().await;
    let member = server.user(&company, Role::Member).await;
    let body = json!({ "name": "mine", "scopes": ["accounts:read", "accounts:write"] });
    let made = member.client.post("/api-keys", &body).await.expect(201).data();
    company.client().patch(format!("/users/{}", member.id), &json!({ "role": "VIEWER" })).await.expect(200);
    let key = server.nobody().key(made["value"].as_str().expect("a value"));
    key.get("/accounts").await.expect(200);
    key.post("/accounts", &json!({ "name": "x" })).await.problem(403, "forbidden");
    assert_eq!(key.get("/api-keys/current").await.expect(200).data()["scopes"], json!(["accounts:read"]));
    // The change applies to the session at once, whatever role its token has.
    member.client.post("/accounts", &json!({ "name": "x" })).await.problem(403, "forbidden");
}
