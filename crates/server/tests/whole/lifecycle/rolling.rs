//! A rolling update of the replicas, without a failed request.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

use crate::{
    attack,
    support::{Company, Embedded, Folder, KeptAlive, Proxy, Seen, Server, gather, unique},
};

/// The number of kept-alive connections.
const CALLERS: usize = 64;
/// How long each caller waits between an answer and the next request.
const THOUGHT: Duration = Duration::from_millis(500);
/// Replicas share the public URL, which is the issuer of tokens. The drain notice is much longer than the proxy's
/// polling period.
const SETTINGS: [(&str, &str); 3] =
    [("RATE_LIMITS", "off"), ("PUBLIC_URL", "http://crm.example.com"), ("DRAIN_NOTICE", "3")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_are_replaced_without_a_failed_request() {
    replace_replicas(1).await;
}

#[ignore = "takes a minute"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_rolling_restarts_fail_no_request() {
    let answers = replace_replicas(6).await;
    attack::print(&format!("{answers} requests over twelve rolling restarts, none failed"));
}

/// Replaces both replicas this often under load; returns the number of answered requests.
async fn replace_replicas(rounds: usize) -> usize {
    let first = Server::start(&SETTINGS).await;
    let company = first.company().await;
    let second = first.beside(&SETTINGS).await;
    let proxy = Proxy::start(2).await;
    proxy.replace(0, &first.origin).await;
    proxy.replace(1, &second.origin).await;
    let stop = Arc::new(AtomicBool::new(false));
    let token = company.client().token().expect("a session");
    let callers: Vec<_> = (0..CALLERS)
        .map(|index| tokio::spawn(call(proxy.clone(), token.clone(), index, Arc::clone(&stop))))
        .collect();
    let mut replicas = [Some(first), Some(second)];
    for place in (0..rounds * 2).map(|round| round % 2) {
        let old = replicas[place].take();
        // Stopped by SIGTERM. The other one serves everything meanwhile.
        tokio::task::spawn_blocking(move || drop(old)).await.expect("it ends");
        let other = replicas[1 - place].as_ref().expect("a replica");
        let fresh = other.beside(&SETTINGS).await;
        proxy.replace(place, &fresh.origin).await;
        replicas[place] = Some(fresh);
        sleep(THOUGHT * 2).await;
    }
    stop.store(true, Ordering::SeqCst);
    let Seen { answers, failures, busy, told_to_close } = gather(callers).await;
    assert!(failures.is_empty(), "{} of {answers}: {failures:#?}", failures.len());
    assert!(answers > busy, "{answers} answers, and {busy} times too busy");
    // Every connection was closed when its replica stopped.
    assert!(told_to_close >= CALLERS * rounds, "{told_to_close} of {answers}");
    answers
}

/// Reads and writes alternately until the end.
async fn call(proxy: Proxy, token: String, index: usize, stop: Arc<AtomicBool>) -> Seen {
    let mut caller = KeptAlive::new(proxy.address);
    // Spreads the starts of the callers.
    sleep(THOUGHT * u32::try_from(index).unwrap_or_default() / 64).await;
    while !stop.load(Ordering::SeqCst) {
        caller.send(&format!("GET /api/v1/accounts?limit=5 HTTP/1.1\r\nhost: x\r\n{token}\r\n"), "200").await;
        sleep(THOUGHT).await;
        let body = json!({ "name": unique("account") }).to_string();
        let head = format!(
            "POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\n{token}content-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        caller.send(&format!("{head}{body}"), "201").await;
        sleep(THOUGHT).await;
    }
    caller.seen
}

#[tokio::test]
async fn a_server_that_was_told_to_stop_serves_on_for_its_notice_and_ends_each_connection_by_word() {
    let folder = Folder::new("notice");
    let server = Embedded::start_with(&folder, &[], &[("DRAIN_NOTICE", "3600")]);
    let nobody = server.nobody();
    let before = nobody.get("//readyz").await.expect(200);
    assert_eq!(before.header("connection"), None);
    let company = Company::register(&nobody).await;
    server.terminate();
    while nobody.get("//readyz").await.status == 200 {
        sleep(Duration::from_millis(10)).await;
    }
    for _ in 0..3 {
        let answer = company.client().get("/accounts").await.expect(200);
        assert_eq!(answer.header("connection"), Some("close"));
        company.account().await;
    }
    assert_eq!(nobody.get("//readyz").await.header("connection"), Some("close"));
    // Ctrl-C at a terminal skips the hour of drain notice.
    server.interrupt();
    assert!(server.end().success());
}

#[tokio::test]
async fn ctrl_c_gives_no_notice() {
    let folder = Folder::new("by-hand");
    let server = Embedded::start_with(&folder, &[], &[("DRAIN_NOTICE", "3600")]);
    server.interrupt();
    assert!(server.end().success());
}

#[tokio::test]
async fn an_idle_connection_is_kept_as_long_as_the_setting_says() {
    let folders = [Folder::new("idle-long"), Folder::new("idle-short")];
    let long = Embedded::start(&folders[0], &[]);
    let short = Embedded::start_with(&folders[1], &[], &[("KEEP_ALIVE", "1")]);
    let mut kept = answered(&long).await;
    let mut ended = answered(&short).await;
    // The later one ends first.
    let mut rest = Vec::new();
    let end = timeout(Duration::from_secs(30), ended.read_to_end(&mut rest)).await;
    assert_eq!(end.expect("it ends").expect("in good order"), 0);
    ask(&mut kept).await;
    drop(join(kept.shutdown(), ended.shutdown()).await);
}

/// A kept-alive connection after one answered request.
async fn answered(server: &Embedded) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).await.expect("it listens");
    ask(&mut stream).await;
    stream
}

async fn ask(stream: &mut TcpStream) {
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("it reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        let read = stream.read_buf(&mut answer).await.expect("it answers");
        assert!(read > 0, "the server ended the connection: {}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
}
