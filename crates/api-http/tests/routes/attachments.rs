//! Attachments.

use cartera_application::testing::hash;
use serde_json::{Value, json};

use super::support::{Call, NOBODY, TestServer, id_of};

const BYTES: &[u8] = b"%PDF-1.7 a contract";

fn announcement(entity_type: &str, entity_id: &str) -> Value {
    json!({
        "entityType": entity_type, "entityId": entity_id, "fileName": "Contrato.pdf",
        "contentType": "application/pdf", "size": BYTES.len(), "sha256": hash(BYTES).to_string(),
    })
}

/// Uploads the announced file.
fn upload(server: &TestServer, announced: &Value) -> u16 {
    let upload = &announced["upload"];
    let headers = upload["headers"].as_object().expect("headers");
    let headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().expect("text").to_owned()))
        .collect();
    server.env.blobs.put(upload["url"].as_str().expect("a URL"), &headers, BYTES)
}

#[actix_web::test]
async fn an_attachment_is_announced_uploaded_confirmed_downloaded_and_deleted() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await.to_string();
    let announce = || Call::post("/attachments", &announcement("ACCOUNT", &account)).owner(&acme);
    let made = server.send(announce().header("idempotency-key", "one")).await;
    let announced = made.data(201).clone();
    let path = format!("/api/v1/attachments/{}", id_of(&announced));
    assert_eq!((made.header("location"), made.header("etag")), (Some(path.as_str()), Some("\"1\"")));
    assert_eq!((&announced["status"], &announced["upload"]["method"]), (&json!("PENDING"), &json!("PUT")));
    let download = || Call::get(&format!("{path}/download")).owner(&acme);
    let confirm = || Call::post(&format!("{path}/confirm"), &json!({})).owner(&acme);
    server.send(download()).await.refused(409, "attachment_not_available");
    server.send(confirm()).await.refused(409, "upload_missing");
    // A replay also gets an upload URL as long as the file has not been uploaded.
    let replay = server.send(announce().header("idempotency-key", "one")).await;
    assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    assert_eq!(upload(&server, replay.data(201)), 200);

    let confirmed = server.send(confirm()).await;
    assert_eq!(
        (&confirmed.data(200)["status"], confirmed.header("etag")),
        (&json!("AVAILABLE"), Some("\"2\""))
    );
    let read = server.send(Call::get(&path).owner(&acme)).await;
    assert_eq!((read.data(200), read.header("etag")), (confirmed.data(200), Some("\"2\"")));
    let replay = server.send(announce().header("idempotency-key", "one")).await;
    assert_eq!(replay.data(201)["upload"], json!(null), "the file is there");
    let ticket = server.send(download()).await.data(200).clone();
    let file = server.env.blobs.get(ticket["url"].as_str().expect("a URL"));
    assert_eq!((file.status, file.bytes.as_slice()), (200, BYTES));

    let stale = server.send(Call::delete(&path).owner(&acme).header("if-match", "\"1\"")).await;
    stale.refused(412, "version_mismatch");
    let gone = server.send(Call::delete(&path).owner(&acme).header("if-match", "\"2\"")).await;
    assert_eq!((gone.status.as_u16(), gone.body), (204, json!(null)));
    server.send(Call::get(&path).owner(&acme)).await.refused(404, "not_found");
    assert!(server.env.blobs.keys().is_empty(), "its file is gone as well");
}

#[actix_web::test]
async fn bad_announcements_are_refused_field_by_field() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let post = |body: &Value| Call::post("/attachments", body).owner(&acme);
    let all = ["entityType", "entityId", "fileName", "contentType", "size", "sha256"];
    let missing = all.map(|field| format!("/{field}"));
    let missing: Vec<_> = missing.iter().map(|pointer| (pointer.as_str(), "required")).collect();
    server.send(post(&json!({}))).await.invalid(&missing);
    let body = announcement("ACCOUNT", NOBODY);
    for (field, value, rule) in [
        ("entityType", json!("INVOICE"), "not_allowed"),
        ("entityId", json!("7"), "malformed"),
        ("fileName", json!("../../etc/passwd"), "malformed"),
        ("contentType", json!("text/html"), "not_allowed"),
        ("size", json!(-1), "out_of_range"),
        ("size", json!(1.5), "malformed"),
        ("sha256", json!("abc"), "malformed"),
        ("companyId", json!(NOBODY), "unknown_field"),
        ("status", json!("AVAILABLE"), "unknown_field"),
    ] {
        let mut body = body.clone();
        body[field] = value;
        server.send(post(&body)).await.invalid(&[(&format!("/{field}"), rule)]);
    }
    let unknown = server.send(post(&body)).await;
    unknown.refused(422, "invalid_reference");
    assert_eq!(unknown.entries(), [("/entityId", "invalid_reference")]);
}

#[actix_web::test]
async fn another_companys_attachment_is_as_absent_as_one_that_never_was() {
    let server = TestServer::new();
    let (acme, other) = (server.env.company("Acme").await, server.env.company("Other").await);
    let account = server.env.account(&other.owner, "Globex").await.to_string();
    let made =
        server.send(Call::post("/attachments", &announcement("ACCOUNT", &account)).owner(&other)).await;
    let theirs = id_of(made.data(201)).to_owned();
    for id in [theirs.as_str(), NOBODY, "not-an-id"] {
        let path = format!("/attachments/{id}");
        for call in [
            Call::get(&path),
            Call::delete(&path),
            Call::get(&format!("{path}/download")),
            Call::post(&format!("{path}/confirm"), &json!({})),
        ] {
            server.send(call.owner(&acme)).await.refused(404, "not_found");
        }
    }
    for record in [account.as_str(), NOBODY] {
        let list = format!("/attachments?entityType=ACCOUNT&entityId={record}");
        server.send(Call::get(&list).owner(&acme)).await.refused(404, "not_found");
        let announced = Call::post("/attachments", &announcement("ACCOUNT", record)).owner(&acme);
        server.send(announced).await.refused(422, "invalid_reference");
    }
}

#[actix_web::test]
async fn without_the_store_they_wait_and_are_told_to_come_again() {
    let server = TestServer::new();
    let acme = server.env.company("Acme").await;
    let account = server.env.account(&acme.owner, "Globex").await.to_string();
    let announce = || Call::post("/attachments", &announcement("ACCOUNT", &account)).owner(&acme);
    let made = server.send(announce()).await;
    assert_eq!(upload(&server, made.data(201)), 200);
    let path = format!("/attachments/{}", id_of(made.data(201)));
    server.env.blobs.set_down(true);
    for call in [announce(), Call::post(&format!("{path}/confirm"), &json!({})).owner(&acme)] {
        let waits = server.send(call).await;
        waits.refused(503, "unavailable");
        assert!(waits.header("retry-after").is_some());
    }
    server.send(Call::get(&path).owner(&acme)).await.data(200);
    server.env.blobs.set_down(false);
    let confirm = Call::post(&format!("{path}/confirm"), &json!({})).owner(&acme);
    assert_eq!(server.send(confirm).await.data(200)["status"], "AVAILABLE");
}
