//! The error answers of an operation: the codes that follow from its traits, and their description.

use std::collections::{BTreeMap, BTreeSet};

use cartera_application::Code;
use serde_json::{Value, json};
use utoipa::openapi::{
    Components, ContentBuilder, Ref, RefOr, ResponseBuilder,
    example::ExampleBuilder,
    path::{Operation, ParameterIn},
};

use super::{
    Access,
    headers::{RATE_LIMIT, REQUEST_ID, RETRY_AFTER, WWW_AUTHENTICATE, has_parameter, header_reference},
};
use crate::edge::{IF_MATCH, PROBLEM_JSON, status_of};

/// The extension that declares a handler's specific errors.
const ERRORS: &str = "x-cartera-errors";

/// The traits of an operation that determine its common errors.
pub(super) struct Traits {
    pub(super) access: Access,
    /// Whether it reads the request's body, if only to refuse it.
    pub(super) reads_body: bool,
    /// Whether it accepts an `Idempotency-Key`.
    pub(super) once: bool,
}

/// Describes every error answer of the operation, as shared components.
pub(super) fn describe(operation: &mut Operation, traits: &Traits, components: &mut Components) {
    let mut codes = common(operation, traits);
    codes.extend(own(operation));
    let mut by_status: BTreeMap<u16, BTreeSet<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(status_of(code.kind()).as_u16()).or_default().insert(code);
    }
    for (status, codes) in by_status {
        let name = component_name(&codes);
        components.responses.entry(name.clone()).or_insert_with(|| RefOr::T(response(status, &codes)));
        let reference = RefOr::Ref(Ref::from_response_name(name));
        operation.responses.responses.insert(status.to_string(), reference);
    }
}

/// Removes the handler's specific codes from the operation. Unknown codes are left in, so that a test detects them.
fn own(operation: &mut Operation) -> Vec<Code> {
    let Some(extensions) = &mut operation.extensions else { return Vec::new() };
    let Some(Value::Array(names)) = extensions.get(ERRORS) else { return Vec::new() };
    let find = |name: &Value| Code::ALL.iter().copied().find(|code| Some(code.as_str()) == name.as_str());
    let codes: Option<Vec<_>> = names.iter().map(find).collect();
    if codes.is_some() {
        extensions.remove(ERRORS);
    }
    codes.unwrap_or_default()
}

fn common(operation: &Operation, traits: &Traits) -> Vec<Code> {
    // A body that is too large is refused before the check whether the operation takes one.
    let mut codes = vec![
        Code::ValidationFailed,
        Code::PayloadTooLarge,
        Code::RateLimited,
        Code::Unavailable,
        Code::CompanyBusy,
        Code::Internal,
    ];
    match traits.access {
        Access::Public => {}
        Access::Cookie => codes.push(Code::OriginNotAllowed),
        Access::User => codes.push(Code::ApiKeyNotAllowed),
        Access::Caller => codes.extend([Code::CompanyRequired, Code::PasswordResetRequired]),
        Access::Platform => {
            codes.extend([Code::Forbidden, Code::ApiKeyNotAllowed, Code::PasswordResetRequired]);
        }
        Access::ApiKey => codes.push(Code::Forbidden),
        Access::Record(_) => {
            codes.extend([Code::Forbidden, Code::CompanyRequired, Code::PasswordResetRequired]);
        }
        Access::Permission(permission) => {
            codes.extend([Code::Forbidden, Code::CompanyRequired, Code::PasswordResetRequired]);
            if !permission.allowed_to_api_keys() {
                codes.push(Code::ApiKeyNotAllowed);
            }
        }
    }
    if !matches!(traits.access, Access::Public | Access::Cookie) {
        codes.extend([Code::Unauthenticated, Code::SeveralCredentials]);
    }
    if traits.reads_body {
        codes.extend([Code::UnsupportedMediaType, Code::RequestTimeout]);
    }
    if traits.once {
        codes.extend([Code::IdempotencyInProgress, Code::IdempotencyKeyReused]);
    }
    if has_parameter(operation, &ParameterIn::Path, "id") {
        codes.push(Code::NotFound);
    }
    if has_parameter(operation, &ParameterIn::Header, IF_MATCH) {
        codes.push(Code::VersionMismatch);
    }
    if has_parameter(operation, &ParameterIn::Query, "cursor") {
        codes.push(Code::InvalidCursor);
    }
    codes
}

/// `account_in_use` and `edit_conflict` become `AccountInUse.EditConflict`.
fn component_name(codes: &BTreeSet<Code>) -> String {
    let names: Vec<_> = codes.iter().map(|code| format!("{code:?}")).collect();
    names.join(".")
}

fn response(status: u16, codes: &BTreeSet<Code>) -> utoipa::openapi::Response {
    let lines: Vec<_> =
        codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.advice())).collect();
    let examples = codes.iter().map(|code| {
        let example = ExampleBuilder::new().summary(code.title()).value(Some(example(status, *code))).build();
        (code.as_str(), RefOr::T(example))
    });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Problem")))
        .examples_from_iter(examples)
        .build();
    let mut response =
        ResponseBuilder::new().description(lines.join("\n")).content(PROBLEM_JSON, content).build();
    let mut headers = vec![REQUEST_ID];
    headers.extend(matches!(status, 429 | 503).then_some(RETRY_AFTER));
    headers.extend((status == 401).then_some(WWW_AUTHENTICATE));
    // Every answer has these headers once the request was counted.
    headers.extend(RATE_LIMIT);
    for name in headers {
        response.headers.insert(name.to_owned(), header_reference(name));
    }
    response
}

fn example(status: u16, code: Code) -> Value {
    let (detail, errors) = match code {
        Code::ValidationFailed => (
            "/name is required".to_owned(),
            json!([{"pointer": "/name", "code": "required", "detail": "is required"}]),
        ),
        Code::InvalidReference => (
            "/ownerId does not refer to an existing record".to_owned(),
            json!([{
                "pointer": "/ownerId", "code": "invalid_reference",
                "detail": "does not refer to an existing record"
            }]),
        ),
        _ => (code.advice().to_owned(), json!([])),
    };
    let params = match code {
        Code::AccountInUse => json!({"contacts": 0, "opportunities": 2}),
        Code::ContactInUse => json!({"opportunities": 1}),
        _ => json!({}),
    };
    json!({
        "type": format!("/errors/{}", code.as_str()),
        "title": code.title(),
        "status": status,
        "detail": detail,
        "instance": "019a9f2e-0000-7000-8000-000000099001",
        "code": code.as_str(),
        "params": params,
        "errors": errors,
    })
}
