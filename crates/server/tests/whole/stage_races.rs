//! Races between changes of stages or pipelines and moves: one winner, clear errors for the losers, and every
//! opportunity is in an existing stage.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::{Answer, Company, Server, assert_sound, unique};

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Asserts that every answer is one of these; returns how many are the first.
fn sorted_out(answers: &[Answer], allowed: &[(u16, Option<&str>)]) -> usize {
    let is = |answer: &Answer, (status, code): (u16, Option<&str>)| {
        answer.status == status && answer.json()["code"].as_str() == code
    };
    for answer in answers {
        assert!(allowed.iter().any(|one| is(answer, *one)), "{answer:?}");
    }
    answers.iter().filter(|answer| is(answer, allowed[0])).count()
}

async fn come_and_go(company: &Company, pipeline: &Value, account: &str, sales: &[String]) -> Vec<Answer> {
    let stages = &pipeline["stages"];
    let movers = sales.iter().enumerate().map(|(number, id)| {
        // Some leave the stage that is being deleted, some enter it.
        let stage = &stages[[0, 1, 3][number % 3]]["id"];
        let body = json!({ "stage": stage, "reason": "because" });
        let path = format!("/opportunities/{id}/stage-changes");
        async move { company.client().post(path, &body).await }
    });
    let creations = (0..4).map(|_| {
        let body = json!({
            "title": "x", "accountId": account, "amount": { "amount": "7.00", "currency": "UYU" },
            "pipelineId": pipeline["id"], "stageId": stages[1]["id"],
        });
        async move { company.client().post("/opportunities", &body).await }
    });
    let (mut answers, created) = join(join_all(movers), join_all(creations)).await;
    answers.extend(created);
    answers
}

#[tokio::test]
async fn a_stage_is_deleted_while_opportunities_come_and_go() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let account = company.account().await;
    for round in 0..6 {
        let pipeline = company.new_pipeline().await;
        let mut sales = Vec::new();
        for number in 0..9 {
            let stage = &pipeline["stages"][number % 2]["id"];
            let fields = json!({ "accountId": account, "pipelineId": pipeline["id"], "stageId": stage });
            sales.push(company.opportunity_with(fields).await);
        }
        let leaving = text(&pipeline["stages"][1]["id"]);
        let target = ["Acuerdo", "Contacto"][round % 2];
        let path = format!("/stages/{leaving}?moveTo={target}&reason=It%20goes");
        let (answers, deleted) =
            join(come_and_go(company, &pipeline, &account, &sales), company.client().delete(path)).await;
        deleted.expect(204);
        sorted_out(
            &answers,
            &[
                (201, None),
                (409, Some("edit_conflict")),
                (409, Some("already_in_stage")),
                (422, Some("invalid_reference")),
            ],
        );
        let listed = format!("/opportunities?stage={leaving}");
        assert_eq!(company.client().get(listed).await.expect(200).data(), json!([]));
    }
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn a_pipeline_is_deleted_or_sold_through_never_both() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let account = company.account().await;
    for _ in 0..6 {
        let pipeline = company.new_pipeline().await;
        let body = json!({
            "title": "x", "accountId": account, "amount": { "amount": "7.00", "currency": "UYU" },
            "pipelineId": pipeline["id"],
        });
        let path = format!("/pipelines/{}", text(&pipeline["id"]));
        let creations = join_all((0..3).map(|_| company.client().post("/opportunities", &body)));
        let (created, deleted) = join(creations, company.client().delete(&path)).await;
        let sold = sorted_out(&created, &[(201, None), (422, Some("invalid_reference"))]);
        match deleted.status {
            204 => assert_eq!(sold, 0, "{created:?}"),
            409 => assert!(sold > 0, "{deleted:?} {created:?}"),
            _ => panic!("{deleted:?}"),
        }
    }
    assert_sound(&server.database.superuser_url).await;
}

#[tokio::test]
async fn of_many_who_want_to_be_the_default_pipeline_one_is() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let mut paths = Vec::new();
    for _ in 0..4 {
        paths.push(format!("/pipelines/{}", text(&company.new_pipeline().await["id"])));
    }
    let body = json!({ "isDefault": true });
    let new = json!({ "name": unique("default"), "isDefault": true, "stages": [
        { "name": "a", "kind": "OPEN" }, { "name": "b", "kind": "WON" }, { "name": "c", "kind": "LOST" },
    ] });
    for _ in 0..3 {
        let claims = join_all(paths.iter().map(|path| company.client().patch(path, &body)));
        let (changed, made) = join(claims, company.client().post("/pipelines", &new)).await;
        sorted_out(&changed, &[(200, None)]);
        sorted_out(&[made], &[(201, None), (409, Some("pipeline_name_taken"))]);
        let listed = company.client().get("/pipelines").await.expect(200);
        let defaults = listed.rows("isDefault").into_iter().filter(|one| *one == json!(true)).count();
        assert_eq!(defaults, 1);
    }
}

#[tokio::test]
async fn a_name_of_a_pipeline_or_stage_is_taken_once() {
    let server = Server::shared().await;
    let company = &server.company().await;
    let stages = format!("/pipelines/{}/stages", company.pipeline);
    let name = unique("Ñandú");
    let adds = (0..6).map(|number| {
        let name = if number % 2 == 0 { name.to_uppercase() } else { name.clone() };
        let (body, stages) = (json!({ "name": name, "kind": "LOST" }), &stages);
        async move { company.client().post(stages, &body).await }
    });
    let answers = join_all(adds).await;
    assert_eq!(sorted_out(&answers, &[(201, None), (409, Some("stage_name_taken"))]), 1);
    let makes = (0..6).map(|number| {
        let name = if number % 2 == 0 { name.to_uppercase() } else { name.clone() };
        let body = json!({ "name": name, "stages": [
            { "name": "a", "kind": "OPEN" }, { "name": "b", "kind": "WON" }, { "name": "c", "kind": "LOST" },
        ] });
        async move { company.client().post("/pipelines", &body).await }
    });
    let answers = join_all(makes).await;
    assert_eq!(sorted_out(&answers, &[(201, None), (409, Some("pipeline_name_taken"))]), 1);
}
