//! A cheap and precise HTTP client: one kept-alive connection, and requests serialized before the clock starts.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::error::{BenchError, Result};

/// The timeout of a request.
const PATIENCE: Duration = Duration::from_mins(1);

/// A request, as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request(Vec<u8>);

impl Request {
    /// A request for a path below `/api/v1`, with an optional bearer token and an optional JSON body.
    pub fn new(method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Self {
        let mut text = format!("{method} /api/v1{path} HTTP/1.1\r\nhost: bench\r\n");
        // Writing into a string can't fail.
        if let Some(token) = token {
            let _ = write!(text, "authorization: Bearer {token}\r\n");
        }
        if let Some(body) = body {
            let body = body.to_string();
            let _ = write!(
                text,
                "content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
        } else {
            text.push_str("\r\n");
        }
        Self(text.into_bytes())
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// From the request's first byte to the answer's last.
    pub took: Duration,
}

impl Answer {
    /// The body as JSON; an error unless the status is a success.
    pub fn json(&self) -> Result<Value> {
        let text = String::from_utf8_lossy(&self.body);
        if !(200..300).contains(&self.status) {
            return Err(BenchError::Unexpected(format!("status {}: {text}", self.status)));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| BenchError::Unexpected(format!("an answer that is no JSON ({error}): {text}")))
    }
}

/// One kept-alive connection, reopened if the server has closed it.
pub struct Caller {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Caller {
    /// A caller of the server at an address.
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&mut self, request: &Request) -> Result<Answer> {
        let kept = self.stream.is_some();
        match self.exchange(request) {
            // The server closes idle connections, and then has not processed the request.
            Err(_closed) if kept => self.exchange(request),
            answer => answer,
        }
        .map_err(BenchError::io("asking the server"))
    }

    fn exchange(&mut self, Request(bytes): &Request) -> std::io::Result<Answer> {
        let mut stream = if let Some(stream) = self.stream.take() {
            stream
        } else {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            BufReader::new(stream)
        };
        let began = Instant::now();
        stream.get_mut().write_all(bytes)?;
        let Message { status, body, keep } = read_answer(&mut stream)?;
        let took = began.elapsed();
        if keep {
            self.stream = Some(stream);
        }
        Ok(Answer { status, body, took })
    }
}

struct Message {
    status: u16,
    body: Vec<u8>,
    keep: bool,
}

fn read_answer(stream: &mut impl BufRead) -> std::io::Result<Message> {
    let wrong = |what: &str| std::io::Error::other(what.to_owned());
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let status =
        line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| wrong("no status"))?;
    let (mut length, mut chunked, mut keep) = (0, false, true);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_error| wrong("no length"))?,
            "transfer-encoding" => chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keep = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let body = if chunked { read_chunks(stream)? } else { read_exactly(stream, length)? };
    Ok(Message { status, body, keep })
}

fn read_exactly(stream: &mut impl BufRead, length: usize) -> std::io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(stream: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        let chunk = read_exactly(stream, size + 2)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_says_who_asks_and_how_long_its_body_is() {
        let Request(bytes) = Request::new("POST", "/accounts", Some("t"), Some(&json!({ "name": "é" })));
        assert_eq!(
            String::from_utf8(bytes).expect("text"),
            "POST /api/v1/accounts HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer t\r\n\
             content-type: application/json\r\ncontent-length: 13\r\n\r\n{\"name\":\"é\"}"
        );
    }

    #[test]
    fn answers_of_known_length_and_in_chunks_are_read_to_their_end() {
        let mut wire = &b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\
            Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"[..];
        let first = read_answer(&mut wire).expect("an answer");
        assert_eq!((first.status, first.body.as_slice(), first.keep), (201, &b"{}"[..], true));
        let second = read_answer(&mut wire).expect("an answer");
        assert_eq!((second.status, second.body.as_slice(), second.keep), (200, &b"abcde"[..], false));
        assert!(read_answer(&mut wire).is_err(), "nothing more comes");
    }
}
