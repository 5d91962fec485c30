//! A small proxy that polls the readiness of its backends, and clients with kept-alive connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How often the readiness of a backend is polled.
const PERIOD: Duration = Duration::from_millis(100);
/// The timeout of an answer, longer than a healthy server ever takes.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Backend {
    origin: String,
    ready: bool,
}

/// Forwards each connection to one of the ready backends, for its whole life.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    backends: Arc<Mutex<Vec<Backend>>>,
}

impl Proxy {
    /// Starts with slots for this many backends, all empty.
    pub(crate) async fn start(backends: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let backends = (0..backends).map(|_| Backend { origin: String::new(), ready: false }).collect();
        let proxy = Self {
            address: listener.local_addr().expect("an address"),
            backends: Arc::new(Mutex::new(backends)),
        };
        tokio::spawn(proxy.clone().watch());
        tokio::spawn(proxy.clone().accept(listener));
        proxy
    }

    /// Replaces the backend of a slot, and waits until the new one is ready.
    pub(crate) async fn replace(&self, place: usize, origin: &str) {
        self.with(|backends| backends[place] = Backend { origin: origin.to_owned(), ready: false });
        while !self.with(|backends| backends[place].ready) {
            sleep(PERIOD).await;
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Backend>) -> T) -> T {
        work(&mut self.backends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn watch(self) {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(2)).build().expect("a client");
        loop {
            let origins = self.with(|all| all.iter().map(|one| one.origin.clone()).collect::<Vec<_>>());
            for (place, origin) in origins.iter().enumerate().filter(|(_, origin)| !origin.is_empty()) {
                let answer = http.get(format!("{origin}/readyz")).send().await;
                let ready = answer.is_ok_and(|answer| answer.status().is_success());
                self.with(|all| {
                    if all[place].origin == *origin {
                        all[place].ready = ready;
                    }
                });
            }
            sleep(PERIOD).await;
        }
    }

    async fn accept(self, listener: TcpListener) {
        let turn = AtomicUsize::new(0);
        loop {
            let Ok((mut client, _)) = listener.accept().await else { continue };
            let ready = self.with(|all| {
                all.iter().filter(|one| one.ready).map(|one| one.origin.clone()).collect::<Vec<_>>()
            });
            let first = turn.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                for index in 0..ready.len() {
                    let origin = &ready[(first + index) % ready.len()];
                    if let Ok(mut server) = TcpStream::connect(origin.trim_start_matches("http://")).await {
                        // When one side closes, both sides are closed.
                        return drop(copy_bidirectional(&mut client, &mut server).await);
                    }
                }
            });
        }
    }
}

/// The results of callers.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) answers: usize,
    pub(crate) failures: Vec<String>,
    /// How often a server answered that it was too busy, which is allowed while other tests run.
    pub(crate) busy: usize,
    /// Connections that the server announced to close.
    pub(crate) told_to_close: usize,
}

impl Seen {
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.answers += other.answers;
        self.failures.extend(other.failures);
        self.busy += other.busy;
        self.told_to_close += other.told_to_close;
        self
    }
}

/// A caller that sends successive requests on one connection, and opens another only after `Connection: close`.
pub(crate) struct KeptAlive {
    address: SocketAddr,
    connection: Option<BufReader<TcpStream>>,
    pub(crate) seen: Seen,
}

impl KeptAlive {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self { address, connection: None, seen: Seen::default() }
    }

    /// Sends a request (head and body) and reads the answer, without retries.
    pub(crate) async fn send(&mut self, request: &str, status: &str) {
        let line = request.lines().next().unwrap_or_default();
        match timeout(PATIENCE, self.exchange(request)).await {
            Ok(Ok(head)) if head.starts_with(&format!("HTTP/1.1 {status} ")) => self.seen.answers += 1,
            Ok(Ok(head)) if head.starts_with("HTTP/1.1 503 ") && head.contains("retry-after: ") => {
                self.seen.busy += 1;
            }
            Ok(Ok(head)) => self.seen.failures.push(format!("{line}: {head}")),
            Ok(Err(error)) => self.fail(format!("{line}: {error}")),
            Err(elapsed) => self.fail(format!("{line}: {elapsed}")),
        }
    }

    fn fail(&mut self, failure: String) {
        self.seen.failures.push(failure);
        self.connection = None;
    }

    async fn exchange(&mut self, request: &str) -> std::io::Result<String> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => BufReader::new(TcpStream::connect(self.address).await?),
        };
        connection.get_mut().write_all(request.as_bytes()).await?;
        let (mut head, mut length) = (String::new(), 0);
        let mut closes = false;
        loop {
            let mut line = String::new();
            if connection.read_line(&mut line).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().map_err(std::io::Error::other)?;
            }
            closes |= lower.starts_with("connection:") && lower.contains("close");
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body).await?;
        if closes {
            self.seen.told_to_close += 1;
        } else {
            self.connection = Some(connection);
        }
        Ok(head)
    }
}

/// Waits for the callers to stop, and sums their results.
pub(crate) async fn gather(callers: Vec<JoinHandle<Seen>>) -> Seen {
    let seen = futures_util::future::join_all(callers).await;
    seen.into_iter().map(|seen| seen.expect("no panic")).fold(Seen::default(), Seen::with)
}
