//! Repeated `kill -9` under load: every acknowledged write survives.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use cartera_embedded::Postgres;
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{Call, Client, Company, Embedded, Folder, assert_sound, kill, run, unique};

/// How often the server is killed.
const KILLS: usize = 10;
/// How long the load lasts each time; longer on a busy machine, until a few opportunities were created.
const LOAD: Duration = Duration::from_millis(200);
/// The minimum number of opportunities, and how long they may take.
const FEW: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);
/// The number of concurrent writers.
const WRITERS: usize = 4;

/// The acknowledged writes: the number of each opportunity, and the stages it went through.
type Acknowledged = BTreeMap<String, (u64, Vec<Value>)>;

#[tokio::test]
async fn what_was_acknowledged_survives_being_killed_ten_times() {
    let folder = Folder::new("killed");
    let mut server = Embedded::start(&folder, &[]);
    let company = Company::register(&server.nobody()).await;
    let account = company.account().await;
    let mut refresh_token = company.owner.refresh_token.clone();
    let mut acknowledged = Acknowledged::new();
    for round in 0..KILLS {
        let client = signed_in(&server, &mut refresh_token).await;
        let (stop, made) = (AtomicBool::new(false), AtomicUsize::new(0));
        let writers = join_all((0..WRITERS).map(|_| write(&client, &account, &stop, &made)));
        let kill = async {
            let end = Instant::now() + PATIENCE;
            sleep(LOAD).await;
            while made.load(Ordering::SeqCst) < FEW && Instant::now() < end {
                sleep(Duration::from_millis(20)).await;
            }
            // In some rounds its PostgreSQL is killed too.
            if round % 3 == 2 {
                kill(folder.postgres().expect("PostgreSQL runs"));
            }
            server.kill();
            stop.store(true, Ordering::SeqCst);
        };
        let (written, ()) = join(writers, kill).await;
        acknowledged.extend(written.into_iter().flatten());
        server = Embedded::start(&folder, &[]);
    }
    assert!(acknowledged.len() > KILLS, "{} writes were acknowledged", acknowledged.len());
    let client = signed_in(&server, &mut refresh_token).await;
    let numbers = all_numbers(&client).await;
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "unique and without a gap");
    for (id, (number, stages)) in &acknowledged {
        let found = client.get(format!("/opportunities/{id}")).await.expect(200).data();
        assert_eq!(found["number"], json!(number));
        let history =
            client.get(format!("/opportunities/{id}/stage-changes?sort=changedAt")).await.expect(200);
        let history: Vec<_> =
            history.rows("newStage").into_iter().map(|stage| stage["name"].clone()).skip(1).collect();
        assert!(history.starts_with(stages), "{id}: {stages:?} was acknowledged, {history:?} is there");
        assert!(history.len() <= stages.len() + 1, "{id}: at most the last request was not answered");
    }
    let report = client.get("/reports/pipeline").await.expect(200);
    let counted: u64 = report.rows("count").iter().filter_map(Value::as_u64).sum();
    assert_eq!(counted, numbers.len() as u64, "the report agrees with the rows");
    let (ok, said) = run(folder.program().arg("doctor"));
    assert!(ok && said.contains("counters: sound"), "{said}");
    let postgres = Postgres::attach(folder.path()).expect("it runs");
    assert_sound(&postgres.superuser_url("cartera")).await;
}

/// Refreshes the session by the cookie from before, and updates the cookie.
async fn signed_in(server: &Embedded, refresh_token: &mut String) -> Client {
    let cookie = format!("cartera_refresh={refresh_token}");
    let answer =
        server.nobody().send(Call::new("POST", "/auth/refresh").header("cookie", cookie)).await.expect(200);
    *refresh_token = answer.refresh_token().expect("a new cookie");
    server.nobody().bearer(answer.data()["accessToken"].as_str().expect("a token"))
}

/// Creates and moves opportunities until the server is gone.
async fn write(client: &Client, account: &str, stop: &AtomicBool, made: &AtomicUsize) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    while !stop.load(Ordering::SeqCst) {
        let amount = json!({ "amount": "10.00", "currency": "UYU" });
        let body = json!({ "title": unique("deal"), "accountId": account, "amount": amount });
        let Some(deal) = confirmed(client, Call::post("/opportunities", &body)).await else { break };
        made.fetch_add(1, Ordering::SeqCst);
        let id = deal["id"].as_str().expect("an id").to_owned();
        let entry = acknowledged
            .entry(id.clone())
            .or_insert_with(|| (deal["number"].as_u64().expect("a number"), Vec::new()));
        for stage in ["negociacion", "venta"] {
            let body = json!({ "stage": stage, "reason": "on it goes" });
            let path = format!("/opportunities/{id}/stage-changes");
            let Some(moved) = confirmed(client, Call::post(path, &body)).await else { return acknowledged };
            entry.1.push(moved["newStage"]["name"].clone());
        }
    }
    acknowledged
}

/// The record that a request created, if acknowledged; otherwise the server is gone, or about to be.
async fn confirmed(client: &Client, call: Call) -> Option<Value> {
    let answer = client.try_send(call).await.ok()?;
    if answer.status == 503 {
        return None;
    }
    Some(answer.expect(201).data())
}

/// The numbers of all opportunities, in order.
async fn all_numbers(client: &Client) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/opportunities?status=OPEN,WON,LOST&sort=number&limit=100{cursor}");
        let page = client.get(path).await.expect(200);
        numbers.extend(page.rows("number").iter().filter_map(Value::as_u64));
        match page.json()["meta"]["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return numbers,
        }
    }
}
