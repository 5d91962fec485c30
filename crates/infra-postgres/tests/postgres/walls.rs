//! Tenant isolation by row-level security and keys, as the API's database role.

use crate::support::{self, Bench};
use cartera_application::ports::{Directory, Store};
use cartera_domain::values::Email;
use cartera_infra_postgres::{PgDirectory, audit};
use cartera_migrations::catalogue::CHECKS;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

/// Every table with a `company_id`, from the catalogue, so that a new one is covered automatically.
pub(crate) async fn tenant_tables(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'seaql_migrations' order by 1",
    )
    .fetch_all(connection)
    .await
    .expect("the catalogue")
}

#[tokio::test]
async fn the_catalogue_shows_every_wall_standing() {
    let bench = Bench::new(1).await;
    let findings = audit::walls(&bench.database.superuser_url, CHECKS).await.expect("the catalogue");
    assert!(findings.is_empty(), "{findings:?}");
}

#[tokio::test]
async fn a_missing_wall_is_found() {
    let bench = Bench::new(1).await;
    let mut owner = bench.database.behind_the_walls().await;
    for damage in [
        "alter table accounts no force row level security",
        "create table loose (id uuid primary key, company_id uuid)",
        "grant truncate on contacts to cartera_api",
        "create view everything as select * from accounts",
    ] {
        sqlx::query(damage).execute(&mut owner).await.expect("the damage is done");
    }
    let findings = audit::walls(&bench.database.superuser_url, CHECKS).await.expect("the catalogue");
    for subject in ["accounts", "loose", "contacts by cartera_api", "everything"] {
        assert!(
            findings.iter().any(|finding| finding.subject == subject),
            "{subject} is missing: {findings:?}"
        );
    }
}

#[tokio::test]
async fn without_a_company_every_table_is_empty_and_refuses_writes() {
    let bench = Bench::new(1).await;
    fill_two_companies(&bench).await;
    let mut behind = bench.database.behind_the_walls().await;
    let tables = tenant_tables(&mut behind).await;
    assert!(tables.len() > 15, "{tables:?}");
    let mut api = PgConnection::connect(&bench.database.api_url).await.expect("the API's role connects");
    for table in tables.iter().filter(|table| *table != "identities") {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&mut api)
            .await
            .expect("the table can be asked");
        assert_eq!(rows, 0, "{table} shows rows without a company");
    }
    let written = sqlx::query(
        "insert into accounts (company_id, id, name, name_key, name_fold, tags, version, created_at, updated_at) \
         select gen_random_uuid(), gen_random_uuid(), 'x', 'x', 'x', '{}', 1, now(), now()",
    )
    .execute(&mut api)
    .await;
    assert!(written.expect_err("nothing may be written").to_string().contains("row-level security"));
    let directory = sqlx::query("select * from identities").fetch_all(&mut api).await;
    assert!(directory.expect_err("the directory is closed").to_string().contains("permission denied"));
}

#[tokio::test]
async fn with_one_company_nothing_of_the_other_shows_or_can_be_written() {
    let bench = Bench::new(1).await;
    let [first, second] = fill_two_companies(&bench).await;
    let mut behind = bench.database.behind_the_walls().await;
    let tables = tenant_tables(&mut behind).await;
    let mut api = PgConnection::connect(&bench.database.api_url).await.expect("the API's role connects");
    let mut tx = api.begin().await.expect("a transaction");
    sqlx::query(AssertSqlSafe(format!("set local app.company_id = '{first}'")))
        .execute(&mut *tx)
        .await
        .expect("the company is set");
    for table in tables
        .iter()
        .filter(|t| !["identities", "companies", "platform_administrators"].contains(&t.as_str()))
    {
        let foreign: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "select count(*) from {table} where company_id = '{second}'"
        )))
        .fetch_one(&mut *tx)
        .await
        .expect("the table can be asked");
        assert_eq!(foreign, 0, "{table} shows the neighbour's rows");
    }
    let own: i64 =
        sqlx::query_scalar("select count(*) from accounts").fetch_one(&mut *tx).await.expect("rows");
    assert_eq!(own, 1, "one's own rows are there");
    let moved = sqlx::query("update accounts set company_id = $1")
        .bind(second)
        .execute(&mut *tx)
        .await
        .expect_err("a row can't be handed over");
    assert!(moved.to_string().contains("row-level security"), "{moved}");
}

#[tokio::test]
async fn the_platforms_realm_sees_the_companies_to_read_and_nothing_else_of_them() {
    let bench = Bench::new(1).await;
    fill_two_companies(&bench).await;
    let mut behind = bench.database.behind_the_walls().await;
    let tables = tenant_tables(&mut behind).await;
    let mut api = PgConnection::connect(&bench.database.api_url).await.expect("the API's role connects");
    let mut tx = api.begin().await.expect("a transaction");
    sqlx::query("set local app.company_id = '00000000-0000-0000-0000-000000000000'")
        .execute(&mut *tx)
        .await
        .expect("the realm is set");
    for table in tables
        .iter()
        .filter(|t| !["identities", "companies", "platform_administrators"].contains(&t.as_str()))
    {
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(&mut *tx)
            .await
            .expect("the table can be asked");
        assert_eq!(rows, 0, "{table} shows a company's rows to the platform");
    }
    let companies: i64 =
        sqlx::query_scalar("select count(*) from companies").fetch_one(&mut *tx).await.expect("rows");
    assert_eq!(companies, 2);
    let touched = sqlx::query("update companies set name = 'x'").execute(&mut *tx).await.expect("it may ask");
    assert_eq!(touched.rows_affected(), 0, "they can't be changed from there");
}

#[tokio::test]
async fn an_email_is_given_back_only_from_within_its_company() {
    let bench = Bench::new(1).await;
    let [first, second] = fill_two_companies(&bench).await;
    let mut behind = bench.database.behind_the_walls().await;
    let subject: uuid::Uuid = sqlx::query_scalar("select subject_id from identities where company_id = $1")
        .bind(second)
        .fetch_one(&mut behind)
        .await
        .expect("the directory");
    let mut api = PgConnection::connect(&bench.database.api_url).await.expect("the API's role connects");
    let release = "select directory.release('second@example.com', $1)";
    let without = sqlx::query(release).bind(subject).execute(&mut api).await;
    assert!(without.expect_err("there is no company").to_string().contains("no company is set"));
    for (company, subject, expected) in
        [(first, subject, false), (second, first, false), (second, subject, true)]
    {
        let mut tx = api.begin().await.expect("a transaction");
        sqlx::query(AssertSqlSafe(format!("set local app.company_id = '{company}'")))
            .execute(&mut *tx)
            .await
            .expect("the company is set");
        let released: bool =
            sqlx::query_scalar(release).bind(subject).fetch_one(&mut *tx).await.expect("it answers");
        assert_eq!(released, expected);
    }
}

#[tokio::test]
async fn a_row_cannot_point_at_the_neighbours() {
    let bench = Bench::new(1).await;
    let [first, second] = fill_two_companies(&bench).await;
    // As a superuser, so that only the key itself can refuse.
    let mut behind = bench.database.behind_the_walls().await;
    let pointed = sqlx::query(
        "update opportunities set account_id = (select id from accounts where company_id = $2) \
         where company_id = $1",
    )
    .bind(first)
    .bind(second)
    .execute(&mut behind)
    .await
    .expect_err("the composite key refuses");
    assert!(pointed.to_string().contains("foreign key"), "{pointed}");
}

#[tokio::test]
async fn a_pooled_connection_keeps_nothing_of_its_last_user() {
    let bench = Bench::new(1).await;
    let [first, _] = fill_two_companies(&bench).await;
    let company = cartera_domain::ids::Id::new(first);
    // Committed, dropped, and cancelled in the middle of a statement; the pool has one connection.
    bench.begin(company).await.commit().await.expect("it commits");
    drop(bench.begin(company).await);
    let mut behind = bench.database.behind_the_walls().await;
    let mut locked = behind.begin().await.expect("a transaction");
    let account: uuid::Uuid = sqlx::query_scalar("select id from accounts where company_id = $1 for update")
        .bind(first)
        .fetch_one(&mut *locked)
        .await
        .expect("the account is locked");
    let tx = bench.begin(company).await;
    let waiting = tx.account_uses().lock_and_count(cartera_domain::ids::Id::new(account));
    let cancelled = tokio::time::timeout(std::time::Duration::from_millis(50), waiting).await;
    assert!(cancelled.is_err(), "the statement was cut off while it waited for the lock");
    drop(tx);
    locked.rollback().await.expect("the lock is free");
    let stranger = bench.begin(support::made_up()).await;
    assert!(stranger.companies().current().await.is_err(), "the stranger sees no company");
    assert!(stranger.pipelines().all().await.expect("the tables can be asked").is_empty());
}

#[tokio::test]
async fn whoever_leaves_while_a_transaction_opens_leaves_none_behind() {
    let bench = Bench::new(1).await;
    let [first, _] = fill_two_companies(&bench).await;
    let ours = support::grant(cartera_domain::ids::Id::new(first));
    let directory = PgDirectory::new(&bench.store);
    let nobody = Email::parse("nobody@example.com".to_owned()).expect("an e-mail");
    for turns in 0..12 {
        // The only connection is back in the pool, and idle.
        directory.find(&nobody).await.expect("the database answers");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let opening = async {
            let tx = bench.store.begin(&ours).await.expect("a unit of work");
            // It begins with its first statement.
            tx.companies().current().await.map(|_| tx)
        };
        let some_turns = async {
            for _ in 0..turns {
                tokio::task::yield_now().await;
            }
        };
        // Cancelled a little later each time: before the statement is sent, while it runs, and perhaps after it.
        tokio::select! {
            biased;
            opened = opening => drop(opened.expect("it opens")),
            () = some_turns => (),
        }
        // The next query runs outside of any transaction, and soon the connection is idle.
        directory.find(&nobody).await.expect("the database answers");
        assert_eq!(
            bench.database.transactions_left_open().await,
            0,
            "a transaction is open that nobody ends"
        );
    }
}

#[tokio::test]
async fn serving_as_the_owner_or_a_superuser_is_refused() {
    let bench = Bench::new(1).await;
    bench.store.require_harmless_role().await.expect("the API's role is harmless");
    for (url, why) in
        [(&bench.database.owner_url, "owns the tables"), (&bench.database.superuser_url, "is a superuser")]
    {
        let options =
            cartera_infra_postgres::PoolOptions { size: 1, patience: std::time::Duration::from_secs(5) };
        let store = cartera_infra_postgres::PgStore::new(url, options).expect("the URL is one");
        let refused = store.require_harmless_role().await.expect_err("it is refused");
        assert!(refused.to_string().contains(why), "{refused}");
    }
}

/// Inserts two companies with a user, an account, a stage and an opportunity each, directly into the tables.
pub(crate) async fn fill_two_companies(bench: &Bench) -> [uuid::Uuid; 2] {
    let mut behind = bench.database.behind_the_walls().await;
    let mut ids = Vec::new();
    for slug in ["first", "second"] {
        let company: uuid::Uuid = sqlx::query(include_str!("support/company.sql"))
            .bind(slug)
            .fetch_one(&mut behind)
            .await
            .expect("the company is stored")
            .get("company_id");
        ids.push(company);
    }
    [ids[0], ids[1]]
}
