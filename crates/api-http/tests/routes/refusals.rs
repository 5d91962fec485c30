//! Errors that no other test of the routes provokes, each by its status and stable code.

use std::time::Duration;

use actix_web::http::Method;
use cartera_application::{
    security::Actor,
    testing::{TestCompany, TestEnvironment, hash, provenance},
};
use cartera_domain::{identity::Permission, ids::Id, opportunities::Reason};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::support::{Call, TestServer, id_of};

async fn start() -> (TestServer, TestCompany) {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    (server, acme)
}

fn restore(path: &str) -> Call {
    Call::new(Method::POST, &format!("{path}/restore"))
}

#[actix_web::test]
async fn what_hangs_on_something_deleted_is_not_restored_alone() {
    let (server, acme) = start().await;
    let contact = server.env.contact(&acme.owner, None).await;
    let body = json!({
        "title": "Flota", "contactId": contact.to_string(), "amount": { "amount": "1.00", "currency": "UYU" },
    });
    let made = server.send(Call::post("/opportunities", &body).owner(&acme)).await;
    let sale = format!("/opportunities/{}", id_of(made.data(201)));
    for path in [&sale, &format!("/contacts/{contact}")] {
        assert_eq!(server.send(Call::delete(path).owner(&acme)).await.status.as_u16(), 204);
    }
    server.send(restore(&sale).owner(&acme)).await.refused(409, "contact_deleted");
    server.send(restore(&format!("/contacts/{contact}")).owner(&acme)).await.data(200);
    let key = (acme.id, acme.pipeline.record().id);
    server.env.store.tamper(|tables| tables.pipelines.remove(&key)).expect("it was there");
    server.send(restore(&sale).owner(&acme)).await.refused(409, "pipeline_deleted");
}

#[actix_web::test]
async fn a_name_of_a_key_is_taken_once() {
    let (server, acme) = start().await;
    let body = json!({ "name": "Metrics", "scopes": ["reports:read"] });
    server.send(Call::post("/api-keys", &body).owner(&acme)).await.data(201);
    server.send(Call::post("/api-keys", &body).owner(&acme)).await.refused(409, "api_key_name_taken");
}

#[actix_web::test]
async fn a_pipeline_has_its_limit_of_stages() {
    let (server, acme) = start().await;
    let entry = |number: usize| {
        let kind = ["OPEN", "WON", "LOST"][number.min(2)];
        json!({ "name": format!("Stage {number}"), "kind": kind })
    };
    let body = json!({ "name": "Long", "stages": (0..50).map(entry).collect::<Vec<_>>() });
    let made = server.send(Call::post("/pipelines", &body).owner(&acme)).await;
    let path = format!("/pipelines/{}/stages", id_of(made.data(201)));
    let refused = server.send(Call::post(&path, &entry(50)).owner(&acme)).await;
    refused.refused(409, "limit_reached");
    assert_eq!(refused.body["params"], json!({ "max": 50 }));
}

/// Concurrent edits: when the second one is stored, the record it loaded is outdated.
#[actix_web::test]
async fn the_slower_of_two_learns_that_somebody_was_faster() {
    let (server, acme) = start().await;
    let env = &server.env;
    let account = env.account(&acme.owner, "Globex").await;
    let sale = env.opportunity(&acme.owner, account).await;
    let grant = Actor::system(acme.id, provenance()).authorize_system().expect("the system may");
    let first = env.ports.store.begin(&grant).await.expect("a unit of work begins");
    let mut held = first.opportunities().get(TestEnvironment::id_of(&sale)).await.expect("it is there");
    let target = acme.pipeline.stage(acme.stage("Venta")).expect("it is there");
    let (reason, now) = (Reason::trusted("First".to_owned()), sale.created_at + TimeDelta::seconds(1));
    let change = held.move_to(target, Id::new(Uuid::now_v7()), reason, None, now).expect("it may move");
    first.opportunities().record_move(&mut held, &change).await.expect("it is stored");
    let body = json!({ "stage": "No Venta", "reason": "Second" });
    let call = Call::post(&format!("/opportunities/{}/stage-changes", sale.id), &body).owner(&acme);
    let (second, ()) = tokio::join!(server.send(call), async {
        // By now the second one has loaded the opportunity, and waits for its row lock.
        tokio::time::sleep(Duration::from_millis(20)).await;
        first.commit().await.expect("it commits");
    });
    second.refused(409, "edit_conflict");
}

#[actix_web::test]
async fn a_request_that_still_runs_is_not_run_again() {
    let (server, acme) = start().await;
    let grant = acme.owner.authorize(Permission::AccountsWrite).expect("they may");
    let running = server.env.ports.store.begin(&grant).await.expect("a unit of work begins");
    running.idempotency_keys().claim("once").await.expect("it is free");
    let call = || {
        Call::post("/accounts", &json!({ "name": "Globex" })).header("idempotency-key", "once").owner(&acme)
    };
    server.send(call()).await.refused(409, "idempotency_in_progress");
    drop(running);
    server.send(call()).await.data(201);
}

#[actix_web::test]
async fn a_link_to_a_new_password_expires() {
    let (server, acme) = start().await;
    server.send(Call::post("/auth/forgot-password", &json!({ "email": acme.email }))).await;
    let token = TestEnvironment::token_of(&server.env.run_jobs().await[0]);
    server.env.clock.advance(TimeDelta::hours(1));
    let body = json!({ "token": token, "newPassword": "Password2" });
    server.send(Call::post("/auth/reset-password", &body)).await.refused(422, "password_reset_expired");
}

#[actix_web::test]
async fn another_file_than_was_announced_is_refused() {
    let (server, acme) = start().await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let bytes = b"%PDF-1.7";
    let body = json!({
        "entityType": "ACCOUNT", "entityId": account.to_string(), "fileName": "offer.pdf",
        "contentType": "application/pdf", "size": bytes.len(), "sha256": hash(bytes).to_string(),
    });
    let announced = server.send(Call::post("/attachments", &body).owner(&acme)).await;
    let announced = announced.data(201);
    let headers: Vec<_> = ["Content-Type", "x-amz-checksum-sha256"]
        .map(|name| (name, announced["upload"]["headers"][name].as_str().expect("a header").to_owned()))
        .into();
    let url = announced["upload"]["url"].as_str().expect("a URL");
    assert_eq!(server.env.blobs.put(url, &headers, bytes), 200);
    let key = server.env.blobs.keys().pop().expect("it was uploaded");
    server.env.blobs.tamper(&key, "application/pdf", b"%PDF-1.8");
    let confirm = Call::new(Method::POST, &format!("/attachments/{}/confirm", id_of(announced)));
    let refused = server.send(confirm.owner(&acme)).await;
    refused.refused(422, "upload_mismatch");
    assert_eq!(refused.body["errors"], Value::Array(Vec::new()));
}

#[actix_web::test]
async fn what_is_too_long_too_many_or_unprintable_is_named() {
    let (server, acme) = start().await;
    let tags: Vec<_> = (0..21).map(|tag| tag.to_string()).collect();
    let body = json!({ "name": "x".repeat(201), "industry": "a\u{7}b", "tags": tags });
    let refused = server.send(Call::post("/accounts", &body).owner(&acme)).await;
    refused.invalid(&[("/name", "too_long"), ("/industry", "control_character"), ("/tags", "too_many")]);
}

#[actix_web::test]
async fn a_password_that_is_no_good_is_refused_by_every_rule_that_it_breaks() {
    let register = |password: &str| {
        let body = json!({
            "companyName": "Acme", "name": "Ana Paz", "email": "ana@acme.example", "password": password,
        });
        Call::post("/auth/register", &body)
    };
    let server = TestServer::strict();
    server
        .send(register("PASSWORD1"))
        .await
        .invalid(&[("/password", "no_lower_case"), ("/password", "too_common")]);
    server.send(register("Password1")).await.invalid(&[("/password", "too_common")]);
    server.send(register("Pass-Word-1-2-3")).await.data(201);
}
