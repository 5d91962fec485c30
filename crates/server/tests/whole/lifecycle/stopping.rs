//! The first start, stopping during requests, and the second start.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::{Call, Company, Embedded, Folder, PASSWORD, Server, fetch, is_alive, run};

#[tokio::test]
async fn a_server_answers_what_it_began_and_comes_back_with_everything() {
    let folder = Folder::new("stopping");
    let first = Embedded::start(&folder, &[]);
    let nobody = first.nobody();
    nobody.get("//readyz").await.expect(200);
    let health = nobody.get("//health").await.expect(200).json();
    assert_eq!((&health["status"], &health["checks"]["database"]["status"]), (&json!("ok"), &json!("ok")));
    assert!(nobody.get("//metrics").await.expect(200).text.contains("http_requests_total"));
    let company = Company::register(&nobody).await;
    let account = company.account().await;
    let postgres = folder.postgres().expect("PostgreSQL runs");
    while_it_runs(&folder, &first);

    // A request whose second half arrives after the signal, and some that are in progress.
    let mut half = half_sent(&first, &company).await;
    let sign_in = json!({ "email": company.owner.email, "password": PASSWORD });
    let under_way = join_all((0..4).map(|_| nobody.post("/auth/login", &sign_in)));
    let stop = async {
        sleep(Duration::from_millis(30)).await;
        first.terminate();
        sleep(Duration::from_millis(100)).await;
        half.write_all(b": \"half and half\"}").await.expect("the server still reads");
        let mut answer = String::new();
        let read = timeout(Duration::from_secs(20), half.read_to_string(&mut answer)).await;
        read.expect("the server answers in time").expect("an answer");
        answer
    };
    let (answers, answer) = futures_util::future::join(under_way, stop).await;
    for answer in answers {
        answer.expect(200);
    }
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let record = first.record.clone();
    let address = first.address.clone();
    assert!(first.end().success(), "{}", record.log());
    assert!(record.log().contains("\"message\":\"draining\""), "{}", record.log());
    assert!(!is_alive(postgres), "PostgreSQL is gone");
    assert!(folder.postgres().is_none(), "PostgreSQL ended in good order");
    assert!(TcpStream::connect(&address).await.is_err(), "nobody listens any more");

    let second = Embedded::start(&folder, &[]);
    // The access token and the refresh cookie of before are still good.
    let token = company.client().token().expect("a session");
    let token = token.trim().trim_start_matches("authorization: Bearer ");
    let owner = second.nobody().bearer(token);
    assert_eq!(owner.get("/accounts?sort=-name").await.expect(200).rows("name")[0], "half and half");
    owner.get(format!("/accounts/{account}")).await.expect(200);
    let cookie = format!("cartera_refresh={}", company.owner.refresh_token);
    second.nobody().send(Call::new("POST", "/auth/refresh").header("cookie", cookie)).await.expect(200);
    second.terminate();
    assert!(second.end().success());
}

/// Other commands on the data folder of a running server.
fn while_it_runs(folder: &Folder, server: &Embedded) {
    let (ok, said) = run(folder.program().arg("serve"));
    assert!(!ok && said.contains("in use by another process"), "{said}");
    let (ok, said) = run(folder.program().arg("doctor"));
    assert!(ok && said.contains("No problem found."), "{said}");
    let (ok, said) = run(folder.program().arg("migrate"));
    assert!(ok && said.contains("up to date"), "{said}");
    let (ok, said) = run(folder.program().arg("healthcheck").env("HTTP_ADDR", &server.address));
    assert!(ok && said.contains("healthy"), "{said}");
}

/// The head and the first half of the body of a request.
async fn half_sent(server: &Embedded, company: &Company) -> TcpStream {
    let body = "{\"name\": \"half and half\"}";
    let head = format!(
        "POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{}",
        company.client().token().expect("a session"),
        body.len(),
        &body[..7],
    );
    let mut stream = TcpStream::connect(&server.address).await.expect("it listens");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream
}

#[tokio::test]
async fn the_demo_is_there_once_and_can_be_signed_in_to() {
    let folder = Folder::new("demo");
    let first = Embedded::start(&folder, &["--demo"]);
    let sign_in = json!({ "email": "usuario@saas.com", "password": "Password1" });
    let session = first.nobody().post("/auth/login", &sign_in).await.expect(200).data();
    assert_eq!(session["company"]["name"], "ORT");
    let member = first.nobody().bearer(session["accessToken"].as_str().expect("a token"));
    let top = member.get("/reports/top-accounts").await.expect(200).data();
    assert_eq!(top.as_array().map(Vec::len), Some(3), "{top}");
    let all = "/opportunities?status=OPEN,WON,LOST&count=true&limit=1";
    let total = member.get(all).await.expect(200).json()["meta"]["total"].clone();
    assert!(total.as_u64().is_some_and(|total| total > 50), "{total}");
    let funnels = member.get("/pipelines").await.expect(200);
    assert_eq!(funnels.rows("name"), [json!("Ventas"), json!("Convenios")]);
    let second = funnels.data()[1]["id"].as_str().expect("an id").to_owned();
    for status in ["OPEN", "WON", "LOST"] {
        let sold =
            member.get(format!("/opportunities?pipelineId={second}&status={status}")).await.expect(200);
        assert!(!sold.rows("id").is_empty(), "the second funnel has some of status {status}");
    }
    let won = member.get("/opportunities?status=WON&limit=100").await.expect(200);
    let mut contracts = Vec::new();
    for sale in won.rows("id") {
        let of = format!("/attachments?entityType=OPPORTUNITY&entityId={}", sale.as_str().expect("an id"));
        contracts.extend(member.get(of).await.expect(200).rows("id"));
    }
    let contract = contracts.first().and_then(Value::as_str).expect("a signed contract");
    let download = member.get(format!("/attachments/{contract}/download")).await.expect(200).data();
    let file = fetch(download["url"].as_str().expect("a URL")).await.bytes().await.expect("bytes");
    assert!(file.starts_with(b"%PDF-"), "{file:?}");
    for email in ["admin@saas.com", "owner@saas.com"] {
        first
            .nobody()
            .post("/auth/login", &json!({ "email": email, "password": "Password1" }))
            .await
            .expect(200);
        assert!(first.record.log().contains(email), "the sign-ins are printed");
    }
    let (ok, said) = run(folder.program().args(["seed", "demo"]));
    assert!(ok && said.contains("usuario@saas.com"), "{said}");
    first.terminate();
    assert!(first.end().success());
    // A start without `--demo` creates nothing and prints no sign-ins.
    let second = Embedded::start(&folder, &[]);
    let member = second.nobody().bearer(session["accessToken"].as_str().expect("a token"));
    assert_eq!(member.get(all).await.expect(200).json()["meta"]["total"], total);
    assert!(!second.record.log().contains("Password1"), "{}", second.record.log());
}

#[tokio::test]
async fn a_server_takes_its_memory_in_small_pages() {
    // A system that does not report this has no huge pages.
    let huge = Server::shared().await.status("THP_enabled:");
    assert!(huge.as_deref().is_none_or(|enabled| enabled == "0"), "{huge:?}");
}
