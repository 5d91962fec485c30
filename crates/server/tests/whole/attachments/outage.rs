//! While the file store is down, only attachments are affected.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{
    Client, Folder, Server, announcement, attach, confirm, environment, program, run, start_files,
    storage_settings,
};

/// Polls the health until the storage check has this status.
async fn health_with_storage(nobody: &Client, status: &str) -> Value {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let health = nobody.get("//health").await.expect(200).json();
        if health["checks"]["storage"]["status"] == status {
            return health;
        }
        assert!(Instant::now() < end, "{health}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_only_attachments_wait() {
    let folder = Folder::new("storage-outage");
    let files = start_files(folder.path());
    let settings = storage_settings(files.endpoint());
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Server::start(&settings).await;
    let company = server.company().await;
    let client = company.client();
    let account = company.account().await;
    let id = attach(client, "ACCOUNT", &account, b"there before").await;
    let pending = client.post("/attachments", &announcement("ACCOUNT", &account, b"later")).await.expect(201);
    assert_eq!(health_with_storage(&server.nobody(), "ok").await["status"], "ok");
    files.stop();
    let refused = client.post("/attachments", &announcement("ACCOUNT", &account, b"new")).await;
    refused.problem(503, "unavailable");
    assert!(refused.header("retry-after").is_some());
    client.get(format!("/attachments/{id}/download")).await.problem(503, "unavailable");
    confirm(client, &pending.id()).await.problem(503, "unavailable");
    // What needs no file content still works, even deleting: the file is removed later.
    client.get(format!("/attachments?entityType=ACCOUNT&entityId={account}")).await.expect(200);
    client.delete(format!("/attachments/{id}")).await.expect(204);
    company.opportunity(&account).await;
    let health = health_with_storage(&server.nobody(), "down").await;
    assert_eq!(health["status"], json!("degraded"));
    server.nobody().get("//readyz").await.expect(200);
    let files = start_files(folder.path());
    assert_eq!(health_with_storage(&server.nobody(), "ok").await["status"], "ok");
    client.post("/attachments", &announcement("ACCOUNT", &account, b"new")).await.expect(201);
    drop(files);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_asks_the_store() {
    let database = cartera_test_database::TestDatabase::create().await;
    let (ok, said) = run(program().arg("doctor").envs(environment(&database)));
    assert!(ok && said.contains("storage: the store of files answers"), "{said}");
    let (ok, said) =
        run(program().arg("doctor").envs(environment(&database)).env("S3_BUCKET", "another-bucket"));
    assert!(!ok && said.contains("storage: the store of files is unavailable: "), "{said}");
}
