//! Opportunities and stage changes.

use cartera_domain::identity::Role;
use serde_json::{Value, json};

use super::support::{Call, NOBODY, TestServer, id_of};

fn new_opportunity(account: &str) -> Value {
    json!({ "title": "A sale", "accountId": account, "amount": { "amount": "1250.5" } })
}

#[actix_web::test]
async fn an_opportunity_is_made_moved_and_deleted() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await.to_string();
    let made = server.send(Call::post("/opportunities", &new_opportunity(&account)).owner(&acme)).await;
    let opportunity = made.data(201);
    let path = format!("/api/v1/opportunities/{}", id_of(opportunity));
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!(opportunity["number"], 1);
    assert_eq!(opportunity["amount"], json!({ "amount": "1250.50", "currency": "UYU" }));
    assert_eq!((&opportunity["status"], &opportunity["stage"]["kind"]), (&json!("OPEN"), &json!("OPEN")));
    assert_eq!(opportunity["account"]["name"], "Globex");
    assert_eq!(opportunity["closedAt"], Value::Null);

    let changes = format!("{path}/stage-changes");
    let body = json!({ "stage": "no_venta", "reason": "Sin presupuesto" });
    let moved = server.send(Call::post(&changes, &body).owner(&acme).header("if-match", "\"1\"")).await;
    assert_eq!(moved.data(201)["opportunityId"], opportunity["id"]);
    assert_eq!(moved.data(201)["fromStage"], opportunity["stage"]);
    assert_eq!(moved.data(201)["newStage"]["kind"], "LOST");
    assert_eq!((moved.header("location"), moved.header("etag")), (None, Some("\"2\"")));

    server.send(Call::post(&changes, &body).owner(&acme)).await.refused(409, "already_in_stage");
    let stale = Call::post(&changes, &json!({ "stage": "venta", "reason": "x" })).header("if-match", "\"1\"");
    server.send(stale.owner(&acme)).await.refused(412, "version_mismatch");

    let read = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!((read.data(200)["status"].as_str(), read.header("etag")), (Some("LOST"), Some("\"2\"")));
    assert!(read.data(200)["closedAt"].is_string());
    assert_eq!(server.send(Call::delete(&path).owner(&acme)).await.status, 204);
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
}

#[actix_web::test]
async fn a_move_needs_a_stage_of_the_pipeline_and_a_reason() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let id = server.env.opportunity(&acme.owner, account).await.id;
    let foreign = server.env.pipeline(acme.id).await.record().stages[1].id;
    let path = format!("/opportunities/{id}/stage-changes");
    let send = async |body: Value| server.send(Call::post(&path, &body).owner(&acme)).await;
    send(json!({})).await.invalid(&[("/stage", "required"), ("/reason", "required")]);
    send(json!({ "stage": "venta", "reason": " " })).await.invalid(&[("/reason", "blank")]);
    for wanted in ["nowhere", NOBODY, &foreign.to_string()] {
        let answer = send(json!({ "stage": wanted, "reason": "x" })).await;
        answer.refused(422, "invalid_reference");
        assert_eq!(answer.entries(), [("/stage", "invalid_reference")]);
    }
}

#[actix_web::test]
async fn a_change_can_not_move_an_opportunity() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let path = format!("/opportunities/{}", server.env.opportunity(&acme.owner, account).await.id);
    let patch = |body: Value| Call::patch(&path, &body).owner(&acme);
    for field in ["stage", "stageId", "status", "pipelineId"] {
        let pointer = format!("/{field}");
        for value in [json!(NOBODY), json!(null), json!({ "id": 7 })] {
            let answer = server.send(patch(json!({ field: value, "title": "x" }))).await;
            answer.invalid(&[(&pointer, "not_settable")]);
            assert!(answer.body["detail"].as_str().expect("text").contains("/stage-changes"));
        }
    }
    for field in ["number", "id", "version", "companyId", "closedAt", "createdBy"] {
        let pointer = format!("/{field}");
        server.send(patch(json!({ field: 7 }))).await.invalid(&[(&pointer, "unknown_field")]);
    }
    let changed = server.send(patch(json!({ "amount": { "amount": "7", "currency": "JPY" } }))).await;
    assert_eq!(changed.data(200)["amount"], json!({ "amount": "7", "currency": "JPY" }));
    server
        .send(patch(json!({ "amount": { "amount": 7 } })))
        .await
        .invalid(&[("/amount/amount", "malformed")]);
    server
        .send(patch(json!({ "amount": { "currency": "UYU" } })))
        .await
        .invalid(&[("/amount/amount", "required")]);
    // Yen must not silently become pesos.
    let bare = patch(json!({ "amount": { "amount": "7" } }));
    server.send(bare).await.invalid(&[("/amount/currency", "required")]);
    let twice = json!({ "amount": { "amount": "1.005", "currency": "UYU" }, "title": null });
    server
        .send(patch(twice))
        .await
        .invalid(&[("/title", "required"), ("/amount/amount", "too_many_decimals")]);
}

#[actix_web::test]
async fn references_of_other_companies_lead_nowhere() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let own = server.env.account(&acme.owner, "Globex").await.to_string();
    let theirs = server.env.account(&other.owner, "Globex").await.to_string();
    let their_stage = other.stage("venta").to_string();
    let their_pipeline = other.pipeline.record().id.to_string();
    for (field, theirs) in [
        ("accountId", theirs),
        ("stageId", their_stage),
        ("pipelineId", their_pipeline),
        ("ownerId", other.owner_id.to_string()),
    ] {
        for id in [theirs.as_str(), NOBODY] {
            let mut body = new_opportunity(&own);
            body[field] = json!(id);
            let answer = server.send(Call::post("/opportunities", &body).owner(&acme)).await;
            answer.refused(422, "invalid_reference");
            assert_eq!(answer.entries(), [(format!("/{field}").as_str(), "invalid_reference")]);
        }
    }
}

#[actix_web::test]
async fn the_board_comes_with_the_list_when_it_is_asked_for() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    for path in ["/opportunities".to_owned(), format!("/accounts/{account}/opportunities")] {
        let plain = server.send(Call::get(&path).owner(&acme)).await;
        assert!(plain.body["meta"].get("board").is_none());
        let answer = server.send(Call::get(&format!("{path}?board=true")).owner(&acme)).await;
        let column = &answer.body["meta"]["board"][0];
        assert_eq!((&column["count"], &column["stage"]["kind"]), (&json!(1), &json!("OPEN")));
        assert_eq!(column["amounts"], json!([{ "amount": "10.00", "currency": "UYU" }]));
        assert_eq!(answer.body["meta"]["limit"], 20);
    }
    let unknown = server.send(Call::get("/opportunities?stage=nowhere").owner(&acme)).await;
    unknown.invalid(&[("?stage", "malformed")]);
}

#[actix_web::test]
async fn a_viewer_reads_the_history_and_moves_nothing() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let viewer = server.env.person(acme.id, Role::Viewer).await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let id = server.env.opportunity(&acme.owner, account).await.id;
    let path = format!("/opportunities/{id}/stage-changes");
    let history = server.send(Call::get(&path).person(&viewer)).await;
    assert_eq!(history.data(200)[0]["fromStage"], Value::Null);
    let body = json!({ "stage": "venta", "reason": "x" });
    server.send(Call::post(&path, &body).person(&viewer)).await.refused(403, "forbidden");
}
