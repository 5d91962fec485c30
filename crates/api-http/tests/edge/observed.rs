//! What logs and metrics contain about a request, and what they must not contain.

use std::{cell::RefCell, io, sync::Once};

use actix_web::test::TestRequest;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;

use super::support::{ID, edge, get, post, send, send_to, settings};

thread_local! {
    /// The log of this thread; every test has its own thread.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines logged by some work. All threads share one subscriber, because tracing caches for the whole process
/// whether a line is enabled.
async fn lines_of(work: impl Future<Output = ()>) -> String {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| tracing_subscriber::fmt().json().with_writer(|| Lines).init());
    LINES.take();
    work.await;
    String::from_utf8(LINES.take()).expect("text")
}

/// The lines logged for a request.
async fn logged(request: TestRequest) -> String {
    lines_of(async { drop(send(request).await) }).await
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

#[actix_web::test]
async fn a_request_leaves_one_line() {
    let request =
        TestRequest::patch().uri(&format!("/api/v1/things/{ID}")).insert_header(("x-request-id", "r-1"));
    let lines = objects(&logged(request).await);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let fields = &lines[0]["fields"];
    assert_eq!(lines[0]["level"], "INFO");
    assert_eq!(fields["requestId"], "r-1");
    assert_eq!(fields["method"], "PATCH");
    assert_eq!(fields["route"], "/api/v1/things/{id}");
    assert_eq!(fields["status"], 200);
    assert!(fields["latencyMs"].as_f64().is_some_and(|latency| latency > 0.0));
}

/// A request is also logged if the client disconnects, because its work may have been completed.
#[actix_web::test]
async fn who_hangs_up_leaves_one_line_too() {
    let slow = get("/api/v1/slow").insert_header(("x-request-id", "r-3"));
    let hang_up = async {
        let mut answer = Box::pin(send(slow));
        assert!(futures_util::poll!(answer.as_mut()).is_pending());
    };
    let lines = objects(&lines_of(hang_up).await);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let fields = &lines[0]["fields"];
    assert_eq!((&fields["requestId"], &fields["route"]), (&"r-3".into(), &"/api/v1/slow".into()));
    assert_eq!(fields["status"], 499);
}

#[actix_web::test]
async fn refusals_are_no_errors_and_show_no_input() {
    let request = post("/api/v1/body?q=hidden-query", r#"{"hidden-name": "hidden-value"}"#)
        .insert_header(("authorization", "Bearer hidden-token"))
        .insert_header(("cookie", "cartera_refresh=hidden-cookie"))
        .insert_header(("x-api-key", "hidden-key"));
    let lines = logged(request).await;
    assert!(!lines.contains("hidden"), "{lines}");
    assert_eq!(objects(&lines).len(), 1);
    let unknown = logged(get("/hidden-path/7")).await;
    assert!(!unknown.contains("hidden") && unknown.contains("unmatched"), "{unknown}");
}

#[actix_web::test]
async fn a_failure_is_logged_once_with_its_causes() {
    for (path, level, chain) in [
        ("/api/v1/broken", "ERROR", "reading the stars: a secret of ours"),
        ("/api/v1/panic", "ERROR", "handling the request: a secret of ours"),
        ("/api/v1/down", "WARN", "the database is unavailable: a secret of ours"),
        ("/api/v1/slow", "WARN", "the answer in time is unavailable: no answer within 0.5 s"),
    ] {
        let lines = objects(&logged(get(path).insert_header(("x-request-id", "r-2"))).await);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(
            (lines[0]["level"].as_str(), lines[0]["fields"]["chain"].as_str()),
            (Some(level), Some(chain))
        );
        assert_eq!(lines[0]["fields"]["requestId"], "r-2");
        assert_eq!(lines[1]["fields"]["message"], "request");
    }
}

#[actix_web::test]
async fn a_proxy_that_can_t_be_read_is_told_of_once() {
    let edge = edge(settings());
    let lines = lines_of(async {
        for _ in 0..3 {
            let peer = std::net::SocketAddr::from(([10, 0, 0, 1], 4711));
            let request =
                get("/api/v1/plain").peer_addr(peer).insert_header(("x-forwarded-for", "\"no\u{85}one"));
            send_to(&edge, request).await;
        }
    });
    let lines = objects(&lines.await);
    let told: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
    assert_eq!((lines.len(), told.len()), (4, 1), "{lines:?}");
    assert_eq!(told[0]["fields"]["header"], "x-forwarded-for");
    assert_eq!(told[0]["fields"]["entry"], "\"\\\"no\\u{85}one\"");
}

#[actix_web::test]
async fn requests_are_counted_by_pattern() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let guard = metrics::set_default_local_recorder(&recorder);
    send(TestRequest::patch().uri(&format!("/api/v1/things/{ID}"))).await;
    send(get("/api/v1/slow")).await;
    send(get("/nowhere/7")).await;
    let made_up = actix_web::http::Method::from_bytes(b"BREW").expect("a method");
    send(TestRequest::default().method(made_up).uri("/api/v1/things")).await;
    drop(guard);
    let text = handle.render();
    for line in [
        "http_requests_total{method=\"PATCH\",route=\"/api/v1/things/{id}\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"/api/v1/slow\",status=\"503\"} 1",
        "http_requests_errors_total{method=\"GET\",route=\"/api/v1/slow\",status=\"503\"} 1",
        "http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "http_requests_total{method=\"OTHER\",route=\"/api/v1/things\",status=\"405\"} 1",
        "http_requests_duration_seconds_count{method=\"PATCH\",route=\"/api/v1/things/{id}\"} 1",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(!text.contains(ID) && !text.contains("nowhere"), "{text}");
}
