//! Raw requests that no HTTP library sends.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::support::{Server, Snapshot};

/// The name, the parts that are sent, and the allowed statuses.
type Case<'a> = (&'static str, Vec<&'a [u8]>, &'static [u16]);

/// Sends raw bytes and reads until the server closes, or is silent for a while.
async fn raw(server: &Server, parts: &[&[u8]]) -> String {
    let address = server.origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    for part in parts {
        // The server may close the connection early, and then the rest can't be sent.
        if stream.write_all(part).await.is_err() {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(Ok(read)) = timeout(Duration::from_millis(1_500), stream.read(&mut buffer)).await {
        if read == 0 {
            break;
        }
        answer.extend_from_slice(&buffer[..read]);
        if answer.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_the_server_goes_on() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("BODY_TIMEOUT", "1")]).await;
    let company = server.company().await;
    let before = Snapshot::of_all(&server).await;
    let token = company.client().token().expect("a session");
    let head =
        format!("POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\n{token}content-type: application/json\r\n");
    let head = head.as_bytes();
    let huge = format!("x-huge: {}\r\n\r\n", "x".repeat(300_000));
    let many = format!("{}\r\n", "x-more: y\r\n".repeat(20_000));
    let body = b"{\"name\": \"never made\"}".as_slice();
    let cases: [Case<'_>; 12] = [
        ("no request line", vec![b"hello\r\n\r\n"], &[400]),
        ("binary", vec![b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"], &[400]),
        ("no version", vec![b"GET /api/v1/accounts\r\n\r\n"], &[400]),
        ("a space in the path", vec![b"GET /api/v1/acc ounts HTTP/1.1\r\nhost: x\r\n\r\n"], &[400]),
        ("a header without a colon", vec![b"GET /health HTTP/1.1\r\nhost\r\n\r\n"], &[400]),
        ("a NUL in a header", vec![b"GET /health HTTP/1.1\r\nhost: x\r\nx-a: a\x00b\r\n\r\n"], &[400]),
        ("a huge header", vec![head, huge.as_bytes()], &[400, 413, 431]),
        ("many headers", vec![head, many.as_bytes()], &[400, 413, 431]),
        ("two lengths", vec![head, b"content-length: 5\r\ncontent-length: 22\r\n\r\n", body], &[400]),
        (
            "a length and chunks",
            vec![
                head,
                b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n16\r\n",
                body,
                b"\r\n0\r\n\r\n",
            ],
            &[400],
        ),
        ("a negative length", vec![head, b"content-length: -1\r\n\r\n", body], &[400]),
        (
            "a chunk without a size",
            vec![head, b"transfer-encoding: chunked\r\n\r\nzz\r\n", body, b"\r\n"],
            &[400],
        ),
    ];
    let answers =
        cases.into_iter().map(async |(what, parts, statuses)| (what, raw(&server, &parts).await, statuses));
    for (what, answer, statuses) in join_all(answers).await {
        // Invalid HTTP may also be answered by closing the connection.
        assert!(answer.is_empty() || statuses.contains(&status(&answer)), "{what}: {answer}");
        assert!(!answer.contains("201 Created"), "{what}");
    }
    server.nobody().get("//livez").await.expect(200);
    before.assert_same(&Snapshot::of_all(&server).await);
    assert!(!server.record.log().contains("\"status\":5"), "{}", server.record.log());
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("BODY_TIMEOUT", "1")]).await;
    let company = server.company().await;
    let before = Snapshot::of_all(&server).await;
    let token = company.client().token().expect("a session");
    let head = format!(
        "POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\n{token}content-type: application/json\r\ncontent-length: 100\r\n\r\n"
    );
    let answer = raw(&server, &[head.as_bytes(), b"{\"name\": "]).await;
    assert_eq!(status(&answer), 408, "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("request_timeout"), "{answer}");
    // A body whose announced length is too large is refused before it arrives.
    let head = head.replace("content-length: 100", "content-length: 99999999999");
    let answer = raw(&server, &[head.as_bytes()]).await;
    assert_eq!(status(&answer), 413, "{answer}");
    // A truncated body is discarded.
    let cut = head.replace("99999999999", "100");
    let mut stream =
        TcpStream::connect(server.origin.trim_start_matches("http://")).await.expect("it listens");
    stream.write_all(format!("{cut}{{\"name\": \"never made\"}}").as_bytes()).await.expect("it reads");
    drop(stream);
    server.nobody().get("//livez").await.expect(200);
    before.assert_same(&Snapshot::of_all(&server).await);
}

#[tokio::test]
async fn slow_callers_do_not_keep_others_waiting() {
    let server = Server::start(&[("RATE_LIMITS", "off"), ("BODY_TIMEOUT", "2")]).await;
    let address = server.origin.trim_start_matches("http://").to_owned();
    let mut idle = Vec::new();
    for number in 0..200 {
        let mut stream = TcpStream::connect(&address).await.expect("it listens");
        let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
        let start =
            if number % 2 == 0 { format!("{head}content-length: 100\r\n\r\n{{") } else { head.to_owned() };
        stream.write_all(start.as_bytes()).await.expect("it reads");
        idle.push(stream);
    }
    let answered = timeout(Duration::from_secs(5), server.nobody().get("//health")).await;
    answered.expect("others are answered").expect(200);
}
