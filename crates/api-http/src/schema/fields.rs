//! The fields of resources, out of their tables and their lists.

use cartera_application::lists::ListTable;
use cartera_domain::{
    events::EntityType,
    opportunities::OpportunityFields,
    pipelines::StageKind,
    record::{Field, Fields, Kind, Table},
    values::Locale,
};
use serde_json::{Value, json};

use super::{
    labels::label,
    wire::{FieldSchema, SchemaChoice},
};
use crate::records::limits::{MAX_EMAIL, MAX_LABEL, MAX_PHONE, MAX_TAGS, MAX_URL};

/// By what lists filter and sort.
#[derive(Clone, Copy)]
pub(super) struct Listed(pub(super) &'static ListTable);

impl Listed {
    /// Adds what lists know of a field.
    fn on(self, field: FieldSchema) -> FieldSchema {
        let Some(spec) = self.0.field(&field.name).map(|field| *field.spec()) else { return field };
        let sortable = spec.sort;
        FieldSchema { filters: spec.parameters().collect(), sortable, ..field }
    }
}

/// The fields of a resource, with those that every record has.
pub(super) fn of_record(table: &'static Table, listed: Listed, locale: Locale) -> Vec<FieldSchema> {
    around(table.fields.iter().filter(|field| !field.uses.parent).map(|field| of(field, locale)), locale)
        .map(|field| listed.on(field))
        .collect()
}

/// The fields of an opportunity: its table does not have its references, its place in the pipeline and its number.
pub(super) fn of_opportunity(listed: Listed, locale: Locale) -> Vec<FieldSchema> {
    let refers = |name: &str, entity: EntityType| FieldSchema {
        references: Some(entity.as_str().to_owned()),
        on_create: true,
        on_update: true,
        ..named(name, "REFERENCE", locale)
    };
    let placed = |name, entity| FieldSchema { on_update: false, ..refers(name, entity) };
    let status = FieldSchema {
        choices: choices(StageKind::ALL.iter().map(|kind| kind.as_str()), locale),
        ..named("status", "SELECT", locale)
    };
    let own = [
        named("number", "NUMBER", locale),
        refers("accountId", EntityType::Account),
        refers("contactId", EntityType::Contact),
        placed("pipelineId", EntityType::Pipeline),
        placed("stageId", EntityType::Stage),
        status,
        named("closedAt", "DATETIME", locale),
        refers("ownerId", EntityType::User),
    ];
    let fields = OpportunityFields::TABLE.fields.iter().map(|field| of(field, locale)).chain(own);
    let stage = |field: FieldSchema| {
        // Lists call it by its name or its id.
        let by_stage = listed.0.field("stage").filter(|_| field.name == "stageId");
        let filters = by_stage.map(|by| by.spec().parameters().collect());
        FieldSchema { filters: filters.unwrap_or_else(|| field.filters.clone()), ..field }
    };
    around(fields, locale).map(|field| stage(listed.on(field))).collect()
}

/// Puts what every record has around its fields.
fn around(fields: impl Iterator<Item = FieldSchema>, locale: Locale) -> impl Iterator<Item = FieldSchema> {
    let user = FieldSchema {
        answer_name: "createdBy".to_owned(),
        references: Some(EntityType::User.as_str().to_owned()),
        ..named("createdBy", "REFERENCE", locale)
    };
    let moment = move |name: &str| named(name, "DATETIME", locale);
    [named("id", "ID", locale), named("version", "NUMBER", locale)].into_iter().chain(fields).chain([
        moment("createdAt"),
        user,
        moment("updatedAt"),
        moment("deletedAt"),
    ])
}

/// A field that rules set.
fn named(name: &str, kind: &'static str, locale: Locale) -> FieldSchema {
    let answer_name = name.strip_suffix("Id").filter(|_| kind == "REFERENCE").unwrap_or(name).to_owned();
    FieldSchema {
        name: name.to_owned(),
        answer_name,
        label: label(name, locale),
        kind,
        ..FieldSchema::default()
    }
}

fn of(field: &'static Field, locale: Locale) -> FieldSchema {
    let is_written = field.is_written();
    let (kind, more) = typed(field, locale);
    FieldSchema {
        name: field.path.to_owned(),
        answer_name: field.answer_name().to_owned(),
        label: label(field.own_name(), locale),
        kind,
        required: field.required && is_written,
        on_create: is_written,
        on_update: is_written,
        unique: field.uses.unique,
        ..more
    }
}

fn choices(values: impl Iterator<Item = &'static str>, locale: Locale) -> Vec<SchemaChoice> {
    values.map(|value| SchemaChoice { value: value.to_owned(), label: label(value, locale) }).collect()
}

/// The type of a field, and what bounds its values.
fn typed(field: &'static Field, locale: Locale) -> (&'static str, FieldSchema) {
    let plain = FieldSchema::default();
    let text = |max, example: Value| FieldSchema {
        max_length: Some(max),
        example: Some(example),
        ..FieldSchema::default()
    };
    match field.kind {
        Kind::Line { max } => ("TEXT", FieldSchema { max_length: Some(max), ..plain }),
        Kind::Prose { max } => ("LONG_TEXT", FieldSchema { max_length: Some(max), ..plain }),
        Kind::Email => ("EMAIL", text(MAX_EMAIL, json!("ana@example.com"))),
        Kind::Phone => ("PHONE", text(MAX_PHONE, json!("+59899123456"))),
        Kind::WebUrl => ("URL", text(MAX_URL, json!("https://example.com"))),
        Kind::Social(network) => ("SOCIAL", text(MAX_URL, json!(network.example()))),
        Kind::Color => ("COLOR", FieldSchema { example: Some(json!("#3B82F6")), ..plain }),
        Kind::Tags => {
            ("TAGS", FieldSchema { max_items: Some(MAX_TAGS), max_length: Some(MAX_LABEL), ..plain })
        }
        Kind::OneOf(values) => {
            ("SELECT", FieldSchema { choices: choices(values.iter().copied(), locale), ..plain })
        }
        Kind::Integer { min, max } => ("NUMBER", FieldSchema { min: Some(min), max: Some(max), ..plain }),
        Kind::Boolean => ("BOOLEAN", plain),
        Kind::Money => {
            let example = json!({ "amount": "1250.00", "currency": "UYU" });
            ("MONEY", FieldSchema { example: Some(example), ..plain })
        }
        Kind::Date => ("DATE", FieldSchema { example: Some(json!("2026-12-24")), ..plain }),
        Kind::Reference(entity) => {
            ("REFERENCE", FieldSchema { references: Some(entity.as_str().to_owned()), ..plain })
        }
        Kind::Group(below) => {
            let fields = below
                .iter()
                .map(|field| FieldSchema { name: field.own_name().to_owned(), ..of(field, locale) });
            ("GROUP", FieldSchema { fields: fields.collect(), ..plain })
        }
    }
}
