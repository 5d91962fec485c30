//! Managing pipelines, and moving opportunities through them.

use serde_json::{Value, json};

use crate::support::{Company, Server, assert_sound};

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// The counts by stage name, of the stages that are not empty.
fn counts(board: &Value) -> Vec<(String, u64)> {
    let columns = board.as_array().expect("columns").iter();
    let counted =
        columns.map(|c| (text(&c["stage"]["name"]).to_owned(), c["count"].as_u64().expect("a count")));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// A company with a second pipeline, one opportunity in each of its open stages and one in the first pipeline.
async fn two_funnels() -> (Company, Value, Vec<String>) {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let body = json!({ "name": "Canal", "stages": [
        { "name": "Contacto", "kind": "OPEN" }, { "name": "Negociación", "kind": "OPEN" },
        { "name": "Venta", "kind": "WON" }, { "name": "Descartado", "kind": "LOST" },
    ] });
    let channel = client.post("/pipelines", &body).await.expect(201).data();
    let account = company.account().await;
    let mut sales = Vec::new();
    for stage in [0, 1] {
        let fields = json!({
            "accountId": account, "pipelineId": channel["id"], "stageId": channel["stages"][stage]["id"],
        });
        sales.push(company.opportunity_with(fields).await);
    }
    sales.push(company.opportunity(&account).await);
    (company, channel, sales)
}

#[tokio::test]
async fn a_stage_goes_with_what_stands_in_it_and_its_name_stays() {
    let (company, channel, sales) = two_funnels().await;
    let client = company.client();
    let contact = text(&channel["stages"][0]["id"]);
    let refused = client.delete(format!("/stages/{contact}")).await;
    refused.problem(409, "stage_in_use");
    assert_eq!(refused.json()["params"], json!({ "opportunities": 1 }));
    let foreign = &company.stages[3];
    client.delete(format!("/stages/{contact}?moveTo={foreign}&reason=x")).await.invalid(&["?moveTo"]);
    client.delete(format!("/stages/{contact}?moveTo=venta&reason=Ya%20compran")).await.expect(204);

    let sold = client.get(format!("/opportunities/{}", sales[0])).await.expect(200).data();
    assert_eq!((&sold["status"], &sold["version"]), (&json!("WON"), &json!(2)));
    assert_eq!(sold["closedAt"], sold["updatedAt"]);
    let history = client.get(format!("/opportunities/{}/stage-changes", sales[0])).await.expect(200);
    assert_eq!(history.rows("reason"), [json!("Ya compran"), Value::Null]);
    let changes = history.data();
    assert_eq!(
        (&changes[0]["fromStage"]["name"], &changes[1]["newStage"]["name"]),
        (&json!("Contacto"), &json!("Contacto"))
    );
    assert_eq!(changes[0]["changedBy"]["id"], company.owner.id);
    // Reports and lists find the deleted stage, by its name and by its id.
    for stage in ["contacto", contact] {
        let report = format!("/reports/stage-changes?stage={stage}&from=2020-01-01&to=2099-12-31");
        assert_eq!(client.get(&report).await.expect(200).rows("opportunityId"), [json!(sales[0])]);
        let listed = client.get(format!("/opportunities?stage={stage}")).await.expect(200);
        assert_eq!(listed.rows("id"), [json!(null); 0]);
    }
    let moved = json!({ "stage": "contacto", "reason": "x" });
    let back = client.post(format!("/opportunities/{}/stage-changes", sales[0]), &moved).await;
    back.problem(422, "invalid_reference");
    let report = client.get("/reports/top-accounts").await.expect(200).data();
    assert_eq!(report[0]["wins"], 1);
    assert_sound(&Server::shared().await.database.superuser_url).await;
}

#[tokio::test]
async fn the_home_page_over_several_funnels() {
    let (company, channel, sales) = two_funnels().await;
    let client = company.client();
    let account = company.account().await;
    let other = company.opportunity_with(json!({ "accountId": account })).await;
    company.move_to(&other, "negociacion").await;
    let list = async |query: &str| {
        let mut ids = client.get(format!("/opportunities?{query}")).await.expect(200).rows("id");
        ids.sort_by_key(ToString::to_string);
        ids
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<_> = ids.iter().map(|id| json!(id)).collect();
        ids.sort_by_key(ToString::to_string);
        ids
    };
    // A name matches every stage with that name; ids and names can be combined.
    assert_eq!(list("stage=NEGOCIACION").await, sorted(&[&sales[1], &other]));
    let own = text(&channel["stages"][0]["id"]);
    assert_eq!(list(&format!("stage={own},negociacion")).await, sorted(&[&sales[0], &sales[1], &other]));
    let channel_id = text(&channel["id"]);
    assert_eq!(list(&format!("pipelineId={channel_id}")).await, sorted(&[&sales[0], &sales[1]]));
    assert_eq!(
        list(&format!("pipelineId={channel_id}&stage=negociacion&ownerId=me")).await,
        sorted(&[&sales[1]])
    );
    assert_eq!(list(&format!("accountId={account}&status=OPEN,WON")).await, sorted(&[&other]));
    // The board shows the requested pipelines, whatever the stage or status.
    let board = async |query: &str| {
        let page = client.get(format!("/opportunities?board=true&limit=1&{query}")).await.expect(200).json();
        page["meta"]["board"].clone()
    };
    let channel_counts = [("Contacto".to_owned(), 1), ("Negociación".to_owned(), 1)];
    let whole = board("status=WON").await;
    assert_eq!(whole.as_array().map(Vec::len), Some(9), "the stages of both pipelines");
    assert_eq!(counts(&whole)[2..], channel_counts);
    for query in ["", "&stage=venta", "&ownerId=me", "&createdAt[gte]=2020-01-01T00:00:00Z"] {
        let of_channel = board(&format!("pipelineId={channel_id}{query}")).await;
        assert_eq!(of_channel.as_array().map(Vec::len), Some(4), "{query}");
        assert_eq!(counts(&of_channel), channel_counts, "{query}");
    }
    assert_eq!(counts(&board(&format!("accountId={account}")).await), [("Negociación".to_owned(), 1)]);
    // The report gives the same figures.
    let report = async |query: &str| client.get(format!("/reports/pipeline{query}")).await.expect(200).data();
    assert_eq!(report("").await, whole);
    assert_eq!(
        report(&format!("?pipelineId={channel_id}")).await,
        board(&format!("pipelineId={channel_id}")).await
    );
    let first = report(&format!("?pipelineId={}", company.pipeline)).await;
    assert_eq!(counts(&first), [("Preparación".to_owned(), 1), ("Negociación".to_owned(), 1)]);
}

#[tokio::test]
async fn another_default_a_new_order_and_a_pipeline_that_goes() {
    let (company, channel, sales) = two_funnels().await;
    let client = company.client();
    let path = format!("/pipelines/{}", text(&channel["id"]));
    client.delete(&path).await.problem(409, "pipeline_in_use");
    client.patch(&path, &json!({ "isDefault": true })).await.expect(200);
    let listed = client.get("/pipelines").await.expect(200);
    assert_eq!(listed.rows("isDefault"), [json!(true), json!(false)]);
    assert_eq!(listed.data()[0]["createdBy"]["id"], company.owner.id);
    let ids: Vec<_> = [1, 0, 3, 2].map(|index| channel["stages"][index]["id"].clone()).to_vec();
    let order = client.put(format!("{path}/stages/order"), &json!({ "stageIds": ids })).await.expect(200);
    assert_eq!((order.header("etag"), &order.data()["version"]), (Some("\"3\""), &json!(3)));
    let account = company.account().await;
    let new = company.opportunity(&account).await;
    let new = client.get(format!("/opportunities/{new}")).await.expect(200).data();
    assert_eq!(new["pipeline"]["id"], channel["id"], "a sale goes into the default pipeline");
    assert_eq!(new["stage"]["name"], "Negociación", "into what is its first open stage now");
    client.delete(format!("/pipelines/{}", company.pipeline)).await.problem(409, "pipeline_in_use");
    client.delete(format!("/opportunities/{}", sales[2])).await.expect(204);
    client.delete(format!("/pipelines/{}", company.pipeline)).await.expect(204);
    let late = json!({
        "title": "x", "amount": { "amount": "1" }, "accountId": account, "pipelineId": company.pipeline
    });
    client.post("/opportunities", &late).await.problem(422, "invalid_reference");
    client.get(format!("/reports/pipeline?pipelineId={}", company.pipeline)).await.problem(404, "not_found");
    let whole = client.get("/reports/pipeline").await.expect(200).data();
    assert_eq!(whole.as_array().map(Vec::len), Some(4));
    assert_eq!(client.get("/pipelines").await.expect(200).rows("name"), [json!("Canal")]);
}
