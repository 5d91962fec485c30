//! Lists, once for every resource: conditions, keyset, order, page and total out of the resource's table
//! of columns.

mod branches;

use cartera_application::lists::{
    Cursor, CursorKey, Filter, ListField, ListQuery, Listing, Position, Sort, TOTAL_CAP, Test, Total, Value,
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use uuid::Uuid;

use crate::{sql::Sql, unit_of_work::PgUnitOfWork};

/// What a sort key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyType {
    Text,
    Integer,
    Date,
    Timestamp,
}

/// By what SQL a field is filtered and sorted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// The column that conditions test.
    pub(crate) filter: &'static str,
    /// The key by which it is sorted, if it is.
    pub(crate) sort: Option<SortColumn>,
}

/// The key by which a field is sorted. A nullable one has a key for each direction, in which a missing value
/// comes last: the expressions are those of the indexes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SortColumn {
    pub(crate) key: KeyType,
    pub(crate) value: &'static str,
    pub(crate) ascending: &'static str,
    pub(crate) descending: &'static str,
    pub(crate) missing_ascending: &'static str,
    pub(crate) missing_descending: &'static str,
}

impl SortColumn {
    fn is_a_nullable_date(&self) -> bool {
        matches!(self.key, KeyType::Date | KeyType::Timestamp) && self.missing_ascending != "null"
    }
}

impl Column {
    /// A column that is only filtered.
    pub(crate) const fn filtered(column: &'static str) -> Self {
        Self { filter: column, sort: None }
    }

    /// A column that is filtered and sorted by itself and never missing.
    pub(crate) const fn sorted(column: &'static str, key: KeyType) -> Self {
        Self::sorted_by(column, column, key)
    }

    /// A column that is sorted by another expression, never missing.
    pub(crate) const fn sorted_by(filter: &'static str, sort: &'static str, key: KeyType) -> Self {
        let sort = SortColumn {
            key,
            value: sort,
            ascending: sort,
            descending: sort,
            missing_ascending: "null",
            missing_descending: "null",
        };
        Self { filter, sort: Some(sort) }
    }
}

/// A column that may be missing: a missing value comes last in both directions, so each has a key of its own, `last`
/// and `first` of all values. A CASE and not a COALESCE: PostgreSQL does not take that to be leakproof, and under
/// row-level security it then finds the place where a page begins by reading everything before it.
macro_rules! nullable {
    ($key:ident, $column:literal, $last:literal, $first:literal) => {
        crate::list::Column {
            filter: $column,
            sort: Some(crate::list::SortColumn {
                key: crate::list::KeyType::$key,
                value: $column,
                ascending: concat!("case when ", $column, " is null then ", $last, " else ", $column, " end"),
                descending: concat!(
                    "case when ",
                    $column,
                    " is null then ",
                    $first,
                    " else ",
                    $column,
                    " end"
                ),
                missing_ascending: $last,
                missing_descending: $first,
            }),
        }
    };
}

pub(crate) use nullable;

/// The SQL of one resource's list.
pub(crate) struct ListSql<F> {
    /// `select …` with every column of the row, without `from`.
    pub(crate) select: &'static str,
    /// `from …` with the joins that rows need.
    pub(crate) joins: &'static str,
    /// `from …` with just what conditions need, for counting.
    pub(crate) base: &'static str,
    /// The column of the company, which is bound first.
    pub(crate) company: &'static str,
    /// Conditions that always hold, beginning with ` and `.
    pub(crate) always: &'static str,
    /// The id that breaks ties.
    pub(crate) id: &'static str,
    /// The columns of the fields.
    pub(crate) column: fn(F) -> Column,
    /// Adds the condition of `q` in a company.
    pub(crate) search: fn(&mut Sql, Uuid, &str),
}

/// The smallest text that is greater than every text with this prefix, by bytes (COLLATE "C").
pub(crate) fn prefix_end(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

/// Runs a list.
pub(crate) async fn run<F: ListField, R: FromQueryResult>(
    tx: &PgUnitOfWork,
    list: &ListSql<F>,
    query: &ListQuery<F>,
) -> Result<Listing<R>, DbErr> {
    run_within(tx, list, query, |_| {}).await
}

/// Runs a list within what `more` says, a condition that no caller can write.
pub(crate) async fn run_within<F: ListField, R: FromQueryResult>(
    tx: &PgUnitOfWork,
    list: &ListSql<F>,
    query: &ListQuery<F>,
    more: impl Fn(&mut Sql),
) -> Result<Listing<R>, DbErr> {
    let sort = (list.column)(query.sort.field)
        .sort
        .ok_or_else(|| DbErr::Custom(format!("{:?} can't be sorted by", query.sort.field)))?;
    if branches::depends_on_values(query) {
        tx.execute_raw(Sql::new("set local plan_cache_mode = force_custom_plan").build()).await?;
    }
    let branches = branches::of(query);
    let mut sql = Sql::new(list.select);
    sql.push(", ").push(sort.value).push(" as sort_value ").push(list.joins);
    if let ([whole], true) = (branches.as_slice(), branches::is_read_in_order(query)) {
        chosen(&mut sql, tx, list, &sort, whole, &more)?;
        page(&mut sql, query);
    } else {
        sql.push(" where ").push(list.company).push(" = ").value(tx.company());
        sql.push(" and ").push(list.id).push(" in (select id from (");
        for (index, branch) in branches.iter().enumerate() {
            sql.push(if index > 0 { " union all (select " } else { "(select " });
            sql.push(list.id).push(" as id, ").push(sort_expression(&sort, &query.sort)).push(" as key");
            sql.push(list.base);
            chosen(&mut sql, tx, list, &sort, branch, &more)?;
            branches::limit(&mut sql, query);
            sql.push(")");
        }
        let by_key = [" order by key, id", " order by key desc, id desc"];
        sql.push(") branch").push(by_key[usize::from(query.sort.descending)]);
        page(&mut sql, query);
        sql.push(")");
        order(&mut sql, list, &sort, query);
    }
    let mut rows = tx.query_all_raw(sql.build()).await?;
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let end = if rows.len() > limit { rows.get(limit - 1) } else { None };
    let next = end.map(|row| cursor_of(row, sort.key)).transpose()?;
    rows.truncate(limit);
    let items = rows.iter().map(|row| R::from_query_result(row, "")).collect::<Result<_, _>>()?;
    let total = if query.wants_total() { Some(total(tx, list, query, &more).await?) } else { None };
    Ok(Listing { items, next, total })
}

/// Adds the conditions, the place after which the page begins, and the order.
fn chosen<F: ListField>(
    sql: &mut Sql,
    tx: &PgUnitOfWork,
    list: &ListSql<F>,
    sort: &SortColumn,
    query: &ListQuery<F>,
    more: &impl Fn(&mut Sql),
) -> Result<(), DbErr> {
    conditions(sql, tx, list, query);
    more(sql);
    if let Position::After(Some(cursor)) = &query.position {
        after(sql, list, sort, query.sort, cursor)?;
    }
    order(sql, list, sort, query);
    Ok(())
}

fn order<F: ListField>(sql: &mut Sql, list: &ListSql<F>, sort: &SortColumn, query: &ListQuery<F>) {
    let direction = if query.sort.descending { " desc" } else { "" };
    sql.push(" order by ").push(sort_expression(sort, &query.sort)).push(direction);
    sql.push(", ").push(list.id).push(direction);
}

/// One row more than the page has: it tells whether there is a next one.
fn page<F: ListField>(sql: &mut Sql, query: &ListQuery<F>) {
    sql.push(" limit ").value(i64::from(query.limit) + 1);
    if query.offset() > 0 {
        sql.push(" offset ").value(i64::try_from(query.offset()).unwrap_or(i64::MAX));
    }
}

async fn total<F: ListField>(
    tx: &PgUnitOfWork,
    list: &ListSql<F>,
    query: &ListQuery<F>,
    more: &impl Fn(&mut Sql),
) -> Result<Total, DbErr> {
    let mut sql = Sql::new("select count(*) as count from (select 1 ");
    sql.push(list.base);
    conditions(&mut sql, tx, list, query);
    more(&mut sql);
    sql.push(" limit ").value(i64::from(TOTAL_CAP) + 1).push(") counted");
    let row = tx.query_one_raw(sql.build()).await?;
    let count: i64 = row.ok_or_else(|| DbErr::RecordNotFound("a count".into()))?.try_get("", "count")?;
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Total { count: count.min(TOTAL_CAP), capped: count > TOTAL_CAP })
}

/// Adds ` where company and …` with every condition of the query.
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
    if let Some(q) = &query.q {
        (list.search)(sql, tx.company(), q);
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

fn sort_expression<F>(sort: &SortColumn, by: &Sort<F>) -> &'static str {
    if by.descending { sort.descending } else { sort.ascending }
}

/// Adds the keyset condition, as a row comparison: the form that an index answers at any depth.
fn after<F>(
    sql: &mut Sql,
    list: &ListSql<F>,
    sort: &SortColumn,
    by: Sort<F>,
    cursor: &Cursor,
) -> Result<(), DbErr>
where
    F: Copy,
{
    let missing = if by.descending { sort.missing_descending } else { sort.missing_ascending };
    sql.push(" and (").push(sort_expression(sort, &by)).push(", ").push(list.id);
    sql.push(if by.descending { ") < (" } else { ") > (" });
    match (&cursor.key, sort.key) {
        (CursorKey::Missing, _) => sql.push(missing),
        (CursorKey::Text(text), KeyType::Text) => sql.value(text.clone()),
        (CursorKey::Integer(number), KeyType::Integer) => sql.value(*number),
        (CursorKey::Integer(micros), KeyType::Timestamp) => sql.value(
            DateTime::<Utc>::from_timestamp_micros(*micros)
                .ok_or_else(|| DbErr::Custom("a cursor's moment is out of range".into()))?,
        ),
        (CursorKey::Days(days), KeyType::Date) => sql.value(
            NaiveDate::from_num_days_from_ce_opt(*days)
                .ok_or_else(|| DbErr::Custom("a cursor's day is out of range".into()))?,
        ),
        _ => return Err(DbErr::Custom("a cursor's key has another type than its sort".into())),
    };
    sql.push(", ").value(cursor.id).push(")");
    Ok(())
}

/// Reads the place of a row: its sort key, which is null when the value is missing, and its id.
fn cursor_of(row: &QueryResult, key: KeyType) -> Result<Cursor, DbErr> {
    let id: Uuid = row.try_get("", "id")?;
    let key = match key {
        KeyType::Text => match row.try_get::<Option<String>>("", "sort_value")? {
            Some(text) => CursorKey::Text(text),
            None => CursorKey::Missing,
        },
        KeyType::Integer => CursorKey::Integer(row.try_get("", "sort_value")?),
        KeyType::Timestamp => match row.try_get::<Option<DateTime<Utc>>>("", "sort_value")? {
            Some(at) => CursorKey::Integer(at.timestamp_micros()),
            None => CursorKey::Missing,
        },
        KeyType::Date => match row.try_get::<Option<NaiveDate>>("", "sort_value")? {
            Some(date) => CursorKey::Days(date.num_days_from_ce()),
            None => CursorKey::Missing,
        },
    };
    Ok(Cursor { key, id })
}
