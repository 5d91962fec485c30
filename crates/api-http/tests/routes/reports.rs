//! Reports.

use serde_json::json;

use super::support::{Call, NOBODY, TestServer};

#[actix_web::test]
async fn the_top_accounts_take_a_limit_and_days() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let get = |query: &str| Call::get(&format!("/reports/top-accounts{query}")).owner(&acme);
    assert_eq!(server.send(get("")).await.data(200)[0]["wins"], 3);
    let answer = server.send(get("?limit=50&from=2026-01-01&to=2026-01-31")).await;
    assert_eq!(answer.data(200)[0]["wins"], 50);
    assert_eq!(answer.data(200)[0]["totalAmount"], json!([{ "amount": "10.00", "currency": "UYU" }]));
    server
        .send(get("?limit=51&from=2026-02-30"))
        .await
        .invalid(&[("?limit", "out_of_range"), ("?from", "malformed")]);
    server.send(get("?from=2026-02-01&to=2026-01-01")).await.invalid(&[("?from", "inconsistent")]);
    server.send(get("?limit=1&limit=2")).await.invalid(&[("?limit", "malformed")]);
}

#[actix_web::test]
async fn stage_changes_need_a_stage_and_days() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let get = |query: &str| Call::get(&format!("/reports/stage-changes{query}")).owner(&acme);
    server.send(get("")).await.invalid(&[("?stage", "required"), ("?from", "required"), ("?to", "required")]);
    let days = "from=2026-01-01&to=2026-01-31";
    server.send(get(&format!("?stage=nowhere&{days}"))).await.invalid(&[("?stage", "malformed")]);
    let misspelt = server.send(get(&format!("?stage=vneta&{days}"))).await;
    assert_eq!(misspelt.body["errors"][0]["didYouMean"], "Venta");
    server
        .send(get(&format!("?stage=venta&{days}&sort=changedAt")))
        .await
        .invalid(&[("?sort", "unknown_field")]);
    let answer = server.send(get(&format!("?stage=VENTA&{days}&limit=7"))).await;
    assert_eq!(answer.data(200)[0]["newStage"]["id"], acme.stage("venta").to_string());
    // The first of January in Montevideo.
    assert_eq!(answer.data(200)[0]["changedAt"], "2026-01-01T03:00:00.000000Z");
    assert_eq!(answer.body["meta"]["limit"], 7);
    let cursor = answer.body["meta"]["nextCursor"].as_str().expect("a cursor").to_owned();
    let next = server.send(get(&format!("?stage=venta&{days}&limit=7&cursor={cursor}"))).await;
    assert_eq!(next.status, 200, "{next:?}");
    let other =
        server.send(get(&format!("?stage=venta&from=2025-01-01&to=2026-01-31&cursor={cursor}"))).await;
    other.refused(400, "invalid_cursor");
}

#[actix_web::test]
async fn the_pipeline_report_takes_one_pipeline_or_all() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let other = server.env.company("Other").await;
    let get = |id: &str| Call::get(&format!("/reports/pipeline?pipelineId={id}")).owner(&acme);
    let all = server.send(Call::get("/reports/pipeline").owner(&acme)).await;
    assert_eq!(all.data(200)[0]["count"], 1);
    assert_eq!(server.send(get(&acme.pipeline.record().id.to_string())).await.status, 200);
    server.send(get(&other.pipeline.record().id.to_string())).await.refused(404, "not_found");
    server.send(get(NOBODY)).await.refused(404, "not_found");
    server.send(get("one")).await.invalid(&[("?pipelineId", "malformed")]);
}
