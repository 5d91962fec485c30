//! The OpenAPI parameters that operations share: those of lists, from the same table that parses them, and `If-Match`.

use std::marker::PhantomData;

use cartera_application::lists::{
    DEFAULT_LIMIT, DELETED, FieldKind, FieldSpec, ListTable, Listed, MAX_LIMIT, MAX_PAGED_ROWS,
};
use serde_json::json;
use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Required, Schema, SchemaFormat,
        path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
        schema::{ArrayBuilder, Type},
    },
};

use super::{AS_OF, IF_MATCH, INCLUDE, INCLUDED};

/// The parameters of a list, for `#[utoipa::path(params(ListParameters<AccountList>))]`.
pub struct ListParameters<L>(PhantomData<L>);

impl<L: Listed> IntoParams for ListParameters<L> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        list_parameters(L::table())
    }
}

/// Every parameter that a list takes.
pub fn list_parameters(table: &ListTable) -> Vec<Parameter> {
    let mut parameters = common(table);
    for spec in table.fields.iter().filter(|spec| spec.filter) {
        parameters.extend(filters(spec));
    }
    parameters.extend(table.flags.iter().map(|flag| query(flag, about_flag(flag), boolean())));
    parameters
}

fn common(table: &ListTable) -> Vec<Parameter> {
    let orders: Vec<_> = table
        .fields
        .iter()
        .filter(|spec| spec.sort)
        .flat_map(|spec| [spec.name.to_owned(), format!("-{}", spec.name)])
        .collect();
    let default_order = format!("-{}", table.default_sort.name());
    let limit = integer(1, MAX_LIMIT).default(Some(json!(DEFAULT_LIMIT)));
    let sort = text().enum_values(Some(orders));
    let about_sort = "The order: one field, `-` for descending. Missing values come last.";
    // Where there is a bin, a `default` would be sent by clients, and the bin has another one.
    let (sort, about_sort) = match table.in_bin_since {
        None => (sort.default(Some(json!(default_order))), about_sort.to_owned()),
        Some(since) => {
            (sort, format!("{about_sort} By default `{default_order}`, in the bin `-{}`.", since.name()))
        }
    };
    let mut parameters = vec![
        query("limit", "The most rows of a page.", limit),
        query(
            "cursor",
            "Where to go on: `meta.nextCursor` of the page before, with the same sort and filters.",
            text(),
        ),
        query(
            "page",
            "The number of a page, instead of a cursor; together with `limit` up to 10,000 rows deep.",
            integer(1, MAX_PAGED_ROWS),
        ),
        query("count", "Whether to count all rows on a page that was asked for by cursor.", boolean()),
        query("sort", &about_sort, sort),
    ];
    if table.searchable {
        let q = text().max_length(Some(200));
        parameters.push(query("q", "The beginning of the name, e-mail or number.", q));
    }
    parameters
}

fn about_flag(flag: &str) -> &'static str {
    match flag {
        DELETED => "Lists the bin instead of what is live, by `-deletedAt` unless asked otherwise.",
        _ => "A switch of this list.",
    }
}

fn filters(spec: &FieldSpec) -> Vec<Parameter> {
    let FieldSpec { name, kind, nullable, filter: _, sort: _ } = *spec;
    let mut parameters = Vec::new();
    if kind != FieldKind::Amount {
        let values = ArrayBuilder::new().items(value(kind)).max_items(Some(100)).build();
        let quotes = match kind {
            FieldKind::Stage | FieldKind::Text => "; a value with a comma stands in double quotes",
            _ => "",
        };
        let description = format!("Any of these: {}. Repeated or comma-separated{quotes}.", in_words(kind));
        let several = ParameterBuilder::from(bare(name, &description, values));
        parameters.push(several.style(Some(ParameterStyle::Form)).explode(Some(true)).build());
    }
    if kind.has_order() {
        let operators = [("gte", "at least"), ("lte", "at most"), ("gt", "more than"), ("lt", "less than")];
        for (operator, words) in operators {
            let description = format!("Is {words} this: {}.", in_words(kind));
            parameters.push(query(&format!("{name}[{operator}]"), &description, value(kind)));
        }
    }
    if nullable {
        parameters.push(query(&format!("{name}[isNull]"), "Whether the value is missing.", boolean()));
    }
    parameters
}

fn in_words(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Id => "an id",
        FieldKind::Person => "the id of a user, or `me`",
        FieldKind::Stage => "a stage, by id or by name",
        FieldKind::Text => "text, compared without regard to case and accents",
        FieldKind::Email => "an e-mail, whatever its case",
        FieldKind::OneOf(_) => "one of the values listed",
        FieldKind::Currency => "an ISO 4217 code",
        FieldKind::Amount => "an amount; needs exactly one `currency`",
        FieldKind::Integer => "a whole number",
        FieldKind::Boolean => "yes or no",
        FieldKind::Date => "a day",
        FieldKind::Timestamp => "a moment (RFC 3339)",
    }
}

fn value(kind: FieldKind) -> ObjectBuilder {
    let format = |format| text().format(Some(SchemaFormat::KnownFormat(format)));
    match kind {
        FieldKind::Id => format(KnownFormat::Uuid),
        FieldKind::Person => {
            text().pattern(Some("^(me|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$"))
        }
        // An empty one is as if it were absent.
        FieldKind::Stage | FieldKind::Text => text(),
        FieldKind::Email => {
            text().format(Some(SchemaFormat::Custom("idn-email".to_owned()))).max_length(Some(254))
        }
        FieldKind::OneOf(allowed) => text().enum_values(Some(allowed.iter().copied())),
        FieldKind::Currency => text().pattern(Some("^[A-Za-z]{3}$")),
        FieldKind::Amount => text().pattern(Some(r"^0*[0-9]{1,13}(\.[0-9]{1,4})?$")),
        FieldKind::Integer => ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))),
        FieldKind::Boolean => boolean(),
        FieldKind::Date => format(KnownFormat::Date),
        FieldKind::Timestamp => format(KnownFormat::DateTime),
    }
}

/// A boolean query parameter, false by default.
pub fn flag_parameter(name: &str, description: &str) -> Parameter {
    query(name, description, boolean())
}

fn query(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    bare(name, description, schema.build())
}

fn bare(name: &str, description: &str, schema: impl Into<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(RefOr::T(schema.into())))
        .build()
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn boolean() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean)
}

fn integer(min: u32, max: u32) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(min)).maximum(Some(max))
}

/// The parameter `asOf`, for `#[utoipa::path(params(AsOfParameter))]`.
pub enum AsOfParameter {}

impl IntoParams for AsOfParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "Reads the record as it was at this moment (RFC 3339), with the names of what it referred to as \
            they are now. When it was not there yet, or lay in the bin, it is not found.";
        vec![query(AS_OF, description, value(FieldKind::Timestamp))]
    }
}

/// The parameter `include`, for `#[utoipa::path(params(IncludeParameter))]`.
pub enum IncludeParameter {}

impl IntoParams for IncludeParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "`can` answers each record with what the caller may do with it.";
        let values = ArrayBuilder::new().items(text().enum_values(Some(INCLUDED))).build();
        let several = ParameterBuilder::from(bare(INCLUDE, description, values));
        vec![several.style(Some(ParameterStyle::Form)).explode(Some(false)).build()]
    }
}

/// The `If-Match` header, for `#[utoipa::path(params(IfMatchParameter))]`.
pub enum IfMatchParameter {}

impl IntoParams for IfMatchParameter {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![header_parameter(
            IF_MATCH,
            "The `ETag` that the caller has seen, or several: another version is refused. `*` means whatever it is.",
            ObjectBuilder::new().schema_type(Type::String).examples(["\"3\""]).build(),
        )]
    }
}

/// The description of an optional request header.
pub fn header_parameter(name: &str, description: &str, schema: impl Into<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(RefOr::T(schema.into())))
        .build()
}
