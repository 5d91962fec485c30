//! CORS of the store: what browsers are allowed, and what not.

use cartera_application::testing::contract::blobs::BlobHarness;
use reqwest::{Method, Response};

use crate::store::{S3Harness, fresh_key};

async fn ask(h: &S3Harness, method: Method, origin: &str) -> Response {
    let url = h
        .blobs()
        .permit_download(
            &fresh_key(),
            &cartera_domain::attachments::FileName::trusted("a".to_owned()),
            &cartera_domain::attachments::ContentType::trusted("text/plain".to_owned()),
            std::time::Duration::from_mins(1),
        )
        .await
        .expect("it is permitted")
        .url;
    let request = h
        .client
        .request(method, url)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "content-type,x-amz-checksum-sha256");
    request.send().await.expect("the store answers")
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).and_then(|value| value.to_str().ok())
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_may_upload() {
    let h = S3Harness::embedded();
    let answer = ask(&h, Method::OPTIONS, "http://localhost:3000").await;
    assert_eq!(answer.status(), 204);
    assert_eq!(header(&answer, "access-control-allow-origin"), Some("http://localhost:3000"));
    let methods = header(&answer, "access-control-allow-methods").expect("it says which");
    assert!(["GET", "PUT", "HEAD"].iter().all(|method| methods.contains(method)), "{methods}");
    let headers = header(&answer, "access-control-allow-headers").expect("it says which");
    assert!(headers.contains("content-type") && headers.contains("x-amz-checksum-sha256"), "{headers}");
    assert_eq!(header(&answer, "access-control-allow-credentials"), None, "a URL is all it takes");
}

#[tokio::test]
async fn answers_can_be_read_there_even_refusals() {
    let h = S3Harness::embedded();
    let answer = ask(&h, Method::GET, "http://localhost:3000").await;
    assert_eq!(answer.status(), 404);
    assert_eq!(header(&answer, "access-control-allow-origin"), Some("http://localhost:3000"));
    assert_eq!(header(&answer, "vary"), Some("Origin"));
    assert_eq!(header(&answer, "x-content-type-options"), Some("nosniff"));
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let h = S3Harness::embedded();
    let answer = ask(&h, Method::OPTIONS, "https://evil.example").await;
    assert_eq!(answer.status(), 403);
    for method in [Method::OPTIONS, Method::GET] {
        let answer = ask(&h, method, "https://evil.example").await;
        assert_eq!(header(&answer, "access-control-allow-origin"), None);
    }
}
