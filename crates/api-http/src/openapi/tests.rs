//! Compares the document with the routes, with the domain and with itself.

use std::collections::{BTreeMap, BTreeSet};

use cartera_application::Code;
use cartera_domain::input::Rule;
use cartera_domain::{
    attachments::{ContentType, FileName},
    companies::{CompanyName, DATA_RETENTION_DAYS, TRASH_DAYS},
    identity::{ApiKeyName, UserName},
    opportunities::{OpportunityTitle, Reason},
    values::{Address, Country, Email, Phone, Tags, WebUrl, check_password},
};
use serde_json::Value;

use super::{API_KEY, Access, document, finish::operations_mut, json, yaml};

struct Described {
    id: String,
    method: &'static str,
    path: String,
    operation: utoipa::openapi::path::Operation,
}

fn operations() -> Vec<Described> {
    let mut document = document();
    let mut all = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations_mut(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            all.push(Described { id, method, path: path.clone(), operation: operation.clone() });
        }
    }
    all
}

fn value() -> Value {
    serde_json::from_str(&json(&document()).expect("it renders")).expect("it is JSON")
}

fn schema(name: &str) -> Value {
    value()["components"]["schemas"][name].clone()
}

#[test]
fn the_routes_of_the_first_issue_are_there() {
    let known: BTreeSet<_> = operations().iter().map(|o| format!("{} {}", o.method, o.path)).collect();
    let expected = [
        "POST /auth/register",
        "POST /auth/login",
        "POST /auth/refresh",
        "POST /auth/logout",
        "GET /auth/me",
        "POST /auth/change-password",
        "GET /companies/current",
        "PATCH /companies/current",
        "POST /companies",
        "GET /companies",
        "GET /companies/{id}",
        "PATCH /companies/{id}",
        "POST /companies/{id}/suspend",
        "POST /companies/{id}/reactivate",
        "GET /users",
        "GET /users/{id}",
        "PATCH /users/me",
        "PATCH /users/{id}",
        "DELETE /users/{id}",
        "GET /roles",
        "POST /api-keys",
        "GET /api-keys",
        "DELETE /api-keys/{id}",
        "GET /api-keys/current",
        "POST /accounts",
        "GET /accounts",
        "GET /accounts/{id}",
        "PATCH /accounts/{id}",
        "DELETE /accounts/{id}",
        "GET /accounts/{id}/opportunities",
        "GET /pipelines",
        "GET /pipelines/{id}",
        "POST /opportunities",
        "GET /opportunities",
        "GET /opportunities/{id}",
        "PATCH /opportunities/{id}",
        "DELETE /opportunities/{id}",
        "POST /opportunities/{id}/stage-changes",
        "GET /opportunities/{id}/stage-changes",
        "POST /attachments",
        "GET /attachments",
        "GET /attachments/{id}",
        "DELETE /attachments/{id}",
        "POST /attachments/{id}/confirm",
        "GET /attachments/{id}/download",
        "GET /reports/top-accounts",
        "GET /reports/stage-changes",
        "GET /reports/pipeline",
    ];
    let missing: Vec<_> = expected
        .iter()
        .map(|route| route.replacen(" /", " /api/v1/", 1))
        .filter(|route| !known.contains(route))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_operation_says_who_may_call_it_and_its_security_agrees() {
    for Described { id, operation, .. } in operations() {
        let access = Access::of(&operation).unwrap_or_else(|| panic!("{id} declares no auth"));
        let extensions = operation.extensions.as_ref().expect("it has extensions");
        assert_eq!(extensions.get(API_KEY), Some(&Value::Bool(access.allows_api_keys())), "{id}");
        assert_eq!(
            extensions.len(),
            2,
            "{id} has an unknown error code or extension: {:?}",
            extensions.keys()
        );
        let security = serde_json::to_value(&operation.security).expect("it renders");
        let schemes: BTreeSet<&str> = security
            .as_array()
            .unwrap_or_else(|| panic!("{id} has no security"))
            .iter()
            .flat_map(|scheme| scheme.as_object().expect("an object").keys().map(String::as_str))
            .collect();
        let mut expected: BTreeSet<&str> = access.schemes().iter().copied().collect();
        if id == "logout" {
            // The only route that accepts either.
            expected.insert("bearer");
        }
        assert_eq!(schemes, expected, "{id}");
    }
}

#[test]
fn access_reads_back() {
    for Described { id, operation, .. } in operations() {
        let access = Access::of(&operation).expect("it declares auth");
        assert_eq!(Access::parse(&access.to_string()), Some(access), "{id}");
    }
    assert_eq!(Access::parse(&Access::Platform.to_string()), Some(Access::Platform));
    assert_eq!(Access::parse("permission:accounts:fly"), None);
}

#[test]
fn operations_are_named_once_and_in_camel_case() {
    let mut seen = BTreeSet::new();
    for Described { id, operation, .. } in operations() {
        assert!(
            id.starts_with(|c: char| c.is_ascii_lowercase()) && id.chars().all(|c| c.is_ascii_alphanumeric())
        );
        assert!(seen.insert(id.clone()), "{id} twice");
        assert!(operation.summary.as_ref().is_some_and(|text| !text.is_empty()), "{id} has no summary");
        assert_eq!(operation.tags.as_ref().map(Vec::len), Some(1), "{id}");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_answer_has_a_description() {
    let document = value();
    let mut stack = vec![&document];
    while let Some(node) = stack.pop() {
        if let Some(reference) = node.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').expect("a local reference");
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        match node {
            Value::Object(fields) => stack.extend(fields.values()),
            Value::Array(items) => stack.extend(items),
            _ => {}
        }
    }
    for path in document["paths"].as_object().expect("paths").values() {
        for operation in path.as_object().expect("operations").values() {
            for (status, answer) in operation["responses"].as_object().expect("answers") {
                let pointer = answer.get("$ref").and_then(Value::as_str).map(|r| r.trim_start_matches('#'));
                let answer =
                    pointer.map_or(answer, |pointer| document.pointer(pointer).expect("a component"));
                let described = answer["description"].as_str().is_some_and(|text| !text.is_empty());
                assert!(described, "{} {status}", operation["operationId"]);
            }
        }
    }
}

#[test]
fn it_renders_the_same_every_time_and_yaml_says_the_same() {
    let (once, again) = (document(), document());
    assert_eq!(json(&once).expect("it renders"), json(&again).expect("it renders"));
    let text = yaml(&once).expect("it renders");
    assert_eq!(text, yaml(&again).expect("it renders"));
    assert!(text.starts_with("\"components\":\n"));
    assert!(text.contains("\"openapi\": \"3.1.0\"\n"), "{}", &text[text.len() - 400..]);
}

#[test]
fn errors_follow_from_what_an_operation_is() {
    let by_id: BTreeMap<_, _> = operations().into_iter().map(|o| (o.id.clone(), o.operation)).collect();
    let statuses = |id: &str| by_id[id].responses.responses.keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(statuses("createAccount"), "201 400 401 403 408 409 413 415 422 429 500 503");
    assert_eq!(statuses("updateAccount"), "200 400 401 403 404 408 409 412 413 415 422 429 500 503");
    assert_eq!(statuses("deleteAccount"), "204 400 401 403 404 409 412 413 422 429 500 503");
    assert_eq!(statuses("listAccounts"), "200 400 401 403 413 429 500 503");
    assert_eq!(statuses("login"), "200 400 401 408 413 415 429 500 503");
    assert_eq!(statuses("refreshSession"), "200 400 401 403 408 413 415 429 500 503");
}

#[test]
fn examples_of_errors_are_of_known_codes() {
    let document = value();
    let mut seen = BTreeSet::new();
    for answer in document["components"]["responses"].as_object().expect("answers").values() {
        let examples = &answer["content"]["application/problem+json"]["examples"];
        for (code, example) in examples.as_object().expect("examples") {
            assert_eq!(example["value"]["code"], code.as_str());
            seen.insert(code.clone());
        }
    }
    let never: Vec<_> =
        Code::ALL.iter().map(|code| code.as_str()).filter(|code| !seen.contains(*code)).collect();
    // The router itself answers this, before any operation.
    assert_eq!(never, ["method_not_allowed"]);
}

/// The maximum length that a parser accepts, found by trying it.
fn longest(max: usize, parse: impl Fn(String) -> Option<Rule>, text: impl Fn(usize) -> String) {
    let fits = parse(text(max));
    assert!(!matches!(fits, Some(Rule::TooLong { .. })), "{max} is too long: {fits:?}");
    assert_eq!(parse(text(max + 1)), Some(Rule::TooLong { max }));
}

#[test]
fn lengths_are_those_of_the_domain() {
    let letters = |count: usize| "a".repeat(count);
    for (name, field, max) in [
        ("Register", "companyName", CompanyName::MAX),
        ("Register", "name", UserName::MAX),
        ("CreateCompany", "name", CompanyName::MAX),
        ("CreateCompany", "address", Address::MAX),
        ("UpdateCompany", "name", CompanyName::MAX),
        ("UpdateCompany", "address", Address::MAX),
        ("UpdateUser", "name", UserName::MAX),
        ("UpdateMe", "name", UserName::MAX),
        ("CreateApiKey", "name", ApiKeyName::MAX),
        ("CreateStageChange", "reason", Reason::MAX),
        ("CreateAttachment", "fileName", FileName::MAX),
        ("CreateAttachment", "contentType", ContentType::MAX),
    ] {
        assert_eq!(schema(name)["properties"][field]["maxLength"], max, "{name}.{field}");
    }
    for name in ["CreateAccount", "UpdateAccount"] {
        let fields = &schema(name)["properties"];
        for (field, max) in
            [("name", 200), ("industry", 100), ("address", Address::MAX), ("description", 5000)]
        {
            assert_eq!(fields[field]["maxLength"], max, "{name}.{field}");
        }
        let length = |field: &str| {
            usize::try_from(fields[field]["maxLength"].as_u64().expect("a length")).expect("a small one")
        };
        longest(length("website"), |raw| WebUrl::parse(raw).err(), letters);
        let country = Country::parse("UY").expect("a country");
        longest(length("phone"), |raw| Phone::parse(&raw, &country).err(), letters);
        assert_eq!(fields["tags"]["maxItems"], 20);
    }
    for name in ["CreateContact", "UpdateContact"] {
        let fields = &schema(name)["properties"];
        for (field, max) in [
            ("firstName", 100),
            ("lastName", 100),
            ("position", 100),
            ("email", 254),
            ("phone", 40),
            ("address", Address::MAX),
            ("notes", 5000),
        ] {
            assert_eq!(fields[field]["maxLength"], max, "{name}.{field}");
        }
        assert_eq!(fields["tags"]["maxItems"], 20);
    }
    for name in ["CreateOpportunity", "UpdateOpportunity"] {
        let fields = &schema(name)["properties"];
        assert_eq!(fields["title"]["maxLength"], OpportunityTitle::MAX);
        assert_eq!(fields["description"]["maxLength"], 5000);
    }
    let email = &schema("Register")["properties"]["email"]["maxLength"];
    assert_eq!(email, 254);
    longest(254, |raw| Email::parse(raw).err(), letters);
    let password = &schema("Register")["properties"]["password"];
    assert_eq!((&password["minLength"], &password["maxLength"]), (&8.into(), &128.into()));
    assert!(check_password(&format!("Aa1{}", letters(125))).is_ok());
    assert_eq!(check_password(&format!("Aa1{}", letters(126))), Err(vec![Rule::TooLong { max: 128 }]));
}

#[test]
fn days_are_bounded_as_in_the_domain() {
    let fields = &schema("UpdateCompanySettings")["properties"];
    for (field, (min, max)) in [("trashDays", TRASH_DAYS), ("dataRetentionDays", DATA_RETENTION_DAYS)] {
        let bounds = (&fields[field]["minimum"], &fields[field]["maximum"]);
        assert_eq!(bounds, (&min.into(), &max.into()), "{field}");
    }
}

#[test]
fn tags_are_those_of_the_domain() {
    assert_eq!(schema("Label")["maxLength"], 40);
    let tags = |count: usize| (0..count).map(|tag| tag.to_string()).collect();
    assert!(Tags::parse(tags(20)).is_ok());
    assert!(Tags::parse(tags(21)).is_err());
    assert!(Tags::parse(vec!["a".repeat(40)]).is_ok());
    assert!(Tags::parse(vec!["a".repeat(41)]).is_err());
}

#[test]
fn what_is_mandatory_is_said_so() {
    let required = |name: &str| schema(name)["required"].clone();
    assert_eq!(required("CreateAccount"), serde_json::json!(["name"]));
    assert_eq!(required("UpdateAccount"), Value::Null);
    assert_eq!(required("CreateContact"), serde_json::json!(["firstName"]));
    assert_eq!(required("UpdateContact"), Value::Null);
    assert_eq!(required("CreateOpportunity"), serde_json::json!(["title", "amount"]));
    assert_eq!(required("UpdateOpportunity"), Value::Null);
    assert_eq!(required("CreateStageChange"), serde_json::json!(["stage", "reason"]));
    assert_eq!(required("CreateCompany"), serde_json::json!(["name", "address", "website", "logoUrl"]));
    for name in ["UpdateCompany", "UpdateCompanySettings", "UpdateUser", "UpdateMe"] {
        assert_eq!(required(name), Value::Null, "{name}");
    }
    // Fields that need `users:read` may be absent.
    assert_eq!(required("User"), serde_json::json!(["id", "name", "active"]));
    assert_eq!(required("Register"), serde_json::json!(["companyName", "name", "email", "password"]));
    assert_eq!(required("MoneyInput"), serde_json::json!(["amount"]));
    assert_eq!(required("MoneyChange"), serde_json::json!(["amount", "currency"]));
    let records = [
        "Account",
        "Contact",
        "SocialLinks",
        "Opportunity",
        "StageChange",
        "Company",
        "Pipeline",
        "ApiKey",
        "Session",
        "Attachment",
        "AnnouncedAttachment",
    ];
    for name in records {
        let schema = schema(name);
        // What was asked for besides is there only then.
        let fields = schema["properties"].as_object().expect("fields").keys().filter(|name| *name != "can");
        assert_eq!(schema["required"].as_array().map(Vec::len), Some(fields.count()), "{name}");
    }
}

#[test]
fn bodies_refuse_what_they_do_not_know() {
    for name in [
        "Register",
        "Login",
        "ChangePassword",
        "CreateApiKey",
        "CreateAccount",
        "UpdateAccount",
        "CreateContact",
        "UpdateContact",
        "SocialLinksPatch",
        "CreateOpportunity",
        "UpdateOpportunity",
        "CreateStageChange",
        "CreateAttachment",
        "MoneyInput",
        "MoneyChange",
        "CreateCompany",
        "UpdateCompany",
        "UpdateCompanySettings",
        "UpdateUser",
        "UpdateMe",
    ] {
        assert_eq!(schema(name)["additionalProperties"], false, "{name}");
    }
}
