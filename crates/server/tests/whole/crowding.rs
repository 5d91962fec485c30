//! A company whose rows are locked and that exceeds its share of connections does not affect the others.

use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use serde_json::json;
use sqlx::Connection as _;
use tokio::time::sleep;
use uuid::Uuid;

use crate::support::{Call, Server};

/// The share of the sixteen connections that one company's writes may hold.
const SHARE: usize = 5;

const TOKEN: &str = "a metrics token that is long enough for the rule";

#[tokio::test]
async fn a_company_that_waits_for_its_own_rows_keeps_nobody_else_waiting() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("METRICS_TOKEN", TOKEN)]).await;
    let (crowded, neighbour) = (server.company().await, server.company().await);
    let account = crowded.account().await;
    neighbour.account().await;
    let mut holder = server.database.behind_the_walls().await;
    let id = Uuid::try_parse(&crowded.id).expect("an id");
    sqlx::query("begin").execute(&mut holder).await.expect("it begins");
    for select in [
        "select id from companies where id = $1 for update",
        "select company_id from company_sequences where company_id = $1 for update",
    ] {
        sqlx::query(select).bind(id).execute(&mut holder).await.expect("the rows are there");
    }
    let amount = json!({ "amount": "1.00", "currency": "UYU" });
    let body = json!({ "title": "x", "accountId": account, "amount": amount });
    let mut posts: FuturesUnordered<_> =
        (0..24).map(|_| crowded.client().send(Call::post("/opportunities", &body))).collect();
    let mut refused = Vec::new();
    while refused.len() < 24 - SHARE {
        let others = async {
            sleep(Duration::from_millis(20)).await;
            neighbour.client().get("/opportunities").await.expect(200);
            neighbour.account().await;
            crowded.client().get(format!("/accounts/{account}")).await.expect(200);
            crowded.client().get("/opportunities").await.expect(200);
            server.nobody().get("//readyz").await.expect(200);
        };
        let answers = async {
            while let Some(answer) = posts.next().await {
                refused.push(answer);
                if refused.len() == 24 - SHARE {
                    break;
                }
            }
        };
        let mut others = std::pin::pin!(others);
        tokio::select! {
            () = &mut others => {}
            () = answers => others.await,
        }
    }
    for answer in &refused {
        answer.problem(503, "company_busy");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    let health = server.nobody().get("//health").await.expect(200).json();
    assert_eq!(health["checks"]["database"]["status"], "ok", "{health}");
    holder.close().await.expect("it is let go");
    while let Some(answer) = posts.next().await {
        answer.expect(201);
    }
    let listed = crowded.client().get("/opportunities?limit=100").await.expect(200).rows("id");
    assert_eq!(listed.len(), SHARE, "whoever was refused made nothing");
    let call = Call::get("//metrics").header("authorization", format!("Bearer {TOKEN}"));
    let metrics = server.nobody().send(call).await.expect(200).text;
    let counted = r#"db_share_refusals_total{kind="write",held_by="company"} 19"#;
    assert!(metrics.contains(counted), "{metrics}");
}
