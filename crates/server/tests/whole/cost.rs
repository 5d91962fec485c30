//! The number of statements of a request does not grow with the number of rows.

use cartera_domain::identity::Role;
use serde_json::json;

use crate::support::{Call, Client, Company, Server, unique};

const TOKEN: &str = "a metrics token that is long enough for the rule";

/// The number of statements that the server has run, and of exchanges with the database, by its own metrics.
async fn spent(nobody: &Client) -> (u64, u64) {
    let call = Call::get("//metrics").header("authorization", format!("Bearer {TOKEN}"));
    let text = nobody.send(call).await.expect(200).text;
    let count = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    (count("db_statements_total "), count("db_query_duration_seconds_count "))
}

async fn statements(nobody: &Client) -> u64 {
    spent(nobody).await.0
}

/// The number of statements and exchanges of some reads, by path: the minimum of three calls, because some also refresh
/// the authorization cache.
async fn costs(nobody: &Client, company: &Company, opportunity: &str) -> Vec<(String, (u64, u64))> {
    let reads = [
        "/opportunities?status=WON&limit=100".to_owned(),
        "/opportunities?status=WON&limit=100&board=true&count=true".to_owned(),
        "/accounts?limit=100".to_owned(),
        "/contacts?limit=100".to_owned(),
        "/accounts?deleted=true&limit=100".to_owned(),
        format!("/opportunities/{opportunity}"),
        format!("/opportunities/{opportunity}/stage-changes?limit=100"),
        "/reports/top-accounts?limit=50".to_owned(),
        "/reports/pipeline".to_owned(),
        "/reports/stage-changes?stage=preparacion&from=2020-01-01&to=2030-01-01&limit=100".to_owned(),
    ];
    let mut costs = Vec::new();
    for path in reads {
        let mut least = (u64::MAX, u64::MAX);
        for _ in 0..3 {
            let before = spent(nobody).await;
            company.client().get(&path).await.expect(200);
            let after = spent(nobody).await;
            least = least.min((after.0 - before.0, after.1 - before.1));
        }
        costs.push((path, least));
    }
    costs
}

/// The number of statements to delete a stage with this many opportunities.
async fn cost_of_a_stage(nobody: &Client, company: &Company, standing: usize) -> u64 {
    let pipeline = company.new_pipeline().await;
    let (id, stage) = (&pipeline["id"], &pipeline["stages"][0]["id"]);
    for _ in 0..standing {
        let account = company.account().await;
        company.opportunity_with(json!({ "accountId": account, "pipelineId": id, "stageId": stage })).await;
    }
    let path = format!("/stages/{}?moveTo=acuerdo&reason=x", stage.as_str().expect("an id"));
    // Fills the authorization cache before counting.
    company.client().get("/pipelines").await.expect(200);
    let before = statements(nobody).await;
    company.client().delete(path).await.expect(204);
    statements(nobody).await - before
}

#[tokio::test]
async fn what_is_asked_runs_as_many_statements_for_forty_rows_as_for_one() {
    // A separate server, because other requests would be counted too.
    let server = Server::start(&[("RATE_LIMITS", "off"), ("METRICS_TOKEN", TOKEN)]).await;
    let nobody = server.nobody();
    let company = server.company().await;
    assert_eq!(cost_of_a_stage(&nobody, &company, 1).await, cost_of_a_stage(&nobody, &company, 30).await);
    let account = company.account().await;
    let opportunity = company.opportunity(&account).await;
    company.move_to(&opportunity, "venta").await;
    let few = costs(&nobody, &company, &opportunity).await;
    for number in 0..40 {
        let account = company.account_with(json!({ "name": unique("account") })).await;
        let sold = company.opportunity(&account).await;
        company.move_to(&sold, "venta").await;
        company.move_to(&opportunity, ["negociacion", "venta"][number % 2]).await;
    }
    let many = costs(&nobody, &company, &opportunity).await;
    assert_eq!(many, few);
    let few: Vec<_> = few.into_iter().map(|(_, cost)| cost).collect();
    // A list chooses its page and reads its rows; a total flies with the page. What a path names is looked up before.
    assert_eq!(few, [(2, 2), (4, 3), (2, 2), (1, 1), (1, 1), (1, 1), (3, 3), (2, 2), (1, 1), (4, 4)]);
}

/// What is known beforehand is sent together.
#[tokio::test]
async fn a_write_waits_for_the_database_a_few_times() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("METRICS_TOKEN", TOKEN)]).await;
    let (nobody, company) = (server.nobody(), server.company().await);
    let account = company.account().await;
    let opportunity = company.opportunity(&account).await;
    let sale =
        json!({ "title": "Flota", "accountId": account, "amount": { "amount": "5.00", "currency": "UYU" } });
    let contact = json!({ "firstName": "Ana", "accountId": account });
    let moves = format!("/opportunities/{opportunity}/stage-changes");
    let calls: [(&str, &dyn Fn(usize) -> Call); 6] = [
        ("an opportunity is created", &|_| Call::post("/opportunities", &sale)),
        ("the same under a key", &|n| {
            Call::post("/opportunities", &sale).header("idempotency-key", format!("key-{n}"))
        }),
        ("it is moved", &|n| {
            let stage = ["negociacion", "preparacion"][n % 2];
            Call::post(&moves, &json!({ "stage": stage, "reason": "They called" }))
        }),
        ("it is changed", &|n| {
            Call::patch(format!("/opportunities/{opportunity}"), &json!({ "title": format!("Flota {n}") }))
        }),
        ("a contact is created", &|_| Call::post("/contacts", &contact)),
        ("an account is changed", &|n| {
            Call::patch(format!("/accounts/{account}"), &json!({ "description": format!("Again {n}") }))
        }),
    ];
    let mut exchanges = Vec::new();
    for (what, call) in calls {
        let mut least = u64::MAX;
        for n in 0..4 {
            let before = spent(&nobody).await;
            let answer = company.client().send(call(n)).await;
            assert!(answer.status == 200 || answer.status == 201, "{what}: {}", answer.text);
            least = least.min(spent(&nobody).await.1 - before.1);
        }
        exchanges.push((what, least));
    }
    let exchanges: Vec<_> =
        exchanges.iter().map(|(what, exchanges)| format!("{what}: {exchanges}")).collect();
    assert_eq!(
        exchanges,
        [
            "an opportunity is created: 3",
            "the same under a key: 5",
            "it is moved: 3",
            "it is changed: 2",
            "a contact is created: 2",
            "an account is changed: 2",
        ]
    );
}

/// The number of statements to remove a user who owns this many accounts and opportunities: the minimum of two, because
/// some calls also refresh the authorization cache.
async fn removal_cost(server: &Server, company: &Company, owned: usize) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..2 {
        let leaver = server.user(company, Role::Member).await;
        for _ in 0..owned {
            let account = company.account_with(json!({ "ownerId": leaver.id })).await;
            company.opportunity_with(json!({ "accountId": account, "ownerId": leaver.id })).await;
        }
        company.client().get("/accounts").await.expect(200);
        let before = statements(&server.nobody()).await;
        company
            .client()
            .delete(format!("/users/{}?reassignTo={}", leaver.id, company.owner.id))
            .await
            .expect(204);
        least = least.min(statements(&server.nobody()).await - before);
    }
    least
}

#[tokio::test]
async fn a_removal_runs_as_many_statements_for_twelve_records_as_for_one() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("METRICS_TOKEN", TOKEN)]).await;
    let company = server.company().await;
    let one = removal_cost(&server, &company, 1).await;
    assert_eq!(removal_cost(&server, &company, 12).await, one);
    assert!((8..=25).contains(&one), "they are counted: {one}");
}

/// The number of statements of one request, occasionally with one more to refresh the authorization cache.
async fn cost(nobody: &Client, company: &Company, call: Call) -> u64 {
    let before = statements(nobody).await;
    let answer = company.client().send(call).await;
    assert!(answer.status < 300, "{answer:?}");
    statements(nobody).await - before
}

#[tokio::test]
async fn a_cascade_runs_as_many_statements_for_forty_records_as_for_two() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("METRICS_TOKEN", TOKEN)]).await;
    let nobody = server.nobody();
    let company = server.company().await;
    let mut costs = Vec::new();
    for records in [1, 20] {
        let account = company.account().await;
        for _ in 0..records {
            company.contact_with(json!({ "accountId": account })).await;
            let sale = company.opportunity(&account).await;
            company.move_to(&sale, "venta").await;
        }
        let delete = Call::delete(format!("/accounts/{account}?cascade=true"));
        let restore = Call::post(format!("/accounts/{account}/restore"), &json!({}));
        costs.push((cost(&nobody, &company, delete).await, cost(&nobody, &company, restore).await));
    }
    let difference = |few: u64, many: u64| few.abs_diff(many);
    let [(deleted_few, restored_few), (deleted_many, restored_many)] = costs[..] else { panic!("two") };
    assert!(difference(deleted_few, deleted_many) <= 3, "{costs:?}");
    assert!(difference(restored_few, restored_many) <= 3, "{costs:?}");
}
