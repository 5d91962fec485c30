//! Request smuggling: if two servers disagree about the length of a body, the rest of it becomes another client's
//! request. Ambiguous requests are refused, and the connection is closed.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::victim::Victim;
use crate::support::Server;

/// How long to wait for a silent server.
const SILENCE: Duration = Duration::from_millis(1_500);

/// Sends raw bytes; returns the answer until the connection ends or is silent, and whether it ended.
async fn raw(server: &Server, bytes: &[u8]) -> (String, bool) {
    let address = server.origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // The server may close the connection early, and then the rest can't be sent.
    drop(stream.write_all(bytes).await);
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    let ended = loop {
        match timeout(SILENCE, stream.read(&mut buffer)).await {
            Ok(Ok(read @ 1..)) => answer.extend_from_slice(&buffer[..read]),
            Ok(_) => break true,
            Err(_silence) => break false,
        }
    };
    (String::from_utf8_lossy(&answer).into_owned(), ended)
}

/// Ambiguous framings, which two servers could read differently. `{}` is where the hidden request begins.
const FRAMINGS: &[(&str, &str)] = &[
    ("a length and chunks", "content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{}"),
    ("chunks and a length", "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n5c\r\n{}\r\n0\r\n\r\n"),
    ("two lengths", "content-length: 2\r\ncontent-length: 0\r\n\r\n{}"),
    ("two lengths in one", "content-length: 2, 0\r\n\r\n{}"),
    ("a length with a sign", "content-length: +0\r\n\r\n{}"),
    ("a length in hex", "content-length: 0x0\r\n\r\n{}"),
    ("a length with a space within", "content-length: 1 0\r\n\r\n{}"),
    ("a space before the colon", "content-length : 0\r\n\r\n{}"),
    ("a folded header", "x-a: b\r\n content-length: 0\r\n\r\n{}"),
    ("an unknown encoding", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n{}"),
    ("identity", "transfer-encoding: identity\r\ncontent-length: 0\r\n\r\n{}"),
    ("chunked twice", "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n{}"),
    ("chunked, then identity", "transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n{}"),
    ("two encodings", "transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n{}"),
    ("a vertical tab", "transfer-encoding:\x0bchunked\r\n\r\n0\r\n\r\n{}"),
    ("a bare line feed", "x-a: b\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n{}"),
    ("a size of chunk beyond any", "transfer-encoding: chunked\r\n\r\nffffffffffffffff1\r\n{}"),
    ("a negative chunk", "transfer-encoding: chunked\r\n\r\n-1\r\n{}"),
    ("a chunk that is longer than it says", "transfer-encoding: chunked\r\n\r\n1\r\n{}{}\r\n0\r\n\r\n"),
];

#[tokio::test]
async fn no_request_hides_in_another() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("BODY_TIMEOUT", "1")]).await;
    let victim = Victim::new(&server).await;
    let token = victim.company.client().token().expect("a session");
    // If it were executed, the answer and the database would show it.
    let json = "{\"name\":\"smuggled\"}";
    let hidden = format!(
        "POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\n{token}content-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
        json.len()
    );
    // Unauthenticated, and authenticated, where the session is looked up while the rest arrives.
    let outers = [
        "POST /api/v1/auth/refresh HTTP/1.1\r\nhost: x\r\n".to_owned(),
        format!("POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\n{token}content-type: application/json\r\n"),
    ];
    let cases = outers.iter().flat_map(|outer| FRAMINGS.iter().map(move |framing| (outer, framing)));
    let requests = cases.map(async |(outer, (what, framing))| {
        let bytes = format!("{outer}{}", framing.replace("{}", &hidden));
        (*what, raw(&server, bytes.as_bytes()).await)
    });
    for (what, (answer, ended)) in join_all(requests).await {
        // At most one answer: what follows an ambiguous request is discarded. An invalid chunk may end the connection
        // without an answer.
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{what}: {answer}");
        let refused = answer.starts_with("HTTP/1.1 4");
        assert!(
            refused || (answer.is_empty() && ended && what.contains("chunk")),
            "{what}: {answer} {ended}"
        );
    }
    victim.assert_unharmed(&server).await;
    assert!(!server.record.log().contains("\"status\":5"), "{}", server.record.log());
}

#[tokio::test]
async fn what_stands_in_the_first_line_is_taken_at_its_word() {
    let server = Server::shared().await;
    let lines: [(&str, &[u16]); 12] = [
        ("GET http://evil.example/api/v1/accounts HTTP/1.1", &[400, 401, 404]),
        ("GET //evil.example/api/v1/accounts HTTP/1.1", &[400, 404]),
        ("GET /api/v1/../v1/accounts HTTP/1.1", &[400, 404]),
        ("GET /api/v1/auth/..;/accounts HTTP/1.1", &[400, 404]),
        ("GET /api/v1/accounts%3flimit=1 HTTP/1.1", &[400, 404]),
        ("GET /api/v1/accounts#x HTTP/1.1", &[400, 401, 404]),
        ("GET * HTTP/1.1", &[400, 404]),
        ("CONNECT evil.example:443 HTTP/1.1", &[400, 404, 405]),
        ("get /api/v1/accounts HTTP/1.1", &[400, 405]),
        ("GET /api/v1/accounts HTTP/1.1 HTTP/1.1", &[400]),
        ("GET /api/v1/accounts HTTP/9.9", &[400, 505]),
        ("PRI * HTTP/2.0", &[400, 404, 505]),
    ];
    let answers = lines.iter().map(async |(line, statuses)| {
        let bytes = format!("{line}\r\nhost: x\r\nconnection: close\r\n\r\n");
        (line, raw(server, bytes.as_bytes()).await, *statuses)
    });
    for (line, (answer, ended), statuses) in join_all(answers).await {
        let status = answer.split(' ').nth(1).and_then(|status| status.parse::<u16>().ok());
        assert!(status.is_some_and(|status| statuses.contains(&status)), "{line}: {answer}");
        assert!(ended, "{line}: {answer}");
    }
}
