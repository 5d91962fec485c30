//! Attachments from announcement to download, and what can go wrong on the way.

use futures_util::future::{join, join_all};
use serde_json::{Value, json};

use crate::support::{Call, Company, Server, announcement, attach, confirm, fetch, upload};

const BYTES: &[u8] = b"%PDF-1.7 a contract of some pages";

async fn company() -> Company {
    Server::shared().await.company().await
}

async fn listed(company: &Company, query: &str) -> Vec<Value> {
    company.client().get(format!("/attachments?{query}")).await.expect(200).rows("fileName")
}

#[tokio::test]
async fn a_file_goes_straight_to_the_store_and_comes_back_under_its_name() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    let made = client.post("/attachments", &announcement("ACCOUNT", &account, BYTES)).await.expect(201);
    let (announced, id) = (made.data(), made.id());
    assert_eq!(made.header("location"), Some(format!("/api/v1/attachments/{id}").as_str()));
    assert_eq!(announced["status"], "PENDING");
    let headers = announced["upload"]["headers"].as_object().expect("headers");
    let names: Vec<_> = headers.keys().map(|name| name.to_lowercase()).collect();
    assert_eq!(names, ["content-type", "x-amz-checksum-sha256"]);
    client.get(format!("/attachments/{id}/download")).await.problem(409, "attachment_not_available");
    confirm(client, &id).await.problem(409, "upload_missing");
    assert_eq!(upload(&announced, BYTES).await, 200);
    let confirmed = confirm(client, &id).await.expect(200);
    assert_eq!(
        (confirmed.data()["status"].clone(), confirmed.header("etag")),
        (json!("AVAILABLE"), Some("\"2\""))
    );
    let again = confirm(client, &id).await.expect(200);
    assert_eq!(again.data(), confirmed.data(), "confirming again changes nothing");
    let download = client.get(format!("/attachments/{id}/download")).await.expect(200).data();
    let answer = fetch(download["url"].as_str().expect("a URL")).await;
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().expect("ASCII").to_owned();
    assert_eq!(header("content-type"), "application/pdf");
    let disposition = "attachment; filename=\"A_o 1.pdf\"; filename*=UTF-8''A%C3%B1o%201.pdf";
    assert_eq!(header("content-disposition"), disposition);
    assert_eq!(answer.bytes().await.expect("bytes"), BYTES);
    client.delete(format!("/attachments/{id}")).await.expect(204);
    client.get(format!("/attachments/{id}")).await.problem(404, "not_found");
    let gone = fetch(download["url"].as_str().expect("a URL")).await;
    assert_eq!(gone.status(), 404, "its file is gone as well");
}

#[tokio::test]
async fn other_bytes_than_announced_are_refused_and_never_shown() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    let made = client.post("/attachments", &announcement("ACCOUNT", &account, BYTES)).await.expect(201);
    let (announced, id) = (made.data(), made.id());
    let mut other = BYTES.to_vec();
    other[20] ^= 1;
    assert_eq!(upload(&announced, &other).await, 400);
    assert_eq!(upload(&announced, &BYTES[1..]).await, 403);
    let mut retyped = announced.clone();
    retyped["upload"]["headers"]["Content-Type"] = json!("text/html");
    assert_eq!(upload(&retyped, BYTES).await, 403);
    confirm(client, &id).await.problem(409, "upload_missing");
    assert_eq!(
        listed(&company, &format!("entityType=ACCOUNT&entityId={account}&status=AVAILABLE")).await,
        [0; 0]
    );
    assert_eq!(upload(&announced, BYTES).await, 200, "the right bytes are still welcome");
    confirm(client, &id).await.expect(200);
}

/// As Windows announces them: types by other names, or none; and one file has nothing in it.
#[tokio::test]
async fn files_are_taken_as_browsers_name_them_and_may_be_empty() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    for (file_name, said, taken, bytes) in [
        ("planos.zip", "application/x-zip-compressed", "application/zip", BYTES),
        ("correo.msg", "", "application/vnd.ms-outlook", BYTES),
        ("nota.txt", "", "text/plain", b""),
    ] {
        let mut body = announcement("ACCOUNT", &account, bytes);
        body["fileName"] = json!(file_name);
        body["contentType"] = json!(said);
        let made = client.post("/attachments", &body).await.expect(201);
        let announced = made.data();
        assert_eq!(announced["contentType"], taken);
        assert_eq!(announced["upload"]["headers"]["Content-Type"], taken);
        assert_eq!(upload(&announced, bytes).await, 200, "{file_name}");
        confirm(client, &made.id()).await.expect(200);
        let path = format!("/attachments/{}/download", made.id());
        let download = client.get(path).await.expect(200).data();
        let answer = fetch(download["url"].as_str().expect("a URL")).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &taken.parse().expect("a type"))
        );
        assert_eq!(answer.bytes().await.expect("bytes"), bytes);
    }
}

#[tokio::test]
async fn what_is_announced_is_checked() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    client.post("/attachments", &json!({})).await.invalid(&[
        "/entityType",
        "/entityId",
        "/fileName",
        "/contentType",
        "/size",
        "/sha256",
    ]);
    let usual = announcement("ACCOUNT", &account, BYTES);
    for (field, value) in [
        ("entityType", json!("USER")),
        ("fileName", json!("../a.pdf")),
        ("fileName", json!("a\r\nX-Evil: 1.pdf")),
        ("contentType", json!("text/html")),
        ("size", json!(-1)),
        ("size", json!(25 * 1024 * 1024 + 1)),
        ("sha256", json!("abc")),
    ] {
        let mut body = usual.clone();
        body[field] = value;
        client.post("/attachments", &body).await.invalid(&[format!("/{field}").as_str()]);
    }
    let mut with_key = usual.clone();
    with_key["key"] = json!("../../etc/passwd");
    client.post("/attachments", &with_key).await.invalid(&["/key"]);
    client.get("/attachments").await.invalid(&["?entityType", "?entityId"]);
}

#[tokio::test]
async fn a_replay_gets_a_new_url_until_the_file_is_there() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    let call = || {
        let body = announcement("ACCOUNT", &account, BYTES);
        Call::post("/attachments", &body).header("idempotency-key", "announce-1")
    };
    let first = client.send(call()).await.expect(201);
    let replay = client.send(call()).await.expect(201);
    assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    assert_eq!(replay.id(), first.id());
    assert_eq!(upload(&replay.data(), BYTES).await, 200);
    let key = |key: &str| {
        Call::post(format!("/attachments/{}/confirm", first.id()), &json!({})).header("idempotency-key", key)
    };
    let confirmed = client.send(key("confirm-1")).await.expect(200);
    let again = client.send(key("confirm-1")).await.expect(200);
    assert_eq!(
        (confirmed.header("idempotency-replayed"), again.header("idempotency-replayed")),
        (None, Some("true"))
    );
    assert_eq!(client.send(call()).await.expect(201).data()["upload"], Value::Null);
}

#[tokio::test]
async fn attachments_belong_to_records_of_three_kinds_and_are_listed_by_them() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    let opportunity = company.opportunity(&account).await;
    attach(client, "ACCOUNT", &account, b"one").await;
    attach(client, "OPPORTUNITY", &opportunity, b"two").await;
    let of = |kind: &str, id: &str| format!("entityType={kind}&entityId={id}&sort=fileName&count=true");
    assert_eq!(listed(&company, &of("ACCOUNT", &account)).await, ["Año 1.pdf"]);
    assert_eq!(listed(&company, &of("OPPORTUNITY", &opportunity)).await, ["Año 1.pdf"]);
    assert_eq!(listed(&company, &format!("{}&q=ano", of("ACCOUNT", &account))).await.len(), 1);
    assert_eq!(listed(&company, &format!("{}&status=PENDING", of("ACCOUNT", &account))).await.len(), 0);
    client.get(format!("/attachments?{}", of("ACCOUNT", &opportunity))).await.problem(404, "not_found");
    client
        .post("/attachments", &announcement("CONTACT", &account, b"three"))
        .await
        .problem(422, "invalid_reference");
    client.delete(format!("/opportunities/{opportunity}")).await.expect(204);
    client.get(format!("/attachments?{}", of("OPPORTUNITY", &opportunity))).await.problem(404, "not_found");
}

#[tokio::test]
async fn whoever_confirms_or_deletes_at_the_same_time_gets_a_true_answer() {
    let company = company().await;
    let client = company.client();
    let account = company.account().await;
    for round in 0..6 {
        let body = announcement("ACCOUNT", &account, BYTES);
        let announced = client.post("/attachments", &body).await.expect(201);
        assert_eq!(upload(&announced.data(), BYTES).await, 200);
        let id = announced.id();
        let confirmed = join_all((0..4).map(|_| confirm(client, &id))).await;
        for answer in confirmed {
            assert_eq!(answer.expect(200).data()["status"], "AVAILABLE", "{round}");
        }
        let announced = client.post("/attachments", &body).await.expect(201);
        assert_eq!(upload(&announced.data(), BYTES).await, 200);
        let id = announced.id();
        let (confirmed, deleted) =
            join(confirm(client, &id), client.delete(format!("/attachments/{id}"))).await;
        // The store is up, so the loser of the race gets an error that the file, or the attachment, is gone.
        assert!([200, 404, 409].contains(&confirmed.status), "{confirmed:?}");
        assert!([204, 409].contains(&deleted.status), "{deleted:?}");
    }
}
