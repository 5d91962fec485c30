//! Floods of sign-ins, of slow clients and of idle ones. Well-behaved clients are served meanwhile, and memory use is
//! bounded.

use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::sleep};

use super::print;
use crate::support::{Answer, Call, Client, Server, unique};

/// The response times of successive reads by a well-behaved client; each is answered.
async fn served(client: &Client, count: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..count {
        let started = Instant::now();
        client.get("/accounts").await.expect(200);
        times.push(started.elapsed());
        sleep(Duration::from_millis(10)).await;
    }
    times.sort();
    times
}

fn figures(times: &[Duration]) -> String {
    let middle = times[times.len() / 2].as_secs_f64() * 1_000.0;
    let most = times[times.len() - 1].as_secs_f64() * 1_000.0;
    format!("{} reads of others: median {middle:.1} ms, most {most:.1} ms", times.len())
}

fn memory(server: &Server) -> u64 {
    server.resident().unwrap_or_default()
}

#[tokio::test]
#[ignore = "two hundred sign-ins at once: make attack"]
async fn a_flood_of_sign_ins_leaves_the_others_served() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    company.account().await;
    let calm = served(company.client(), 50).await;
    let nobody = server.nobody();
    let flood = join_all((0..200).map(|_| {
        let body = json!({ "email": format!("{}@example.com", unique("x")), "password": "Wrong-Horse-7" });
        let nobody = nobody.clone();
        async move { nobody.post("/auth/login", &body).await }
    }));
    let (answers, meanwhile) = join(flood, served(company.client(), 100)).await;
    let of = |status: u16| answers.iter().filter(|answer: &&Answer| answer.status == status).count();
    print(&format!(
        "200 sign-ins at once: {} answered, {} turned away; {} (calm: {})",
        of(401),
        of(503),
        figures(&meanwhile),
        figures(&calm)
    ));
    assert_eq!(of(401) + of(503), 200, "each is answered, or told to come again");
    for answer in answers.iter().filter(|answer| answer.status == 503) {
        answer.problem(503, "unavailable");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    assert!(of(401) > 0 && of(503) > 0, "the pool is bounded");
    // After the flood, sign-in works again.
    let body = json!({ "email": company.owner.email, "password": crate::support::PASSWORD });
    nobody.post("/auth/login", &body).await.expect(200);
}

#[tokio::test]
#[ignore = "ten thousand guesses: make attack"]
async fn with_limits_a_flood_of_sign_ins_costs_no_hashing() {
    let server = Server::start(&[]).await;
    let company = server.company().await;
    let nobody = server.nobody();
    let started = Instant::now();
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.extend(
            join_all((0..50).map(|_| {
                let body = json!({ "email": format!("{}@example.com", unique("x")), "password": "x" });
                let nobody = nobody.clone();
                async move { nobody.post("/auth/login", &body).await }
            }))
            .await,
        );
    }
    let of = |status: u16| answers.iter().filter(|answer: &&Answer| answer.status == status).count();
    let (limited, hashed) = (of(429), of(401));
    print(&format!(
        "1,000 sign-ins from one address in {:.1} s: {hashed} hashed, {limited} limited",
        started.elapsed().as_secs_f64()
    ));
    assert_eq!(limited + hashed + of(503), 1_000);
    // Sixty a minute, and the quota that refilled meanwhile.
    assert!(limited > 800, "{limited}");
    company.client().get("/accounts").await.expect(200);
}

/// Opens a connection and sends this text.
async fn open(server: &Server, said: &str) -> TcpStream {
    let address = server.origin.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(said.as_bytes()).await.expect("it reads");
    stream
}

#[tokio::test]
#[ignore = "four hundred slow callers: make attack"]
async fn slow_headers_and_slow_bodies_keep_nobody_waiting() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    let calm = served(company.client(), 50).await;
    let before = memory(&server);
    let token = company.client().token().expect("a session");
    let head =
        format!("POST /api/v1/accounts HTTP/1.1\r\nhost: x\r\n{token}content-type: application/json\r\n");
    let body = format!("{head}content-length: 1000000\r\n\r\n{{");
    let mut slow = Vec::new();
    for number in 0..400 {
        slow.push(open(&server, if number % 2 == 0 { &body } else { &head }).await);
    }
    let drip = async {
        // One byte a second each; the server may have closed some connections meanwhile.
        for _ in 0..8 {
            for stream in &mut slow {
                drop(stream.write_all(b"x").await);
            }
            sleep(Duration::from_secs(1)).await;
        }
    };
    let ((), meanwhile) = join(drip, served(company.client(), 300)).await;
    let after = memory(&server);
    print(&format!(
        "200 slow bodies and 200 slow headers, a byte a second: {} (calm: {}); memory {before} KiB before, {after} KiB after",
        figures(&meanwhile),
        figures(&calm)
    ));
    assert!(after < before + 64 * 1024, "{before} KiB before, {after} KiB after");
    let names = company.client().get("/accounts").await.expect(200).rows("name");
    assert_eq!(names, Vec::<serde_json::Value>::new(), "nothing came of it");
}

#[tokio::test]
#[ignore = "a thousand sockets: make attack"]
async fn a_thousand_idle_sockets_keep_nobody_waiting() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    let before = memory(&server);
    let mut idle = Vec::new();
    for number in 0..1_000 {
        // Some send nothing at all, others stay idle after one request.
        let said = if number % 2 == 0 { "" } else { "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n" };
        idle.push(open(&server, said).await);
    }
    let meanwhile = served(company.client(), 200).await;
    let after = memory(&server);
    print(&format!(
        "1,000 idle sockets: {}; memory {before} KiB before, {after} KiB after",
        figures(&meanwhile)
    ));
    assert!(after < before + 64 * 1024, "{before} KiB before, {after} KiB after");
    drop(idle);
    company.client().send(Call::get("//health")).await.expect(200);
}

#[tokio::test]
#[ignore = "two hundred megabytes: make attack"]
async fn oversize_bodies_at_once_take_bounded_memory() {
    let server = Server::start(&[("RATE_LIMITS", "off")]).await;
    let company = server.company().await;
    let before = memory(&server);
    let body = json!({ "name": "x".repeat(1_000_000) }).to_string();
    let mut turned_away = 0;
    for _ in 0..4 {
        let calls = (0..50).map(|_| {
            let call = Call::new("POST", "/accounts").header("content-type", "application/json");
            company.client().send(call.bytes(body.as_str()))
        });
        for answer in join_all(calls).await {
            // On a machine that is busy with other tests, reading fifty of them can take longer than the wait for a
            // connection.
            if answer.status == 503 {
                assert!(answer.header("retry-after").is_some(), "{answer:?}");
                turned_away += 1;
            } else {
                answer.invalid(&["/name"]);
            }
        }
    }
    let after = memory(&server);
    print(&format!(
        "200 bodies of a megabyte, 50 at once: {turned_away} turned away; memory {before} KiB before, {after} KiB after"
    ));
    assert!(turned_away < 100, "{turned_away} of 200 were not read");
    // Fifty of them at once, twice, and what the allocator retains.
    assert!(after < before + 200 * 1024, "{before} KiB before, {after} KiB after");
}
