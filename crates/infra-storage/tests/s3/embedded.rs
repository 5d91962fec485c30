//! The lifecycle of the embedded store.

use std::{sync::Arc, time::Duration};

use cartera_application::{
    Code,
    ports::{BlobFacts, BlobStore, Upload},
    testing::{contract::blobs::BlobHarness, hash},
};
use cartera_domain::attachments::{ContentType, FileName};
use cartera_embedded::{Files, FilesOptions};

use crate::store::{S3Harness, files_options, folder, fresh_key, options};

const LIFETIME: Duration = Duration::from_mins(1);

#[tokio::test]
async fn files_and_links_outlive_a_restart() {
    let folder = folder();
    let first = Files::start(&folder, &files_options()).expect("the store starts");
    let endpoint = first.endpoint().to_owned();
    assert_eq!(Files::attach(&folder), Some(endpoint.clone()));
    let h = S3Harness::of(&options(&endpoint));
    let (key, bytes) = (fresh_key(), vec![7; 200_000]);
    let content_type = ContentType::trusted("image/png".to_owned());
    let facts = BlobFacts { content_type: content_type.clone(), size: 200_000, sha256: hash(&bytes) };
    let ticket = h.blobs.permit_upload(&key, &facts, LIFETIME).await.expect("it is permitted");
    assert_eq!(h.put(&ticket.url, &ticket.headers, &bytes).await, 200);
    assert_eq!(h.blobs.accept(&key, &facts).await.expect("the store answers"), Upload::Accepted);
    let name = FileName::trusted("a.png".to_owned());
    let link =
        h.blobs.permit_download(&key, &name, &content_type, LIFETIME).await.expect("it is permitted").url;
    tokio::task::spawn_blocking(move || first.stop()).await.expect("it stops");
    let down = h.blobs.holds(&key).await.expect_err("it is down");
    assert_eq!(down.code(), Code::Unavailable);
    assert_eq!(h.blobs.check().await.expect_err("it is down").code(), Code::Unavailable);
    let second = Files::start(&folder, &files_options()).expect("the store starts again");
    assert_eq!(second.endpoint(), endpoint, "on the same port");
    assert_eq!(h.get(&link).await.bytes, bytes);
    drop(second);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

#[tokio::test]
async fn a_taken_port_is_no_obstacle() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    std::fs::write(folder.join("files.port"), port.to_string()).expect("it is written");
    let files = Files::start(&folder, &files_options()).expect("the store starts");
    assert_ne!(files.endpoint(), format!("http://127.0.0.1:{port}"));
    assert_eq!(Files::attach(&folder).as_deref(), Some(files.endpoint()));
    drop(files);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

#[tokio::test]
async fn strangers_are_refused() {
    let folder = folder();
    let options_of_store = FilesOptions { secret_key: "another".to_owned(), ..files_options() };
    let files = Files::start(&folder, &options_of_store).expect("the store starts");
    let h = S3Harness::of(&options(files.endpoint()));
    assert_eq!(h.blobs.check().await.expect_err("the secret is wrong").code(), Code::Unavailable);
    let missing =
        cartera_infra_storage::S3Options { bucket: "other".to_owned(), ..options(files.endpoint()) };
    let h = S3Harness::of(&missing);
    assert_eq!(h.blobs.check().await.expect_err("there is no such bucket").code(), Code::Unavailable);
    drop(files);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

#[tokio::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let h = S3Harness::embedded();
    let (key, bytes) = (fresh_key(), b"0123456789");
    let content_type = ContentType::trusted("text/plain".to_owned());
    let facts = BlobFacts { content_type: content_type.clone(), size: 10, sha256: hash(bytes) };
    let ticket = h.blobs.permit_upload(&key, &facts, LIFETIME).await.expect("it is permitted");
    assert_eq!(h.put(&ticket.url, &ticket.headers, bytes).await, 200);
    assert_eq!(h.blobs.accept(&key, &facts).await.expect("the store answers"), Upload::Accepted);
    let name = FileName::trusted("a.txt".to_owned());
    let link =
        h.blobs.permit_download(&key, &name, &content_type, LIFETIME).await.expect("it is permitted").url;
    for (range, status, part) in
        [("bytes=2-4", 206, "234"), ("bytes=7-", 206, "789"), ("bytes=-2", 206, "89"), ("bytes=20-", 416, "")]
    {
        let answer = h.client.get(&link).header("Range", range).send().await.expect("the store answers");
        assert_eq!(answer.status(), status, "{range}");
        if status == 206 {
            assert_eq!(answer.text().await.expect("text"), part);
        }
    }
}

#[tokio::test]
async fn urls_name_the_public_endpoint_and_requests_go_to_the_other() {
    let folder = folder();
    let files = Files::start(&folder, &files_options()).expect("the store starts");
    let endpoint = files.endpoint().to_owned();
    let options = cartera_infra_storage::S3Options {
        public_endpoint: Some("https://files.example.com/".to_owned()),
        ..options(&endpoint)
    };
    let h = S3Harness::of(&options);
    let blobs: Arc<dyn BlobStore> = h.blobs();
    blobs.check().await.expect("the store answers at its own endpoint");
    let key = fresh_key();
    let facts = BlobFacts {
        content_type: ContentType::trusted("text/plain".to_owned()),
        size: 1,
        sha256: hash(b"1"),
    };
    let upload = blobs.permit_upload(&key, &facts, LIFETIME).await.expect("it is permitted");
    let expected = format!("https://files.example.com/cartera/incoming/{}?", key.as_str().replace('/', "-"));
    assert!(upload.url.starts_with(&expected), "{}", upload.url);
    let signed = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bx-amz-checksum-sha256";
    assert!(upload.url.contains(signed), "{}", upload.url);
    drop(files);
    std::fs::remove_dir_all(folder).expect("the folder goes");
}

#[tokio::test]
async fn the_original_name_comes_back() {
    let h = S3Harness::embedded();
    let (key, content_type) = (fresh_key(), ContentType::trusted("text/plain".to_owned()));
    let facts = BlobFacts { content_type: content_type.clone(), size: 1, sha256: hash(b"1") };
    let ticket = h.blobs.permit_upload(&key, &facts, LIFETIME).await.expect("it is permitted");
    assert_eq!(h.put(&ticket.url, &ticket.headers, b"1").await, 200);
    assert_eq!(h.blobs.accept(&key, &facts).await.expect("the store answers"), Upload::Accepted);
    let name = FileName::trusted("año 100% \"1\"; +&#.txt".to_owned());
    let link =
        h.blobs.permit_download(&key, &name, &content_type, LIFETIME).await.expect("it is permitted").url;
    let answer = h.get(&link).await;
    let expected = "attachment; filename=\"a_o 100_ _1__ ___.txt\"; \
                    filename*=UTF-8''a%C3%B1o%20100%25%20%221%22%3B%20%2B%26%23.txt";
    assert_eq!(answer.headers.get("content-disposition").map(String::as_str), Some(expected));
}
