//! Tests that need a real connection.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::HttpServer;
use cartera_api_http::edge::{Edge, assemble};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::support::{edge, routes, settings};

fn serve() -> SocketAddr {
    serve_behind(edge(settings()))
}

fn serve_behind(edge: Arc<Edge>) -> SocketAddr {
    let server = HttpServer::new(move || assemble(Arc::clone(&edge), |_| (), routes))
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .expect("a free port");
    let address = *server.addrs().first().expect("an address");
    actix_web::rt::spawn(server.run());
    address
}

/// Sends bytes, and reads until the server closes or is silent for a while.
async fn talk(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(Ok(read @ 1..)) = timeout(Duration::from_millis(1500), stream.read(&mut chunk)).await {
        answer.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(answer).expect("text")
}

/// A client that respects `Connection: close` sends no more there. Another request is answered anyway, because the
/// server still reads.
#[actix_web::test]
async fn while_it_drains_every_answer_ends_its_connection_by_word() {
    let edge = edge(settings());
    edge.readiness.set(true);
    let address = serve_behind(Arc::clone(&edge));
    let closes = |answer: &str| answer.to_lowercase().contains("\r\nconnection: close\r\n");
    let paths = ["/livez", "/readyz", "/api/v1/plain", "/api/v1/nope", "/api/v1/panic", "/api/v1/slow"];
    let ask =
        async |path: &str| talk(address, format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await;
    assert!(!closes(&ask("/readyz").await));
    edge.readiness.drain();
    for path in paths {
        let answer = ask(path).await;
        assert!(answer.starts_with("HTTP/1.1 ") && closes(&answer), "{path}: {answer}");
    }
    assert!(ask("/readyz").await.starts_with("HTTP/1.1 503"));
}

#[actix_web::test]
async fn a_body_that_does_not_come_is_given_up() {
    let head = "POST /api/v1/body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{\"na";
    let answer = talk(serve(), head.as_bytes()).await;
    refused(&answer, 408, "request_timeout");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
}

#[track_caller]
fn refused(answer: &str, status: u16, code: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{answer}");
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_refused_or_dropped() {
    let mut stream = TcpStream::connect(serve()).await.expect("a connection");
    let head = "POST /api/v1/body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.shutdown().await.expect("closed");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("text");
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[actix_web::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let answer = talk(serve(), b"GET /api/v1/slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("retry-after: 5") && answer.contains("application/problem+json"), "{answer}");
}

#[actix_web::test]
async fn a_panic_answers_and_the_worker_lives() {
    let address = serve();
    for _ in 0..3 {
        let answer =
            talk(address, b"GET /api/v1/panic HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 500") && answer.contains("\"internal\""), "{answer}");
    }
    let answer = talk(address, b"GET /api/v1/plain HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[actix_web::test]
async fn an_oversized_body_is_refused_before_it_is_sent() {
    let head = "POST /api/v1/body HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n";
    let answer = talk(serve(), head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("payload_too_large"), "{answer}");
}
