//! Measures how one company's load affects another: a company whose writes wait for locked rows, and one that floods
//! the server.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    error::{BenchError, Result},
    figures::percentile,
    http::{Caller, Request},
    progress::say,
    requests::Subject,
    site::Site,
};

/// How long each situation is measured.
const WATCH: Duration = Duration::from_secs(5);
/// The number of the neighbour's callers, and the interval of each one's requests. They are sent at fixed times, like
/// those of independent users: a caller that waits for each answer would hardly notice a stalled server.
const CALLERS: usize = 4;
const PACE: Duration = Duration::from_millis(40);
/// How many writes of the other company wait, and how many of its callers flood.
const WAITING: usize = 24;
const FLOODING: usize = 16;

/// The results of the neighbour's requests in one situation.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    times: Vec<Duration>,
    /// Answers other than 200.
    pub failures: usize,
}

impl Observed {
    fn with(mut self, other: Self) -> Self {
        self.times.extend(other.times);
        self.failures += other.failures;
        self
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// The 95th percentile, in milliseconds.
    pub fn p95(&self) -> Option<f64> {
        percentile(&self.times, 95).map(|time| time.as_secs_f64() * 1000.0)
    }
}

/// The same requests in all situations.
#[derive(Debug, Clone)]
pub struct Neighbours {
    /// Without other load.
    pub quiet: Observed,
    /// The rows that the other company's writes need are locked during the measurement, and 24 writes wait.
    pub held: Observed,
    /// Sixteen callers of the other company request its home list without a pause.
    pub flooded: Observed,
}

/// Measures how the large company's load affects a small one.
pub fn watch(site: &mut Site) -> Result<Neighbours> {
    say("neighbours");
    let (small, large) = (site.companies.small[0].clone(), site.companies.large.clone());
    let neighbour = site.subject(&small)?;
    let other = site.subject(&large)?;
    let address = site.server.address;
    let get =
        Request::new("GET", &neighbour.fill("/opportunities/{opportunity}")?, Some(&neighbour.token), None);
    observe(address, &get, Duration::from_millis(500));
    let quiet = observe(address, &get, WATCH);
    let held = while_held(site, &large.id, &other, &get)?;
    let flooded = while_flooded(address, &other, &get);
    Ok(Neighbours { quiet, held, flooded })
}

fn observe(address: SocketAddr, get: &Request, long: Duration) -> Observed {
    let began = Instant::now();
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(|| ask(address, get, began, long))).collect();
        // A caller that panicked has no results.
        callers.into_iter().filter_map(|caller| caller.join().ok()).fold(Observed::default(), Observed::with)
    })
}

/// Sends requests at fixed times. The latency counts from the scheduled time.
fn ask(address: SocketAddr, get: &Request, began: Instant, long: Duration) -> Observed {
    let mut observed = Observed::default();
    let mut caller = Caller::new(address);
    let mut due = Duration::ZERO;
    while due < long {
        thread::sleep(due.saturating_sub(began.elapsed()));
        let answer = caller.send(get);
        observed.times.push(began.elapsed().saturating_sub(due));
        observed.failures += usize::from(!answer.is_ok_and(|answer| answer.status == 200));
        due += PACE;
    }
    observed
}

fn while_held(site: &Site, company: &str, other: &Subject, get: &Request) -> Result<Observed> {
    let mut holder = site.cluster.superuser()?;
    holder.run(
        "holding a company's rows",
        &format!(
            "begin; select from companies where id = '{company}' for update; \
             select from company_sequences where company_id = '{company}' for update"
        ),
    )?;
    let body = json!({
        "title": "A sale that waits", "accountId": other.account, "amount": { "amount": "1.00", "currency": "UYU" },
    });
    let post = Request::new("POST", "/opportunities", Some(&other.token), Some(&body));
    let address = site.server.address;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..WAITING {
            scope.spawn(|| {
                let mut caller = Caller::new(address);
                // Refused callers retry, like users.
                while !over.load(Ordering::Relaxed) {
                    drop(caller.send(&post));
                    thread::sleep(Duration::from_millis(100));
                }
            });
        }
        thread::sleep(Duration::from_millis(300));
        let observing = scope.spawn(|| observe(address, get, WATCH));
        // The neighbour may be behind schedule by then, and catches up.
        thread::sleep(WATCH);
        over.store(true, Ordering::Relaxed);
        holder.run("letting a company's rows go", "rollback")?;
        observing.join().map_err(|_panic| BenchError::Unexpected("nobody watched the neighbour".to_owned()))
    })
}

fn while_flooded(address: SocketAddr, other: &Subject, get: &Request) -> Observed {
    let home = Request::new("GET", "/opportunities", Some(&other.token), None);
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..FLOODING {
            scope.spawn(|| {
                let mut caller = Caller::new(address);
                while !over.load(Ordering::Relaxed) {
                    drop(caller.send(&home));
                }
            });
        }
        thread::sleep(Duration::from_millis(300));
        let observed = observe(address, get, WATCH);
        over.store(true, Ordering::Relaxed);
        observed
    })
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader, Write},
        net::TcpListener,
    };

    use super::*;

    /// A server that refuses the second request of its one connection.
    fn refusing() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("its address");
        thread::spawn(move || {
            for stream in listener.incoming().take(1) {
                let mut stream = BufReader::new(stream.expect("a caller"));
                for answer in ["200 OK", "503 Service Unavailable", "200 OK"] {
                    let mut line = String::new();
                    while line != "\r\n" {
                        line.clear();
                        stream.read_line(&mut line).expect("a line");
                    }
                    let text = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
                    stream.get_mut().write_all(text.as_bytes()).expect("answered");
                }
            }
        });
        address
    }

    #[test]
    fn every_request_that_is_due_is_sent_and_counted() {
        let get = Request::new("GET", "/x", None, None);
        // All three were due before the caller came: it catches up.
        let began = Instant::now().checked_sub(PACE * 10).expect("the machine runs for longer");
        let observed = ask(refusing(), &get, began, PACE * 3);
        assert_eq!((observed.count(), observed.failures), (3, 1));
        let waited = |nth: usize, paces: u32| observed.times[nth] >= PACE * paces;
        assert!(waited(0, 10) && waited(1, 9) && waited(2, 8), "{observed:?}");
    }
}
