//! Adds what follows from the declarations of a handler: security, envelopes, headers and error answers.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use utoipa::openapi::{
    Components, ContentBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Response, Schema,
    path::{Operation, ParameterIn, PathItem},
    schema::{AllOfBuilder, ArrayBuilder, Type},
};

use super::{
    API_KEY, Access,
    headers::{
        ACCEPT_PATCH, NOT_MODIFIED, OPERATION_ID, RATE_LIMIT, REQUEST_ID, add_headers, has_parameter,
        header_reference,
    },
    problems,
};
use crate::edge::{MERGE_PATCH, header_parameter};

const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const JSON: &str = "application/json";

/// Finishes every operation, and adds the components that they share.
pub(super) fn finish(document: &mut OpenApi) {
    let readable: BTreeSet<String> = document
        .paths
        .paths
        .iter()
        .filter(|(_, item)| item.get.is_some())
        .map(|(path, _)| path.clone())
        .collect();
    let mut components = document.components.take().unwrap_or_default();
    add_headers(&mut components);
    for (path, item) in &mut document.paths.paths {
        let has_record_route = readable.contains(&record_path(path));
        for (method, operation) in operations_mut(item) {
            finish_operation(path, method, operation, has_record_route, &mut components);
        }
    }
    document.components = Some(components);
}

/// The path of the records that are created at a path: what is created below another record has a path of its own.
pub(super) fn record_path(path: &str) -> String {
    match path.rsplit_once("/{id}/") {
        Some((_, own)) => format!("/api/v1/{own}/{{id}}"),
        None => format!("{path}/{{id}}"),
    }
}

/// The operations of a path, each with its method.
pub(super) fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn finish_operation(
    path: &str,
    method: &str,
    operation: &mut Operation,
    has_record_route: bool,
    components: &mut Components,
) {
    // An operation without an access declaration is left as it is, because a test detects it.
    let Some(access) = Access::of(operation) else { return };
    if operation.security.is_none() {
        operation.security = Some(access.security());
    }
    if let Some(extensions) = &mut operation.extensions {
        extensions.insert(API_KEY.to_owned(), json!(access.allows_api_keys()));
    }
    let outside_auth = !path.starts_with("/api/v1/auth/");
    // Anonymous callers have no idempotency keys of their own.
    let once = method != "GET" && outside_auth && access != Access::Public;
    if once {
        operation.parameters.get_or_insert_default().push(RefOr::T(header_parameter(
            IDEMPOTENCY_KEY,
            "Makes the request happen once: sent again within 24 hours, it gets the first answer.",
            ObjectBuilder::new()
                .schema_type(Type::String)
                .min_length(Some(1))
                .max_length(Some(200))
                .pattern(Some("^[!-~]+$")),
        )));
    }
    let meta = Meta::of(operation);
    let mut created = Vec::new();
    created.extend(has_record_route.then_some("Location"));
    let mut always = vec![REQUEST_ID];
    always.extend((method != "GET").then_some(OPERATION_ID));
    always.extend(once.then_some("Idempotency-Replayed"));
    always.extend(sets_cookie(access, operation).then_some("Set-Cookie"));
    let reads_body = operation.request_body.is_some() || method == "POST";
    problems::describe(operation, &problems::Traits { access, reads_body, once }, components);
    if operation.responses.responses.contains_key("429") {
        always.extend(RATE_LIMIT);
    }
    let success = Success { meta, always, created };
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            success.finish(status, response, components);
        }
    }
    if method == "GET" {
        describe_known(operation, &success.always);
    }
    if method == "PATCH" {
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                response.headers.insert(ACCEPT_PATCH.to_owned(), header_reference(ACCEPT_PATCH));
            }
        }
    }
    if let Some(RefOr::T(body)) = &mut operation.request_body
        && let Some(RefOr::T(content)) = body.content.get_mut(JSON)
        && let Some(name) = content.schema.as_ref().and_then(reference_name)
    {
        content.example = Some(example_of(components, &name));
        // The same by the name that says what it means.
        if method == "PATCH" {
            let same = content.clone();
            body.content.insert(MERGE_PATCH.to_owned(), RefOr::T(same));
        }
    }
}

/// Where an answer has a tag: the condition of whoever has that answer already, and what they are told.
fn describe_known(operation: &mut Operation, headers: &[&'static str]) {
    let is_tagged = |response: &RefOr<Response>| match response {
        RefOr::T(response) => response.headers.contains_key("ETag"),
        RefOr::Ref(_) => false,
    };
    if !operation.responses.responses.values().any(is_tagged) {
        return;
    }
    operation.parameters.get_or_insert_default().push(RefOr::T(header_parameter(
        "If-None-Match",
        "The `ETag` of the answer that the caller has already, or several: an answer with it is 304.",
        ObjectBuilder::new().schema_type(Type::String).examples(["\"3\""]).build(),
    )));
    let mut known = Response::new("The caller has this answer already: see `If-None-Match`.");
    for name in headers.iter().copied().chain(["ETag"]) {
        known.headers.insert(name.to_owned(), header_reference(name));
    }
    operation.responses.responses.insert(NOT_MODIFIED.to_owned(), RefOr::T(known));
}

/// Whether the operation's success sets or clears the refresh cookie.
fn sets_cookie(access: Access, operation: &Operation) -> bool {
    let opens_session = |response: &RefOr<Response>| {
        let RefOr::T(response) = response else { return false };
        let Some(RefOr::T(content)) = response.content.get(JSON) else { return false };
        content.schema.as_ref().and_then(reference_name).as_deref() == Some("Session")
    };
    access == Access::Cookie || operation.responses.responses.values().any(opens_session)
}

/// The meta of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meta {
    None,
    Page,
    /// Pagination, with the board if it was requested.
    Board,
}

/// The extension of a list that is always complete, but has the meta of a page. It is removed again here.
const LIST: &str = "x-cartera-list";

impl Meta {
    fn of(operation: &mut Operation) -> Self {
        let whole = operation.extensions.as_mut().is_some_and(|known| known.remove(LIST).is_some());
        let takes = |name| has_parameter(operation, &ParameterIn::Query, name);
        match (takes("cursor"), takes("board")) {
            (false, _) if whole => Self::Page,
            (false, _) => Self::None,
            (true, false) => Self::Page,
            (true, true) => Self::Board,
        }
    }
}

/// The description of an operation's success.
struct Success {
    meta: Meta,
    /// The headers of every success.
    always: Vec<&'static str>,
    /// The headers of 201.
    created: Vec<&'static str>,
}

impl Success {
    fn finish(&self, status: &str, response: &mut Response, components: &mut Components) {
        let mut headers = self.always.clone();
        if let Some(RefOr::T(content)) = response.content.get(JSON)
            && let Some(schema) = content.schema.clone()
        {
            let versioned = reference_name(&schema).is_some_and(|name| has_version(components, &name));
            headers.extend(versioned.then_some("ETag"));
            let envelope = self.envelope(schema, components);
            response.content.insert(JSON.to_owned(), RefOr::T(envelope));
        }
        if status == "201" {
            headers.extend(&self.created);
        }
        for name in headers {
            response.headers.insert(name.to_owned(), header_reference(name));
        }
    }

    /// `{"data": …}` around a record or a list, as a component of its own, with an example.
    fn envelope(&self, schema: RefOr<Schema>, components: &mut Components) -> utoipa::openapi::Content {
        let item = list_item(&schema);
        let record = item.clone().or_else(|| reference_name(&schema)).unwrap_or_default();
        let example = example_of(components, &record);
        let (suffix, example) = match (&item, self.meta) {
            (None, _) => ("Answer", json!({ "data": example })),
            (Some(_), Meta::None) => ("List", json!({ "data": [example] })),
            (Some(_), Meta::Page) => ("Page", json!({ "data": [example], "meta": meta_example() })),
            (Some(_), Meta::Board) => ("BoardPage", json!({ "data": [example], "meta": meta_example() })),
        };
        let mut envelope =
            ObjectBuilder::new().schema_type(Type::Object).property("data", schema).required("data");
        if self.meta != Meta::None {
            envelope = envelope.property("meta", self.meta(components)).required("meta");
        }
        let name = format!("{record}{suffix}");
        components.schemas.insert(name.clone(), RefOr::T(envelope.build().into()));
        ContentBuilder::new().schema(Some(Ref::from_schema_name(name))).example(Some(example)).build()
    }

    fn meta(&self, components: &mut Components) -> RefOr<Schema> {
        let plain = RefOr::Ref(Ref::from_schema_name("PageMeta"));
        if self.meta != Meta::Board {
            return plain;
        }
        let columns = ArrayBuilder::new()
            .items(Ref::from_schema_name("BoardColumn"))
            .description(Some("Count and amounts by stage; with `board=true`."));
        let extra = ObjectBuilder::new().schema_type(Type::Object).property("board", columns);
        let meta = AllOfBuilder::new().item(plain).item(extra).build();
        components.schemas.insert("BoardPageMeta".to_owned(), RefOr::T(meta.into()));
        RefOr::Ref(Ref::from_schema_name("BoardPageMeta"))
    }
}

fn meta_example() -> Value {
    json!({ "limit": 20, "nextCursor": null })
}

/// The name of the component that a schema refers to.
fn reference_name(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(reference) => reference.ref_location.rsplit('/').next().map(str::to_owned),
        RefOr::T(_) => None,
    }
}

/// The name of the component that a list holds.
fn list_item(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Array(list)) = schema else { return None };
    match serde_json::to_value(&list.items).ok()?.get("$ref")?.as_str() {
        Some(location) => location.rsplit('/').next().map(str::to_owned),
        None => None,
    }
}

/// Whether a component has `version`, which is also its `ETag`.
fn has_version(components: &Components, name: &str) -> bool {
    match components.schemas.get(name) {
        Some(RefOr::T(Schema::Object(object))) => object.properties.contains_key("version"),
        Some(RefOr::T(Schema::AllOf(parts))) => parts.items.iter().any(|part| match part {
            RefOr::Ref(_) => reference_name(part).is_some_and(|name| has_version(components, &name)),
            RefOr::T(Schema::Object(object)) => object.properties.contains_key("version"),
            RefOr::T(_) => false,
        }),
        _ => false,
    }
}

fn example_of(components: &Components, name: &str) -> Value {
    let schema = components.schemas.get(name).and_then(|schema| serde_json::to_value(schema).ok());
    schema.and_then(|schema| schema.get("example").cloned()).unwrap_or(Value::Null)
}
