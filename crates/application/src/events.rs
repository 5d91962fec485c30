//! Domain events as the outbox stores them.

use cartera_domain::events::{EntityRef, Event, FieldChange, FieldValue};
use serde_json::{Map, Value, json};

/// The payload of an event: the records it is about and the changed values, old and new. It is what
/// webhooks and live updates will carry.
pub fn payload(event: &Event) -> Value {
    let changes: Map<String, Value> = event
        .changes
        .iter()
        .map(|FieldChange { field, old, new }| {
            ((*field).to_owned(), json!({ "old": value(old), "new": value(new) }))
        })
        .collect();
    let related: Vec<Value> = event
        .related
        .iter()
        .map(|EntityRef { entity_type, id }| json!({ "entityType": entity_type.as_str(), "entityId": id }))
        .collect();
    json!({ "changes": changes, "related": related })
}

fn value(value: &FieldValue) -> Value {
    match value {
        FieldValue::Null => Value::Null,
        FieldValue::Text(text) => json!(text),
        FieldValue::Integer(number) => json!(number),
        FieldValue::Boolean(truth) => json!(truth),
        FieldValue::Reference(id) => json!(id),
        FieldValue::Money(money) => json!({ "amount": money.amount(), "currency": money.currency().code() }),
        FieldValue::Date(date) => json!(date.to_string()),
        FieldValue::Timestamp(at) => json!(at.to_rfc3339()),
        FieldValue::Texts(texts) => json!(texts),
        FieldValue::Group(values) => values.iter().map(self::value).collect(),
    }
}
