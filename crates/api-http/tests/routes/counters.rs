//! The business metrics: each action counts once, and a replay does not count.

use cartera_application::testing::PASSWORD;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;

use super::support::{Call, TestServer, id_of};

#[actix_web::test]
async fn sign_ins_opportunities_and_moves_are_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder);
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    for password in [PASSWORD, "Wrong1234"] {
        server.send(Call::post("/auth/login", &json!({ "email": acme.email, "password": password }))).await;
    }
    let account = server.env.account(&acme.owner, "Globex").await.to_string();
    let body = json!({ "title": "A sale", "accountId": account, "amount": { "amount": "1" } });
    let create = || Call::post("/opportunities", &body).owner(&acme).header("idempotency-key", "one");
    let made = server.send(create()).await;
    server.send(create()).await;
    let path = format!("/opportunities/{}/stage-changes", id_of(made.data(201)));
    let wanted = json!({ "stage": "venta", "reason": "Firmaron" });
    for _ in 0..2 {
        server.send(Call::post(&path, &wanted).owner(&acme).header("idempotency-key", "two")).await;
    }
    let page = recorder.handle().render();
    for line in [
        "auth_logins_total{result=\"success\"} 1",
        "auth_logins_total{result=\"invalid_credentials\"} 1",
        "opportunities_created_total 1",
        "stage_changes_total{kind=\"WON\"} 1",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
}
