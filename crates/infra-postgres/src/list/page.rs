//! Which rows a page shows, in which order, and how many there are in all.

use cartera_application::lists::{Cursor, CursorKey, ListQuery, Position, Sort, TOTAL_CAP, Total};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    KeyType, PageSql, SortColumn,
    branches::{self, Branch},
    conditions,
};
use crate::{
    row::PgRow,
    sql::Sql,
    unit_of_work::{FROM_HERE_ON_FIXED, PgUnitOfWork},
};

/// Reads the cursors of the page's rows, and of one more row if there is one; and how many there are, if the query asks.
pub(super) async fn choose(
    tx: &PgUnitOfWork,
    list: &PageSql,
    query: &ListQuery,
    more: &impl Fn(&mut Sql, &ListQuery),
) -> Result<(Vec<Cursor>, Option<Total>), DbErr> {
    let sort = list
        .column(query.sort.field)?
        .sort
        .ok_or_else(|| DbErr::Custom(format!("{:?} can't be sorted by", query.sort.field)))?;
    let branches = branches::of(query, list.search);
    let sql = if let [whole] = branches.as_slice() {
        let mut sql = Sql::new("select ");
        sql.push(FROM_HERE_ON_FIXED).push(", ");
        branch(&mut sql, tx, list, &sort, whole, more)?;
        limit(&mut sql, query);
        sql
    } else {
        // A record may match several keys.
        let mut sql = Sql::new(if query.q.is_some() { "select distinct " } else { "select " });
        sql.push(FROM_HERE_ON_FIXED).push(", key, id, value from (");
        for (index, each) in branches.iter().enumerate() {
            sql.push(if index > 0 { " union all (select " } else { "(select " });
            branch(&mut sql, tx, list, &sort, each, more)?;
            // The page may come from one branch alone, so each needs this many rows.
            let wanted = query.offset() + u64::from(query.limit) + 1;
            sql.push(" limit ").value(i64::try_from(wanted).unwrap_or(i64::MAX)).push(")");
        }
        let by_key = [") branch order by key, id", ") branch order by key desc, id desc"];
        sql.push(by_key[usize::from(query.sort.descending)]);
        limit(&mut sql, query);
        sql
    };
    let (rows, counted) = if query.wants_total() {
        // The total comes first, while statements are still planned for their values.
        let [counted, rows] = tx.together([count(tx, list, query, more)?.build(), sql.build()]).await?;
        (rows, Some(total(&counted)?))
    } else {
        (tx.all(sql).await?, None)
    };
    Ok((rows.iter().map(|row| place(row, sort.key)).collect::<Result<_, _>>()?, counted))
}

/// Adds the columns, conditions, cursor and order of one branch.
fn branch(
    sql: &mut Sql,
    tx: &PgUnitOfWork,
    list: &PageSql,
    sort: &SortColumn,
    Branch { query, key }: &Branch,
    more: &impl Fn(&mut Sql, &ListQuery),
) -> Result<(), DbErr> {
    let expression = sort_expression(sort, &query.sort);
    sql.push(list.id).push(" as id, ").push(sort.value).push(" as value, ").push(expression).push(" as key");
    conditions::chosen(sql, tx, list, query, key.as_ref())?;
    more(sql, query);
    if let Position::After(Some(cursor)) = &query.position {
        after(sql, list, sort, query.sort, cursor)?;
    }
    let direction = if query.sort.descending { " desc" } else { "" };
    sql.push(" order by ").push(expression).push(direction);
    sql.push(", ").push(list.id).push(direction);
    Ok(())
}

/// Adds a limit of one row more than the page has, which shows whether there is a next page.
fn limit(sql: &mut Sql, query: &ListQuery) {
    sql.push(" limit ").value(i64::from(query.limit) + 1);
    if query.offset() > 0 {
        sql.push(" offset ").value(i64::try_from(query.offset()).unwrap_or(i64::MAX));
    }
}

/// The statement that counts how many rows meet the conditions.
fn count(
    tx: &PgUnitOfWork,
    list: &PageSql,
    query: &ListQuery,
    more: &impl Fn(&mut Sql, &ListQuery),
) -> Result<Sql, DbErr> {
    let most = i64::from(TOTAL_CAP) + 1;
    let mut sql = Sql::new("select count(*) as count from (select * from (");
    some(&mut sql, tx, list, query, ("", most), more)?;
    sql.push(") every limit ").value(most).push(") counted");
    Ok(sql)
}

fn total(rows: &[PgRow]) -> Result<Total, DbErr> {
    let row = rows.first().ok_or_else(|| DbErr::RecordNotFound("a count".into()))?;
    let count = u32::try_from(row.get::<i64>("count")?).unwrap_or(u32::MAX);
    Ok(Total { count: count.min(TOTAL_CAP), capped: count > TOTAL_CAP })
}

/// Adds a query of matching rows in any order: all of them, or at most `most` per branch, so that nothing collects
/// everything that matches. The id comes before the columns, and each row appears once.
pub(crate) fn some(
    sql: &mut Sql,
    tx: &PgUnitOfWork,
    list: &PageSql,
    query: &ListQuery,
    (columns, most): (&'static str, i64),
    more: &impl Fn(&mut Sql, &ListQuery),
) -> Result<(), DbErr> {
    // Only a search by `q` finds a row in two branches.
    let and = if query.q.is_some() { " union (select " } else { " union all (select " };
    for (index, Branch { query, key }) in branches::apart(query, list.search).iter().enumerate() {
        sql.push(if index > 0 { and } else { "(select " });
        sql.push(list.id).push(" as id").push(columns);
        conditions::chosen(sql, tx, list, query, key.as_ref())?;
        more(sql, query);
        sql.push(" limit ").value(most).push(")");
    }
    Ok(())
}

fn sort_expression(sort: &SortColumn, by: &Sort) -> &'static str {
    if by.descending { sort.descending } else { sort.ascending }
}

/// Adds the keyset condition as a row comparison, the form that an index answers at any depth. After a missing value
/// only missing ones follow, so the condition is then an equality: PostgreSQL expects a comparison with the greatest
/// value to match nothing, and would take any index.
fn after(sql: &mut Sql, list: &PageSql, sort: &SortColumn, by: Sort, cursor: &Cursor) -> Result<(), DbErr> {
    let (missing, beyond) =
        if by.descending { (sort.missing_descending, " < ") } else { (sort.missing_ascending, " > ") };
    let key: sea_orm::Value = match (&cursor.key, sort.key) {
        (CursorKey::Missing, _) => {
            sql.push(" and ").push(sort_expression(sort, &by)).push(" = ").push(missing);
            sql.push(" and ").push(list.id).push(beyond).value(cursor.id);
            return Ok(());
        }
        (CursorKey::Text(text), KeyType::Text) => text.clone().into(),
        (CursorKey::Integer(number), KeyType::Integer) => (*number).into(),
        (CursorKey::Integer(micros), KeyType::Timestamp) => DateTime::<Utc>::from_timestamp_micros(*micros)
            .ok_or_else(|| DbErr::Custom("a cursor's moment is out of range".into()))?
            .into(),
        (CursorKey::Days(days), KeyType::Date) => NaiveDate::from_num_days_from_ce_opt(*days)
            .ok_or_else(|| DbErr::Custom("a cursor's day is out of range".into()))?
            .into(),
        _ => return Err(DbErr::Custom("a cursor's key has another type than its sort".into())),
    };
    sql.push(" and (").push(sort_expression(sort, &by)).push(", ").push(list.id).push(")").push(beyond);
    sql.push("(").value(key).push(", ").value(cursor.id).push(")");
    Ok(())
}

/// Reads the cursor of a row: its sort key, which is null when the value is missing, and its id.
fn place(row: &PgRow, key: KeyType) -> Result<Cursor, DbErr> {
    let id: Uuid = row.get("id")?;
    let key = match key {
        KeyType::Text => match row.get::<Option<String>>("value")? {
            Some(text) => CursorKey::Text(text),
            None => CursorKey::Missing,
        },
        KeyType::Integer => match row.get::<Option<i64>>("value")? {
            Some(number) => CursorKey::Integer(number),
            None => CursorKey::Missing,
        },
        KeyType::Timestamp => match row.get::<Option<DateTime<Utc>>>("value")? {
            Some(at) => CursorKey::Integer(at.timestamp_micros()),
            None => CursorKey::Missing,
        },
        KeyType::Date => match row.get::<Option<NaiveDate>>("value")? {
            Some(date) => CursorKey::Days(date.num_days_from_ce()),
            None => CursorKey::Missing,
        },
    };
    Ok(Cursor { key, id })
}
