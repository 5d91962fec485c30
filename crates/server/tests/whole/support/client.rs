//! HTTP clients.

use std::{sync::Arc, time::Duration};

use reqwest::{Method, header};
use serde_json::Value;
use tokio::time::sleep;

use super::{Answer, Record, Server};

/// The prefix of every route of the API.
const BASE: &str = "/api/v1";
/// The timeout of an answer, longer than a healthy server ever takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    /// A request for a path below `/api/v1`; a path that starts with `//` is relative to the root.
    pub(crate) fn new(method: &str, path: impl Into<String>) -> Self {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(crate) fn patch(path: impl Into<String>, body: &Value) -> Self {
        Self::new("PATCH", path).json(body)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new("DELETE", path)
    }

    /// With a body of JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    /// With these raw bytes as the body.
    pub(crate) fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn url(&self) -> String {
        match self.path.strip_prefix("//") {
            Some(path) => format!("/{path}"),
            None => format!("{BASE}{}", self.path),
        }
    }
}

/// A client of a server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    origin: String,
    credentials: Option<(&'static str, String)>,
    record: Arc<Record>,
    /// How often a request is retried if the server was too busy and did nothing.
    tries: u8,
}

impl Client {
    /// An unauthenticated client.
    pub(crate) fn new(origin: String, record: Arc<Record>) -> Self {
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            // The server closes connections that are idle for five seconds, so the client stops reusing them earlier.
            .pool_idle_timeout(Duration::from_secs(3))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { http, origin, credentials: None, record, tries: 0 }
    }

    /// The same client, which retries this often if the server is too busy.
    pub(crate) fn patient(self, tries: u8) -> Self {
        Self { tries, ..self }
    }

    /// The same client, with an access token.
    pub(crate) fn bearer(&self, token: &str) -> Self {
        Self { credentials: Some(("authorization", format!("Bearer {token}"))), ..self.clone() }
    }

    /// The same client, with an API key.
    pub(crate) fn key(&self, value: &str) -> Self {
        Self { credentials: Some(("x-api-key", value.to_owned())), ..self.clone() }
    }

    /// The same client, for another process.
    pub(crate) fn at(&self, server: &Server) -> Self {
        let there = server.nobody();
        Self { credentials: self.credentials.clone(), ..there }
    }

    /// The same client, unauthenticated.
    pub(crate) fn nobody(&self) -> Self {
        Self { credentials: None, ..self.clone() }
    }

    /// The access token of this client, for raw requests.
    pub(crate) fn token(&self) -> Option<String> {
        self.credentials.as_ref().map(|(name, value)| format!("{name}: {value}\r\n"))
    }

    /// Sends a request; the answer must come.
    pub(crate) async fn send(&self, call: Call) -> Answer {
        for _ in 0..self.tries {
            let answer = self.send_once(call.clone()).await;
            if answer.status != 503 {
                return answer;
            }
            // The whole server is busy, or this company's share is used up.
            let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
            assert!(code == "unavailable" || code == "company_busy", "{answer:?}");
            sleep(Duration::from_secs(1)).await;
        }
        self.send_once(call).await
    }

    async fn send_once(&self, call: Call) -> Answer {
        let line = format!("{} {}", call.method, call.path);
        match self.try_send(call).await {
            Ok(answer) => {
                if answer.status == 503 {
                    self.explain(&answer);
                }
                answer
            }
            Err(error) => panic!("{line}: {error:?}"),
        }
    }

    /// Prints what the server logged about a request that it was too busy for.
    #[expect(clippy::print_stdout, reason = "a test that fails because of it shows why")]
    fn explain(&self, answer: &Answer) {
        let log = self.record.log();
        let request = answer.header("x-request-id").unwrap_or("no request");
        log.lines().filter(|line| line.contains(request)).for_each(|line| println!("{line}"));
    }

    /// Sends a request to a server that may be gone.
    pub(crate) async fn try_send(&self, call: Call) -> reqwest::Result<Answer> {
        let line = format!("{} {}", call.method, call.path);
        let mut request = self.http.request(call.method.clone(), format!("{}{}", self.origin, call.url()));
        if let Some((name, value)) = &self.credentials {
            request = request.header(*name, value);
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        } else if call.method != Method::GET {
            request = request.header(header::CONTENT_LENGTH, "0");
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = String::from_utf8_lossy(&response.bytes().await?).into_owned();
        self.record.answered(line.clone(), format!("{headers:?}\n{text}"));
        Ok(Answer { line, status, headers, text })
    }

    pub(crate) async fn get(&self, path: impl Into<String>) -> Answer {
        self.send(Call::get(path)).await
    }

    pub(crate) async fn post(&self, path: impl Into<String>, body: &Value) -> Answer {
        self.send(Call::post(path, body)).await
    }

    pub(crate) async fn put(&self, path: impl Into<String>, body: &Value) -> Answer {
        self.send(Call::new("PUT", path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: impl Into<String>, body: &Value) -> Answer {
        self.send(Call::patch(path, body)).await
    }

    pub(crate) async fn delete(&self, path: impl Into<String>) -> Answer {
        self.send(Call::delete(path)).await
    }
}
