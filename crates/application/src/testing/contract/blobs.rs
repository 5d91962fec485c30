//! Contract tests of file stores, the same for every adapter: in memory, embedded, and any other S3 store.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use cartera_domain::{
    attachments::{ContentType, FileName},
    ids::Id,
};
use uuid::Uuid;

use crate::{
    ports::{BlobFacts, BlobKey, BlobStore, Upload, UploadTicket},
    security::{Actor, Provenance},
    testing::{BlobAnswer, hash},
};

/// A file store under test, with an HTTP client for its URLs.
#[async_trait]
pub trait BlobHarness: Sync {
    /// The store.
    fn blobs(&self) -> Arc<dyn BlobStore>;

    /// Sends bytes to a URL by `PUT`, with exactly these headers and the length of the bytes.
    async fn put(&self, url: &str, headers: &[(&str, String)], bytes: &[u8]) -> u16;

    /// Requests a URL by `GET`.
    async fn get(&self, url: &str) -> BlobAnswer;

    /// Lets time pass.
    async fn wait(&self, time: Duration);
}

const BYTES: &[u8] = b"%PDF-1.7 small but perfectly formed";
const LIFETIME: Duration = Duration::from_mins(1);

fn fresh_key() -> BlobKey {
    let company = Actor::system(Id::new(Uuid::now_v7()), Provenance::request("contract"));
    BlobKey::new(&company.authorize_system().expect("the system may"), Id::new(Uuid::now_v7()))
}

fn pdf() -> ContentType {
    ContentType::trusted("application/pdf".to_owned())
}

fn facts(bytes: &[u8]) -> BlobFacts {
    let size = i64::try_from(bytes.len()).expect("it is small");
    BlobFacts { content_type: pdf(), size, sha256: hash(bytes) }
}

async fn upload_ticket(h: &impl BlobHarness, key: &BlobKey) -> UploadTicket {
    h.blobs().permit_upload(key, &facts(BYTES), LIFETIME).await.expect("it is permitted")
}

async fn uploaded(h: &impl BlobHarness) -> BlobKey {
    let key = fresh_key();
    let ticket = upload_ticket(h, &key).await;
    assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 200);
    assert_eq!(accept(h, &key).await, Upload::Accepted);
    key
}

async fn accept(h: &impl BlobHarness, key: &BlobKey) -> Upload {
    h.blobs().accept(key, &facts(BYTES)).await.expect("the store answers")
}

async fn is_there(h: &impl BlobHarness, key: &BlobKey) -> bool {
    h.blobs().holds(key).await.expect("the store answers")
}

async fn download_url(h: &impl BlobHarness, key: &BlobKey, name: &str, lifetime: Duration) -> String {
    let name = FileName::parse(name.to_owned()).expect("a name");
    let ticket = h.blobs().permit_download(key, &name, &pdf(), lifetime).await.expect("it is permitted");
    ticket.url
}

/// The client sets exactly the given headers; after it was accepted, the file is available.
pub async fn what_is_uploaded_as_announced_is_there(h: &impl BlobHarness) {
    h.blobs().check().await.expect("the store answers");
    let key = fresh_key();
    assert_eq!((accept(h, &key).await, is_there(h, &key).await), (Upload::Missing, false));
    let ticket = upload_ticket(h, &key).await;
    let names: Vec<_> = ticket.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    assert_eq!(names, ["content-type", "x-amz-checksum-sha256"], "never Host or Content-Length");
    assert_eq!(accept(h, &key).await, Upload::Missing, "a permission is no upload");
    assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 200);
    assert!(!is_there(h, &key).await, "an upload is not accepted by itself");
    for _ in 0..2 {
        assert_eq!((accept(h, &key).await, is_there(h, &key).await), (Upload::Accepted, true));
    }
    assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 200, "the same bytes may come again");
}

/// The defect, and the headers and bytes to send.
type Case<'a> = (&'static str, Vec<(&'static str, String)>, &'a [u8]);

/// Other bytes, another length, another type or no checksum: refused, and nothing is stored.
pub async fn anything_but_the_announced_file_is_refused(h: &impl BlobHarness) {
    let key = fresh_key();
    let ticket = upload_ticket(h, &key).await;
    let mut other = BYTES.to_vec();
    other[10] ^= 1;
    let longer = [BYTES, b"!"].concat();
    let with = |name: &str, value: &str| {
        let mut headers = ticket.headers.clone();
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if let Some((known, _)) = ticket.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
            && !value.is_empty()
        {
            headers.push((*known, value.to_owned()));
        }
        headers
    };
    let checksum_of_other = base64_of(&hash(&other));
    let cases: [Case<'_>; 7] = [
        ("other bytes of the same length", ticket.headers.clone(), &other),
        ("other bytes with their own checksum", with("x-amz-checksum-sha256", &checksum_of_other), &other),
        ("more bytes", ticket.headers.clone(), &longer),
        ("fewer bytes", ticket.headers.clone(), &BYTES[1..]),
        ("another type", with("content-type", "text/html"), BYTES),
        ("no type", with("content-type", ""), BYTES),
        ("no checksum", with("x-amz-checksum-sha256", ""), &other),
    ];
    for (what, headers, bytes) in cases {
        let status = h.put(&ticket.url, &headers, bytes).await;
        assert!(matches!(status, 400 | 403), "{what}: {status}");
        assert_eq!(accept(h, &key).await, Upload::Missing, "{what} left something behind");
    }
}

/// Neither a refused upload nor a valid one of other content changes the accepted file.
pub async fn an_accepted_file_can_not_be_changed_by_url(h: &impl BlobHarness) {
    let key = uploaded(h).await;
    let mut other = BYTES.to_vec();
    other[10] ^= 1;
    let ticket = upload_ticket(h, &key).await;
    assert_ne!(h.put(&ticket.url, &ticket.headers, &other).await, 200);
    let ticket = h.blobs().permit_upload(&key, &facts(&other), LIFETIME).await.expect("it is permitted");
    assert_eq!(h.put(&ticket.url, &ticket.headers, &other).await, 200);
    assert_eq!(accept(h, &key).await, Upload::Different, "that was not announced");
    let url = download_url(h, &key, "a.pdf", LIFETIME).await;
    assert_eq!(h.get(&url).await.bytes, BYTES);
}

/// The original name is returned with any characters, always as an attachment.
pub async fn a_download_is_an_attachment_of_its_own_name(h: &impl BlobHarness) {
    let key = uploaded(h).await;
    for name in ["informe.pdf", "año \"nuevo\"; filename=evil.exe; x=1 & y+z%41#.pdf", "報告 📄.pdf"] {
        let url = download_url(h, &key, name, LIFETIME).await;
        let BlobAnswer { status, headers, bytes } = h.get(&url).await;
        assert_eq!((status, bytes.as_slice()), (200, BYTES), "{name}");
        assert_eq!(headers.get("content-type").map(String::as_str), Some("application/pdf"));
        let disposition = headers.get("content-disposition").expect("it says what to do with it");
        assert!(disposition.starts_with("attachment;"), "{disposition}");
    }
    let absent = download_url(h, &fresh_key(), "a.pdf", LIFETIME).await;
    assert_eq!(h.get(&absent).await.status, 404);
}

/// A URL permits one thing on one file for a while.
pub async fn a_url_is_good_for_one_thing_only(h: &impl BlobHarness) {
    let (key, other) = (uploaded(h).await, uploaded(h).await);
    let download = download_url(h, &key, "a.pdf", LIFETIME).await;
    let upload = upload_ticket(h, &key).await;
    assert_ne!(h.put(&download, &upload.headers, BYTES).await, 200, "downloading is not uploading");
    assert_ne!(h.get(&upload.url).await.status, 200, "uploading is not downloading");
    let tampered = [
        download.replace(key.as_str(), other.as_str()),
        download.replace(key.as_str(), &format!("{}/../{}", key.as_str(), other.as_str())),
        format!("{download}0"),
    ];
    for url in tampered.iter().filter(|url| **url != download) {
        assert!(matches!(h.get(url).await.status, 400 | 403 | 404), "{url}");
    }
}

/// A URL is refused after its expiry.
pub async fn a_url_expires(h: &impl BlobHarness) {
    let key = uploaded(h).await;
    let second = Duration::from_secs(1);
    let download = download_url(h, &key, "a.pdf", second).await;
    let ticket = h.blobs().permit_upload(&key, &facts(BYTES), second).await.expect("it is permitted");
    h.wait(Duration::from_millis(2_200)).await;
    assert_eq!(h.get(&download).await.status, 403);
    assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 403);
}

/// A removed file is gone; removing it again is not an error.
pub async fn what_is_removed_is_gone(h: &impl BlobHarness) {
    let (key, other) = (uploaded(h).await, uploaded(h).await);
    let url = download_url(h, &key, "a.pdf", LIFETIME).await;
    for _ in 0..2 {
        h.blobs().remove(&key).await.expect("it is removed");
        assert!(!is_there(h, &key).await);
    }
    let ticket = upload_ticket(h, &key).await;
    assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 200);
    h.blobs().remove(&key).await.expect("it is removed");
    assert_eq!(accept(h, &key).await, Upload::Missing, "also what was not accepted yet");
    assert_eq!(h.get(&url).await.status, 404);
    assert!(is_there(h, &other).await);
}

/// Concurrent accepts and a removal of the same file either find it or don't, but never report an outage.
pub async fn whoever_comes_second_is_no_outage(h: &impl BlobHarness) {
    for _ in 0..8 {
        let key = fresh_key();
        let ticket = upload_ticket(h, &key).await;
        assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 200);
        assert_eq!(tokio::join!(accept(h, &key), accept(h, &key)), (Upload::Accepted, Upload::Accepted));
        let (key, blobs) = (fresh_key(), h.blobs());
        let ticket = upload_ticket(h, &key).await;
        assert_eq!(h.put(&ticket.url, &ticket.headers, BYTES).await, 200);
        let (accepted, removed) = tokio::join!(accept(h, &key), blobs.remove(&key));
        removed.expect("it is removed");
        assert_ne!(accepted, Upload::Different);
    }
}

fn base64_of(sha256: &cartera_domain::attachments::Sha256) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    STANDARD.encode(sha256.bytes())
}

/// The headers of an answer by their names in lower case.
pub fn headers_by_name<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect()
}

/// Generates one `#[tokio::test]` per promise of a file store; see [`crate::contract_tests!`].
#[macro_export]
macro_rules! blob_contract_tests {
    ($harness:expr) => {
        $crate::blob_contract_tests! { ($harness)
            what_is_uploaded_as_announced_is_there
            anything_but_the_announced_file_is_refused
            an_accepted_file_can_not_be_changed_by_url
            a_download_is_an_attachment_of_its_own_name
            a_url_is_good_for_one_thing_only
            a_url_expires
            what_is_removed_is_gone
            whoever_comes_second_is_no_outage
        }
    };
    (($harness:expr) $($promise:ident)+) => {
        $(#[tokio::test]
        async fn $promise() {
            let harness = $harness;
            $crate::testing::contract::blobs::$promise(&harness).await;
        })+
    };
}
