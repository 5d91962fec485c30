//! Lists: parameters, parsed and documented by the same table; pages and their meta.

use actix_web::{HttpResponse, body::to_bytes};
use cartera_api_http::edge::{list_parameters, list_query, page, page_with, take};
use cartera_application::lists::Listed;
use cartera_application::{
    lists::{DELETED, ListTable, Page, Position, Total},
    opportunities::OpportunityList,
    security::{Actor, PLATFORM, Provenance},
};
use cartera_domain::accounts::AccountFields;
use cartera_domain::contacts::ContactFields;
use serde_json::{Value, json};

async fn body(response: HttpResponse) -> Value {
    let bytes = to_bytes(response.into_body()).await.expect("a whole body");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn a_page() -> Page<u8> {
    Page { items: vec![1, 2], limit: 2, page: None, next_cursor: None, total: None }
}

#[actix_web::test]
async fn a_page_says_where_it_stands() {
    let total = |count, capped| Some(Total { count, capped });
    let cases = [
        (a_page(), json!({ "limit": 2, "nextCursor": null })),
        (
            Page { next_cursor: Some("abc".to_owned()), ..a_page() },
            json!({ "limit": 2, "nextCursor": "abc" }),
        ),
        (Page { total: total(7, false), ..a_page() }, json!({ "limit": 2, "nextCursor": null, "total": 7 })),
        (
            Page { page: Some(3), total: total(10_000, true), ..a_page() },
            json!({ "page": 3, "limit": 2, "total": 10_000, "totalCapped": true }),
        ),
    ];
    for (given, meta) in cases {
        assert_eq!(body(page(given)).await, json!({ "data": [1, 2], "meta": meta }));
    }
    let more = body(page_with(a_page(), json!({ "board": [] }))).await;
    assert_eq!(more["meta"], json!({ "limit": 2, "nextCursor": null, "board": [] }));
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn somebody() -> Actor {
    Actor::system(PLATFORM, Provenance::request("r"))
}

#[test]
fn bad_parameters_are_named_as_such() {
    let bad = pairs(&[("limit", "0"), ("nope", "1")]);
    let problem = list_query(AccountFields::table(), &bad, &somebody()).expect_err("two bad parameters");
    let cartera_application::Error::Refused(refusal) = problem.0 else { panic!("a refusal") };
    let fields: Vec<_> = refusal.violations.0.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["?nope", "?limit"]);
}

#[test]
fn single_parameters_are_taken_out() {
    let mut given = pairs(&[("board", "true"), ("limit", "5"), ("x", "1"), ("x", "2"), ("y", "a\0")]);
    assert_eq!(take(&mut given, "board").expect("given once"), Some("true".to_owned()));
    assert_eq!(take(&mut given, "board").expect("gone"), None);
    assert!(take(&mut given, "x").is_err() && take(&mut given, "y").is_err());
    assert_eq!(given, pairs(&[("limit", "5")]));
    let mut empty =
        pairs(&[("stage", ""), ("from", " "), ("to", "\u{200B}"), ("z", ""), ("z", "5"), ("z", "")]);
    for name in ["stage", "from", "to"] {
        assert_eq!(take(&mut empty, name).expect("an input that was left empty"), None, "{name}");
    }
    assert_eq!(take(&mut empty, "z").expect("the one that says something"), Some("5".to_owned()));
    assert!(empty.is_empty(), "{empty:?}");
}

/// The parser accepts exactly the parameters in the document.
fn offered_is_understood(table: &'static ListTable) {
    let parameters = list_parameters(table);
    for parameter in &parameters {
        let schema = serde_json::to_value(&parameter.schema).expect("a schema");
        let schema = schema.get("items").cloned().unwrap_or(schema);
        let value = match (schema["enum"][0].as_str(), schema["type"].as_str(), schema["format"].as_str()) {
            (Some(first), _, _) => first.to_owned(),
            (_, Some("boolean"), _) => "true".to_owned(),
            (_, Some("integer"), _) => "1".to_owned(),
            (_, _, Some("uuid")) => super::support::ID.to_owned(),
            (_, _, Some("date")) => "2026-01-31".to_owned(),
            (_, _, Some("date-time")) => "2026-01-31T12:00:00Z".to_owned(),
            _ if parameter.name.starts_with("amount") => "10.00".to_owned(),
            (_, _, Some("idn-email")) => "info@demo-rüter.example".to_owned(),
            _ if parameter.name == "currency" => "UYU".to_owned(),
            _ => super::support::ID.to_owned(),
        };
        let mut given = pairs(&[(&parameter.name, &value)]);
        if value.ends_with("amount") || parameter.name.starts_with("amount") {
            given.push(("currency".to_owned(), "UYU".to_owned()));
        }
        if parameter.name.starts_with("deletedAt") {
            given.push((DELETED.to_owned(), "true".to_owned()));
        }
        match list_query(table, &given, &somebody()) {
            Ok(_) => {}
            // A forged cursor is parsed as one, and refused.
            Err(problem) if parameter.name == "cursor" => {
                assert_eq!(problem.0.code().as_str(), "invalid_cursor");
            }
            Err(problem) => panic!("{given:?}: {problem:?}"),
        }
    }
    for spec in table.fields.iter().filter(|spec| spec.filter) {
        assert!(parameters.iter().any(|parameter| parameter.name.starts_with(spec.name)), "{spec:?}");
    }
}

#[test]
fn the_document_and_the_parser_agree() {
    offered_is_understood(AccountFields::table());
    offered_is_understood(ContactFields::table());
    offered_is_understood(OpportunityList::TABLE);
}

#[test]
fn defaults_are_those_of_the_parser() {
    let query = list_query(AccountFields::table(), &[], &somebody()).expect("no parameters are fine");
    let parameters = list_parameters(AccountFields::table());
    let parameter =
        |name: &str| parameters.iter().find(|parameter| parameter.name == name).expect("a parameter");
    let default =
        |name: &str| serde_json::to_value(&parameter(name).schema).expect("a schema")["default"].clone();
    assert_eq!(default("limit"), query.limit);
    assert_eq!(query.position, Position::After(None));
    // A default of the schema would be sent by clients, and the bin has another order.
    assert_eq!(default("sort"), serde_json::Value::Null);
    let bin = list_query(AccountFields::table(), &[("deleted".into(), "true".into())], &somebody())
        .expect("it is the bin");
    let orders = [query, bin].map(|query| format!("`-{}`", query.sort.field.name()));
    let described = format!("By default {}, in the bin {}.", orders[0], orders[1]);
    let text = parameter("sort").description.as_deref().expect("a description");
    assert!(text.contains(&described), "{text}");
}
