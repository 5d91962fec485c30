//! The file store shared by all tests of a process, and helpers to upload.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use cartera_embedded::{Files, FilesOptions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Answer, Client};

/// Both the access key and its secret.
const KEY: &str = "a-key-of-the-tests";
const SECRET: &str = "a-secret-of-the-tests-for-the-store";
/// The only bucket.
const BUCKET: &str = "cartera";

/// Starts a file store in a folder.
pub(crate) fn start_files(folder: &Path) -> Files {
    let options = FilesOptions {
        access_key: KEY.to_owned(),
        secret_key: SECRET.to_owned(),
        bucket: BUCKET.to_owned(),
        origins: Arc::new(|_| true),
    };
    Files::start(folder, &options).expect("a store of files starts")
}

/// The store of this process. Each test uses new companies, so their files never collide.
fn shared() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let folders = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files");
        super::mailbox::forget_the_dead(&folders);
        let folder: PathBuf = folders.join(std::process::id().to_string());
        std::fs::create_dir_all(&folder).expect("a folder");
        start_files(&folder)
    })
}

/// The settings of a store at this address.
pub(crate) fn storage_settings(endpoint: &str) -> [(&'static str, String); 4] {
    [
        ("S3_ENDPOINT", endpoint.to_owned()),
        ("S3_BUCKET", BUCKET.to_owned()),
        ("S3_ACCESS_KEY_ID", KEY.to_owned()),
        ("S3_SECRET_ACCESS_KEY", SECRET.to_owned()),
    ]
}

/// The settings of the shared store.
pub(crate) fn shared_storage() -> [(&'static str, String); 4] {
    storage_settings(shared().endpoint())
}

/// The body that announces a file.
pub(crate) fn announcement(entity_type: &str, entity_id: &str, bytes: &[u8]) -> Value {
    json!({
        "entityType": entity_type, "entityId": entity_id, "fileName": "Año 1.pdf",
        "contentType": "application/pdf", "size": bytes.len(), "sha256": hex::encode(Sha256::digest(bytes)),
    })
}

/// Uploads bytes as the answer to an announcement says; returns the status.
pub(crate) async fn upload(announced: &Value, bytes: &[u8]) -> u16 {
    let upload = &announced["upload"];
    assert_eq!(upload["method"], "PUT");
    let url = upload["url"].as_str().expect("a URL");
    let mut request = http().put(url).body(bytes.to_owned());
    for (name, value) in upload["headers"].as_object().expect("headers") {
        request = request.header(name, value.as_str().expect("text"));
    }
    request.send().await.expect("the store answers").status().as_u16()
}

/// Gets a download URL.
pub(crate) async fn fetch(url: &str) -> reqwest::Response {
    http().get(url).send().await.expect("the store answers")
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Announces, uploads and confirms an attachment; returns its id.
pub(crate) async fn attach(client: &Client, entity_type: &str, entity_id: &str, bytes: &[u8]) -> String {
    let body = announcement(entity_type, entity_id, bytes);
    let announced = client.post("/attachments", &body).await.expect(201);
    assert_eq!(upload(&announced.data(), bytes).await, 200);
    let id = announced.id();
    confirm(client, &id).await.expect(200);
    id
}

/// Confirms an upload.
pub(crate) async fn confirm(client: &Client, id: &str) -> Answer {
    client.post(format!("/attachments/{id}/confirm"), &json!({})).await
}
