//! What records are made of, and what a caller may do with each.

use std::collections::BTreeMap;

use cartera_domain::identity::Role;
use serde_json::{Map, Value, json};

use crate::support::{Call, Client, Server, unique};

async fn schema(client: &Client, language: Option<&str>) -> Vec<Value> {
    let call = Call::get("/schema");
    let call = match language {
        Some(language) => call.header("accept-language", language),
        None => call,
    };
    client.send(call).await.expect(200).data().as_array().expect("resources").clone()
}

fn resource<'a>(schema: &'a [Value], kind: &str) -> &'a Value {
    schema.iter().find(|resource| resource["type"] == kind).unwrap_or_else(|| panic!("no {kind}"))
}

/// A value for a field, by nothing but what the schema says of it.
fn value(field: &Value, ids: &BTreeMap<&str, String>) -> Value {
    let longest = |most: &Value| usize::try_from(most.as_u64().expect("a limit")).expect("it fits");
    match field["type"].as_str().expect("a type") {
        "TEXT" | "LONG_TEXT" => {
            let most = longest(&field["maxLength"]);
            json!(unique("ñ").chars().chain("x".repeat(most).chars()).take(most).collect::<String>())
        }
        "EMAIL" => json!(format!("{}@example.com", unique("schema"))),
        "TAGS" => {
            let (items, most) = (longest(&field["maxItems"]), longest(&field["maxLength"]));
            json!((0..items).map(|item| format!("{item:0most$}")).collect::<Vec<_>>())
        }
        "SELECT" => {
            field["choices"].as_array().and_then(|all| all.last()).expect("a choice")["value"].clone()
        }
        "NUMBER" => field["max"].clone(),
        "BOOLEAN" => json!(true),
        "REFERENCE" => json!(ids[field["references"].as_str().expect("a kind")]),
        "GROUP" => {
            let below = field["fields"].as_array().expect("fields").iter();
            below
                .map(|field| (field["name"].as_str().expect("a name").to_owned(), value(field, ids)))
                .collect()
        }
        _ => field["example"].clone(),
    }
}

#[tokio::test]
async fn the_schema_is_enough_to_create_a_record_of_every_resource() {
    let company = Server::shared().await.company().await;
    let client = company.client();
    let account = company.account().await;
    let ids = BTreeMap::from([
        ("CONTACT", company.contact_with(json!({ "accountId": account })).await),
        ("OPPORTUNITY", company.opportunity(&account).await),
        ("ACCOUNT", account),
        ("USER", company.owner.id.clone()),
        ("PIPELINE", company.pipeline.clone()),
        ("STAGE", company.stages[1].clone()),
    ]);
    let schema = schema(client, None).await;
    let mut made = 0;
    for resource in &schema {
        let fields = resource["fields"].as_array().expect("fields");
        let one_of = resource["needsOneOf"].as_array().expect("names");
        for (whole, place) in resource["createAt"]
            .as_array()
            .expect("places")
            .iter()
            .flat_map(|place| [false, true].map(|whole| (whole, place.as_str().expect("a path"))))
        {
            let parent = schema
                .iter()
                .find(|parent| place.starts_with(&format!("{}/", parent["path"].as_str().expect("a path"))));
            let parent = parent.map(|parent| ids[parent["type"].as_str().expect("a kind")].as_str());
            let is_given = |field: &&Value| {
                let needed = field["required"] == true || one_of.first() == Some(&field["name"]);
                field["onCreate"] == true && (whole || needed)
            };
            let given: Vec<_> = fields.iter().filter(is_given).collect();
            let name = |field: &Value| field["name"].as_str().expect("a name").to_owned();
            let body: Map<_, _> = given.iter().map(|field| (name(field), value(field, &ids))).collect();
            let path = place.replace("{id}", parent.unwrap_or_default());
            let answer = client.post(path, &Value::Object(body.clone())).await.expect(201).data();
            for field in given {
                let told = &answer[field["answerName"].as_str().expect("a name")];
                assert!(!told.is_null(), "{} of {place}: {answer}", field["name"]);
            }
            for field in fields {
                assert!(answer.get(field["answerName"].as_str().expect("a name")).is_some(), "{field}");
            }
            made += 1;
        }
    }
    assert!(made >= 14, "{made}");
}

#[tokio::test]
async fn the_schema_speaks_the_callers_language_and_knows_their_rights() {
    let server = Server::shared().await;
    let company = server.company().await;
    let spanish = schema(company.client(), None).await;
    assert_eq!(resource(&spanish, "ACCOUNT")["labelPlural"], "Cuentas");
    let portuguese = schema(company.client(), Some("fr, pt-BR;q=0.8")).await;
    assert_eq!(resource(&portuguese, "ACCOUNT")["label"], "Conta");
    let sale = resource(&portuguese, "OPPORTUNITY")["fields"].as_array().expect("fields").clone();
    let field = |name: &str| sale.iter().find(|field| field["name"] == name).expect("a field").clone();
    assert_eq!(field("status")["choices"][1], json!({ "value": "WON", "label": "Ganha" }));
    assert_eq!(field("stageId")["filters"], json!(["stage"]));
    assert_eq!((&field("amount")["sortable"], &field("amount")["required"]), (&json!(true), &json!(true)));
    assert_eq!(field("ownerId")["answerName"], "owner");

    let rights = |all: &[Value]| resource(all, "ACCOUNT")["rights"].clone();
    assert_eq!(rights(&spanish)["delete"], "ALL");
    let member = schema(&server.user(&company, Role::Member).await.client, None).await;
    assert_eq!((&rights(&member)["delete"], &rights(&member)["assign"]), (&json!("OWN"), &Value::Null));
    let (_, key) = company.key(&["accounts:read"]).await;
    let of_key = schema(&key, None).await;
    assert_eq!(of_key.iter().map(|one| &one["type"]).collect::<Vec<_>>(), ["ACCOUNT"]);
    assert_eq!(rights(&of_key)["write"], Value::Null);

    let first = company.client().get("/schema").await.expect(200);
    let tag = first.header("etag").expect("a tag");
    let again = company.client().send(Call::get("/schema").header("if-none-match", tag)).await;
    assert_eq!(again.status, 304);
    let other = Call::get("/schema").header("if-none-match", tag).header("accept-language", "en");
    assert_eq!(company.client().send(other).await.status, 200, "another language is another text");
}

#[tokio::test]
async fn a_record_says_what_the_caller_may_do_with_it() {
    let server = Server::shared().await;
    let company = server.company().await;
    let member = server.user(&company, Role::Member).await;
    let viewer = server.user(&company, Role::Viewer).await;
    let theirs = company.account_with(json!({ "ownerId": member.id })).await;
    let others = company.account().await;
    let can = async |client: &Client, path: String| {
        client.get(format!("{path}?include=can")).await.expect(200).data()["can"].clone()
    };
    let mays = |update, delete, restore, assign| json!({ "update": update, "delete": delete, "restore": restore, "assign": assign });
    let of = |id: &str| format!("/accounts/{id}");
    assert_eq!(can(&member.client, of(&theirs)).await, mays(true, true, false, false));
    assert_eq!(can(&member.client, of(&others)).await, mays(true, false, false, false));
    assert_eq!(can(&viewer.client, of(&theirs)).await, mays(false, false, false, false));
    assert_eq!(can(company.client(), of(&others)).await, mays(true, true, false, true));
    let plain = member.client.get(of(&theirs)).await.expect(200);
    assert_eq!((plain.data().get("can"), plain.header("etag")), (None, Some("\"1\"")));
    let listed = member.client.get("/accounts?include=can&sort=createdAt").await.expect(200).data();
    assert_eq!(listed[0]["can"], mays(true, true, false, false));
    assert_eq!(listed[1]["can"], mays(true, false, false, false));
    company.client().delete(of(&theirs)).await.expect(204);
    let bin = member.client.get("/accounts?deleted=true&include=can").await.expect(200).data();
    assert_eq!(bin[0]["can"], mays(false, false, true, false));
    let sale = company.opportunity(&others).await;
    assert_eq!(can(&member.client, format!("/opportunities/{sale}")).await, mays(true, false, false, false));
    let sales = company.client().get("/opportunities?include=can").await.expect(200).data();
    assert_eq!(sales[0]["can"], mays(true, true, false, true));
    let refused = member.client.get("/accounts?include=everything").await;
    refused.problem(400, "validation_failed");
    assert_eq!(refused.json()["errors"][0]["allowed"], json!(["can"]));
}
