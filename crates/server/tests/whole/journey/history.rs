//! What was done: operations, histories, and records as they were.

use cartera_domain::identity::Role;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::support::{Answer, Call, Client, Server};

fn operation_of(answer: &Answer) -> String {
    answer.header("x-operation-id").expect("it wrote").to_owned()
}

/// A moment, and a little time around it.
async fn now() -> String {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let now: DateTime<Utc> = Utc::now();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    now.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

async fn as_of(client: &Client, path: &str, at: &str) -> Answer {
    client.get(format!("{path}?asOf={at}")).await
}

#[tokio::test]
async fn what_a_request_wrote_is_one_operation_that_its_maker_and_the_audit_see() {
    let server = Server::shared().await;
    let company = server.company().await;
    let (member, admin) =
        (server.user(&company, Role::Member).await, server.user(&company, Role::Admin).await);
    let made = member.client.post("/accounts", &json!({ "name": "Globex" })).await.expect(201);
    let (account, operation) = (made.id(), operation_of(&made));
    let path = format!("/operations/{operation}");
    let seen = member.client.get(&path).await.expect(200).data();
    assert_eq!((&seen["kind"], &seen["eventCount"]), (&json!("REQUEST"), &json!(1)));
    assert_eq!(seen["requestId"], made.header("x-request-id").expect("an id"));
    assert_eq!((&seen["actor"]["type"], &seen["actor"]["id"]), (&json!("USER"), &json!(member.id)));
    let event = &seen["events"][0];
    assert_eq!((&event["type"], &event["version"]), (&json!("account.created"), &json!(1)));
    assert_eq!((&event["entity"]["id"], &event["source"]), (&json!(account), &json!("USER")));
    assert_eq!(event["changes"]["name"], json!({ "old": null, "new": "Globex" }));
    let listed = member.client.get(format!("{path}/events?limit=1")).await.expect(200);
    assert_eq!(listed.data()[0], *event);
    assert_eq!(member.client.get("/operations").await.expect(200).data()[0]["id"], operation);
    // Others see it only with the right to read the audit.
    assert_eq!(admin.client.get(&path).await.expect(200).data()["id"], operation);
    let viewer = server.user(&company, Role::Viewer).await;
    viewer.client.get(&path).await.problem(404, "not_found");
    viewer.client.get(format!("{path}/events")).await.problem(404, "not_found");
    let others = viewer.client.get("/operations").await.expect(200).data();
    assert!(others.as_array().expect("a list").iter().all(|one| one["actor"]["id"] == json!(viewer.id)));
    let audited = format!("/operations?actorId={}&kind=REQUEST", member.id);
    assert_eq!(admin.client.get(&audited).await.expect(200).data()[0]["id"], operation);
    assert_eq!(viewer.client.get(&audited).await.expect(200).data(), json!([]));
    admin.client.get("/operations?kind=DREAM").await.invalid(&["?kind"]);
}

#[tokio::test]
async fn what_wrote_nothing_has_no_operation_and_a_replay_has_the_first_ones() {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let account = format!("/accounts/{}", company.account_with(json!({ "employees": 5 })).await);
    assert_eq!(client.get(&account).await.expect(200).header("x-operation-id"), None);
    let unchanged = client.patch(&account, &json!({ "employees": 5 })).await.expect(200);
    assert_eq!(unchanged.header("x-operation-id"), None);
    let refused = client.patch(&account, &json!({ "employees": -5 })).await;
    assert_eq!((refused.status, refused.header("x-operation-id")), (400, None));
    assert_ne!(client.delete(&account).await.expect(204).header("x-operation-id"), None);
    let once = || Call::post("/accounts", &json!({ "name": "Once" })).header("idempotency-key", "once");
    let (first, second) = (client.send(once()).await.expect(201), client.send(once()).await.expect(201));
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(operation_of(&first), operation_of(&second));
}

#[tokio::test]
async fn a_history_tells_each_step_and_a_record_is_read_as_it_was() {
    let server = Server::shared().await;
    let company = server.company().await;
    let client = company.client();
    let before = now().await;
    let account = company.account_with(json!({ "name": "Globex", "tags": ["vip"] })).await;
    let path = format!("/accounts/{account}");
    let created = client.get(&path).await.expect(200).data();
    let at_first = now().await;
    let change = json!({ "industry": "Textil", "tags": ["vip", "new"], "name": "Globex S.A." });
    let changed = client.patch(&path, &change).await.expect(200).data();
    let then = now().await;
    client.delete(&path).await.expect(204);
    let in_the_bin = now().await;
    let last = client.post(format!("{path}/restore"), &json!({})).await.expect(200).data();
    let history = client.get(format!("{path}/history")).await.expect(200).data();
    let told: Vec<_> =
        history.as_array().expect("a list").iter().map(|event| event["type"].clone()).collect();
    assert_eq!(told, ["account.restored", "account.deleted", "account.updated", "account.created"]);
    assert_eq!(history[2]["changes"]["industry"], json!({ "old": null, "new": "Textil" }));
    assert_eq!(history[2]["changes"].as_object().map(serde_json::Map::len), Some(3));
    let updates = client.get(format!("{path}/history?type=account.updated")).await.expect(200).data();
    assert_eq!(updates, json!([history[2]]));
    let first = client.get(format!("{path}/history?sort=sequence&limit=1")).await.expect(200).data();
    assert_eq!(first, json!([history[3]]));

    assert_eq!(as_of(client, &path, &at_first).await.expect(200).data(), created);
    let old = as_of(client, &path, &then).await.expect(200);
    assert_eq!((old.data(), old.header("etag")), (changed, Some("\"2\"")));
    assert_eq!(as_of(client, &path, "2099-01-01T00:00:00Z").await.expect(200).data(), last);
    as_of(client, &path, &before).await.problem(404, "not_found");
    as_of(client, &path, &in_the_bin).await.problem(404, "not_found");
    as_of(client, &path, "yesterday").await.invalid(&["?asOf"]);
    let mistyped = client.get(format!("{path}?asof={then}")).await;
    assert_eq!(mistyped.json()["errors"][0]["didYouMean"], "asOf");

    // Another company has neither.
    let stranger = server.company().await;
    stranger.client().get(format!("{path}/history")).await.problem(404, "not_found");
    as_of(stranger.client(), &path, &then).await.problem(404, "not_found");
}

#[tokio::test]
async fn the_history_of_what_lies_in_the_bin_takes_the_right_to_delete_it() {
    let server = Server::shared().await;
    let company = server.company().await;
    let path = format!("/accounts/{}", company.account().await);
    let reader = server.user(&company, Role::Viewer).await.client;
    let live = now().await;
    reader.get(format!("{path}/history")).await.expect(200);
    company.client().delete(&path).await.expect(204);
    reader.get(format!("{path}/history")).await.problem(404, "not_found");
    as_of(&reader, &path, &live).await.problem(404, "not_found");
    company.client().get(format!("{path}/history")).await.expect(200);
    assert_eq!(as_of(company.client(), &path, &live).await.expect(200).data()["deletedAt"], Value::Null);
}

#[tokio::test]
async fn an_opportunity_is_read_where_it_stood() {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let path = format!("/opportunities/{}", company.opportunity(&company.account().await).await);
    let open = client.get(&path).await.expect(200).data();
    let at_first = now().await;
    company.move_to(open["id"].as_str().expect("an id"), "venta").await;
    let won = client.get(&path).await.expect(200).data();
    let then = now().await;
    let change =
        json!({ "amount": { "amount": "7.50", "currency": "USD" }, "expectedCloseDate": "2026-12-24" });
    client.patch(&path, &change).await.expect(200);
    assert_eq!(as_of(client, &path, &at_first).await.expect(200).data(), open);
    assert_eq!(as_of(client, &path, &then).await.expect(200).data(), won);
    let history = client.get(format!("{path}/history")).await.expect(200).data();
    assert_eq!(history[0]["changes"]["amount"]["new"], json!({ "amount": "7.50", "currency": "USD" }));
    assert_eq!(history[1]["changes"]["status"], json!({ "old": "OPEN", "new": "WON" }));
    let created = history[2]["changes"].as_object().expect("fields");
    for field in ["title", "amount", "accountId", "contactId", "ownerId", "pipelineId", "stageId", "tags"] {
        assert!(created.contains_key(field), "a creation tells {field}");
    }
}

#[tokio::test]
async fn a_record_from_before_histories_were_kept_says_so() {
    let server = Server::shared().await;
    let company = server.company().await;
    let id = company.account().await;
    let path = format!("/accounts/{id}");
    let early = now().await;
    server.obey("update outbox set version = null, operation_id = null, operation_size = null where entity_id = $1::uuid", &id).await;
    company.client().patch(&path, &json!({ "employees": 9 })).await.expect(200);
    let later = now().await;
    as_of(company.client(), &path, &early).await.problem(404, "history_not_kept");
    assert_eq!(as_of(company.client(), &path, &later).await.expect(200).data()["employees"], 9);
    let history = company.client().get(format!("{path}/history")).await.expect(200).data();
    assert_eq!((&history[1]["version"], &history[1]["operationId"]), (&Value::Null, &Value::Null));
}
