//! Inspects the database as a superuser: what is stored, and whether it is consistent.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use super::{Company, Server};

/// Queries that find nothing in a consistent database, with a description of what they would find.
const SOUND: [(&str, &str); 9] = [
    (
        "numbers of opportunities with a gap or used twice",
        "select company_id::text from opportunities group by company_id \
         having count(*) <> max(number) or count(distinct number) <> count(*)",
    ),
    (
        "companies whose number counter is not the last number",
        "select s.company_id::text from company_sequences s where s.name = 'opportunity_number' \
         and s.value <> coalesce((select max(o.number) from opportunities o where o.company_id = s.company_id), 0)",
    ),
    (
        "outbox sequences with a gap",
        "select company_id::text from outbox group by company_id having count(*) <> max(sequence)",
    ),
    (
        "opportunities that are not in the stage of their last change",
        "select o.id::text from opportunities o join lateral (select c.to_stage_id from stage_changes c \
         where c.company_id = o.company_id and c.opportunity_id = o.id \
         order by c.changed_at desc, c.id desc limit 1) c on true where c.to_stage_id <> o.stage_id",
    ),
    (
        "opportunities without a first stage change, or with two",
        "select o.id::text from opportunities o where 1 <> (select count(*) from stage_changes c \
         where c.company_id = o.company_id and c.opportunity_id = o.id and c.from_stage_id is null)",
    ),
    (
        "live opportunities in a stage or pipeline that was deleted",
        "select o.id::text from opportunities o join stages s on s.company_id = o.company_id \
         and s.id = o.stage_id join pipelines p on p.company_id = o.company_id and p.id = o.pipeline_id \
         where o.deleted_at is null and (s.deleted_at is not null or p.deleted_at is not null)",
    ),
    (
        "stage totals that differ from a recount",
        "select coalesce(n.stage_id, t.stage_id)::text from (select company_id, stage_id, currency, \
         count(*) as count, sum(amount) as amount from opportunities where deleted_at is null \
         group by 1, 2, 3) n full join (select company_id, stage_id, currency, sum(count) as count, \
         sum(amount) as amount from stage_totals group by 1, 2, 3) t using (company_id, stage_id, currency) \
         where coalesce(n.count, 0) <> coalesce(t.count, 0) or coalesce(n.amount, 0) <> coalesce(t.amount, 0)",
    ),
    (
        "won amounts that differ from a recount",
        "select coalesce(n.account_id, t.account_id)::text from (select company_id, account_id, currency, \
         count(*) as wins, sum(amount) as amount from opportunities where deleted_at is null \
         and status = 'WON' and account_id is not null group by 1, 2, 3) n full join (select company_id, \
         account_id, currency, sum(wins) as wins, sum(amount) as amount from account_won_amounts \
         group by 1, 2, 3) t using (company_id, account_id, currency) \
         where coalesce(n.wins, 0) <> coalesce(t.wins, 0) or coalesce(n.amount, 0) <> coalesce(t.amount, 0)",
    ),
    (
        "wins that differ from a recount",
        "select coalesce(n.account_id, t.account_id)::text from (select company_id, account_id, \
         count(*) as wins from opportunities where deleted_at is null and status = 'WON' \
         and account_id is not null group by 1, 2) n full join (select company_id, account_id, \
         sum(wins) as wins from account_wins group by 1, 2) t using (company_id, account_id) \
         where coalesce(n.wins, 0) <> coalesce(t.wins, 0)",
    ),
];

/// Asserts that numbers, sequences, histories and counters agree with the rows.
pub(crate) async fn assert_sound(superuser_url: &str) {
    let mut connection = PgConnection::connect(superuser_url).await.expect("the database answers");
    for (what, sql) in SOUND {
        let found: Vec<String> =
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.expect("the query is sound");
        assert_eq!(found, Vec::<String>::new(), "{what}");
    }
    connection.close().await.expect("the connection ends well");
}

/// The stored data of one company, or of all, as a digest per table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot(BTreeMap<String, (i64, String)>);

impl Snapshot {
    /// Of one company.
    pub(crate) async fn of(server: &Server, company: &Company) -> Self {
        let id = Uuid::try_parse(&company.id).expect("an id");
        Self::take(server, Some(id)).await
    }

    /// Of the whole database: for servers that nobody else uses.
    pub(crate) async fn of_all(server: &Server) -> Self {
        Self::take(server, None).await
    }

    async fn take(server: &Server, company: Option<Uuid>) -> Self {
        let mut connection = server.database.behind_the_walls().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select c.relname::text from pg_class c join pg_attribute a on a.attrelid = c.oid \
             where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'company_id'",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the list of tables");
        assert!(tables.len() > 10, "the tables were found");
        let mut digests = BTreeMap::new();
        for table in tables {
            let sql = format!(
                "select count(*), coalesce(md5(string_agg(t::text, '|' order by t::text)), '') \
                 from public.{table} t where $1::uuid is null or company_id = $1"
            );
            let digest = sqlx::query_as(AssertSqlSafe(sql)).bind(company).fetch_one(&mut connection).await;
            digests.insert(table, digest.expect("the table can be read"));
        }
        connection.close().await.expect("the connection ends well");
        Self(digests)
    }

    /// Asserts that nothing was written since.
    pub(crate) fn assert_same(&self, later: &Self) {
        for (table, before) in &self.0 {
            assert_eq!(later.0.get(table), Some(before), "the table {table} has changed");
        }
    }
}
