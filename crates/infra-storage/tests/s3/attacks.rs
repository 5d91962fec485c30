//! Attacks by the holder of a URL, on the embedded store and on a configured one.

use std::time::Duration;

use cartera_application::{
    ports::{BlobFacts, BlobKey, BlobStore, Upload},
    testing::{contract::blobs::BlobHarness, hash},
};
use cartera_domain::attachments::{ContentType, FileName};

use crate::store::{S3Harness, fresh_key};

const LIFETIME: Duration = Duration::from_mins(1);
const SECRET_BYTES: &[u8] = b"the other company's file";
const OWN_BYTES: &[u8] = b"the company's own file!!";

fn text() -> ContentType {
    ContentType::trusted("text/plain".to_owned())
}

fn facts(bytes: &[u8]) -> BlobFacts {
    let size = i64::try_from(bytes.len()).expect("it is small");
    BlobFacts { content_type: text(), size, sha256: hash(bytes) }
}

async fn upload(h: &S3Harness, key: &BlobKey, bytes: &[u8]) {
    let ticket = h.blobs.permit_upload(key, &facts(bytes), LIFETIME).await.expect("it is permitted");
    assert_eq!(h.put(&ticket.url, &ticket.headers, bytes).await, 200);
    assert_eq!(accept(h, key, bytes).await, Upload::Accepted);
}

async fn accept(h: &S3Harness, key: &BlobKey, bytes: &[u8]) -> Upload {
    h.blobs.accept(key, &facts(bytes)).await.expect("the store answers")
}

async fn download(h: &S3Harness, key: &BlobKey) -> Vec<u8> {
    let name = FileName::trusted("a.txt".to_owned());
    let ticket = h.blobs.permit_download(key, &name, &text(), LIFETIME).await.expect("it is permitted");
    h.get(&ticket.url).await.bytes
}

async fn harnesses() -> Vec<(S3Harness, bool)> {
    let given = S3Harness::given().await.map(|harness| (harness, false));
    [Some((S3Harness::embedded(), true)), given].into_iter().flatten().collect()
}

/// `MinIO` makes the copy, in the place of uploads; the copy is never accepted, and the file accepted before stays.
#[tokio::test]
async fn an_upload_can_not_be_turned_into_a_copy() {
    for (h, is_embedded) in harnesses().await {
        let (foreign, own, new) = (fresh_key(), fresh_key(), fresh_key());
        upload(&h, &foreign, SECRET_BYTES).await;
        upload(&h, &own, OWN_BYTES).await;
        for key in [&own, &new] {
            let ticket =
                h.blobs.permit_upload(key, &facts(OWN_BYTES), LIFETIME).await.expect("it is permitted");
            for source in [format!("/cartera/{}", foreign.as_str()), format!("cartera/{}", foreign.as_str())]
            {
                for bytes in [OWN_BYTES, b""] {
                    let mut headers = ticket.headers.clone();
                    headers.push(("x-amz-copy-source", source.clone()));
                    headers.push(("x-amz-metadata-directive", "REPLACE".to_owned()));
                    let status = h.put(&ticket.url, &headers, bytes).await;
                    assert!(!is_embedded || status == 403, "{status}");
                    assert_ne!((accept(&h, key, OWN_BYTES).await, key), (Upload::Accepted, &new));
                }
            }
        }
        assert!(!h.blobs.holds(&new).await.expect("the store answers"));
        assert_ne!(download(&h, &new).await, SECRET_BYTES);
        assert_eq!(download(&h, &own).await, OWN_BYTES);
    }
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    for (h, _) in harnesses().await {
        let (own, foreign) = (fresh_key(), fresh_key());
        upload(&h, &own, OWN_BYTES).await;
        upload(&h, &foreign, SECRET_BYTES).await;
        let name = FileName::trusted("a.txt".to_owned());
        let ticket = h.blobs.permit_download(&own, &name, &text(), LIFETIME).await.expect("it is permitted");
        let (origin, rest) = ticket.url.split_once("/cartera/").expect("the bucket stands in the path");
        let (path, query) = rest.split_once('?').expect("it is signed");
        assert_eq!(path, own.as_str());
        for path in [
            format!("/cartera/{}", foreign.as_str()),
            format!("/cartera/{}/%2e%2e/{}", own.as_str(), foreign.as_str()),
            format!("/cartera/x/..%2f{}", foreign.as_str()),
            format!("/other/{}", own.as_str()),
            "/cartera/%2e%2e%2f%2e%2e%2fetc%2fpasswd".to_owned(),
        ] {
            let answer = h.get(&format!("{origin}{path}?{query}")).await;
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
            assert!(!String::from_utf8_lossy(&answer.bytes).contains("company's file"), "{path}");
        }
    }
}

#[tokio::test]
async fn signed_parts_of_a_url_can_not_be_changed() {
    for (h, _) in harnesses().await {
        let key = fresh_key();
        upload(&h, &key, OWN_BYTES).await;
        let name = FileName::trusted("a.txt".to_owned());
        let ticket = h.blobs.permit_download(&key, &name, &text(), LIFETIME).await.expect("it is permitted");
        assert_eq!(h.get(&ticket.url).await.status, 200);
        let changes = [
            ("X-Amz-Expires=60", "X-Amz-Expires=604800"),
            ("attachment", "inline"),
            ("text%2Fplain", "text%2Fhtml"),
            ("a.txt", "a.exe"),
        ];
        for (from, to) in changes {
            let url = ticket.url.replace(from, to);
            assert_ne!(url, ticket.url, "the URL has {from}");
            assert_eq!(h.get(&url).await.status, 403, "{to}");
        }
        let unsigned = ticket.url.split_once("&X-Amz-Signature").expect("it is signed").0.to_owned();
        for url in [unsigned.as_str(), ticket.url.split_once('?').expect("a query").0] {
            assert!(matches!(h.get(url).await.status, 400 | 403), "{url}");
        }
    }
}

#[tokio::test]
async fn an_upload_sets_nothing_that_was_not_signed() {
    let h = S3Harness::embedded();
    let key = fresh_key();
    let ticket = h.blobs.permit_upload(&key, &facts(OWN_BYTES), LIFETIME).await.expect("it is permitted");
    let extras = [("x-amz-meta-note", "x"), ("x-amz-acl", "public-read"), ("x-amz-tagging", "a=b")];
    for (name, value) in extras {
        let mut headers = ticket.headers.clone();
        headers.push((name, value.to_owned()));
        assert_eq!(h.put(&ticket.url, &headers, OWN_BYTES).await, 403, "{name}");
    }
    assert_eq!(accept(&h, &key, OWN_BYTES).await, Upload::Missing);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let h = S3Harness::embedded();
    let key = fresh_key();
    let ticket = h.blobs.permit_upload(&key, &facts(OWN_BYTES), LIFETIME).await.expect("it is permitted");
    let url = url::Url::parse(&ticket.url).expect("a URL");
    let address = format!("127.0.0.1:{}", url.port().expect("a port"));
    let mut socket = tokio::net::TcpStream::connect(address.clone()).await.expect("it listens");
    let mut request = format!(
        "PUT {}?{} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n",
        url.path(),
        url.query().expect("it is signed"),
        OWN_BYTES.len()
    );
    for (name, value) in &ticket.headers {
        request.extend([name, ": ", value.as_str(), "\r\n"]);
    }
    request.push_str("\r\n");
    socket.write_all(request.as_bytes()).await.expect("it reads");
    socket.write_all(&OWN_BYTES[..5]).await.expect("it reads");
    socket.shutdown().await.expect("it is told");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("it ends");
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(accept(&h, &key, OWN_BYTES).await, Upload::Missing);
    let incoming = key.as_str().replace('/', "-");
    assert!(!S3Harness::folder().join("cartera/incoming").join(incoming).exists());
}
