//! Checks that the document is complete, operation by operation, beyond what linters check.

use std::{cell::RefCell, collections::BTreeSet};

use cartera_domain::identity::Permission;
use serde_json::Value;

use super::{ACCESS, document, json};

const PROBLEM: &str = "application/problem+json";

fn value() -> Value {
    serde_json::from_str(&json(&document()).expect("it renders")).expect("it is JSON")
}

/// Resolves a node if it is a reference.
fn resolve<'a>(document: &'a Value, node: &'a Value) -> &'a Value {
    let pointer = node.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    pointer.map_or(node, |pointer| document.pointer(pointer).expect("a component"))
}

/// Calls `check` with the name, the path and the definition of every operation.
fn for_each(document: &Value, check: impl Fn(&str, &str, &Value)) {
    for (path, item) in document["paths"].as_object().expect("paths") {
        for operation in item.as_object().expect("operations").values() {
            check(operation["operationId"].as_str().expect("a name"), path, operation);
        }
    }
}

fn answers(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    operation["responses"]
        .as_object()
        .expect("answers")
        .iter()
        .map(|(status, answer)| (status.as_str(), answer))
}

#[test]
fn every_operation_says_in_words_what_it_does() {
    for_each(&value(), |id, _, operation| {
        for field in ["summary", "description"] {
            assert!(operation[field].as_str().is_some_and(|text| !text.is_empty()), "{id} has no {field}");
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let described = parameter["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described && parameter["schema"].is_object(), "{id}: {parameter}");
        }
    });
}

#[test]
fn every_operation_has_one_success_with_a_body_and_an_example_of_it() {
    let document = value();
    for_each(&document, |id, _, operation| {
        let successes: Vec<_> = answers(operation).filter(|(status, _)| status.starts_with('2')).collect();
        let [(status, answer)] = successes.as_slice() else {
            panic!("{id} has {} successes", successes.len())
        };
        if matches!(*status, "202" | "204") {
            assert_eq!(answer.get("content"), None, "{id}");
            return;
        }
        let content = &answer["content"]["application/json"];
        assert!(resolve(&document, &content["schema"])["properties"]["data"].is_object(), "{id}");
        let example = &content["example"]["data"];
        let is_said = match example {
            Value::Array(rows) => rows.first().is_some_and(Value::is_object),
            record => record.is_object(),
        };
        assert!(is_said, "{id} has no example of its answer");
    });
}

#[test]
fn every_refusal_has_a_problem_with_an_example_of_each_code() {
    let document = value();
    for_each(&document, |id, _, operation| {
        let is_refusal = |status: &str| status.starts_with(['4', '5']);
        for (status, answer) in answers(operation).filter(|(status, _)| is_refusal(status)) {
            let content = &resolve(&document, answer)["content"][PROBLEM];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{id} {status}");
            let examples = content["examples"].as_object().expect("examples");
            assert!(!examples.is_empty(), "{id} {status}");
            for (code, example) in examples {
                assert_eq!(example["value"]["code"], code.as_str(), "{id} {status}");
                assert_eq!(example["value"]["status"].to_string(), status, "{id} {code}");
            }
        }
    });
}

#[test]
fn every_operation_has_the_refusals_that_follow_from_what_it_is() {
    for_each(&value(), |id, path, operation| {
        let known: BTreeSet<&str> = answers(operation).map(|(status, _)| status).collect();
        let access = operation[ACCESS].as_str().expect("who may call it");
        let mut expected = vec!["400", "413", "500", "503"];
        let security = operation["security"].as_array().unwrap_or_else(|| panic!("{id} has no security"));
        assert_eq!(security.is_empty(), access == "public", "{id}");
        if access != "public" {
            expected.extend(["401", "403"]);
        }
        if access != "cookie" {
            expected.push("429");
        }
        if path.contains("{id}") {
            expected.push("404");
        }
        if operation["requestBody"].is_object() {
            expected.extend(["408", "415"]);
        }
        let missing: Vec<_> = expected.into_iter().filter(|status| !known.contains(status)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "{id}");
    });
}

#[test]
fn the_headers_of_an_answer_follow_from_what_it_is() {
    let document = value();
    let cookies = RefCell::new(BTreeSet::new());
    for_each(&document, |id, _, operation| {
        for (status, response) in operation["responses"].as_object().expect("responses") {
            let response = resolve(&document, response);
            let has = |name: &str| response["headers"][name].is_object();
            assert!(has("X-Request-Id"), "{id} {status}");
            assert_eq!(has("WWW-Authenticate"), status == "401", "{id} {status}");
            assert_eq!(has("Retry-After"), status == "429" || status == "503", "{id} {status}");
            assert!(has("RateLimit") || status.starts_with(['2', '3']), "{id} {status}");
            // Whoever may say what they have already is told so.
            assert_eq!(has("ETag") && status == "304", status == "304", "{id} {status}");
            if has("Set-Cookie") {
                cookies.borrow_mut().insert(id.to_owned());
            }
        }
    });
    let with_cookie = ["acceptInvitation", "changePassword", "login", "logout", "refreshSession", "register"];
    assert_eq!(cookies.into_inner(), BTreeSet::from(with_cookie.map(str::to_owned)));
}

/// In Go, the generated `NewStage` would be both a type and what makes a `Stage`.
#[test]
fn no_schema_is_named_like_the_constructor_of_another() {
    let document = value();
    for name in document["components"]["schemas"].as_object().expect("schemas").keys() {
        assert!(!name.starts_with("New"), "{name}");
    }
}

#[test]
fn every_body_is_mandatory_and_has_an_example() {
    let document = value();
    for_each(&document, |id, _, operation| {
        let Some(body) = operation.get("requestBody") else { return };
        assert_eq!(body["required"], true, "{id}");
        let content = &body["content"]["application/json"];
        let fields = resolve(&document, &content["schema"]);
        assert_eq!(fields["additionalProperties"], false, "{id}");
        let example = content["example"].as_object().unwrap_or_else(|| panic!("{id} has no example"));
        let required = fields["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for field in required {
            assert!(example.contains_key(field), "{id}: the example lacks {field}");
        }
    });
}

#[test]
fn links_lead_from_a_new_record_to_what_takes_its_id() {
    let document = value();
    let paths = document["paths"].as_object().expect("paths");
    let links = |path: &str| {
        let links = document["paths"][path]["post"]["responses"]["201"]["links"].as_object();
        links.map(|links| links.keys().cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default()
    };
    assert_eq!(links("/api/v1/api-keys"), "revokeApiKey");
    assert_eq!(
        links("/api/v1/contacts"),
        "createContactComment deleteContact getContact listContactComments listContactHistory listContactOpportunities restoreContact \
         updateContact"
    );
    assert_eq!(
        links("/api/v1/contacts/{id}/comments"),
        "deleteComment getComment listCommentHistory restoreComment updateComment"
    );
    assert_eq!(links("/api/v1/auth/register"), "");
    for path in paths.keys().filter(|path| paths.contains_key(&format!("{path}/{{id}}"))) {
        let makes = &document["paths"][path]["post"]["responses"]["201"];
        assert_eq!(makes.is_object(), !links(path).is_empty(), "{path}");
    }
}

/// Calls `check` with every schema below a node, references followed, each component once.
fn for_each_below<'a>(
    document: &'a Value,
    node: &'a Value,
    seen: &mut BTreeSet<&'a str>,
    check: &impl Fn(&Value),
) {
    match node {
        Value::Object(members) => {
            if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
                if seen.insert(reference) {
                    for_each_below(document, resolve(document, node), seen, check);
                }
                return;
            }
            check(node);
            for (_, inner) in members.iter().filter(|(name, _)| *name != "example") {
                for_each_below(document, inner, seen, check);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                for_each_below(document, entry, seen, check);
            }
        }
        _ => {}
    }
}

/// E-mails have domains of every script, a blank in an optional field is null, and an empty parameter is absent: validators
/// and generated clients must let them through.
#[test]
fn the_schemas_of_requests_take_what_the_server_takes() {
    let document = value();
    for_each(&document, |id, _, operation| {
        let takes_every_email = |schema: &Value| assert_ne!(schema["format"], "email", "{id}: {schema}");
        for_each_below(&document, &operation["requestBody"], &mut BTreeSet::new(), &|schema| {
            takes_every_email(schema);
            let is_optional_text = schema["type"] == serde_json::json!(["string", "null"]);
            if is_optional_text && let Some(pattern) = schema["pattern"].as_str() {
                assert!(pattern.ends_with(")?$"), "{id}: {schema}");
            }
            assert!(!is_optional_text || schema["minLength"].is_null(), "{id}: {schema}");
        });
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let is_optional = parameter["in"] == "query" && parameter["required"] != true;
            for schema in [&parameter["schema"], &parameter["schema"]["items"]] {
                takes_every_email(schema);
                assert!(!is_optional || schema["minLength"].is_null(), "{id}: {parameter}");
            }
        }
    });
}

/// Permissions grow with every resource: a client that knows today's alone must read the answers of a later server.
#[test]
fn answers_close_no_set_of_permissions() {
    let document = value();
    for_each(&document, |id, _, operation| {
        for_each_below(&document, &operation["responses"], &mut BTreeSet::new(), &|schema| {
            let known = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            assert_eq!(known.filter(|name| Permission::parse(name).is_some()).count(), 0, "{id}: {schema}");
        });
    });
}

/// C# refuses a member named as its class, and other languages give both one name in the code that reads them.
#[test]
fn no_schema_has_a_property_of_its_own_name() {
    let document = value();
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        for property in schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys) {
            assert!(!property.eq_ignore_ascii_case(name), "{name}.{property}");
        }
    }
}
