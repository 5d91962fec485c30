//! What records are made of, on the wire.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A resource, as forms, filters and tables are built from it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "type": "TAG",
    "path": "/tags",
    "label": "Etiqueta",
    "labelPlural": "Etiquetas",
    "createAt": ["/tags"],
    "needsOneOf": [],
    "rights": {"read": "ALL", "write": "ALL", "delete": "OWN", "export": null, "assign": null},
    "fields": [{
        "name": "name", "answerName": "name", "label": "Nombre", "type": "TEXT", "required": true, "onCreate": true,
        "onUpdate": true, "unique": true, "maxLength": 40, "filters": ["name"], "sortable": true
    }]
}))]
pub struct ResourceSchema {
    /// The kind of its records, as events and references name it. Later versions have more.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where its records are read, below `/api/v1`.
    pub path: String,
    /// How one is called.
    pub label: String,
    /// How several are called.
    pub label_plural: String,
    /// Where a record is created, below `/api/v1`: what belongs to other records stands below these.
    pub create_at: Vec<String>,
    /// The fields of which a new record needs at least one; empty where it needs no other than the required ones.
    pub needs_one_of: Vec<String>,
    /// What the caller may do.
    pub rights: ResourceRights,
    /// Its fields.
    pub fields: Vec<FieldSchema>,
}

/// How far the caller's rights on records reach: ALL, OWN, or null for not at all.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"read": "ALL", "write": "ALL", "delete": "OWN", "export": null, "assign": null}))]
pub struct ResourceRights {
    /// To see them.
    #[schema(required)]
    pub read: Option<String>,
    /// To create and change them.
    #[schema(required)]
    pub write: Option<String>,
    /// To delete and restore them.
    #[schema(required)]
    pub delete: Option<String>,
    /// To export them.
    #[schema(required)]
    pub export: Option<String>,
    /// To make somebody else their owner.
    #[schema(required)]
    pub assign: Option<String>,
}

/// A field of a record.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "name": "name", "answerName": "name", "label": "Nombre", "type": "TEXT", "required": true, "onCreate": true,
    "onUpdate": true, "unique": true, "maxLength": 40, "filters": ["name"], "sortable": true
}))]
#[expect(clippy::struct_excessive_bools, reason = "they are independent marks")]
pub struct FieldSchema {
    /// Its name in bodies, queries and errors.
    pub name: String,
    /// Its name in answers: what `accountId` refers to is the `account`.
    pub answer_name: String,
    /// How it is called.
    pub label: String,
    /// `TEXT`, `LONG_TEXT`, `EMAIL`, `PHONE`, `URL`, `SOCIAL`, `COLOR`, `TAGS`, `SELECT`, `NUMBER`, `BOOLEAN`, `MONEY`, `DATE`,
    /// `DATETIME`, `ID`, `REFERENCE`, or `GROUP` of the `fields` below it. Later versions have more.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether a new record needs it.
    pub required: bool,
    /// Whether the body of a new record takes it.
    pub on_create: bool,
    /// Whether a change takes it.
    pub on_update: bool,
    /// Whether no two live records share it.
    pub unique: bool,
    /// The most characters; of each label in `TAGS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max_length: Option<usize>,
    /// The most labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub max_items: Option<usize>,
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<i64>,
    /// What can be chosen; the first is what it is where nothing is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub choices: Vec<SchemaChoice>,
    /// A value that it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// The kind of record that it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// The query parameters by which lists filter by it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub filters: Vec<String>,
    /// Whether lists sort by it: `sort` takes its name, `-` before it for descending.
    pub sortable: bool,
    /// The fields below it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, no_recursion)]
    pub fields: Vec<FieldSchema>,
}

/// A value that can be chosen.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({"value": "WON", "label": "Ganada"}))]
pub struct SchemaChoice {
    /// What bodies and queries take.
    pub value: String,
    /// How it is called.
    pub label: String,
}
