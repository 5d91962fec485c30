//! Two processes on one database: access revoked in one is refused by the other within two seconds.

use std::time::{Duration, Instant};

use cartera_domain::identity::Role;
use serde_json::json;

use crate::support::{Call, Client, Server};

/// Two seconds, plus the delay of a request on a busy machine.
const SOON: Duration = Duration::from_secs(4);

/// Repeats the call until the answer has this status, which must be soon.
async fn until(caller: &Client, call: Call, status: u16) {
    let started = Instant::now();
    loop {
        let answer = caller.send(call.clone()).await;
        if answer.status == status {
            return;
        }
        assert!(started.elapsed() < SOON, "{} still answers {}", answer.line, answer.status);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn what_one_takes_away_the_other_refuses_within_two_seconds() {
    // Processes of one deployment share the public URL, which is the issuer of tokens.
    let settings = [("RATE_LIMITS", "off"), ("PUBLIC_URL", "http://crm.example.com")];
    let first = Server::start(&settings).await;
    let second = first.beside(&settings).await;
    let company = first.company().await;
    let platform = first.administrator().await.client;
    let elsewhere = |caller: &Client| caller.at(&second);
    let accounts = || Call::get("/accounts");
    let create = || Call::post("/accounts", &json!({ "name": "" }));
    // A changed role: every write is refused.
    let member = first.user(&company, Role::Member).await;
    let path = format!("/users/{}", member.id);
    until(&elsewhere(&member.client), create(), 400).await;
    company.client().patch(&path, &json!({ "role": "VIEWER" })).await.expect(200);
    until(&elsewhere(&member.client), create(), 403).await;
    // A revoked key, and one whose creator is deactivated.
    let (revoked, key) = company.key(&["accounts:read"]).await;
    until(&elsewhere(&key), accounts(), 200).await;
    company.client().delete(format!("/api-keys/{revoked}")).await.expect(204);
    until(&elsewhere(&key), accounts(), 401).await;
    let manager = first.user(&company, Role::Manager).await;
    let body = json!({ "name": "theirs", "scopes": ["accounts:read"] });
    let made = manager.client.post("/api-keys", &body).await.expect(201).data();
    let theirs = second.nobody().key(made["value"].as_str().expect("a value"));
    until(&theirs, accounts(), 200).await;
    until(&elsewhere(&manager.client), accounts(), 200).await;
    company.client().patch(format!("/users/{}", manager.id), &json!({ "active": false })).await.expect(200);
    until(&elsewhere(&manager.client), accounts(), 401).await;
    until(&theirs, accounts(), 401).await;
    // An ended session, a removed user, a suspended company.
    let again = first.sign_in(&member.email).await;
    until(&elsewhere(&again.client), accounts(), 200).await;
    again.client.post("/auth/logout", &json!({})).await.expect(204);
    until(&elsewhere(&again.client), accounts(), 401).await;
    until(&elsewhere(&member.client), accounts(), 200).await;
    company.client().delete(&path).await.expect(204);
    until(&elsewhere(&member.client), accounts(), 401).await;
    let owner = elsewhere(company.client());
    until(&owner, accounts(), 200).await;
    platform.post(format!("/companies/{}/suspend", company.id), &json!({})).await.expect(200);
    until(&owner, accounts(), 401).await;
    platform.post(format!("/companies/{}/reactivate", company.id), &json!({})).await.expect(200);
    until(&owner, accounts(), 200).await;
}
