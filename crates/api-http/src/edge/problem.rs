//! Errors as RFC 9457 documents. This is the only place that maps codes to statuses and logs failures.

use std::{collections::BTreeMap, error::Error as StdError, fmt, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        ConnectionType, StatusCode,
        header::{self, HeaderValue},
    },
};
use cartera_application::{Code, Error, Kind, Lack};
use cartera_domain::{
    identity::Permission,
    input::{Choice, Rule, Violation, Violations},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::trace;

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The `Retry-After` of an answer that failed because a dependency is down.
const UNAVAILABLE_RETRY: Duration = Duration::from_secs(5);
/// The most entries of `errors` in one answer, which a list of a hundred thousand invalid tags would exceed.
const MAX_ENTRIES: usize = 100;
/// The most values that an entry names as possible.
const MAX_ALLOWED: usize = 20;
/// The longest pointer in an answer, because unknown names come from the caller and may have a megabyte.
const MAX_POINTER: usize = 200;

/// The result of a handler.
pub type Handled = Result<HttpResponse, Problem>;

/// An error of a use case or of the edge, on its way to the caller.
#[derive(Debug)]
pub struct Problem(pub Error);

impl Problem {
    /// A refusal with only a code.
    pub fn refused(code: Code) -> Self {
        Self(Error::refused(code))
    }

    /// One invalid field. A field that starts with `/`, `?` or `header:` is already a pointer.
    pub fn invalid(field: impl Into<String>, rule: Rule) -> Self {
        Self(Error::invalid(field, rule))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self(violations.into())
    }
}

impl From<Violation> for Problem {
    fn from(violation: Violation) -> Self {
        Violations::from(violation).into()
    }
}

/// The status of a kind of refusal.
pub const fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Timeout => StatusCode::REQUEST_TIMEOUT,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Unprocessable => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        status_of(self.0.code().kind())
    }

    fn error_response(&self) -> HttpResponse {
        let request_id = trace::request_id();
        log_failure(&self.0, &request_id);
        let status = self.status_code();
        let mut response = HttpResponse::build(status)
            .content_type(PROBLEM_JSON)
            .json(ProblemDocument::of(&self.0, &request_id));
        if let Some(after) = retry_after(&self.0) {
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE) {
            // The rest of the body is still being sent, so the connection can't be reused.
            response.head_mut().set_connection_type(ConnectionType::Close);
        }
        response
    }
}

/// Logs a failure once, with all of its causes. Refusals are not logged as errors.
fn log_failure(error: &Error, request_id: &str) {
    let code = error.code();
    match code.kind() {
        Kind::Internal => {
            tracing::error!(
                requestId = request_id,
                code = code.as_str(),
                chain = chain(error),
                "request failed"
            );
        }
        Kind::Unavailable => {
            tracing::warn!(
                requestId = request_id,
                code = code.as_str(),
                chain = chain(error),
                "request failed"
            );
        }
        _ => {}
    }
}

/// An error and its causes, outermost first.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn retry_after(error: &Error) -> Option<HeaderValue> {
    let after = match error {
        Error::TooMany { retry_after } => *retry_after,
        Error::Unavailable { .. } => UNAVAILABLE_RETRY,
        Error::Refused(refusal) => match refusal.code.kind() {
            Kind::TooMany => Duration::from_secs(1),
            Kind::Unavailable => UNAVAILABLE_RETRY,
            _ => return None,
        },
        Error::Internal { .. } => return None,
    };
    Some(whole_seconds(after).into())
}

/// Seconds, rounded up, so that a caller who waits that long is accepted.
pub(super) fn whole_seconds(duration: Duration) -> u64 {
    (duration.as_secs() + u64::from(duration.subsec_nanos() > 0)).max(1)
}

/// What every error looks like (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/errors/validation_failed",
    "title": "The request is not valid",
    "status": 400,
    "detail": "name: is required",
    "instance": "0192f0c1-2a4b-7c3d-8e9f-001122334455",
    "code": "validation_failed",
    "params": {},
    "errors": [{"pointer": "/name", "code": "required", "detail": "is required"}]
}))]
pub struct ProblemDocument {
    /// Which error, as a relative reference that does not change: `/errors/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What went wrong, in a few words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong and what to do, in English.
    pub detail: String,
    /// The id of the request, as in `X-Request-Id` and in the log.
    pub instance: String,
    /// The stable code: decide by it.
    pub code: &'static str,
    /// Figures that belong to the error, by name.
    pub params: BTreeMap<&'static str, i64>,
    /// The permission that the caller lacks, or lacks for records of others; only with `forbidden`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, example = "accounts:delete")]
    pub permission: Option<&'static str>,
    /// One entry per field or parameter that is not valid.
    pub errors: Vec<ProblemEntry>,
}

/// What is wrong with one field, parameter or header.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemEntry {
    /// A JSON pointer into the body (`/amount/currency`, empty for the whole), `?name` for a query
    /// parameter, `header:Name` for a header.
    pub pointer: String,
    /// The stable code of the rule.
    pub code: &'static str,
    /// The rule in English.
    pub detail: String,
    /// What could have been given: the fields, parameters or values that are known here. At most 20, the most alike where
    /// there are more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 20)]
    pub allowed: Vec<String>,
    /// The one of them that was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "firstName")]
    pub did_you_mean: Option<String>,
}

impl ProblemDocument {
    fn of(error: &Error, request_id: &str) -> Self {
        let code = error.code();
        let (params, violations, lack) = match error {
            Error::Refused(refusal) => {
                (refusal.params.clone(), refusal.violations.0.as_slice(), refusal.lack)
            }
            Error::TooMany { .. } | Error::Unavailable { .. } | Error::Internal { .. } => {
                (BTreeMap::new(), &[][..], None)
            }
        };
        let errors: Vec<_> = violations.iter().take(MAX_ENTRIES).map(ProblemEntry::of).collect();
        Self {
            kind: format!("/errors/{}", code.as_str()),
            title: code.title(),
            status: status_of(code.kind()).as_u16(),
            detail: lack.map_or_else(|| detail(code, &errors), lacking),
            instance: request_id.to_owned(),
            code: code.as_str(),
            params,
            permission: lack.and_then(Lack::permission).map(Permission::key),
            errors,
        }
    }
}

fn lacking(lack: Lack) -> String {
    match lack {
        Lack::Permission(permission) => format!(
            "This takes the permission `{permission}`, which you don't have. Ask an administrator of your company for it, or \
             for a key with that scope."
        ),
        Lack::Reach(permission) => {
            format!("Your permission `{permission}` is for your own records only, and this one is not yours.")
        }
        Lack::Rank => "A user above your own role, or a role above it, is not yours to manage. Ask somebody of that role.".to_owned(),
        Lack::AnotherPerson => "Nobody changes their own role or deactivates themselves. Ask another administrator.".to_owned(),
        Lack::Platform => "This is for platform administrators, not for users of a company.".to_owned(),
        Lack::OwnersInviter => "Only platform administrators invite an OWNER. Invite them with another role; an OWNER may raise it once they have joined.".to_owned(),
        Lack::ApiKey => "This is for API keys only: send one as `X-API-Key`. People call `GET /auth/me`.".to_owned(),
    }
}

fn detail(code: Code, errors: &[ProblemEntry]) -> String {
    if errors.is_empty() {
        return code.advice().to_owned();
    }
    let lines: Vec<_> = errors
        .iter()
        .map(|entry| match entry.pointer.as_str() {
            "" => format!("the body {}", entry.detail),
            pointer => format!("{pointer} {}", entry.detail),
        })
        .collect();
    lines.join("; ")
}

impl ProblemEntry {
    fn of(violation: &Violation) -> Self {
        let choice = violation.rule.choice();
        Self {
            pointer: pointer(&violation.field),
            code: violation.rule.code(),
            detail: violation.rule.to_string(),
            allowed: choice
                .map(|choice| choice.allowed(MAX_ALLOWED))
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect(),
            did_you_mean: choice.and_then(Choice::nearest).map(str::to_owned),
        }
    }
}

/// The pointer to a field that the application names: `amount.currency` becomes `/amount/currency`.
fn pointer(field: &str) -> String {
    let ready = field.is_empty() || field.starts_with(['/', '?']) || field.starts_with("header:");
    let pointer = if ready {
        field.to_owned()
    } else {
        field.split('.').flat_map(|segment| ["/".to_owned(), escape(segment)]).collect()
    };
    match pointer.char_indices().nth(MAX_POINTER) {
        Some((end, _)) => format!("{}…", &pointer[..end]),
        None => pointer,
    }
}

/// One segment of a JSON pointer (RFC 6901).
pub(super) fn escape(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
