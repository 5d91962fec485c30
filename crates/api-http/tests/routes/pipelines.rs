//! Pipelines and their stages.

use actix_web::http::Method;
use cartera_domain::identity::Role;
use serde_json::{Value, json};

use super::support::{Call, NOBODY, TestServer, id_of};

fn new_pipeline(name: &str) -> Value {
    json!({ "name": name, "stages": [
        { "name": "Contacto", "kind": "OPEN", "color": "#3b82f6", "probability": 20 },
        { "name": "Acuerdo", "kind": "WON" },
        { "name": "Descartado", "kind": "LOST" },
    ] })
}

fn put(path: &str, body: &Value) -> Call {
    Call::new(Method::PUT, path).raw(body.to_string())
}

#[actix_web::test]
async fn a_pipeline_lives_and_dies() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let made = server.send(Call::post("/pipelines", &new_pipeline("Canal")).owner(&acme)).await;
    let pipeline = made.data(201).clone();
    let path = format!("/api/v1/pipelines/{}", id_of(&pipeline));
    assert_eq!((made.header("location"), made.header("etag")), (Some(path.as_str()), Some("\"1\"")));
    assert_eq!(pipeline["createdBy"]["id"], acme.owner_id.to_string());
    assert_eq!(pipeline["isDefault"], false);
    let first = &pipeline["stages"][0];
    assert_eq!((&first["order"], &first["color"]), (&json!(1), &json!("#3B82F6")));
    let won = json!({
        "id": pipeline["stages"][1]["id"], "name": "Acuerdo", "order": 2, "kind": "WON",
        "color": "#16A34A", "probability": 100,
    });
    assert_eq!(pipeline["stages"][1], won);

    let listed = server.send(Call::get("/pipelines").owner(&acme)).await;
    assert_eq!(listed.data(200)[1], pipeline);
    assert_eq!(listed.body["meta"], json!({ "limit": 200, "nextCursor": null }));

    let change = json!({ "name": "Canal sur", "isDefault": true });
    let changed = server.send(Call::patch(&path, &change).owner(&acme).header("if-match", "\"1\"")).await;
    assert_eq!((&changed.data(200)["name"], changed.header("etag")), (&json!("Canal sur"), Some("\"2\"")));
    let stale = Call::patch(&path, &change).owner(&acme).header("if-match", "\"1\"");
    server.send(stale).await.refused(412, "version_mismatch");
    let unset = Call::patch(&path, &json!({ "isDefault": false })).owner(&acme);
    server.send(unset).await.refused(409, "pipeline_is_default");
    server.send(Call::delete(&path).owner(&acme)).await.refused(409, "pipeline_is_default");
    let first = format!("/pipelines/{}", acme.pipeline.record().id);
    let back = Call::patch(&first, &json!({ "isDefault": true })).owner(&acme);
    assert_eq!(server.send(back).await.data(200)["version"], 3);
    assert_eq!(server.send(Call::delete(&path).owner(&acme)).await.status, 204);
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
}

#[actix_web::test]
async fn bad_pipelines_are_refused_field_by_field() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |body: Value| Call::post("/pipelines", &body).owner(&acme);
    server.send(post(json!({}))).await.invalid(&[("/name", "required"), ("/stages", "required")]);
    let many = json!({ "name": "x", "stages": [
        { "name": "a", "kind": "OPEN", "probability": 101 }, { "name": "A", "kind": "NONE" }, {}
    ] });
    server.send(post(many)).await.invalid(&[
        ("/stages/0/probability", "out_of_range"),
        ("/stages/1/kind", "not_allowed"),
        ("/stages/2/name", "required"),
        ("/stages/2/kind", "required"),
    ]);
    let no_lost = json!({ "name": "x", "stages": [
        { "name": "a", "kind": "OPEN" }, { "name": "b", "kind": "WON" }
    ] });
    server.send(post(no_lost)).await.invalid(&[("/stages", "inconsistent")]);
    let unknown = json!({ "name": "x", "stages": [{ "name": "a", "kind": "OPEN", "id": NOBODY }] });
    server.send(post(unknown)).await.invalid(&[("/stages/0/id", "unknown_field")]);
    for field in ["id", "version", "companyId", "createdBy", "deletedAt"] {
        let pointer = format!("/{field}");
        server.send(post(json!({ field: null }))).await.invalid(&[(&pointer, "unknown_field")]);
    }
    server.send(post(new_pipeline("VENTAS"))).await.refused(409, "pipeline_name_taken");
    let path = format!("/pipelines/{}", acme.pipeline.record().id);
    let patch = |body: Value| Call::patch(&path, &body).owner(&acme);
    server.send(patch(json!({ "stages": [] }))).await.invalid(&[("/stages", "not_settable")]);
    let nulls = json!({ "name": null, "isDefault": null });
    server.send(patch(nulls)).await.invalid(&[("/name", "required"), ("/isDefault", "required")]);
}

#[actix_web::test]
async fn stages_come_change_and_go() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let pipeline = acme.pipeline.record().id;
    let stages = format!("/pipelines/{pipeline}/stages");
    let new = json!({ "name": "Visita", "kind": "OPEN", "order": 2 });
    let made = server.send(Call::post(&stages, &new).owner(&acme).header("if-match", "\"1\"")).await;
    let visit = made.data(201).clone();
    assert_eq!((made.header("location"), made.header("etag")), (None, Some("\"2\"")));
    assert_eq!((&visit["order"], &visit["version"]), (&json!(2), &json!(2)));
    assert_eq!(visit["pipelineId"], pipeline.to_string());
    server.send(Call::post(&stages, &new).owner(&acme)).await.refused(409, "stage_name_taken");
    let second_won = json!({ "name": "Cobrada", "kind": "WON" });
    server.send(Call::post(&stages, &second_won).owner(&acme)).await.refused(409, "stage_kinds_required");
    server
        .send(Call::post(&stages, &json!({})).owner(&acme))
        .await
        .invalid(&[("/name", "required"), ("/kind", "required")]);

    let path = format!("/stages/{}", id_of(&visit));
    let change = json!({ "name": "Reunión", "color": "#0ea5e9", "probability": null });
    let changed = server.send(Call::patch(&path, &change).owner(&acme).header("if-match", "\"2\"")).await;
    assert_eq!((&changed.data(200)["color"], changed.header("etag")), (&json!("#0EA5E9"), Some("\"3\"")));
    let stale = Call::patch(&path, &change).owner(&acme).header("if-match", "\"2\"");
    server.send(stale).await.refused(412, "version_mismatch");
    let kind = json!({ "kind": "LOST", "order": 1, "name": "x" });
    let kind = server.send(Call::patch(&path, &kind).owner(&acme)).await;
    kind.invalid(&[("/kind", "not_settable"), ("/order", "not_settable")]);
    server
        .send(Call::patch(&path, &json!({ "pipelineId": null })).owner(&acme))
        .await
        .invalid(&[("/pipelineId", "unknown_field")]);
    let gone = server.send(Call::delete(&path).owner(&acme).header("if-match", "\"3\"")).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!(null)));
    server.send(Call::delete(&path).owner(&acme)).await.refused(404, "not_found");
    server.send(Call::get(&path).owner(&acme)).await.refused(405, "method_not_allowed");
}

#[actix_web::test]
async fn the_order_is_whole_or_refused() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let path = format!("/pipelines/{}/stages/order", acme.pipeline.record().id);
    let mut ids: Vec<_> = acme.pipeline.record().stages.iter().map(|stage| stage.id.to_string()).collect();
    let order = |ids: &[String]| put(&path, &json!({ "stageIds": ids })).owner(&acme);
    server.send(put(&path, &json!({})).owner(&acme)).await.invalid(&[("/stageIds", "required")]);
    server.send(order(&ids[1..])).await.invalid(&[("/stageIds", "inconsistent")]);
    let twice = [ids.as_slice(), &ids[..1]].concat();
    server.send(order(&twice)).await.invalid(&[("/stageIds/5", "inconsistent")]);
    server.send(order(&["x".to_owned()])).await.invalid(&[("/stageIds/0", "malformed")]);
    for foreign in [other.stage("Venta").to_string(), NOBODY.to_owned()] {
        let strange = [ids.as_slice(), &[foreign]].concat();
        let answer = server.send(order(&strange)).await;
        answer.refused(422, "invalid_reference");
        assert_eq!(answer.entries(), [("/stageIds/5", "invalid_reference")]);
    }
    ids.reverse();
    let answer = server.send(order(&ids)).await;
    assert_eq!(answer.header("etag"), Some("\"2\""));
    let now: Vec<_> =
        answer.data(200)["stages"].as_array().expect("stages").iter().map(|s| s["id"].clone()).collect();
    assert_eq!(json!(now), json!(ids));
    let stale = order(&ids).header("if-match", "\"1\"");
    server.send(stale).await.refused(412, "version_mismatch");
}

#[actix_web::test]
async fn a_stage_in_use_says_by_how_many_and_goes_with_a_way_out() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await;
    let sale = server.env.opportunity(&acme.owner, account).await.id;
    let path = format!("/stages/{}", acme.stage("Preparación"));
    let delete = |query: &str| Call::delete(&format!("{path}{query}")).owner(&acme);
    for query in ["", "?moveTo=venta", "?moveTo=venta&reason=%20", "?reason=x", "?moveTo=&reason=x"] {
        let answer = server.send(delete(query)).await;
        answer.refused(409, "stage_in_use");
        assert_eq!(answer.body["params"], json!({ "opportunities": 1 }));
    }
    server.send(delete("?moveTo=nowhere&reason=x")).await.invalid(&[("?moveTo", "malformed")]);
    server.send(delete("?moveTo=preparacion&reason=x")).await.invalid(&[("?moveTo", "malformed")]);
    server.send(delete("?moveTo=venta&reason=x&colour=red")).await.invalid(&[("?colour", "unknown_field")]);
    server.send(delete("?moveTo=a&moveTo=b&reason=x")).await.invalid(&[("?moveTo", "malformed")]);
    assert_eq!(server.send(delete("?moveTo=No%20Venta&reason=Se%20va")).await.status, 204);
    let read = server.send(Call::get(&format!("/opportunities/{sale}")).owner(&acme)).await;
    assert_eq!(read.data(200)["status"], "LOST");
    let last = format!("/stages/{}?moveTo=negociacion&reason=x", acme.stage("No Venta"));
    server.send(Call::delete(&last).owner(&acme)).await.refused(409, "stage_kinds_required");
}

#[actix_web::test]
async fn a_pipeline_in_use_says_by_how_many() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await.to_string();
    let made = server.send(Call::post("/pipelines", &new_pipeline("Canal")).owner(&acme)).await;
    let id = id_of(made.data(201)).to_owned();
    let sale = json!({
        "title": "A sale", "accountId": account, "amount": { "amount": "1" }, "pipelineId": id
    });
    assert_eq!(server.send(Call::post("/opportunities", &sale).owner(&acme)).await.status, 201);
    let answer = server.send(Call::delete(&format!("/pipelines/{id}")).owner(&acme)).await;
    answer.refused(409, "pipeline_in_use");
    assert_eq!(answer.body["params"], json!({ "opportunities": 1 }));
}

#[actix_web::test]
async fn the_same_submission_happens_once() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let stages = format!("/pipelines/{}/stages", acme.pipeline.record().id);
    let calls = [
        ("/pipelines".to_owned(), new_pipeline("Canal")),
        (stages, json!({ "name": "Visita", "kind": "OPEN" })),
    ];
    for (path, body) in calls {
        let post = || Call::post(&path, &body).owner(&acme).header("idempotency-key", &path);
        let first = server.send(post()).await;
        let second = server.send(post()).await;
        assert_eq!(second.data(201), first.data(201));
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
        assert_eq!(second.header("etag"), first.header("etag"));
    }
}

#[actix_web::test]
async fn managers_read_and_another_company_finds_nothing() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let manager = server.env.person(acme.id, Role::Manager).await;
    let post = Call::post("/pipelines", &new_pipeline("Canal")).person(&manager);
    server.send(post).await.refused(403, "forbidden");
    let pipeline = acme.pipeline.record().id.to_string();
    let own_stage = acme.stage("Venta").to_string();
    assert_eq!(server.send(Call::get(&format!("/pipelines/{pipeline}")).person(&manager)).await.status, 200);
    for (pipeline, own_stage) in [(pipeline.as_str(), own_stage.as_str()), (NOBODY, NOBODY), ("x", "x")] {
        let path = format!("/pipelines/{pipeline}");
        let stages = format!("{path}/stages");
        let stage_path = format!("/stages/{own_stage}");
        for call in [
            Call::get(&path),
            Call::patch(&path, &json!({})),
            Call::delete(&path),
            Call::post(&stages, &json!({ "name": "x", "kind": "OPEN" })),
            put(&format!("{stages}/order"), &json!({ "stageIds": [] })),
            Call::patch(&stage_path, &json!({})),
            Call::delete(&stage_path),
        ] {
            server.send(call.owner(&other)).await.refused(404, "not_found");
        }
    }
}
