//! Compares each table of fields with the database schema: a column of the right type for each field, the comparison
//! keys, references that can't leave the company, and an index for everything that lists filter and sort by.

use std::collections::BTreeMap;

use cartera_application::records::RESOURCES;
use cartera_domain::{
    events::EntityType,
    record::{Field, Kind, Table},
};
use sqlx::{PgConnection, Row};

use crate::support::Bench;

/// The database table for records of this kind.
fn kept_in(entity: EntityType) -> &'static str {
    match entity {
        EntityType::User => "users",
        EntityType::Opportunity => "opportunities",
        entity => {
            let found = RESOURCES.iter().find(|resource| resource.table.entity == entity);
            found.unwrap_or_else(|| panic!("{entity:?} has no table")).table.plural
        }
    }
}

/// The type of a field's column.
const fn column_type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Line { .. }
        | Kind::Prose { .. }
        | Kind::Email
        | Kind::Phone
        | Kind::WebUrl
        | Kind::Social(_)
        | Kind::Color
        | Kind::OneOf(_) => "text",
        Kind::Tags => "text[]",
        Kind::Integer { .. } => "integer",
        Kind::Money => "bigint",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Reference(_) => "uuid",
        Kind::Group(_) => "jsonb",
    }
}

async fn texts(behind: &mut PgConnection, sql: &'static str, table: &Table) -> Vec<String> {
    sqlx::query_scalar(sql).bind(table.plural).fetch_all(behind).await.expect("the catalogue answers")
}

/// The columns of a table, with their type and whether they are nullable.
async fn columns(behind: &mut PgConnection, table: &Table) -> BTreeMap<String, (String, bool)> {
    let rows = sqlx::query(
        "select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable \
         from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped",
    )
    .bind(table.plural)
    .fetch_all(behind)
    .await
    .expect("the catalogue answers");
    rows.iter().map(|row| (row.get("name"), (row.get("type"), row.get("nullable")))).collect()
}

/// What a table of fields requires and the database lacks.
async fn lacking(behind: &mut PgConnection, table: &'static Table) -> Vec<String> {
    let mut wrong = Vec::new();
    let columns = columns(behind, table).await;
    let indexes = texts(
        behind,
        "select pg_get_indexdef(indexrelid) from pg_index where indrelid = $1::regclass",
        table,
    )
    .await;
    let references = texts(
        behind,
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = $1::regclass and contype = 'f'",
        table,
    )
    .await;
    let mut need = |column: &str, wanted: &str, may_be_missing: bool| match columns.get(column) {
        Some((found, nullable)) if found == wanted && *nullable == may_be_missing => {}
        other => wrong.push(format!("{}.{column}: wanted {wanted}, found {other:?}", table.plural)),
    };
    for field in table.fields {
        // Lists and objects are empty rather than null.
        let is_never_missing =
            field.required || matches!(field.kind, Kind::Tags | Kind::Group(_) | Kind::OneOf(_));
        need(field.column, column_type(&field.kind), !is_never_missing);
        if matches!(field.kind, Kind::Money) {
            need(field.currency_column, "text", !field.required);
        }
        if field.uses.unique {
            need(field.key_column, "text", !field.required);
        }
        if field.uses.fold {
            need(field.fold_column, "text", !field.required);
        }
    }
    if !table.called.is_empty() {
        need("name_fold", "text", false);
    }
    for (column, kind, missing) in [
        ("company_id", "uuid", false),
        ("id", "uuid", false),
        ("version", "integer", false),
        ("created_at", "timestamp with time zone", false),
        ("created_by", "uuid", true),
        ("updated_at", "timestamp with time zone", false),
        ("deleted_at", "timestamp with time zone", true),
        ("deletion_id", "uuid", true),
    ] {
        need(column, kind, missing);
    }
    let parents: Vec<_> = table.parents().map(|(_, field, _)| field.column).collect();
    let checks = texts(
        behind,
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = $1::regclass and contype = 'c'",
        table,
    )
    .await;
    let one_parent = format!("CHECK ((num_nonnulls({}) = 1))", parents.join(", "));
    if !parents.is_empty() && !checks.contains(&one_parent) {
        wrong.push(format!("{}: a record may belong to none or to several", table.plural));
    }
    for field in table.fields {
        wrong.extend(lacking_of(table, field, &indexes, &references));
    }
    for column in
        ["created_at", "updated_at"].into_iter().chain((!table.called.is_empty()).then_some("name_fold"))
    {
        if !has_index(&indexes, column, "(deleted_at IS NULL)") {
            wrong.push(format!("{}: no index of live records by {column}", table.plural));
        }
    }
    if !has_index(&indexes, "deleted_at", "(deleted_at IS NOT NULL)") {
        wrong.push(format!("{}: no index of what lies in the bin", table.plural));
    }
    wrong
}

/// Whether there is an index that begins with the company and this column (or an expression of it), on the rows with
/// this condition.
fn has_index(indexes: &[String], column: &str, of: &str) -> bool {
    let itself = [
        format!("(company_id, {column},"),
        format!("(company_id, {column} "),
        format!("(company_id, {column})"),
    ];
    let missing_last = format!("(company_id, ( CASE WHEN ({column} IS NULL)");
    indexes.iter().any(|index| {
        let leads = itself.iter().chain([&missing_last]).any(|lead| index.contains(lead));
        leads && index.ends_with(&format!("WHERE {of}"))
    })
}

fn lacking_of(table: &Table, field: &Field, indexes: &[String], references: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let compared = match field.kind {
        Kind::Email => field.key_column,
        Kind::Line { .. } | Kind::Prose { .. } => field.fold_column,
        _ => field.column,
    };
    if field.uses.unique {
        let unique = indexes.iter().any(|index| {
            index.contains("UNIQUE")
                && index.contains(&format!("(company_id, {})", field.key_column))
                && index.contains("(deleted_at IS NULL)")
        });
        if !unique {
            wrong.push(format!("{}.{} is not unique among live records", table.plural, field.column));
        }
    }
    if (field.uses.filter || field.uses.sort || field.uses.parent)
        && field.path != "name"
        && !has_index(indexes, compared, "(deleted_at IS NULL)")
    {
        wrong.push(format!("{}: no index of live records by {compared}", table.plural));
    }
    if let Kind::Reference(entity) = field.kind {
        if field.uses.parent
            && !indexes.iter().any(|index| index.ends_with(&format!("(company_id, {})", field.column)))
        {
            wrong.push(format!(
                "{}: no index by which a parent's records are purged by {}",
                table.plural, field.column
            ));
        }
        let wanted = format!(
            "FOREIGN KEY (company_id, {}) REFERENCES {}(company_id, id)",
            field.column,
            kept_in(entity)
        );
        if !references.iter().any(|reference| reference.starts_with(&wanted)) {
            wrong.push(format!("{}.{} may lead out of the company", table.plural, field.column));
        }
    }
    wrong
}

#[tokio::test]
async fn every_table_of_fields_is_that_of_the_database() {
    let bench = Bench::new(2).await;
    let mut behind = bench.database.behind_the_walls().await;
    let mut wrong = Vec::new();
    for resource in RESOURCES {
        wrong.extend(lacking(&mut behind, resource.table).await);
        for column in resource.table.search_keys() {
            let indexes = texts(
                &mut behind,
                "select pg_get_indexdef(indexrelid) from pg_index where indrelid = $1::regclass",
                resource.table,
            )
            .await;
            if !has_index(&indexes, column, "(deleted_at IS NULL)") {
                wrong.push(format!("{}: no index by which `q` finds {column}", resource.table.plural));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_table_that_the_database_does_not_keep_is_noticed() {
    let bench = Bench::new(2).await;
    let mut behind = bench.database.behind_the_walls().await;
    sqlx::raw_sql(
        "alter table contacts drop constraint contacts_company_id_account_id_fkey; \
         alter table contacts alter column position type varchar(100); \
         drop index contacts_email_key; drop index contacts_account",
    )
    .execute(&mut behind)
    .await
    .expect("a superuser may");
    let contacts = RESOURCES.iter().find(|resource| resource.table.plural == "contacts").expect("contacts");
    let wrong = lacking(&mut behind, contacts.table).await;
    for said in [
        "contacts.position",
        "contacts.email is not unique",
        "by account_id",
        "contacts.account_id may lead out",
    ] {
        assert!(wrong.iter().any(|finding| finding.contains(said)), "{said}: {wrong:#?}");
    }
}
