//! What fields of every kind say in the document, and that examples fit their tables.

use cartera_application::{every_resource, records::Recorded};
use cartera_domain::{
    accounts::AccountFields,
    fields,
    ids::{AccountId, UserId},
    record::{FieldSet, Reading},
    values::{Country, Money, WebUrl},
};
use chrono::NaiveDate;

use super::*;
use crate::edge::Drafted;

fields! {
    /// One field of each kind that accounts and contacts lack, or have in another way.
    Things, ThingsInput of Account in "things" named ["page"] {
        /// What it costs.
        price: Money,
        /// What was taken off.
        discount: Option<Money>,
        /// The day.
        day: NaiveDate,
        /// Where to read more.
        page: WebUrl,
        /// Counted by rules.
        count: i32 = [kept],
        /// At which account.
        account_id: AccountId,
        /// Whose it is.
        owner_id: Option<UserId> = [owner],
    }
}

fn said(form: Form) -> Value {
    let all = object(properties(Things::FIELDS, form, AccountFields::RESOURCE), form);
    serde_json::to_value(all.build()).expect("it renders")
}

#[test]
fn every_kind_is_told_as_it_is_read_and_as_it_is_written() {
    let component = |name: &str, text: &str| json!({ "$ref": format!("#/components/schemas/{name}"), "description": text });
    let or_null = |schema: Value| json!({ "oneOf": [schema, { "type": "null" }] });
    let uuid = |text: &str| json!({ "type": "string", "format": "uuid", "description": text });

    let answer = said(Form::Answer);
    let read = &answer["properties"];
    assert_eq!(read["price"], component("Money", "What it costs."));
    assert_eq!(read["discount"], or_null(component("Money", "What was taken off.")));
    assert_eq!(read["day"], json!({ "type": "string", "format": "date", "description": "The day." }));
    assert_eq!(
        read["page"],
        json!({ "type": "string", "format": "iri", "description": "Where to read more." })
    );
    let count =
        json!({ "type": "integer", "format": "int32", "minimum": 0, "description": "Counted by rules." });
    assert_eq!(read["count"], count);
    assert_eq!(read["account"], component("Reference", "At which account."));
    let owner = "Whose it is; null when that user was removed without a successor.";
    assert_eq!(read["owner"], or_null(component("Reference", owner)));
    assert_eq!(answer["required"], json!(["price", "discount", "day", "page", "count", "account", "owner"]));
    assert_eq!(answer["additionalProperties"], Value::Null);

    let create = said(Form::Create);
    let written = &create["properties"];
    assert_eq!(written["price"], component("MoneyInput", "What it costs."));
    assert_eq!(written["discount"], or_null(component("MoneyInput", "What was taken off.")));
    assert_eq!(written["count"], Value::Null, "rules set it");
    assert_eq!(written["accountId"], uuid("At which account."));
    assert_eq!(written["page"]["maxLength"], 2048);
    assert_eq!(create["required"], json!(["price", "day", "page", "accountId"]));
    assert_eq!(create["additionalProperties"], false);

    let update = said(Form::Update);
    assert_eq!(update["properties"]["price"], component("MoneyChange", "What it costs."));
    assert_eq!(update["required"], Value::Null);
    let owner = "Whose it is. Anybody's but one's own takes `accounts:assign`.";
    assert_eq!(update["properties"]["ownerId"]["description"], owner);
}

#[test]
fn a_whole_number_names_the_ends_that_its_format_does_not() {
    let integer = |min, max| serde_json::to_value(integer(min, max, false).build()).expect("it renders");
    let percent = json!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": 100 });
    assert_eq!(integer(0, 100), percent);
    let long = json!({ "type": "integer", "format": "int64", "minimum": 1 });
    assert_eq!(integer(1, i64::MAX), long);
}

fn fits<F: Served>() {
    let Examples { record, create, update, .. } = F::examples();
    let mut names: Vec<_> = F::FIELDS.iter().map(Field::answer_name).collect();
    if F::TABLE.parents().next().is_some() {
        names.extend([ENTITY_TYPE, ENTITY_ID]);
    }
    let known =
        |given: &Value| given.as_object().expect("an object").keys().all(|key| names.contains(&&**key));
    assert!(known(&record), "{record} has a field that {names:?} lack");
    let uruguay = Country::parse("UY").expect("a country");
    let read = |body: Value| serde_json::from_value::<Drafted<F>>(body).expect("it is read").0;
    let created = F::read(read(create), &uruguay).expect("it keeps the rules");
    created.patched(read(update), Reading::from(&uruguay)).expect("it keeps the rules");
}

macro_rules! of_each {
    ([$promise:ident] $($fields:ty,)+) => { $($promise::<$fields>();)+ };
}

#[test]
fn examples_fit_their_tables() {
    every_resource!(of_each, fits);
}

/// Of two schemas with one name the document would keep the last, and say nothing.
fn are_no_others<F: Served>() {
    let document = serde_json::to_value(crate::openapi::document()).expect("it renders");
    for (name, made) in schemas::<F>() {
        let made = serde_json::to_value(made).expect("it renders");
        let said = &document["components"]["schemas"][&name];
        assert_eq!((&said["type"], &said["properties"]), (&made["type"], &made["properties"]), "{name}");
    }
}

#[test]
fn the_schemas_of_the_document_are_those_of_the_tables() {
    every_resource!(of_each, are_no_others);
}
