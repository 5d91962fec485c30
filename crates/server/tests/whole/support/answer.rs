//! Answers.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// A complete answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The request it answers.
    pub(crate) line: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// Asserts that it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.line, self.text);
        self
    }

    /// Its body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.line, self.text))
    }

    /// The data of a success.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {} {}", self.line, self.status, self.text);
        self.json()["data"].take()
    }

    /// The id of the record in a success.
    #[track_caller]
    pub(crate) fn id(&self) -> String {
        let data = self.data();
        data["id"].as_str().unwrap_or_else(|| panic!("{}: no id in {data}", self.line)).to_owned()
    }

    /// The values of `field` in the rows of a list.
    #[track_caller]
    pub(crate) fn rows(&self, field: &str) -> Vec<Value> {
        let data = self.data();
        let rows = data.as_array().unwrap_or_else(|| panic!("{}: no list: {data}", self.line));
        rows.iter().map(|row| row[field].clone()).collect()
    }

    /// A header that was sent at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("an ASCII header"))
    }

    /// The refresh token in its cookie.
    pub(crate) fn refresh_token(&self) -> Option<String> {
        let cookie = self.header("set-cookie")?.split(';').next()?;
        cookie.strip_prefix("cartera_refresh=").filter(|token| !token.is_empty()).map(str::to_owned)
    }

    /// Asserts that it is a problem with this status and code, and that it has all mandatory members. Returns its body.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.line, self.text);
        let body = self.json();
        assert_eq!(body["code"], code, "{}: {}", self.line, self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.line);
        assert_eq!(body["status"], status, "{}", self.line);
        assert_eq!(body["type"], format!("/errors/{code}"), "{}", self.line);
        assert_eq!(body["instance"].as_str(), self.header("x-request-id"), "{}", self.line);
        for text in ["title", "detail"] {
            assert!(body[text].as_str().is_some_and(|text| !text.is_empty()), "{}: {}", self.line, self.text);
        }
        body
    }

    /// Asserts that it is a validation problem with exactly these pointers.
    #[track_caller]
    pub(crate) fn invalid(&self, pointers: &[&str]) {
        let body = self.problem(400, "validation_failed");
        let entries = body["errors"].as_array().expect("a list of errors");
        let found: Vec<_> = entries.iter().filter_map(|entry| entry["pointer"].as_str()).collect();
        assert_eq!(found, pointers, "{}: {}", self.line, self.text);
    }

    /// Status and body, without what differs between any two requests.
    pub(crate) fn essence(&self) -> (u16, Value) {
        let mut body = serde_json::from_str(&self.text).unwrap_or(Value::Null);
        if let Some(body) = body.as_object_mut() {
            body.remove("instance");
        }
        (self.status, body)
    }
}
