//! Removes each part of tenant isolation alone, table by table and key by key: the catalogue checks detect every
//! removal.

use cartera_migrations::catalogue::{CHECKS, Check, GLOBAL_UNIQUE_INDEXES};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::{
    support::Bench,
    walls::{fill_two_companies, tenant_tables},
};

/// The findings of the catalogue checks on this connection, including uncommitted changes.
async fn findings(connection: &mut PgConnection) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for Check { finding, sql } in CHECKS {
        let subjects: Vec<String> = sqlx::query_scalar(*sql)
            .bind(GLOBAL_UNIQUE_INDEXES)
            .fetch_all(&mut *connection)
            .await
            .expect("the catalogue");
        found.extend(subjects.into_iter().map(|subject| (*finding, subject)));
    }
    found
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Does the damage, runs the checks, and rolls it back; returns the findings.
async fn with(connection: &mut PgConnection, damage: &str) -> Vec<(&'static str, String)> {
    let mut tx = connection.begin().await.expect("a transaction");
    run(&mut tx, damage).await;
    let found = findings(&mut tx).await;
    tx.rollback().await.expect("the damage is undone");
    found
}

/// Whether one of the findings has this kind and subject.
fn tells(found: &[(&'static str, String)], kind: &str, subject: &str) -> bool {
    found.iter().any(|(finding, about)| *finding == kind && about == subject)
}

#[tokio::test]
async fn the_second_lock_is_missed_on_every_table() {
    const UNLOCKED: &str = "a table without forced row-level security";
    const NO_POLICY: &str = "a table without the policy of its company, or with another in its place";
    const STRANGE: &str = "a policy that is none of ours";
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    assert_eq!(findings(&mut behind).await, []);
    let tables = tenant_tables(&mut behind).await;
    for table in &tables {
        // The directory's table has a policy only for the directory's own functions.
        let policy = match table.as_str() {
            "identities" => None,
            "platform_administrators" => Some("platform_realm"),
            _ => Some("company_isolation"),
        };
        let mut damages = vec![
            (format!("alter table {table} disable row level security"), UNLOCKED, table.clone()),
            (format!("alter table {table} no force row level security"), UNLOCKED, table.clone()),
            (
                format!("create policy shortcut on {table} for select using (now() is not null)"),
                STRANGE,
                format!("{table}.shortcut"),
            ),
        ];
        if let Some(policy) = policy {
            for damage in [
                format!("drop policy {policy} on {table}"),
                format!("alter policy {policy} on {table} using (now() is not null)"),
                format!("alter policy {policy} on {table} with check (now() is not null)"),
                format!("alter policy {policy} on {table} to cartera_owner"),
            ] {
                damages.push((damage, NO_POLICY, table.clone()));
            }
        }
        for (damage, kind, subject) in damages {
            let found = with(&mut behind, &damage).await;
            assert!(tells(&found, kind, &subject), "nobody misses it: {damage}: {found:?}");
        }
    }
}

#[tokio::test]
async fn without_the_second_lock_the_neighbours_rows_show() {
    let bench = Bench::new(1).await;
    let [first, second] = fill_two_companies(&bench).await;
    let mut behind = bench.database.behind_the_walls().await;
    let mut shown = Vec::new();
    for table in tenant_tables(&mut behind).await {
        if ["identities", "companies", "platform_administrators"].contains(&table.as_str()) {
            continue;
        }
        let enter = format!("set local app.company_id = '{first}'; set local role cartera_api");
        let mut seen = Vec::new();
        for damage in ["", "disable row level security"] {
            let mut tx = behind.begin().await.expect("a transaction");
            if !damage.is_empty() {
                run(&mut tx, &format!("alter table {table} {damage}")).await;
            }
            run(&mut tx, &enter).await;
            let ask = format!("select count(*) from {table} where company_id = $1");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(ask))
                .bind(second)
                .fetch_one(&mut *tx)
                .await
                .expect("the table can be asked");
            seen.push(rows);
            tx.rollback().await.expect("the damage is undone");
        }
        assert_eq!(seen[0], 0, "{table} shows the neighbour's rows");
        if seen[1] > 0 {
            shown.push(table);
        }
    }
    // Only row-level security had hidden these rows, so the assertion above is meaningful.
    for table in ["users", "accounts", "stages", "opportunities"] {
        assert!(shown.iter().any(|name| name == table), "{table} has rows: {shown:?}");
    }
}

/// A foreign key: its name, its table, the column beside the company, and the table that it refers to.
type Key = (String, String, Option<String>, String);

async fn keys(connection: &mut PgConnection) -> Vec<Key> {
    sqlx::query_as(
        "select k.conname::text, k.conrelid::regclass::text, a.attname::text, k.confrelid::regclass::text \
         from pg_constraint k join pg_namespace n on n.oid = k.connamespace \
         left join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[cardinality(k.conkey)] \
         and cardinality(k.conkey) > 1 \
         where k.contype = 'f' and n.nspname = 'public' order by 2, 1",
    )
    .fetch_all(connection)
    .await
    .expect("the catalogue")
}

#[tokio::test]
async fn the_third_lock_is_missed_at_every_foreign_key() {
    const LOOSE: &str = "a reference that no foreign key keeps within the company";
    const ACROSS: &str = "a foreign key that does not lead with the company";
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    let keys = keys(&mut behind).await;
    assert!(keys.len() > 30, "{keys:?}");
    for (name, table, column, parent) in keys {
        let drop = format!("alter table {table} drop constraint {name}");
        let found = with(&mut behind, &drop).await;
        let missed = match &column {
            Some(column) => tells(&found, LOOSE, &format!("{table}.{column}")),
            None => tells(&found, "a table whose company need not exist", &table),
        };
        assert!(missed, "nobody misses it: {drop}: {found:?}");
        let Some(column) = column else { continue };
        // The same key without the company, which would accept a neighbour's id.
        let across = format!(
            "{drop}; create unique index everywhere on {parent} (id); \
             alter table {table} add constraint {name} foreign key ({column}) references {parent} (id)"
        );
        let found = with(&mut behind, &across).await;
        assert!(tells(&found, ACROSS, &name), "nobody misses it: {across}: {found:?}");
    }
}

#[tokio::test]
async fn the_third_lock_is_missed_at_every_primary_key() {
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    let primary: Vec<(String, String, String)> = sqlx::query_as(
        "select k.conname::text, k.conrelid::regclass::text, \
         string_agg(quote_ident(a.attname), ', ') filter (where a.attname <> 'company_id') \
         from pg_constraint k join pg_namespace n on n.oid = k.connamespace \
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey) \
         where k.contype = 'p' and n.nspname = 'public' and k.conname <> all ($1) group by 1, 2 order by 2",
    )
    .bind(GLOBAL_UNIQUE_INDEXES)
    .fetch_all(&mut behind)
    .await
    .expect("the catalogue");
    assert!(primary.len() > 15, "{primary:?}");
    for (name, table, rest) in primary {
        let damage = format!(
            "alter table {table} drop constraint {name} cascade; \
             alter table {table} add constraint {name} primary key ({rest})"
        );
        let found = with(&mut behind, &damage).await;
        assert!(
            tells(&found, "a unique index across companies", &name),
            "nobody misses it: {damage}: {found:?}"
        );
    }
}

/// Drops the tables' CHECK constraints, which would refuse some rows before the key does.
const WITHOUT_CHECKS: &str = "declare name text; begin \
    for name in select conname from pg_constraint where contype = 'c' and conrelid = 'TABLE'::regclass loop \
    execute format('alter table TABLE drop constraint %I', name); end loop; end";

#[tokio::test]
async fn every_foreign_key_refuses_the_neighbours_row() {
    let bench = Bench::new(1).await;
    let [first, second] = fill_two_companies(&bench).await;
    // As a superuser, so that only the key itself can refuse.
    let mut behind = bench.database.behind_the_walls().await;
    let mut refused = 0;
    for (name, table, column, parent) in keys(&mut behind).await {
        let Some(column) = column else { continue };
        let ask = format!("select id from {parent} where company_id = $1 limit 1");
        let theirs: Option<Uuid> = sqlx::query_scalar(AssertSqlSafe(ask))
            .bind(second)
            .fetch_optional(&mut behind)
            .await
            .expect("the table can be asked");
        let mut tx = behind.begin().await.expect("a transaction");
        run(&mut tx, &format!("do $$ {WITHOUT_CHECKS} $$").replace("TABLE", &table)).await;
        let point = format!("update {table} set {column} = $2 where company_id = $1");
        let pointed = sqlx::query(AssertSqlSafe(point)).bind(first).bind(theirs).execute(&mut *tx).await;
        match (theirs, pointed) {
            (Some(_), Err(error)) => {
                // This key, or one that refers to this table from a third one.
                let by_key = error
                    .as_database_error()
                    .is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation);
                assert!(by_key, "{name}: {error}");
                refused += 1;
            }
            (Some(_), Ok(done)) => assert_eq!(done.rows_affected(), 0, "{name} let the neighbour's row in"),
            (None, _) => {}
        }
        tx.rollback().await.expect("it is undone");
    }
    // The keys for which the two companies have rows.
    assert!(refused >= 10, "{refused} keys were tried");
}
