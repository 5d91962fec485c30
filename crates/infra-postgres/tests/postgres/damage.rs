//! `cartera doctor` finds every kind of damage by manual changes or losses in the database.

use cartera_domain::ids::CompanyId;
use cartera_infra_postgres::audit::{self, Finding};
use cartera_migrations::catalogue::snapshot;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{sales::Seller, support::Bench};

async fn run(connection: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Does the damage, runs the checks, and rolls it back.
async fn differences(connection: &mut PgConnection, damage: &str) -> Vec<(&'static str, String)> {
    let mut tx = connection.begin().await.expect("a transaction");
    run(&mut tx, damage).await;
    let living = snapshot::read(&mut tx).await.expect("the catalogue");
    tx.rollback().await.expect("the damage is undone");
    snapshot::differences(&living).into_iter().map(|found| (found.what, found.subject)).collect()
}

#[tokio::test]
async fn the_committed_catalogue_is_that_of_a_fresh_database() {
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    let living = snapshot::read(&mut behind).await.expect("the catalogue");
    let lines = snapshot::text(&living).lines().count();
    assert!(lines > 500, "{lines} lines were read");
    assert_eq!(snapshot::differences(&living), [], "run `make generate` after a migration");
    assert_eq!(snapshot::committed(), snapshot::text(&living), "run `make generate` after a migration");
    assert_eq!(audit::catalogue(&bench.database.owner_url).await.expect("the catalogue"), []);
}

const MISSING: &str = "missing from the catalogue";
const CHANGED: &str = "changed in the catalogue";
const TOO_MUCH: &str = "too much in the catalogue";

/// The damage, the kind of finding, and the beginning of its text.
const DAMAGES: &[(&str, &str, &str)] = &[
    (
        "grant delete on opportunities to cartera_api",
        CHANGED,
        "rights on table public.opportunities of cartera_api: is DELETE, ",
    ),
    (
        "grant select on identities to cartera_api",
        TOO_MUCH,
        "rights on table public.identities of cartera_api: SELECT",
    ),
    (
        "grant select (email_key) on identities to cartera_worker",
        TOO_MUCH,
        "rights on column public.identities.email_key of cartera_worker: SELECT",
    ),
    ("grant select on users to public", TOO_MUCH, "rights on table public.users of everybody: SELECT"),
    (
        "grant insert on stage_changes to cartera_api with grant option",
        CHANGED,
        "rights on table public.stage_changes of cartera_api: is INSERT with grant option",
    ),
    (
        "revoke insert on outbox from cartera_api",
        CHANGED,
        "rights on table public.outbox of cartera_api: is ",
    ),
    (
        "grant usage on schema graphile_worker to cartera_api",
        TOO_MUCH,
        "rights on schema graphile_worker of cartera_api: USAGE",
    ),
    ("grant create on schema public to public", TOO_MUCH, "rights on schema public of everybody: CREATE"),
    (
        "grant execute on function directory.companies(uuid, integer) to cartera_api",
        TOO_MUCH,
        "rights on function directory.companies(",
    ),
    (
        "alter default privileges in schema public grant select on tables to cartera_api",
        TOO_MUCH,
        "default rights on r of ",
    ),
    ("grant cartera_lookup to cartera_api", TOO_MUCH, "role cartera_api within cartera_lookup: member"),
    ("alter role cartera_api createrole", CHANGED, "role cartera_api: is login, inherits, makes roles"),
    ("drop index contacts_email_key", MISSING, "index public.contacts_email_key: CREATE UNIQUE INDEX"),
    ("drop index stage_changes_to", MISSING, "index public.stage_changes_to: CREATE INDEX"),
    (
        "drop index stage_changes_to; create index stage_changes_to on stage_changes (company_id, to_stage_id)",
        CHANGED,
        "index public.stage_changes_to: is CREATE INDEX",
    ),
    (
        "update pg_index set indisvalid = false where indexrelid = 'contacts_email_key'::regclass",
        CHANGED,
        "index public.contacts_email_key: is ",
    ),
    ("create index mine on users (email)", TOO_MUCH, "index public.mine: CREATE INDEX mine ON public.users"),
    (
        "alter table stage_changes drop constraint stage_changes_company_id_opportunity_id_fkey",
        MISSING,
        "constraint public.stage_changes.stage_changes_company_id_opportunity_id_fkey: FOREIGN KEY",
    ),
    (
        "alter table invitations drop constraint invitations_token_key",
        MISSING,
        "index public.invitations_token_key: CREATE UNIQUE INDEX",
    ),
    ("drop policy company_isolation on accounts", MISSING, "policy public.accounts.company_isolation: "),
    (
        "alter policy company_isolation on accounts using (true)",
        CHANGED,
        "policy public.accounts.company_isolation: is permissive for all to public using true",
    ),
    ("alter table accounts no force row level security", CHANGED, "table public.accounts: is "),
    ("alter table accounts owner to cartera_api", CHANGED, "table public.accounts: is of cartera_api"),
    (
        "alter table opportunities alter column title drop not null",
        CHANGED,
        "column public.opportunities.title: is ",
    ),
    ("alter table users add column secret text", TOO_MUCH, "column public.users.secret: text"),
    (
        "create trigger spy before insert on accounts for each row execute function suppress_redundant_updates_trigger()",
        TOO_MUCH,
        "trigger public.accounts.spy: CREATE TRIGGER spy",
    ),
    ("create rule gone as on delete to accounts do instead nothing", TOO_MUCH, "rule public.accounts.gone: "),
    (
        "alter function directory.free_slug(text) security invoker",
        CHANGED,
        "function directory.free_slug(wanted text): is of cartera_lookup, stable",
    ),
    (
        "alter function directory.free_slug(text) reset search_path",
        CHANGED,
        "function directory.free_slug(wanted text): is ",
    ),
    (
        "create or replace function directory.free_slug(wanted text) returns text language plpgsql stable \
         security definer set search_path = '' as $$ begin return wanted; end $$",
        CHANGED,
        "function directory.free_slug(wanted text): is ",
    ),
    ("drop function directory.release(text, uuid)", MISSING, "function directory.release("),
    ("create table loose (id uuid)", TOO_MUCH, "table public.loose: "),
    ("drop table idempotency_keys", MISSING, "table public.idempotency_keys: "),
];

#[tokio::test]
async fn whatever_is_changed_in_the_catalogue_is_found() {
    let bench = Bench::new(1).await;
    let mut behind = bench.database.behind_the_walls().await;
    for (damage, what, subject) in DAMAGES {
        let found = differences(&mut behind, damage).await;
        let tells = found.iter().any(|(kind, about)| kind == what && about.starts_with(subject));
        assert!(tells, "{damage}: {found:#?}");
    }
}

async fn findings(seller: &Seller) -> Vec<Finding> {
    let companies: [CompanyId; 1] = [seller.owner.company_id()];
    audit::records(&seller.bench.database.owner_url, &companies).await.expect("an answer")
}

const HISTORY: &str = "a history of stages that does not lead to the present one";
const DIRECTORY: &str = "an identity and a person that don't match";

#[tokio::test]
async fn records_that_are_gone_are_missed() {
    let seller = Seller::new().await;
    let acme = seller.account("Acme").await;
    for stage in ["Negociación", "Venta", "Preparación"] {
        let sale = seller.opportunity(acme, stage, "5.00", "UYU").await;
        if stage != "Preparación" {
            seller.to_stage(sale.id, "Negociación").await;
            seller.to_stage(sale.id, "Venta").await;
        }
    }
    let administrator = "insert into platform_administrators (id, name, email, email_key, password_hash, active, \
        created_at, updated_at) values (gen_random_uuid(), 'Ana', 'ana@x.uy', 'ana@x.uy', 'x', true, now(), now())";
    assert_eq!(findings(&seller).await, []);
    let mut behind = seller.bench.database.behind_the_walls().await;
    // Each is undone by restoring what was removed.
    for (keep, damage, undo, what) in [
        (
            "create temp table kept as select * from stage_changes where from_stage_id is null limit 1",
            "delete from stage_changes s using kept k where s.id = k.id",
            "insert into stage_changes select * from kept",
            HISTORY,
        ),
        (
            "create temp table kept as select * from stage_changes where from_stage_id is not null \
             order by changed_at, id limit 1",
            "delete from stage_changes s using kept k where s.id = k.id",
            "insert into stage_changes select * from kept",
            HISTORY,
        ),
        (
            "create temp table kept as select * from stage_changes order by changed_at desc, id desc limit 1",
            "delete from stage_changes s using kept k where s.id = k.id",
            "insert into stage_changes select * from kept",
            HISTORY,
        ),
        (
            "create temp table kept as select * from identities",
            "delete from identities",
            "insert into identities select * from kept",
            DIRECTORY,
        ),
        (
            "create temp table kept as select * from identities",
            "insert into identities select 'second@acme.uy', company_id, subject_id from kept",
            "delete from identities where email_key = 'second@acme.uy'",
            DIRECTORY,
        ),
        (
            "create temp table kept as select 1",
            "insert into identities select 'gone@acme.uy', id, gen_random_uuid() from companies",
            "delete from identities where email_key = 'gone@acme.uy'",
            DIRECTORY,
        ),
        (
            "create temp table kept as select 1",
            "insert into identities values ('gone@x.uy', null, gen_random_uuid())",
            "delete from identities where email_key = 'gone@x.uy'",
            DIRECTORY,
        ),
        (
            "create temp table kept as select 1",
            administrator,
            "delete from platform_administrators",
            DIRECTORY,
        ),
        (
            "create temp table kept as select * from company_sequences",
            "update company_sequences set value = value - 1 where name = 'opportunity_number'",
            "update company_sequences s set value = k.value from kept k where k.name = s.name",
            "a number of opportunities above its counter",
        ),
        (
            "create temp table kept as select * from outbox order by sequence offset 2 limit 1",
            "delete from outbox o using kept k where o.sequence = k.sequence",
            "insert into outbox select * from kept",
            "an outbox with a gap",
        ),
        (
            "create temp table kept as select * from company_sequences",
            "update company_sequences set value = value + 1 where name = 'outbox'",
            "update company_sequences s set value = k.value from kept k where k.name = s.name",
            "an outbox with a gap",
        ),
        (
            "create temp table kept as select id from stages where deleted_at is null",
            "update stages set deleted_at = now()",
            "update stages s set deleted_at = null from kept k where k.id = s.id",
            "a live opportunity in a stage that is gone",
        ),
    ] {
        run(&mut behind, keep).await;
        run(&mut behind, damage).await;
        let found = findings(&seller).await;
        let kinds: Vec<_> = found.iter().map(|finding| finding.what).collect();
        assert!(kinds.contains(&what) && kinds.iter().all(|kind| *kind == what), "{damage}: {found:#?}");
        run(&mut behind, undo).await;
        run(&mut behind, "drop table kept").await;
        assert_eq!(findings(&seller).await, [], "{undo}");
    }
}
