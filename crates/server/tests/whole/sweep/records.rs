//! The entries of resources, generated from their tables.

use cartera_application::records::{RESOURCES, Resource};
use cartera_domain::{
    events::EntityType,
    identity::{Action, Permission},
    record::{Field, Kind as FieldKind, Table},
};
use serde_json::{Map, Value, json};

use super::table::{Body, EVENT_FILTERS, Entry, Kind, Lies, Material, Slot, USUAL};

/// The sweep's kind of an id of this record.
pub(super) const fn kind(entity: EntityType) -> Kind {
    match entity {
        EntityType::Account => Kind::Account,
        EntityType::Contact => Kind::Contact,
        EntityType::User => Kind::User,
        EntityType::Opportunity => Kind::Opportunity,
        entity => Kind::Record(entity),
    }
}

/// The resource of this kind of record.
pub(super) fn resource(entity: EntityType) -> &'static Resource {
    let found = RESOURCES.iter().find(|resource| resource.table.entity == entity);
    found.unwrap_or_else(|| panic!("{entity:?} is no resource"))
}

/// The path of a table's records.
pub(super) fn path(table: &Table) -> String {
    table.plural.replace('_', "-")
}

/// Where records of a table are created and listed: by themselves, or below each kind of record that they belong to.
/// It takes the right to read that record.
fn above(table: &'static Table) -> Vec<(Option<Kind>, String, &'static [Permission])> {
    let below = |entity: EntityType| format!("/{}/{{id}}/{}", plural(entity), path(table));
    let to_read = |entity| -> &'static [Permission] {
        vec![Permission::to(Action::Read, entity).expect("a parent can be read")].leak()
    };
    let parents: Vec<_> =
        table.parents().map(|(.., entity)| (Some(kind(entity)), below(entity), to_read(entity))).collect();
    if parents.is_empty() { vec![(None, format!("/{}", path(table)), &[])] } else { parents }
}

/// Where a record is created: below an account, where records belong to others.
pub(super) fn made_at(table: &'static Table, account: &str) -> String {
    let (_, above, _) = above(table).swap_remove(0);
    above.replace("{id}", account)
}

/// Below which path records of this kind stand.
fn plural(entity: EntityType) -> String {
    if entity == EntityType::Opportunity { "opportunities".to_owned() } else { path(resource(entity).table) }
}

/// The operations of every resource.
pub(super) fn entries() -> Vec<Entry> {
    RESOURCES.iter().flat_map(|resource| entries_of(resource.table)).collect()
}

fn entries_of(table: &'static Table) -> Vec<Entry> {
    let own = path(table);
    let name = |method: &str, path: &str| -> &'static str { format!("{method} {path}").leak() };
    let references = table.fields.iter().filter_map(|field| match field.kind {
        FieldKind::Reference(entity) if !field.uses.parent => Some((field, kind(entity))),
        _ => None,
    });
    let in_body: Vec<_> =
        references.clone().map(|(field, kind)| Slot::Body(field.path, kind, None)).collect();
    let in_body: &'static [Slot] = in_body.leak();
    let filters = references.filter(|(field, _)| field.uses.filter);
    let filters: Vec<_> = filters.map(|(field, kind)| Slot::Query(field.path, kind, None)).collect();
    let filters: &'static [Slot] = filters.leak();
    let target = Some(kind(table.entity));
    let mut all = Vec::new();
    for (parent, above, also) in above(table) {
        all.push(Entry {
            operation: name("POST", &above),
            success: 201,
            target: parent,
            body: Some(Body::Create(table)),
            places: in_body,
            also,
            ..USUAL
        });
        all.push(Entry { operation: name("GET", &above), target: parent, places: filters, also, ..USUAL });
    }
    // The record is made below the first.
    let also = above(table)[0].2;
    let one = |method: &str, rest: &str| name(method, &format!("/{own}/{{id}}{rest}"));
    all.extend([
        Entry { operation: one("GET", ""), target, also, ..USUAL },
        Entry {
            operation: one("PATCH", ""),
            target,
            body: Some(Body::Update(table)),
            places: in_body,
            also,
            ..USUAL
        },
        Entry { operation: one("DELETE", ""), success: 204, target, also, ..USUAL },
        Entry { operation: one("POST", "/restore"), target, lies: Lies::InTheBin, also, ..USUAL },
        Entry { operation: one("GET", "/history"), target, places: EVENT_FILTERS, also, ..USUAL },
    ]);
    all
}

/// A body that creates a record: the mandatory fields, and the account if the table refers to one.
pub(super) fn new_record(table: &'static Table, with: &Material) -> Value {
    let is_account = |field: &Field| matches!(field.kind, FieldKind::Reference(EntityType::Account));
    let wanted = |field: &&Field| field.required || is_account(field);
    let given = table.fields.iter().filter(|field| field.is_written()).filter(wanted);
    Value::Object(given.map(|field| (field.path.to_owned(), sample(field, with))).collect::<Map<_, _>>())
}

/// A body that changes the last field that is not a reference, which every writer may change.
pub(super) fn changed_record(table: &'static Table, with: &Material) -> Value {
    let is_changed = |field: &&Field| {
        field.is_written() && !matches!(field.kind, FieldKind::Reference(_) | FieldKind::Group(_))
    };
    let field = table.fields.iter().rfind(is_changed).expect("a field that may be changed");
    json!({ field.path: sample(field, with) })
}

fn sample(field: &Field, with: &Material) -> Value {
    let cut = |max: usize| json!(with.unique.chars().take(max).collect::<String>());
    match field.kind {
        FieldKind::Line { max } | FieldKind::Prose { max } => cut(max),
        FieldKind::Email => json!(format!("{}@example.com", with.unique)),
        FieldKind::Phone => json!("+59829001234"),
        FieldKind::Color => json!("#3B82F6"),
        FieldKind::OneOf(names) => json!(names[0]),
        FieldKind::WebUrl => json!("https://example.com/"),
        FieldKind::Social(network) => json!(network.example()),
        FieldKind::Tags => json!(["sweep"]),
        FieldKind::Integer { min, .. } => json!(min),
        FieldKind::Money => json!({ "amount": "1", "currency": "UYU" }),
        FieldKind::Boolean => json!(true),
        FieldKind::Date => json!("2026-01-31"),
        FieldKind::Reference(EntityType::Account) => json!(with.account),
        FieldKind::Reference(entity) => panic!("say what a {entity:?} is made of here"),
        FieldKind::Group(fields) => {
            let own = |field: &Field| (field.own_name().to_owned(), sample(field, with));
            Value::Object(fields.iter().map(own).collect())
        }
    }
}
