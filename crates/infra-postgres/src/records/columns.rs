//! Values and columns: what is bound for a value, and what a column holds.

use cartera_application::records::Shown;
use cartera_domain::{
    events::FieldValue,
    record::{Changed, Field, Kind, Row, Table},
    values::{Currency, Money},
};
use sea_orm::{DbErr, Value};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::row::Columns;

/// The kinds whose column is text.
macro_rules! text {
    () => {
        Kind::Line { .. }
            | Kind::Prose { .. }
            | Kind::Email
            | Kind::Phone
            | Kind::WebUrl
            | Kind::Social(_)
            | Kind::Color
            | Kind::OneOf(_)
    };
}

/// A value as its column takes it; null too has the type of the column.
fn bound(kind: &Kind, value: FieldValue) -> Value {
    match (kind, value) {
        (Kind::Group(fields), FieldValue::Group(values)) => group_to_json(fields, values).into(),
        (Kind::Group(_), _) => Json::Object(Map::new()).into(),
        (Kind::Tags, FieldValue::Texts(texts)) => texts.into(),
        (Kind::Tags, _) => Vec::<String>::new().into(),
        (Kind::Integer { .. }, FieldValue::Integer(number)) => i32::try_from(number).ok().into(),
        (Kind::Integer { .. }, _) => None::<i32>.into(),
        (Kind::Boolean, FieldValue::Boolean(truth)) => truth.into(),
        (Kind::Boolean, _) => None::<bool>.into(),
        (Kind::Date, FieldValue::Date(date)) => date.into(),
        (Kind::Date, _) => None::<chrono::NaiveDate>.into(),
        (Kind::Reference(_), FieldValue::Reference(id)) => id.into(),
        (Kind::Reference(_), _) => None::<Uuid>.into(),
        (Kind::Money, FieldValue::Money(money)) => money.minor_units().into(),
        (Kind::Money, _) => None::<i64>.into(),
        (text!(), FieldValue::Text(text)) => text.into(),
        (text!(), _) => None::<String>.into(),
    }
}

/// The columns of a field: money has one for its currency besides.
pub(super) fn named(field: &Field) -> impl Iterator<Item = &'static str> {
    let currency = matches!(field.kind, Kind::Money).then_some(field.currency_column);
    [field.column].into_iter().chain(currency)
}

/// What the columns of a field are bound to, in the order of [`named`].
pub(super) fn bound_of(field: &Field, value: FieldValue) -> impl Iterator<Item = (&'static str, Value)> {
    let currency = match &value {
        FieldValue::Money(money) => Some(money.currency().code()),
        _ => None,
    };
    let values = [bound(&field.kind, value), currency.into()];
    named(field).zip(values)
}

/// The columns that keep the keys of changed fields, with their values.
pub(super) fn keys(
    table: &'static Table,
    row: &Row,
    changed: Changed,
) -> impl Iterator<Item = (&'static str, Value)> {
    let text = |key| match key {
        FieldValue::Text(text) => text.into(),
        _ => None::<String>.into(),
    };
    row.keys(table, changed).into_iter().map(move |(column, key)| (column, text(key)))
}

/// The value of a field, from the next columns.
pub(super) fn value(columns: &mut Columns<'_>, field: &Field) -> Result<FieldValue, DbErr> {
    Ok(match field.kind {
        Kind::Group(fields) => group_of_json(fields, &columns.take::<Json>()?),
        Kind::Tags => columns.take::<Vec<String>>()?.into(),
        Kind::Integer { .. } => columns.take::<Option<i32>>()?.map(i64::from).into(),
        Kind::Reference(_) => columns.take::<Option<Uuid>>()?.map_or(FieldValue::Null, FieldValue::Reference),
        Kind::Boolean => columns.take::<Option<bool>>()?.into(),
        Kind::Date => columns.take::<Option<chrono::NaiveDate>>()?.into(),
        Kind::Money => {
            let (amount, currency) = (columns.take::<Option<i64>>()?, columns.take::<Option<String>>()?);
            amount.zip(currency).map(|(amount, currency)| money(amount, &currency)).transpose()?.into()
        }
        text!() => columns.take::<Option<String>>()?.into(),
    })
}

/// The value of a field as it is read, references aside.
pub(super) fn shown(columns: &mut Columns<'_>, field: &Field) -> Result<Shown, DbErr> {
    value(columns, field).map(Shown::from)
}

fn money(amount: i64, currency: &str) -> Result<Money, DbErr> {
    let unknown = || DbErr::Type(format!("a stored currency is unknown: {currency}"));
    Ok(Money::from_minor(amount, Currency::stored(currency).ok_or_else(unknown)?))
}

/// Fields without a value have no entry.
fn group_to_json(fields: &[Field], values: Vec<FieldValue>) -> Json {
    let entries = fields.iter().zip(values).filter_map(|(field, value)| match value {
        FieldValue::Text(text) => Some((field.column.to_owned(), Json::String(text))),
        _ => None,
    });
    Json::Object(entries.collect())
}

/// Takes back what [`group_to_json`] made.
fn group_of_json(fields: &[Field], stored: &Json) -> FieldValue {
    let text = |field: &Field| stored.get(field.column).and_then(Json::as_str).map(str::to_owned);
    FieldValue::Group(fields.iter().map(|field| text(field).into()).collect())
}
