//! The schemas of a resource: of its records and of the bodies that create and change one.

use cartera_application::records::{ENTITY_ID, ENTITY_TYPE, Resource};
use cartera_domain::{
    record::{Field, Kind},
    values::Network,
};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{AdditionalProperties, ArrayBuilder, OneOfBuilder, RefBuilder, SchemaType, Type},
    },
};

use super::{
    Examples, Served,
    limits::{MAX_EMAIL, MAX_PHONE, MAX_TAGS, MAX_URL},
    names::{Names, capitalised},
};
use crate::wire::{Label, Money, MoneyChange, MoneyInput, RecordCan, Reference, Timestamp};

type Named = (String, RefOr<Schema>);

/// Which of the three a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Answer,
    Create,
    Update,
}

/// Every schema of a resource, and those that they refer to.
pub(super) fn schemas<F: Served>() -> Vec<Named> {
    let Names { one, an, schema, .. } = Names::of(F::TABLE);
    let Examples { create, update, .. } = F::examples();
    let resource = F::RESOURCE;
    let inputs = |form| properties(F::FIELDS, form, resource);
    let created = object(inputs(Form::Create), Form::Create).description(Some(format!("A new {one}.")));
    let updated = object(inputs(Form::Update), Form::Update).description(Some(format!(
        "A merge-patch of {an}: what is absent stays, null clears (a required field can't be cleared)."
    )));
    let mut all = vec![
        (schema.clone(), answer::<F>(&one).into()),
        (format!("Create{schema}"), like(created, Some(create)).into()),
        (format!("Update{schema}"), like(updated, Some(update)).into()),
    ];
    for field in F::FIELDS {
        if let Kind::Group(below) = field.kind {
            all.extend(group::<F>(field, below));
        }
    }
    all.extend(shared());
    all
}

/// What every table may refer to.
fn shared() -> Vec<Named> {
    fn of<T: ToSchema>() -> Named {
        (T::name().into_owned(), T::schema())
    }
    vec![
        of::<Reference>(),
        of::<Timestamp>(),
        of::<Label>(),
        of::<Money>(),
        of::<MoneyInput>(),
        of::<MoneyChange>(),
        of::<RecordCan>(),
    ]
}

/// A record as it is read: what every record has stands around its fields.
fn answer<F: Served>(one: &str) -> ObjectBuilder {
    let id = typed(Type::String, false).format(known(KnownFormat::Uuid));
    let version = typed(Type::Integer, false).format(known(KnownFormat::Int32)).minimum(Some(1));
    let mut all = vec![
        required("id", id.description(Some(format!("The {one}'s id."))).into()),
        required("version", version.description(Some("Counts the changes, from 1; also in `ETag`.")).into()),
    ];
    all.extend(properties(F::FIELDS, Form::Answer, F::RESOURCE));
    all.extend([
        required("createdAt", refers("Timestamp", "When it was created.", false)),
        required("createdBy", refers("Reference", "Who created it.", true)),
        required("updatedAt", refers("Timestamp", "When it last changed.", false)),
        required("deletedAt", refers("Timestamp", "When it went to the bin; null while it is live.", true)),
        optional("can", refers("RecordCan", "What the caller may do with it; with `include=can`.", false)),
    ]);
    like(object(all, Form::Answer).description(Some(F::ABOUT)), Some(example::<F>()))
}

/// A group as it is read and as it is written.
fn group<F: Served>(field: &Field, below: &'static [Field]) -> [Named; 2] {
    let name = capitalised(field.own_name());
    let texts = F::GROUPS.iter().find(|texts| texts.field == field.path);
    let (answer, input) =
        texts.map_or((field.help.trim(), field.help.trim()), |texts| (texts.answer, texts.input));
    let of = |form| object(properties(below, form, F::RESOURCE), form);
    let example = F::examples().record.get(field.own_name()).cloned();
    [
        (format!("{name}Patch"), like(of(Form::Update).description(Some(input)), example).into()),
        (name, of(Form::Answer).description(Some(answer)).into()),
    ]
}

/// A schema with its example.
#[expect(deprecated, reason = "every schema of the document has one `example`, as the derived ones have")]
fn like(schema: ObjectBuilder, example: Option<Value>) -> ObjectBuilder {
    schema.example(example)
}

/// A record for the document: what the example leaves out is null.
fn example<F: Served>() -> Value {
    let Examples { id, record, .. } = F::examples();
    let (creator, at) = (example_of::<Reference>(), example_of::<Timestamp>());
    let mut whole = Map::from_iter([("id".to_owned(), json!(id)), ("version".to_owned(), json!(1))]);
    whole.extend(filled(F::FIELDS, &record, &creator));
    whole.extend([
        ("createdAt".to_owned(), at.clone()),
        ("createdBy".to_owned(), creator),
        ("updatedAt".to_owned(), at),
        ("deletedAt".to_owned(), Value::Null),
    ]);
    Value::Object(whole)
}

/// The example that a shared schema has.
fn example_of<T: PartialSchema>() -> Value {
    let schema = serde_json::to_value(T::schema()).unwrap_or_default();
    schema.get("example").cloned().unwrap_or_default()
}

fn filled(fields: &[Field], given: &Value, owner: &Value) -> Map<String, Value> {
    let value = |field: &Field| match (given.get(field.answer_name()), field.kind) {
        (given, Kind::Group(below)) => Value::Object(filled(below, given.unwrap_or(&Value::Null), owner)),
        (Some(given), _) => given.clone(),
        (None, Kind::Tags) => json!([]),
        (None, _) if field.uses.owner => owner.clone(),
        (None, _) => Value::Null,
    };
    let parent = [ENTITY_TYPE, ENTITY_ID]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), given.get(name)?.clone())));
    let own = fields.iter().filter(|field| !field.uses.parent);
    parent.chain(own.map(|field| (field.answer_name().to_owned(), value(field)))).collect()
}

/// A property: its name, its schema, and whether it is always there.
struct Property {
    name: String,
    schema: RefOr<Schema>,
    required: bool,
}

fn optional(name: &str, schema: RefOr<Schema>) -> Property {
    Property { name: name.to_owned(), schema, required: false }
}

fn required(name: &str, schema: RefOr<Schema>) -> Property {
    Property { name: name.to_owned(), schema, required: true }
}

fn properties(fields: &[Field], form: Form, resource: &Resource) -> Vec<Property> {
    let shown = fields
        .iter()
        .filter(|field| if form == Form::Answer { !field.uses.parent } else { field.is_written() });
    let parents: Vec<_> = resource.table.parents().map(|(.., entity)| entity.as_str()).collect();
    let belongs =
        (form == Form::Answer && !parents.is_empty() && std::ptr::eq(fields, resource.table.fields))
            .then(|| belongs_to(&parents));
    belongs
        .into_iter()
        .flatten()
        .chain(shown.map(|field| {
            let (name, required) = match form {
                Form::Answer => (field.answer_name(), true),
                Form::Create => (field.own_name(), field.required),
                Form::Update => (field.own_name(), false),
            };
            Property { name: name.to_owned(), schema: property(field, form, resource), required }
        }))
        .collect()
}

/// To what a record belongs: one of these kinds.
fn belongs_to(kinds: &[&str]) -> [Property; 2] {
    let kind = typed(Type::String, false).enum_values(Some(kinds.to_vec()));
    let id = typed(Type::String, false).format(known(KnownFormat::Uuid));
    [
        required(ENTITY_TYPE, kind.description(Some("The kind of record that it belongs to.")).into()),
        required(ENTITY_ID, id.description(Some("The id of that record.")).into()),
    ]
}

fn object(properties: Vec<Property>, form: Form) -> ObjectBuilder {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    if form != Form::Answer {
        object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    }
    for Property { name, schema, required } in properties {
        if required {
            object = object.required(name.clone());
        }
        object = object.property(name, schema);
    }
    object
}

fn property(field: &Field, form: Form, resource: &Resource) -> RefOr<Schema> {
    let (input, nullable) = (form != Form::Answer, !field.required);
    let text = describe(field, form, resource);
    let schema = match field.kind {
        Kind::Group(_) => {
            let suffix = if input { "Patch" } else { "" };
            return refers(&(capitalised(field.own_name()) + suffix), &text, input);
        }
        Kind::Money => {
            let name = match form {
                Form::Answer => "Money",
                Form::Create => "MoneyInput",
                Form::Update => "MoneyChange",
            };
            return refers(name, &text, nullable);
        }
        Kind::Reference(_) if !input => return refers("Reference", &text, nullable),
        Kind::Tags => return tags(input, text),
        Kind::Reference(_) => typed(Type::String, nullable).format(known(KnownFormat::Uuid)),
        Kind::Integer { min, max } => integer(min, max, nullable),
        Kind::Boolean => typed(Type::Boolean, nullable),
        Kind::Date => typed(Type::String, nullable).format(known(KnownFormat::Date)),
        // A blank in an optional field is null.
        Kind::Line { max } | Kind::Prose { max } => bounded(input, field.required.into(), max, nullable),
        Kind::OneOf(names) => one_of(names, input),
        Kind::Color if input && nullable => typed(Type::String, true).pattern(Some("^(#[0-9A-Fa-f]{6})?$")),
        Kind::Color if input => typed(Type::String, false).pattern(Some("^#[0-9A-Fa-f]{6}$")),
        Kind::Color => typed(Type::String, nullable).pattern(Some("^#[0-9A-F]{6}$")),
        Kind::Phone => bounded(input, field.required.into(), MAX_PHONE, nullable),
        Kind::Email if input => bounded(input, 0, MAX_EMAIL, nullable).format(custom("idn-email")),
        Kind::Email => typed(Type::String, nullable),
        Kind::Social(_) if input => bounded(input, 0, MAX_URL, nullable),
        Kind::WebUrl | Kind::Social(_) => bounded(input, 0, MAX_URL, nullable).format(custom("iri")),
    };
    schema.description(Some(text)).into()
}

/// Text. What is read is within the bounds anyway.
fn bounded(input: bool, min: usize, max: usize, nullable: bool) -> ObjectBuilder {
    let text = typed(Type::String, nullable);
    if input { text.min_length((min > 0).then_some(min)).max_length(Some(max)) } else { text }
}

fn integer(min: i64, max: i64, nullable: bool) -> ObjectBuilder {
    let fits = i32::try_from(min).is_ok() && i32::try_from(max).is_ok();
    let format = if fits { KnownFormat::Int32 } else { KnownFormat::Int64 };
    // The end of the format says nothing besides.
    let is_end = max == i64::from(i32::MAX) || max == i64::MAX;
    let integer = typed(Type::Integer, nullable).format(known(format)).minimum(Some(min));
    if is_end { integer } else { integer.maximum(Some(max)) }
}

/// One of these names; whoever writes nothing, or null, means the first.
fn one_of(names: &[&str], input: bool) -> ObjectBuilder {
    let names = names.iter().map(|name| json!(name)).chain(input.then_some(Value::Null));
    typed(Type::String, input).enum_values(Some(names))
}

fn tags(input: bool, text: String) -> RefOr<Schema> {
    let tags = ArrayBuilder::new().description(Some(text));
    if !input {
        return tags.items(typed(Type::String, false)).into();
    }
    let tag = RefBuilder::new().ref_location_from_schema_name("Label");
    tags.schema_type(kind(Type::Array, true)).items(tag).max_items(Some(MAX_TAGS)).into()
}

fn kind(kind: Type, nullable: bool) -> SchemaType {
    if nullable { SchemaType::from_iter([kind, Type::Null]) } else { SchemaType::new(kind) }
}

fn typed(one: Type, nullable: bool) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(kind(one, nullable))
}

#[expect(clippy::unnecessary_wraps, reason = "so the builder takes it")]
fn known(format: KnownFormat) -> Option<SchemaFormat> {
    Some(SchemaFormat::KnownFormat(format))
}

#[expect(clippy::unnecessary_wraps, reason = "so the builder takes it")]
fn custom(format: &str) -> Option<SchemaFormat> {
    Some(SchemaFormat::Custom(format.to_owned()))
}

fn refers(name: &str, text: &str, nullable: bool) -> RefOr<Schema> {
    let reference = RefBuilder::new().ref_location_from_schema_name(name).description(Some(text));
    if nullable {
        OneOfBuilder::new().item(reference).item(ObjectBuilder::new().schema_type(Type::Null)).into()
    } else {
        reference.into()
    }
}

/// What a field is, and what its kind and marks add for those who read or write it.
fn describe(field: &Field, form: Form, resource: &Resource) -> String {
    let help = field.help.trim().trim_end_matches('.');
    let assign = resource.assign.filter(|_| field.uses.owner);
    let more = match (field.kind, form) {
        (Kind::Phone, Form::Answer) => ", in E.164",
        (Kind::Phone, _) => "; one without a country code is dialled in the company's country",
        (Kind::WebUrl, Form::Create | Form::Update) => " (http or https)",
        (Kind::Social(Network::Whatsapp), Form::Create | Form::Update) => {
            ": a number or a link; a number without a country code is dialled in the company's country"
        }
        (Kind::Social(_), Form::Create | Form::Update) => {
            ": a handle or a link to the profile, kept as its one address"
        }
        (Kind::Prose { .. }, Form::Create | Form::Update) => ", on one or several lines",
        (Kind::Tags, Form::Create) => {
            "; up to 20 of up to 40 characters. Of those that differ in case or accents only, the first stays"
        }
        (Kind::Tags, Form::Update) => {
            "; up to 20 of up to 40 characters, which replace the present ones. Of those that differ in case or \
             accents only, the first stays"
        }
        (Kind::Group(_), Form::Update) => ". A part that is absent stays, null clears it",
        (Kind::Reference(_), Form::Answer) if field.uses.owner => {
            "; null when that user was removed without a successor"
        }
        (Kind::Reference(_), Form::Create) if field.uses.owner => "; by default the creator's",
        _ => "",
    };
    let assign = match (assign, form) {
        (Some(assign), Form::Create) => format!(" Anybody else's takes `{assign}`."),
        (Some(assign), Form::Update) => format!(" Anybody's but one's own takes `{assign}`."),
        _ => String::new(),
    };
    format!("{help}{more}.{assign}")
}

#[cfg(test)]
mod tests;
