//! A record as it is read.
//!
//! It never becomes the typed fields: stores tell the values by their place in the table, and they are written as JSON
//! by their names in the table.

use cartera_domain::{
    events::{EntityRef, FieldValue},
    record::{Field, Kind, Table},
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    views::{MoneyView, NamedRef},
};

/// The kind of the record that a record belongs to, as answers name it.
pub const ENTITY_TYPE: &str = "entityType";
/// Its id.
pub const ENTITY_ID: &str = "entityId";

/// One value of a record as it is read: references have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// No value.
    Null,
    /// Text, or a member of a closed set by its name.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// Several texts.
    Texts(Vec<String>),
    /// A calendar day.
    Date(NaiveDate),
    /// An exact amount of money.
    Money(MoneyView),
    /// Another record.
    Reference(NamedRef),
    /// The record that it belongs to.
    Parent(Uuid),
    /// The fields of a group, in order.
    Group(Vec<Shown>),
}

impl From<FieldValue> for Shown {
    /// A value that refers to nothing, as it is read.
    fn from(value: FieldValue) -> Self {
        match value {
            FieldValue::Text(text) => Self::Text(text),
            FieldValue::Integer(number) => Self::Integer(number),
            FieldValue::Boolean(truth) => Self::Boolean(truth),
            FieldValue::Texts(texts) => Self::Texts(texts),
            FieldValue::Date(date) => Self::Date(date),
            FieldValue::Money(money) => Self::Money(money.into()),
            FieldValue::Group(values) => Self::Group(values.into_iter().map(Self::from).collect()),
            FieldValue::Timestamp(at) => Self::Text(moment(at)),
            FieldValue::Reference(_) | FieldValue::Null => Self::Null,
        }
    }
}

/// A record as it is read, whatever its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordView {
    /// Of which resource.
    pub table: &'static Table,
    /// Its id.
    pub id: Uuid,
    /// Counts the changes, from 1.
    pub version: i32,
    /// What users write on it, in the order of the table.
    pub values: Vec<Shown>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Who created it.
    pub created_by: Option<NamedRef>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it went to the bin; none while it is live.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A moment: RFC 3339 in UTC with `Z`, to the microsecond.
fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Serialize for RecordView {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 6))?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("version", &self.version)?;
        for (field, value) in self.table.fields.iter().zip(&self.values) {
            if field.uses.parent {
                if let (Shown::Parent(id), Kind::Reference(entity)) = (value, field.kind) {
                    map.serialize_entry(ENTITY_TYPE, entity.as_str())?;
                    map.serialize_entry(ENTITY_ID, id)?;
                }
                continue;
            }
            map.serialize_entry(field.answer_name(), &Valued { kind: &field.kind, value })?;
        }
        map.serialize_entry("createdAt", &moment(self.created_at))?;
        map.serialize_entry("createdBy", &self.created_by)?;
        map.serialize_entry("updatedAt", &moment(self.updated_at))?;
        map.serialize_entry("deletedAt", &self.deleted_at.map(moment))?;
        map.end()
    }
}

/// A value beside its kind: the names below a group stand in its table.
struct Valued<'a> {
    kind: &'a Kind,
    value: &'a Shown,
}

impl Serialize for Valued<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match (self.value, self.kind) {
            (Shown::Null, _) => serializer.serialize_none(),
            (Shown::Text(text), _) => serializer.serialize_str(text),
            (Shown::Integer(number), _) => serializer.serialize_i64(*number),
            (Shown::Boolean(truth), _) => serializer.serialize_bool(*truth),
            (Shown::Date(date), _) => date.serialize(serializer),
            (Shown::Money(money), _) => money.serialize(serializer),
            (Shown::Reference(reference), _) => reference.serialize(serializer),
            (Shown::Parent(id), _) => id.serialize(serializer),
            (Shown::Texts(texts), _) => texts.serialize(serializer),
            (Shown::Group(values), Kind::Group(fields)) => {
                let mut map = serializer.serialize_map(Some(values.len()))?;
                for (field, value) in fields.iter().zip(values) {
                    map.serialize_entry(field.answer_name(), &Valued { kind: &field.kind, value })?;
                }
                map.end()
            }
            (Shown::Group(values), _) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    list.serialize_element(&Valued { kind: self.kind, value })?;
                }
                list.end()
            }
        }
    }
}

impl RecordView {
    /// What it belongs to; none where records belong to nothing.
    pub fn parent(&self) -> Option<EntityRef> {
        self.table.parents().find_map(|(index, _, entity_type)| match self.values.get(index) {
            Some(Shown::Parent(id)) => Some(EntityRef { entity_type, id: *id }),
            _ => None,
        })
    }

    /// The value of the field with this name; none when there is no such field.
    pub fn get(&self, path: &str) -> Option<&Shown> {
        let index = self.table.fields.iter().position(|field| field.path == path)?;
        self.values.get(index)
    }

    /// The text of the field with this name; none when it has none.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.get(path)? {
            Shown::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What the field with this name refers to; none when it refers to nothing.
    pub fn reference(&self, path: &str) -> Option<&NamedRef> {
        match self.get(path)? {
            Shown::Reference(reference) => Some(reference),
            _ => None,
        }
    }

    /// Takes back what was remembered of an answer. Releases before 0.3 named fields as the database does; their
    /// answers are remembered for a day.
    ///
    /// # Errors
    /// `internal` when it is not what this table tells.
    pub fn recalled(table: &'static Table, remembered: &Value) -> Result<Self> {
        recalled(table, remembered)
            .ok_or(Error::Internal { what: "a remembered answer that does not fit its table", cause: None })
    }
}

fn recalled(table: &'static Table, remembered: &Value) -> Option<RecordView> {
    let at = |name: &str, before: &str| remembered.get(name).or_else(|| remembered.get(before));
    let moment = |value: &Value| value.as_str()?.parse::<DateTime<Utc>>().ok();
    Some(RecordView {
        table,
        id: remembered.get("id")?.as_str()?.parse().ok()?,
        version: i32::try_from(remembered.get("version")?.as_i64()?).ok()?,
        values: table.fields.iter().map(|field| shown_of(field, remembered)).collect::<Option<_>>()?,
        created_at: moment(at("createdAt", "created_at")?)?,
        created_by: reference_of(at("createdBy", "created_by")?),
        updated_at: moment(at("updatedAt", "updated_at")?)?,
        deleted_at: at("deletedAt", "deleted_at").and_then(moment),
    })
}

fn reference_of(value: &Value) -> Option<NamedRef> {
    serde_json::from_value(value.clone()).ok()
}

fn shown_of(field: &Field, within: &Value) -> Option<Shown> {
    if let (true, Kind::Reference(entity)) = (field.uses.parent, field.kind) {
        let is_it = within.get(ENTITY_TYPE)?.as_str()? == entity.as_str();
        let id = within.get(ENTITY_ID)?.as_str()?.parse().ok()?;
        return Some(if is_it { Shown::Parent(id) } else { Shown::Null });
    }
    let before = field.column.strip_suffix("_id").unwrap_or(field.column);
    let value = within.get(field.answer_name()).or_else(|| within.get(before))?;
    if value.is_null() {
        return Some(Shown::Null);
    }
    Some(match field.kind {
        Kind::Integer { .. } => Shown::Integer(value.as_i64()?),
        Kind::Boolean => Shown::Boolean(value.as_bool()?),
        Kind::Tags => Shown::Texts(serde_json::from_value(value.clone()).ok()?),
        Kind::Date => Shown::Date(value.as_str()?.parse().ok()?),
        Kind::Money => Shown::Money(serde_json::from_value(value.clone()).ok()?),
        Kind::Reference(_) => Shown::Reference(reference_of(value)?),
        Kind::Group(fields) => {
            Shown::Group(fields.iter().map(|field| shown_of(field, value)).collect::<Option<_>>()?)
        }
        Kind::Line { .. }
        | Kind::Prose { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::WebUrl
        | Kind::Social(_)
        | Kind::Color
        | Kind::OneOf(_) => Shown::Text(value.as_str()?.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use cartera_domain::{contacts::ContactFields, record::Fields};
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "id": "019a9f2e-0000-7000-8000-00000000f001", "version": 3,
            "firstName": "Carla", "lastName": null, "position": null, "email": "carla@acme.example",
            "phone": null, "address": null,
            "socialLinks": {
                "linkedin": null, "instagram": null, "telegram": null, "whatsapp": null,
                "x": "https://x.com/carla", "facebook": null
            },
            "notes": null,
            "account": { "id": "019a9f2e-0000-7000-8000-00000000c001", "name": "Acme" },
            "owner": null, "tags": ["vip"],
            "createdAt": "2026-01-31T12:00:00.123456Z", "createdBy": null,
            "updatedAt": "2026-01-31T12:00:00.000000Z", "deletedAt": null
        })
    }

    #[test]
    fn a_remembered_answer_is_read_back_and_told_again_letter_by_letter() {
        let view = RecordView::recalled(ContactFields::TABLE, &answer()).expect("it fits");
        assert_eq!((view.text("firstName"), view.text("lastName")), (Some("Carla"), None));
        assert_eq!(view.reference("accountId").map(|account| account.name.as_str()), Some("Acme"));
        assert_eq!(serde_json::to_value(&view).expect("it is JSON"), answer());
    }

    #[test]
    fn what_the_last_release_remembered_is_read_too() {
        let before = json!({
            "id": "019a9f2e-0000-7000-8000-00000000f001", "version": 3,
            "first_name": "Carla", "last_name": null, "position": null, "email": "carla@acme.example",
            "phone": null, "address": null,
            "social_links": {
                "linkedin": null, "instagram": null, "telegram": null, "whatsapp": null,
                "x": "https://x.com/carla", "facebook": null
            },
            "notes": null,
            "account": { "id": "019a9f2e-0000-7000-8000-00000000c001", "name": "Acme" },
            "owner": null, "tags": ["vip"],
            "created_at": "2026-01-31T12:00:00.123456Z", "created_by": null,
            "updated_at": "2026-01-31T12:00:00Z", "deleted_at": null
        });
        let view = RecordView::recalled(ContactFields::TABLE, &before).expect("it fits");
        assert_eq!(serde_json::to_value(&view).expect("it is JSON"), answer());
    }

    #[test]
    fn what_does_not_fit_the_table_is_no_answer() {
        for (name, value) in [("firstName", json!(7)), ("tags", json!("vip")), ("id", json!("x"))] {
            let mut wrong = answer();
            wrong[name] = value;
            assert!(RecordView::recalled(ContactFields::TABLE, &wrong).is_err(), "{name}");
        }
    }
}
