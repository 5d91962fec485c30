//! The WHERE clause of a list.

use cartera_application::lists::{ListQuery, Predicate, Test, Value};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Column, PageSql, SortColumn, branches::Key};
use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// Adds `from … where company and …` with every condition of the query, and the search key if there is one.
pub(super) fn chosen(
    sql: &mut Sql,
    tx: &PgUnitOfWork,
    list: &PageSql,
    query: &ListQuery,
    key: Option<&Key>,
) -> Result<(), DbErr> {
    // Fields of other resources may have the same names.
    if query.table != list.table {
        return Err(DbErr::Custom(format!("{} are listed as {}", query.table.name, list.table.name)));
    }
    sql.push(list.base);
    sql.push(" where ").push(list.company).push(" = ").value(tx.company()).push(list.always);
    conditions(sql, list, &query.predicate)?;
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
    Ok(())
}

/// The smallest text that is greater than every text with this prefix, by bytes (COLLATE "C").
fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// Adds ` and …` for each part of a predicate.
pub(super) fn conditions(sql: &mut Sql, list: &PageSql, predicate: &Predicate) -> Result<(), DbErr> {
    for part in predicate.parts() {
        sql.push(" and ");
        condition(sql, list, part)?;
    }
    Ok(())
}

/// Adds a predicate as one condition. A result of NULL counts as false.
fn condition(sql: &mut Sql, list: &PageSql, predicate: &Predicate) -> Result<(), DbErr> {
    match predicate {
        Predicate::All(parts) => joined(sql, list, parts, (" and ", "true")),
        Predicate::Any(parts) => joined(sql, list, parts, (" or ", "false")),
        Predicate::Not(one) => {
            sql.push("(");
            condition(sql, list, one)?;
            sql.push(") is not true");
            Ok(())
        }
        Predicate::Test(field, test) => {
            match list.column(*field)? {
                Column { sort: Some(sort), .. } if sort.is_a_nullable_date() => of_date(sql, &sort, test),
                column => of_column(sql, column.filter, test),
            }
            Ok(())
        }
    }
}

/// Adds several conditions in parentheses, or `nothing` where there are none.
fn joined(
    sql: &mut Sql,
    list: &PageSql,
    parts: &[Predicate],
    (between, nothing): (&'static str, &'static str),
) -> Result<(), DbErr> {
    if parts.is_empty() {
        sql.push(nothing);
        return Ok(());
    }
    for (index, part) in parts.iter().enumerate() {
        sql.push(if index > 0 { between } else { "(" });
        condition(sql, list, part)?;
    }
    sql.push(")");
    Ok(())
}

fn of_column(sql: &mut Sql, column: &'static str, test: &Test) {
    sql.push(column);
    match test {
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

/// Adds a condition on a nullable date, by the expression of its index. There a missing date is `infinity`, so a lower
/// bound needs a second condition that leaves missing dates out. The `and` needs no parentheses: it binds closer than
/// any `or` around it.
fn of_date(sql: &mut Sql, sort: &SortColumn, test: &Test) {
    let SortColumn { ascending, missing_ascending, .. } = sort;
    match test {
        Test::IsNull(_) => of_column(sql, sort.value, test),
        Test::AtLeast(_) | Test::MoreThan(_) => {
            of_column(sql, ascending, test);
            sql.push(" and ").push(ascending).push(" < ").push(missing_ascending);
        }
        Test::AtMost(_) | Test::LessThan(_) | Test::AnyOf(_) => of_column(sql, ascending, test),
    }
}

fn bound(value: &Value) -> sea_orm::Value {
    match value {
        Value::Id(id) => (*id).into(),
        Value::Text(text) => text.clone().into(),
        // Use cases replace stages by their ids before they run a list.
        Value::Stage(_) => Option::<Uuid>::None.into(),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(truth) => (*truth).into(),
        Value::Date(date) => (*date).into(),
        Value::Timestamp(at) => (*at).into(),
    }
}
