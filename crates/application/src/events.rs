//! Domain events as the outbox stores them.

use cartera_domain::{
    events::{EntityRef, Event, FieldChange, FieldValue},
    record::Kind,
    values::{Currency, Money},
};
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

/// Reads the value of a field back; none when it is not one. Groups are told field by field.
pub(crate) fn read_value(kind: &Kind, told: &Value) -> Option<FieldValue> {
    if told.is_null() {
        return Some(FieldValue::Null);
    }
    Some(match kind {
        Kind::Integer { .. } => FieldValue::Integer(told.as_i64()?),
        Kind::Boolean => FieldValue::Boolean(told.as_bool()?),
        Kind::Date => FieldValue::Date(told.as_str()?.parse().ok()?),
        Kind::Reference(_) => FieldValue::Reference(told.as_str()?.parse().ok()?),
        Kind::Tags => FieldValue::Texts(serde_json::from_value(told.clone()).ok()?),
        Kind::Money => {
            let currency = Currency::stored(told.get("currency")?.as_str()?)?;
            FieldValue::Money(Money::parse(told.get("amount")?.as_str()?, currency).ok()?)
        }
        Kind::Group(_) => return None,
        Kind::Line { .. }
        | Kind::Prose { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::WebUrl
        | Kind::Social(_)
        | Kind::Color
        | Kind::OneOf(_) => FieldValue::Text(told.as_str()?.to_owned()),
    })
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
