//! Lists of records in memory: every condition, order and place, by plain comparison.

use std::cmp::Ordering;

use async_trait::async_trait;
use cartera_domain::{
    events::FieldValue,
    record::{Changed, Row, Table},
    values::{beginnings, fold_key},
};
use chrono::Datelike;

use super::{MemoryStore, MemoryUnitOfWork};
use crate::{
    error::Result,
    lists::{
        Cursor, CursorKey, DELETED, FieldKind, FieldRef, ListQuery, Listing, Position, Predicate, TOTAL_CAP,
        Test, Total, Value,
    },
    records::{CREATED_AT, CREATED_BY, DELETED_AT, NAME, RecordLists, RecordView, UPDATED_AT},
    security::Grant,
};

/// What lists compare of a row's field.
fn key(table: &'static Table, row: &Row, field: FieldRef) -> CursorKey {
    if field == CREATED_BY {
        return row.created_by.map_or(CursorKey::Missing, |user| CursorKey::Text(user.uuid().to_string()));
    }
    match field.name() {
        CREATED_AT => CursorKey::Integer(row.created_at.timestamp_micros()),
        UPDATED_AT => CursorKey::Integer(row.updated_at.timestamp_micros()),
        DELETED_AT => {
            let at = row.deletion.map(|deletion| deletion.at.timestamp_micros());
            at.map_or(CursorKey::Missing, CursorKey::Integer)
        }
        NAME => CursorKey::Text(fold_key(&row.called(table))),
        name => {
            let value = table.fields.iter().zip(&row.values).find(|(field, _)| field.path == name);
            value.map_or(CursorKey::Missing, |(_, value)| of_value(value, field.kind()))
        }
    }
}

fn of_value(value: &FieldValue, kind: FieldKind) -> CursorKey {
    match value {
        FieldValue::Text(text) if kind == FieldKind::Email => CursorKey::Text(text.to_ascii_lowercase()),
        FieldValue::Text(text) => CursorKey::Text(fold_key(text)),
        FieldValue::Boolean(truth) => CursorKey::Integer(i64::from(*truth)),
        FieldValue::Integer(number) => CursorKey::Integer(*number),
        FieldValue::Reference(id) => CursorKey::Text(id.to_string()),
        FieldValue::Money(money) => CursorKey::Integer(money.minor_units()),
        FieldValue::Date(date) => CursorKey::Days(date.num_days_from_ce()),
        FieldValue::Timestamp(at) => CursorKey::Integer(at.timestamp_micros()),
        FieldValue::Null | FieldValue::Texts(_) | FieldValue::Group(_) => CursorKey::Missing,
    }
}

fn of_test(value: &Value) -> CursorKey {
    match value {
        Value::Id(id) => CursorKey::Text(id.to_string()),
        Value::Text(text) => CursorKey::Text(text.clone()),
        Value::Integer(number) => CursorKey::Integer(*number),
        Value::Date(date) => CursorKey::Days(date.num_days_from_ce()),
        Value::Timestamp(at) => CursorKey::Integer(at.timestamp_micros()),
        Value::Boolean(truth) => CursorKey::Integer(i64::from(*truth)),
        Value::Stage(_) => CursorKey::Missing,
    }
}

/// None when a value is missing, or of another type.
fn compare(one: &CursorKey, other: &CursorKey) -> Option<Ordering> {
    match (one, other) {
        (CursorKey::Text(one), CursorKey::Text(other)) => Some(one.cmp(other)),
        (CursorKey::Integer(one), CursorKey::Integer(other)) => Some(one.cmp(other)),
        (CursorKey::Days(one), CursorKey::Days(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

fn passes(key: &CursorKey, test: &Test) -> bool {
    let is = |value: &Value, wanted: &[Ordering]| {
        compare(key, &of_test(value)).is_some_and(|found| wanted.contains(&found))
    };
    match test {
        Test::AnyOf(values) => values.iter().any(|value| is(value, &[Ordering::Equal])),
        Test::AtLeast(value) => is(value, &[Ordering::Equal, Ordering::Greater]),
        Test::AtMost(value) => is(value, &[Ordering::Equal, Ordering::Less]),
        Test::MoreThan(value) => is(value, &[Ordering::Greater]),
        Test::LessThan(value) => is(value, &[Ordering::Less]),
        Test::IsNull(wanted) => (*key == CursorKey::Missing) == *wanted,
    }
}

/// Whether what has these keys meets the conditions.
pub(super) fn meets(key: &dyn Fn(FieldRef) -> CursorKey, predicate: &Predicate) -> bool {
    match predicate {
        Predicate::All(parts) => parts.iter().all(|part| meets(key, part)),
        Predicate::Any(parts) => parts.iter().any(|part| meets(key, part)),
        Predicate::Not(one) => !meets(key, one),
        Predicate::Test(field, test) => passes(&key(*field), test),
    }
}

/// Whether a search key begins with one of these.
fn is_found(table: &'static Table, row: &Row, sought: &[String]) -> bool {
    row.keys(table, Changed::ALL).into_iter().any(|(column, key)| {
        let is_searched = table.search_keys().any(|search| search == column);
        let begins = |text: &str| sought.iter().any(|beginning| text.starts_with(beginning));
        is_searched && matches!(key, FieldValue::Text(text) if begins(&text))
    })
}

/// The order of places: what is missing comes last, whichever way the others go.
fn in_order(one: &Cursor, other: &Cursor, descending: bool) -> Ordering {
    let turned = |order: Ordering| if descending { order.reverse() } else { order };
    let by_key = match (&one.key, &other.key) {
        (CursorKey::Missing, CursorKey::Missing) => Ordering::Equal,
        (CursorKey::Missing, _) => Ordering::Greater,
        (_, CursorKey::Missing) => Ordering::Less,
        (one, other) => turned(compare(one, other).unwrap_or(Ordering::Equal)),
    };
    by_key.then(turned(one.id.cmp(&other.id)))
}

/// The page of all these places that a query asks for, in its order.
pub(super) fn page(mut places: Vec<Cursor>, query: &ListQuery) -> Listing<Cursor> {
    places.sort_by(|one, other| in_order(one, other, query.sort.descending));
    let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
    let total = query.wants_total().then(|| Total { count: count.min(TOTAL_CAP), capped: count > TOTAL_CAP });
    if let Position::After(Some(after)) = &query.position {
        places.retain(|place| in_order(place, after, query.sort.descending) == Ordering::Greater);
    }
    let offset = usize::try_from(query.offset()).unwrap_or(usize::MAX);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut items: Vec<_> = places.into_iter().skip(offset).take(limit.saturating_add(1)).collect();
    let next = if items.len() > limit { items.get(limit - 1).cloned() } else { None };
    items.truncate(limit);
    Listing { items, next, total }
}

impl MemoryUnitOfWork {
    /// The places of all rows that a query asks for.
    fn places(&self, table: &'static Table, query: &ListQuery) -> Vec<Cursor> {
        let sought = query.q.as_deref().map(beginnings);
        let rows = self.rows_of(table).into_iter().filter(|row| {
            row.deletion.is_some() == query.flag(DELETED)
                && meets(&|field| key(table, row, field), &query.predicate)
                && sought.as_ref().is_none_or(|sought| is_found(table, row, sought))
        });
        let place = |row: Row| Cursor { key: key(table, &row, query.sort.field), id: row.id };
        rows.map(place).collect()
    }
}

#[async_trait]
impl RecordLists for MemoryStore {
    async fn list(
        &self,
        grant: &Grant,
        table: &'static Table,
        query: &ListQuery,
    ) -> Result<Listing<RecordView>> {
        let tx = self.open(grant, true);
        let Listing { items: page, next, total } = page(tx.places(table, query), query);
        let items = page.iter().filter_map(|place| tx.any_row(table, place.id));
        let items = items.map(|row| tx.shown_row(table, row)).collect();
        Ok(Listing { items, next, total })
    }
}
