//! What a list's rows must meet.

use cartera_application::lists::{Filter, ListField, ListQuery, Test, Value};
use uuid::Uuid;

use super::{Column, ListSql, SortColumn, branches::Key};
use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Adds `from … where company and …` with every condition of the query, and the key by which `q` is looked for.
pub(super) fn chosen<F: ListField>(
    sql: &mut Sql,
    tx: &PgUnitOfWork,
    list: &ListSql<F>,
    query: &ListQuery<F>,
    key: Option<&Key>,
) {
    sql.push(list.base);
    conditions(sql, tx, list, query);
    match key {
        Some(Key::Begins(column, prefix)) => {
            sql.push(" and ").push(column).push(" >= ").value(prefix.as_str());
            sql.push(" and ").push(column).push(" < ").value(prefix_end(prefix));
        }
        Some(Key::Is(column, number)) => {
            sql.push(" and ").push(column).push(" = ").value(*number);
        }
        None => {}
    }
}

/// The smallest text that is greater than every text with this prefix, by bytes (COLLATE "C").
fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// Adds ` where company and …` with every condition of the query but `q`.
pub(crate) fn conditions<F: ListField>(
    sql: &mut Sql,
    tx: &PgUnitOfWork,
    list: &ListSql<F>,
    query: &ListQuery<F>,
) {
    sql.push(" where ").push(list.company).push(" = ").value(tx.company()).push(list.always);
    for filter in &query.filters {
        match (list.column)(filter.field) {
            Column { sort: Some(sort), .. } if sort.is_a_nullable_date() => of_date(sql, &sort, filter),
            column => condition(sql, column.filter, filter),
        }
    }
}

fn condition<F>(sql: &mut Sql, column: &'static str, filter: &Filter<F>) {
    sql.push(" and ").push(column);
    match &filter.test {
        Test::IsNull(true) => sql.push(" is null"),
        Test::IsNull(false) => sql.push(" is not null"),
        Test::AtLeast(value) => sql.push(" >= ").value(bound(value)),
        Test::AtMost(value) => sql.push(" <= ").value(bound(value)),
        Test::MoreThan(value) => sql.push(" > ").value(bound(value)),
        Test::LessThan(value) => sql.push(" < ").value(bound(value)),
        Test::AnyOf(values) => match values.as_slice() {
            [] => sql.push(" is null and false"),
            [value] => sql.push(" = ").value(bound(value)),
            values => sql.push(" in (").values(values.iter().map(bound)).push(")"),
        },
    };
}

/// The condition on a date that may be missing, by the expression of its index: there a missing one is infinitely
/// late, so that whoever asks for late ones has to be told where the dates end.
fn of_date<F>(sql: &mut Sql, sort: &SortColumn, filter: &Filter<F>) {
    let SortColumn { ascending, missing_ascending, .. } = sort;
    match &filter.test {
        Test::IsNull(_) => condition(sql, sort.value, filter),
        Test::AtLeast(_) | Test::MoreThan(_) => {
            condition(sql, ascending, filter);
            sql.push(" and ").push(ascending).push(" < ").push(missing_ascending);
        }
        Test::AtMost(_) | Test::LessThan(_) | Test::AnyOf(_) => condition(sql, ascending, filter),
    }
}

fn bound(value: &Value) -> sea_orm::Value {
    match value {
        Value::Id(id) => (*id).into(),
        Value::Text(text) => text.clone().into(),
        // Use cases replace stages by ids before they ask.
        Value::Stage(_) => Option::<Uuid>::None.into(),
        Value::Integer(number) => (*number).into(),
        Value::Date(date) => (*date).into(),
        Value::Timestamp(at) => (*at).into(),
    }
}
